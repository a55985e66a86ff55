"""From model, card, normalisation and table to a network file that the registry admits."""

import json

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import toy_models as toy
from click.testing import CliRunner
from onnx import TensorProto, helper

from lhnets.cli import group
from lhnets.format import read_path
from lhnets.networks import Network, verify
from lhnets_registry.admission.limits import Limits
from lhnets_registry.errors import AdmissionError, CardFileError
from lhnets_training.importing.errors import ImportingError, ModelError, NormalisationError
from lhnets_training.importing.importer import import_model
from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.pipeline.parity import ParityError


@pytest.fixture
def author(tmp_path):
    """What an author has: a model, a card, a normalisation and a table."""
    model = toy.core()
    toy.save(model, tmp_path / "m.onnx")
    toy.write_card(tmp_path / "card.yaml")
    toy.write_table(tmp_path / "test.parquet", model)
    (tmp_path / "norm.yaml").write_text(toy.SIDECAR)
    return tmp_path


def imported(folder, model=None, **options):
    given = {
        "normalisation": folder / "norm.yaml",
        "test": folder / "test.parquet",
        "output": folder / "out.onnx",
    }
    return import_model(model or folder / "m.onnx", folder / "card.yaml", **{**given, **options})


def test_a_network_file_in_physical_units(author):
    done = imported(author)
    network = Network(done.path.read_bytes(), done.path)
    x = toy.points(50, seed=9)
    found = network.predict(x)
    np.testing.assert_allclose(found.value[:, 0], toy.truth(toy.core(), x), rtol=1e-5)
    assert found.reach.max() <= 1
    assert verify(network.file).passed
    assert done.card.parity.max_relative <= 1e-5
    assert done.card.parity.points == 10_300
    assert done.card.training.source.file == "m.onnx"
    assert done.card.training.source.format == "ONNX file, opset 18"


def test_the_uncertainty_is_measured_on_the_table(author):
    done = imported(author)
    v = done.card.validation
    assert 0.55 < v.coverage_68 < 0.8
    assert v.coverage_95 > 0.88
    assert v.rows == 150
    found = Network(done.path.read_bytes(), done.path).predict(toy.points(20))
    np.testing.assert_allclose(found.uncertainty / found.value, 1e-3, rtol=0.25)
    assert done.card.calibration.rows == 150


def test_a_model_in_python_and_the_public_name(author, monkeypatch):
    import lhnets

    monkeypatch.chdir(author)
    done = lhnets.import_model(
        toy.core(), "card.yaml", normalisation="norm.yaml", test="test.parquet"
    )
    assert done.path.name == "cs-toy-model.onnx"
    assert done.card.training.source.format == "onnx.ModelProto in Python"


def test_columns_in_another_order_than_the_card(author):
    toy.write_card(author / "card.yaml", inputs=("ratio", "m_go", "width"))
    done = imported(author)
    x = toy.points(30, seed=9)
    found = Network(done.path.read_bytes(), done.path).predict(x[:, [2, 0, 1]])
    np.testing.assert_allclose(found.value[:, 0], toy.truth(toy.core(), x), rtol=1e-5)


def test_a_float64_core(author):
    model = toy.core(dtype=np.float64)
    toy.write_table(author / "test.parquet", model)
    done = imported(author, model)
    assert done.card.parity.max_relative < 1e-12


def test_logarithms_masks_and_units(author):
    model = toy.core(dtype=np.float64)
    (author / "norm.yaml").write_text(
        """convention: (x - mean) / std
inputs:
  - {name: m_go, log: ln, mean: 7.2, std: 0.5}
  - {name: width, mean: 60, std: 20, mask: 20, masked: 0.25}
  - {name: ratio, log: log10, mean: 0.3, std: 0.12}
outputs:
  - {name: sigma, mean: -4, std: 0.8, then: 10^, times: 1000}
"""
    )
    x = toy.points()
    x[::5, 1] = 20.0

    def expected(x):
        z = np.stack(
            [(np.log(x[:, 0]) - 7.2) / 0.5, (x[:, 1] - 60) / 20, (np.log10(x[:, 2]) - 0.3) / 0.12],
            axis=1,
        )
        z[:, 1] = np.where(x[:, 1] == 20.0, 0.25, z[:, 1])
        return 1000 * 10 ** (-4 + 0.8 * toy.answers(model, z)[:, 0])

    pq.write_table(
        pa.table({**dict(zip(toy.NAMES, x.T, strict=True)), "sigma": expected(x)}),
        author / "test.parquet",
    )
    done = imported(author, model)
    found = Network(done.path.read_bytes(), done.path).predict(x)
    np.testing.assert_allclose(found.value[:, 0], expected(x), rtol=1e-10)


