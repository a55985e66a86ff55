"""The whole way from a recipe to a verified network file, with a power law whose answer is
known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from lhnets.format import Check, HalfSpace, Input, Output, Truth, read_path
from lhnets_datasets.library.manifest import Generator
from lhnets_training.data.sample import sobol
from lhnets_training.data.table import SET_KEY, TableColumnsError, bundle, column, read, write
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.pipeline.data_sets import label_data
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.pipeline.exported import run_points
from lhnets_training.pipeline.parameters import read_columns
from lhnets_training.pipeline.parity import ParityError
from lhnets_training.pipeline.train import train
from lhnets_training.recipe import (
    Array,
    Companion,
    Fitted,
    HeldOut,
    Recipe,
    RecipeDataSet,
    Rows,
    Run,
)
from lhnets_training.split import Split, folds, split

INPUTS = (
    Input(name="m", unit="GeV", meaning="a mass", low=100.0, high=1000.0),
    Input(name="e", unit="GeV", meaning="an energy", low=1000.0, high=4000.0),
)
REGION = (HalfSpace(coefficients={"m": 1.0, "e": -0.25}, bound=0.0, meaning="m <= e/4"),)
COLUMNS = (
    column("m", "GeV", "a mass", "input"),
    column("e", "GeV", "an energy", "input"),
    column("LO", "pb", "a cross section", "target"),
)
NOISE = 0.01


def label(run: Run) -> Rows:
    x = sobol(INPUTS, run.rows or 1500, 1, region=REGION, log=("m", "e"), digits=7)
    y = (
        1e6
        * x[:, 0] ** -2.0
        * x[:, 1] ** 0.5
        * np.exp(np.random.default_rng(1).normal(0, NOISE, len(x)))
    )
    return {"m": x[:, 0], "e": x[:, 1], "LO": y}


def law(x: Array, y: Array) -> Array:
    design = np.column_stack([np.ones(len(x)), np.log(x)])
    return np.asarray(np.linalg.lstsq(design, np.log(y[:, 0]), rcond=None)[0])


def fitted(coefficients: Array, held_out: HeldOut | None = None) -> Fitted:
    def predict(points: Array) -> tuple[Array, Array]:
        value = np.exp(np.column_stack([np.ones(len(points)), np.log(points)]) @ coefficients)[
            :, None
        ]
        return value, 3 * NOISE * value

    def export(scale: Array) -> bytes:
        graph = NetworkGraph(INPUTS, REGION)
        logs = graph.coordinates([True, True])
        bias = np.array([coefficients[0], coefficients[0] + np.log(3 * NOISE * scale[0])])
        graph.positive_heads(graph.affine(logs, np.stack([coefficients[1:]] * 2, axis=1), bias), 1)
        graph.reach()
        return graph.serialize(1)

    return Fitted(
        predict=predict,
        export=export,
        method="power law",
        framework="numpy",
        framework_version=np.__version__,
        hyperparameters={},
        held_out=held_out,
    )


def fit(x: Array, y: Array, parts: Split, run: Run) -> Fitted:
    return fitted(law(x[parts.train], y[parts.train]))


def fit_folds(x: Array, y: Array, parts: Split, run: Run) -> Fitted:
    fold = folds(len(x), 5, run.seed)
    value = np.empty_like(y)
    for number in range(5):
        value[fold == number] = fitted(law(x[fold != number], y[fold != number])).predict(
            x[fold == number]
        )[0]
    held = HeldOut(rows=np.arange(len(x)), fold=fold, value=value, spread=NOISE * value)
    return fitted(law(x, y), held)


RECIPE = Recipe(
    name="toy-law",
    version=1,
    kind="cross_section",
    title="A power law",
    description="A power law with noise.",
    subject="2212 2212 > 1000021 1000021",
    inputs=INPUTS,
    outputs=(Output(name="LO", unit="pb", meaning="a cross section", scale="log"),),
    default_output="LO",
    region=REGION,
    truth=Truth(program="numpy", version="2"),
    dataset=RecipeDataSet(
        name="toy-law",
        title="A power law",
        description="Rows of a power law.",
        columns=COLUMNS,
        generator=Generator(program="numpy", version="2", seed=1),
    ),
    label=label,
    split=lambda rows, seed: split(rows, validation=0.1, calibration=0.2, test=0.3, seed=seed),
    fit=fit,
    baseline=rbf_baseline(np.log),
    checks=lambda predict, run: (
        Check(
            name="one",
            passed=bool(predict(np.array([[500.0, 3000.0]]))[0, 0] > 0),
            figure="1",
            criterion="positive",
        ),
    ),
    seed=1,
    created="2026-11-21",
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(out=tmp_path, seed=1, console=Console(quiet=True))


def test_a_recipe_becomes_a_network_file(run: Run) -> None:
    made = train(RECIPE, run, label_data(RECIPE, run))
    file = read_path(made.path)
    assert file.digest == file.stated_digest
    assert file.card == made.card
    card = file.card
    assert card.data.rows == sum(card.data.split.values()) == 1500
    assert card.validation.mean == pytest.approx(NOISE * np.sqrt(2 / np.pi), rel=0.1)
    assert card.validation.coverage_68 == pytest.approx(0.68, abs=0.06)
    assert card.validation.coverage_95 == pytest.approx(0.95, abs=0.04)
    assert card.parity.max_relative < 1e-12
    assert card.parity.points == 10_000
    assert card.checks[0].passed
    assert card.calibration.method == "split conformal"


NOISY = replace(RECIPE, label_errors=lambda rows: NOISE * rows["LO"][:, None])


def label_better(run: Run) -> Rows:
    rows = label(replace(run, rows=200))
    return {**rows, "LO": 1e6 * rows["m"] ** -2.0 * rows["e"] ** 0.5}


def test_the_card_says_what_is_left_beyond_the_noise_of_labels(run: Run) -> None:
    found = train(NOISY, run, label_data(RECIPE, run)).card.validation.label_noise
    assert found.rows == 450
    assert found.rms == pytest.approx(NOISE, rel=0.02)
    assert found.beyond < found.at_most < NOISE
    assert train(RECIPE, run, label_data(RECIPE, run)).card.validation.label_noise is None


def test_what_is_left_is_told_from_better_labels_where_there_are_some(run: Run) -> None:
    known = Companion(replace(RECIPE.dataset, name="toy-law-check"), label_better)
    recipe = replace(
        RECIPE,
        companions=(known,),
        better_labels=known,
        label_errors=lambda rows: np.full((len(rows["m"]), 1), 1e-4 * rows["LO"].min()),
    )
    found = train(recipe, run, label_data(recipe, run)).card.validation.label_noise
    assert found.rows == 200
    assert found.rms < 1.1e-4
    assert found.at_most < 3e-3


def test_a_fit_by_folds_is_judged_beyond_the_noise_of_every_row(run: Run) -> None:
    recipe = replace(NOISY, fit=fit_folds)
    found = train(recipe, run, label_data(recipe, run)).card.validation.label_noise
    assert found.rows == 1500
    assert found.at_most < 0.5 * NOISE


def test_the_file_answers_with_calibrated_uncertainty_and_reach(run: Run) -> None:
    made = train(RECIPE, run, label_data(RECIPE, run))
    answer = run_points(made.path.read_bytes())(np.array([[200.0, 2000.0], [600.0, 2000.0]]))
    value = 1e6 * 200.0**-2 * 2000.0**0.5
    assert answer["value"][0, 0] == pytest.approx(value, rel=0.01)
    assert answer["uncertainty"][0, 0] == pytest.approx(NOISE * value, rel=0.1)
    assert answer["reach"][0] < 1 < answer["reach"][1]
    reference = read_path(made.path).reference
    again = run_points(made.path.read_bytes())(np.array(reference.inputs["parameters"]))
    np.testing.assert_array_equal(again["value"], np.array(reference.outputs["value"]))
    assert reference.points == 64


def test_the_same_seed_gives_the_same_graph(run: Run) -> None:
    first, again = (train(RECIPE, run, label_data(RECIPE, run)).path.read_bytes() for _ in range(2))
    assert onnx.load_from_string(first).graph == onnx.load_from_string(again).graph


def test_small_tables_are_judged_out_of_fold(run: Run) -> None:
    small = replace(RECIPE, fit=fit_folds)
    made = train(small, run, label_data(small, run))
    assert made.card.calibration.method == "cross-conformal, 5 folds"
    assert made.card.calibration.rows == made.card.validation.rows == 1500
    assert made.card.validation.coverage_95 == pytest.approx(0.95, abs=0.02)
    assert made.card.validation.baseline.mean > 0


def test_labels_that_no_logarithm_takes_are_refused(run: Run) -> None:
    rows = label(run)
    rows["LO"][3] = 0.0
    with pytest.raises(
        TrainingError, match="'LO' is logarithmic, expected labels of one sign, but 1 are zero"
    ):
        read_columns(RECIPE, rows)
    rows["LO"][3] = np.nan
    with pytest.raises(TrainingError, match="not finite"):
        read_columns(RECIPE, rows)


def test_the_parquet_file_says_what_its_columns_are(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "toy-law.parquet"
    rows = label(run)
    write(path, RECIPE.dataset, rows)
    schema = pq.read_schema(path)
    assert schema.metadata[SET_KEY] == b"toy-law"
    assert schema.field("m").metadata == {b"unit": b"GeV", b"meaning": b"a mass", b"role": b"input"}
    again = read(path, RECIPE.dataset)
    np.testing.assert_array_equal(again["LO"], rows["LO"])


def test_columns_must_be_those_of_the_data_set(tmp_path: Path, run: Run) -> None:
    rows = label(run)
    del rows["e"]
    with pytest.raises(TableColumnsError, match=r"declares the columns \['m', 'e', 'LO'\]"):
        write(tmp_path / "x.parquet", RECIPE.dataset, rows)


def test_a_bundle_holds_file_and_manifest(tmp_path: Path, run: Run) -> None:
    import hashlib

    import msgspec

    from lhnets_datasets.library.manifest import Manifest

    path = label_data(RECIPE, run)
    bundle(tmp_path / "sets", path, RECIPE.dataset, RECIPE.authors)
    manifest = msgspec.yaml.decode(
        (tmp_path / "sets" / "manifests" / "toy-law.yaml").read_bytes(), type=Manifest
    )
    content = (tmp_path / "sets" / "data" / "toy-law.parquet").read_bytes()
    assert manifest.rows == 1500
    assert manifest.files[0].size == len(content)
    assert manifest.files[0].sha256 == hashlib.sha256(content).hexdigest()


def test_fewer_rows_make_a_set_of_their_own(run: Run) -> None:
    small = replace(run, rows=300)
    assert pq.read_metadata(label_data(RECIPE, small)).num_rows == 300


def crooked(change):
    """The toy's fit, whose export does ``change`` to the scale of the uncertainty."""

    def fit_crooked(x: Array, y: Array, parts: Split, run: Run) -> Fitted:
        found = fit(x, y, parts, run)
        return replace(found, export=lambda scale: found.export(change(scale)))

    return replace(RECIPE, fit=fit_crooked)


