"""Networks that others published, which lie beside a checkout and not in it: imported, or refused
with a reason."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from click.testing import CliRunner

from lhnets.cli import group
from lhnets.networks import Network
from lhnets_training.importing.errors import ModelError, NormalisationError
from lhnets_training.importing.importer import import_model
from lhnets_training.importing.reading import opened
from lhnets_training.importing.source import Tensor
from lhnets_training.importing.vectors import core, matrix

FOREIGN = Path(__file__).parents[4] / "shared" / "reference" / "foreign"
pytestmark = pytest.mark.skipif(
    not FOREIGN.is_dir(), reason=f"the networks of others are not in {FOREIGN}"
)

RANGES = {
    "mHradius": (0, 400),
    "rmsmBB": (0, 500),
    "rmsdRBB": (0, 2),
    "dRH1": (0.3, 5),
    "rmsEta": (0, 2.5),
    "mH1": (60, 400),
    "dRH2": (0.3, 5),
    "dRH3": (0.3, 5),
    "aplan3dv2b": (0, 0.5),
    "sphere3dbtrans": (0, 1),
}
CARD = """name: atlas-higp-2024-32-nonres-{parity}
version: 1
kind: event_variable
title: Non-resonant discriminant of ATLAS HIGP-2024-32, {parity} events
description: The discriminant of the search for three Higgs bosons.
subject: atlas-higp-2024-32
inputs:
{inputs}
outputs: [{{name: score, meaning: discriminant, unit: "1"}}]
truth: {{program: the network of the analysis, version: "{parity}"}}
training: {{method: network, framework: keras, framework_version: not stated}}
authors: [{{name: ATLAS Collaboration}}]
licence: CC0-1.0
"""


def files(parity):
    stem = FOREIGN / f"ANA-HIGP-2024-32_nonresDNN_model_{parity}"
    return stem.with_suffix(".onnx"), stem.with_name(f"{stem.name}_variables.json")


def card(folder, parity):
    lines = [
        f"  - {{name: {n}, meaning: {n}, unit: GeV, low: {a}, high: {b}}}"
        for n, (a, b) in RANGES.items()
    ]
    path = folder / "card.yaml"
    path.write_text(CARD.format(parity=parity, inputs="\n".join(lines)))
    return path


@pytest.mark.parametrize("parity", ["even", "odd"])
@pytest.mark.parametrize("given", ["variables", "metadata"])
def test_a_discriminant_of_atlas_with_its_variables(tmp_path, parity, given):
    model, variables = files(parity)
    done = import_model(
        model,
        card(tmp_path, parity),
        normalisation=variables if given == "variables" else "metadata",
        own_truth=True,
        output=tmp_path / "out.onnx",
    )
    assert done.card.parity.max_relative <= 1e-5
    assert any("proven by the card's ranges" in line for line in done.because)
    x = np.random.default_rng(0).uniform(*np.array(list(RANGES.values())).T, (500, len(RANGES)))
    stated = json.loads(variables.read_text())
    z = (x - np.array(stated["offset"])) / np.array(stated["scale"])
    session = onnxruntime.InferenceSession(model)
    expected = session.run(None, {session.get_inputs()[0].name: z.astype(np.float32)})[0]
    found = Network(done.path.read_bytes(), done.path).predict(x)
    np.testing.assert_allclose(found.value, expected, rtol=1e-5, atol=1e-6)
    assert expected.std() > 0.1, "a discriminant that tells nothing apart would prove nothing"


def test_the_variables_of_the_sibling_are_refused(tmp_path):
    with pytest.raises(
        NormalisationError, match=r"contradicts the metadata of the ONNX file for 10 of 10 inputs"
    ):
        import_model(
            files("odd")[0], card(tmp_path, "odd"), normalisation=files("even")[1], own_truth=True
        )


def test_scale_and_offset_exchanged_in_the_file_or_in_one_entry(tmp_path):
    model, variables = files("even")
    stated = json.loads(variables.read_text())
    swapped = tmp_path / "swapped.json"
    swapped.write_text(json.dumps({**stated, "scale": stated["offset"], "offset": stated["scale"]}))
    with pytest.raises(
        NormalisationError, match=r"for 10 of 10 inputs: mHradius.*are exchanged in one of them"
    ):
        import_model(model, card(tmp_path, "even"), normalisation=swapped, own_truth=True)
    stated["scale"][5], stated["offset"][5] = stated["offset"][5], stated["scale"][5]
    swapped.write_text(json.dumps(stated))
    with pytest.raises(
        NormalisationError, match=r"for 1 of 10 inputs: mH1: .*offset and scale are exchanged"
    ):
        import_model(model, card(tmp_path, "even"), normalisation=swapped, own_truth=True)


def test_an_architecture_with_weights_is_its_own_onnx_file():
    """KERAS_3layer as json and h5 of Keras 1, against three_layer_keras.onnx."""
    wanted = (Tensor("parameters", "float32", ("N", 16)),)
    z = np.random.default_rng(0).normal(size=(1000, 16))
    with opened(
        [FOREIGN / "KERAS_3layer.json", FOREIGN / "KERAS_3layer_weights.h5"], wanted
    ) as source:
        keras, by_tensorflow = core(source)(z), matrix(source, source.predict)(z)
    with opened([FOREIGN / "three_layer_keras.onnx"], wanted) as source:
        onnx = matrix(source, source.predict)(z)
    np.testing.assert_allclose(keras, onnx, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(by_tensorflow, onnx, rtol=1e-5, atol=1e-7)
    assert onnx.std() > 0.05


@pytest.mark.parametrize(
    ("name", "why", "remedy"),
    [
        ("bnn_model_fc_1layer", "operators that ONNX itself does not define", "export_onnx_qcdq"),
        ("three_layer_bn_pytorch", "opset 6", "Export it again with a current torch"),
    ],
)
def test_what_cannot_be_run_any_more_is_refused_with_a_way_out(name, why, remedy):
    result = CliRunner().invoke(group, ["import", str(FOREIGN / f"{name}.onnx")])
    assert isinstance(result.exception, ModelError)
    assert why in str(result.exception)
    assert remedy in str(result.exception)