def test_the_models_own_standard_deviation(author):
    model = toy.core(outputs=2)
    (author / "norm.yaml").write_text(
        toy.SIDECAR + "  - {name: sigma, mean: 0, std: 2.5, spread: true}\n"
    )
    x = toy.points()
    heads = toy.answers(model, (x - toy.MEAN) / toy.STD)
    value, spread = np.exp(-4 + 2.5 * heads[:, 0]), np.abs(2.5 * heads[:, 1])
    y = value * np.exp(0.01 * spread * np.random.default_rng(3).normal(size=len(x)))
    pq.write_table(
        pa.table({**dict(zip(toy.NAMES, x.T, strict=True)), "sigma": y}), author / "test.parquet"
    )
    done = imported(author, model)
    found = Network(done.path.read_bytes(), done.path).predict(x)
    np.testing.assert_allclose(found.uncertainty[:, 0] / (value * spread), 0.01, rtol=0.2)


def test_several_inputs_of_the_model(author):
    whole = toy.core()
    nodes = [helper.make_node("Concat", ["a", "b"], ["x"], axis=1), *whole.graph.node]
    inputs = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", *s])
        for n, s in (("a", [1]), ("b", [2]))
    ]
    graph = helper.make_graph(
        nodes, "g", inputs, list(whole.graph.output), list(whole.graph.initializer)
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    assert imported(author, model).card.parity.max_relative <= 1e-5


def test_own_truth_needs_no_table(author):
    done = imported(author, test=None, own_truth=True)
    assert "defines the quantity" in done.card.validation.note
    assert done.card.validation.max < 1e-5
    with pytest.raises(ImportingError, match="leave one out"):
        imported(author, own_truth=True)


def test_without_a_table_the_import_says_what_is_missing(author):
    with pytest.raises(
        ImportingError,
        match=r"table of test points is missing.*m_go, width, ratio and sigma.*--own-truth",
    ):
        imported(author, test=None)
    assert not (author / "out.onnx").exists()


def test_tables_that_do_not_do(author):
    table = pq.read_table(author / "test.parquet")
    pq.write_table(table.slice(0, 40), author / "few.parquet")
    with pytest.raises(ImportingError, match=r"40 test points .* at least 50"):
        imported(author, test=author / "few.parquet")
    pq.write_table(table.drop_columns(["ratio"]), author / "lacks.parquet")
    with pytest.raises(TableDataError, match=r"lacks the columns \['ratio'\]"):
        imported(author, test=author / "lacks.parquet")
    in_tev = table.set_column(0, "m_go", pa.array(table["m_go"].to_numpy() / 1000))
    pq.write_table(in_tev, author / "tev.parquet")
    with pytest.raises(
        ImportingError,
        match=r"no row .* lies in the card's region; it has m_go 0\.5.* Are the units",
    ):
        imported(author, test=author / "tev.parquet")
    pq.write_table(
        table.set_column(3, "sigma", pa.array(-table["sigma"].to_numpy())),
        author / "negative.parquet",
    )
    with pytest.raises(ImportingError, match=r"300 rows of negative\.parquet are not positive"):
        imported(author, test=author / "negative.parquet")


def test_rows_outside_the_region_are_left_out(author):
    table = pq.read_table(author / "test.parquet")
    far = table.slice(0, 100).set_column(0, "m_go", pa.array(np.full(100, 9e3)))
    pq.write_table(pa.concat_tables([table, far]), author / "test.parquet")
    assert imported(author).card.parity.points == 10_300


def test_a_file_that_does_not_give_what_the_original_gives(author, monkeypatch):
    from lhnets_training.importing import importer

    def crooked(model, wanted):
        from lhnets_training.importing.frameworks import onnx as onnx_source

        other = toy.core()
        other.graph.initializer[0].CopyFrom(toy.core(seed=1).graph.initializer[0])
        from dataclasses import replace

        return replace(
            onnx_source.from_object(model, wanted),
            predict=onnx_source.from_object(other, wanted).predict,
        )

    monkeypatch.setattr(importer, "converted", crooked)
    with pytest.raises(
        ParityError, match=r"differs from that of the original model by .* at m_go = "
    ):
        imported(author, toy.core())


def test_what_the_registry_would_refuse_is_not_written(author):
    with pytest.raises(AdmissionError, match="size"):
        imported(author, limits=Limits(file_bytes=2_000))
    assert not (author / "out.onnx").exists()


def test_cards_and_normalisations_with_defects(author):
    (author / "norm.yaml").write_text("inputs: [{name: m_go, mean: 1}]\n")
    with pytest.raises(NormalisationError, match="gives mean alone"):
        imported(author)
    (author / "card.yaml").write_text("name: cs-toy\n")
    with pytest.raises(CardFileError):
        imported(author)


def test_the_normalisation_in_the_metadata(author):
    model = toy.core()
    for k, (name, mean, std) in enumerate(zip(toy.NAMES, toy.MEAN, toy.STD, strict=True)):
        for key, value in (
            (f"input_{k}", name),
            (f"{name}_mean", repr(float(-mean))),
            (f"{name}_std", repr(float(1 / std))),
        ):
            model.metadata_props.add(key=key, value=value)
    onnx.save(model, author / "m.onnx")
    toy.write_card(author / "card.yaml")
    text = (author / "card.yaml").read_text().replace("scale: log", "scale: linear")
    (author / "card.yaml").write_text(text)
    done = imported(author, normalisation="metadata", test=None, own_truth=True)
    x = toy.points(20)
    expected = toy.answers(toy.core(), (x - toy.MEAN) / toy.STD)
    found = Network(done.path.read_bytes(), done.path).predict(x).value
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    with pytest.raises(ImportingError, match="no normalisation in its metadata"):
        imported(author, toy.core(), normalisation="metadata", test=None, own_truth=True)


def test_the_command(author, monkeypatch):
    monkeypatch.chdir(author)
    words = "import m.onnx --card card.yaml --normalisation norm.yaml --test test.parquet"
    result = CliRunner().invoke(group, words.split(), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    for part in (
        "(x - mean) / std: stated",
        "random points of the region  10,000",
        "pass",
        "cs-toy-model@1 in",
    ):
        assert part in result.output
    assert read_path(author / "cs-toy-model.onnx").card.name == "cs-toy-model"


def test_the_command_without_a_card_describes_the_model(author):
    result = CliRunner().invoke(group, ["import", str(author / "m.onnx")])
    assert isinstance(result.exception, ImportingError)
    assert "a card is missing" in str(result.exception)
    assert "x     float32  ['N', 3]" in result.output


def test_the_command_names_what_is_no_model(author):
    (author / "m.onnx").write_text(json.dumps({"a": 1}))
    result = CliRunner().invoke(group, ["import", str(author / "m.onnx")])
    assert isinstance(result.exception, ModelError)


def test_a_classifier_is_judged_by_labels(author):
    model = toy.core(dtype=np.float64)
    text = (
        (author / "card.yaml")
        .read_text()
        .replace("kind: cross_section", "kind: classifier")
        .replace("scale: log", "scale: linear")
    )
    (author / "card.yaml").write_text(text.replace("p p > go go", "signal | rest"))
    (author / "norm.yaml").write_text(
        toy.SIDECAR.replace("mean: -4, std: 2.5, then: exp", "mean: 3, std: 4, then: sigmoid")
    )
    x = toy.points(3000)
    p = 1 / (1 + np.exp(-3 - 4 * toy.answers(model, (x - toy.MEAN) / toy.STD)[:, 0]))
    y = (np.random.default_rng(4).uniform(size=len(x)) < p).astype(float)
    pq.write_table(
        pa.table({**dict(zip(toy.NAMES, x.T, strict=True)), "sigma": y}), author / "test.parquet"
    )
    card = imported(author, model).card
    assert card.validation.metric == "of_probability"
    assert card.validation.classification.auc > 0.7
    assert card.validation.classification.calibration_error < 0.06
    assert card.validation.coverage_68 > 0.4
    swapped = toy.SIDECAR.replace("mean: 60, std: 20", "mean: 20, std: 60")
    (author / "norm.yaml").write_text(
        swapped.replace("mean: -4, std: 2.5, then: exp", "mean: 3, std: 4, then: sigmoid")
    )
    with pytest.raises(NormalisationError, match="test points"):
        imported(author, model)