def test_an_export_that_drops_the_calibration_stops_the_training(run: Run) -> None:
    with pytest.raises(
        ParityError, match=r"the uncertainty of the file differs from that of the numpy model"
    ):
        train(crooked(np.ones_like), run, label_data(RECIPE, run))
    assert not list(run.out.glob("*.onnx"))


def test_an_export_with_another_reach_stops_the_training(run: Run) -> None:
    wider = replace(RECIPE, region=(replace_bound(REGION[0], 50.0),))
    with pytest.raises(ParityError, match="the reach of the file"):
        train(wider, run, label_data(RECIPE, run))


def replace_bound(half_space: HalfSpace, bound: float) -> HalfSpace:
    return HalfSpace(coefficients=half_space.coefficients, bound=bound, meaning=half_space.meaning)


def test_the_figures_are_those_of_the_exported_file(run: Run) -> None:
    """A file whose uncertainty is 0.05 % smaller, which parity allows, is the one that is
    judged."""
    made = train(crooked(lambda scale: scale * (1 - 5e-4)), run, label_data(RECIPE, run))
    rows = read(label_data(RECIPE, run), RECIPE.dataset)
    x, y = read_columns(RECIPE, rows)
    test = RECIPE.split(len(x), 1).test
    answer = run_points(made.path.read_bytes())(x[test])
    inside = np.abs(y[test] - answer["value"]) <= answer["uncertainty"]
    assert made.card.validation.coverage_68 == pytest.approx(inside.mean(), abs=1e-4)
    assert made.card.parity.max_uncertainty == pytest.approx(5e-4, rel=0.01)
    assert made.card.parity.max_reach < 1e-12
