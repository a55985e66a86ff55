"""Keras models of every age; TensorFlow takes seconds to load, so that each case is one child
process."""

import json
from pathlib import Path

import numpy as np
import pytest

from lhnets_training.importing.errors import ModelError, UntrustedFormatError
from lhnets_training.importing.reading import opened
from lhnets_training.importing.source import Tensor
from lhnets_training.importing.vectors import core, matrix

keras = pytest.importorskip("keras")
WANTED = (Tensor("parameters", "float32", ("N", 3)),)
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def difference(paths, **options):
    z = np.random.default_rng(0).normal(size=(50, 3))
    with opened(paths, WANTED, **options) as source:
        found, original = core(source)(z), matrix(source, source.predict)(z)
    return float(np.abs(found - original).max() / np.abs(original).max()), source


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    scaling = keras.layers.Normalization()
    scaling.adapt(np.random.default_rng(1).normal(1, 2, (100, 3)))
    dense = keras.layers.Dense
    return keras.Sequential(
        [keras.Input((3,), name="masses"), scaling, dense(8, activation="gelu"), dense(2)]
    )


def test_an_archive_with_a_normalization_layer(model, tmp_path):
    model.save(tmp_path / "m.keras")
    worst, source = difference([tmp_path / "m.keras"])
    assert worst < 1e-6
    assert source.inputs == (Tensor("masses", "float32", ("N", 3)),)
    assert "Normalization" in source.note
    assert source.method == "network, 8 gelu"


@pytest.mark.parametrize("layer", ["LSTM", "GRU"])
def test_recurrent_layers_of_fixed_length_are_written_out(layer, tmp_path):
    layers = keras.layers
    recurrent = layers.Bidirectional(getattr(layers, layer)(4))
    network = [keras.Input((3,)), layers.Reshape((3, 1)), recurrent, layers.Dense(1)]
    keras.Sequential(network).save(tmp_path / "m.keras")
    assert difference([tmp_path / "m.keras"])[0] < 1e-5


def test_a_lambda_layer_runs_only_with_trust(tmp_path):
    layers = [keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2.0), keras.layers.Dense(1)]
    path = tmp_path / "l.keras"
    keras.Sequential(layers).save(path)
    with pytest.raises(UntrustedFormatError, match="Lambda"), opened([path], WANTED):
        pass
    assert difference([path], trust=True)[0] < 1e-6


def test_layers_of_keras_2_that_keras_3_refuses(tmp_path):
    """`batch_input_shape` and no module names: read by tf_keras."""
    tf_keras = pytest.importorskip("tf_keras")
    made = tf_keras.Sequential(
        [tf_keras.layers.Dense(4, "relu", input_shape=(3,)), tf_keras.layers.Dense(1)]
    )
    made.save_weights(tmp_path / "w.h5")
    config = json.loads(made.to_json())
    config["backend"] = "tensorflow"
    (tmp_path / "m.json").write_text(json.dumps(config))
    worst, source = difference([tmp_path / "m.json", tmp_path / "w.h5"])
    assert worst < 1e-6
    assert source.framework == "keras"


def test_half_a_model(tmp_path):
    (tmp_path / "m.json").write_text(
        json.dumps({"class_name": "Sequential", "config": {"layers": []}})
    )
    with (
        pytest.raises(ModelError, match=r"without weights.*lhnets import model.json weights.h5"),
        opened([tmp_path / "m.json"], WANTED),
    ):
        pass


def test_a_damaged_file(tmp_path):
    Path(tmp_path / "m.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"x" * 100)
    with pytest.raises(ModelError, match="damaged HDF5"), opened([tmp_path / "m.h5"], WANTED):
        pass
