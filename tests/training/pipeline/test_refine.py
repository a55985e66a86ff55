"""Refinement, with the branching ratios of stops from closed formulas: which rows serve for what,
and what is gained."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from rich.console import Console

from lhnets.format import Input, Output, Truth, read_path
from lhnets_datasets.library.manifest import Generator
from lhnets_training.cli.train import train as command
from lhnets_training.data.sample import sobol
from lhnets_training.data.table import column
from lhnets_training.fit.baselines import fit_other_tenths
from lhnets_training.fit.gaussian_process import fit_process
from lhnets_training.pipeline.parameters import read_columns
from lhnets_training.pipeline.refine import compare, doubt, fit, refine
from lhnets_training.pipeline.train import train
from lhnets_training.recipe import Array, Points, Recipe, RecipeDataSet, RecipeError, Rows, Run
from lhnets_training.recipes.decays import br_stop
from lhnets_training.split import split

INPUTS = tuple(Input(name=n, unit="1", meaning=n, low=0.0, high=1.0) for n in ("a", "b"))
OFFSET = np.array([0.05, 0.05])
CALLS: list[Array] = []


def label(points: Array, run: Run) -> Rows:
    CALLS.append(points)
    corner = np.exp(-((points - 0.15) ** 2).sum(axis=1) / 0.02)
    return {"a": points[:, 0], "b": points[:, 1], "y": corner}


POINTS = Points(design=lambda rows, seed: sobol(INPUTS, rows, seed), label=label, rows=120, seed=3)
PEAK = Recipe(
    name="toy-peak",
    version=1,
    kind="observable",
    title="A peak",
    description="A peak in a corner.",
    subject="toy-peak",
    inputs=INPUTS,
    outputs=(Output(name="y", unit="1", meaning="a peak"),),
    default_output="y",
    truth=Truth(program="numpy", version="2"),
    dataset=RecipeDataSet(
        name="toy-peak",
        title="A peak",
        description="Rows of a peak.",
        columns=(
            *(column(i.name, "1", i.name, "input") for i in INPUTS),
            column("y", "1", "a peak", "target"),
        ),
        generator=Generator(program="numpy", version="2", seed=3),
    ),
    label=POINTS.table,
    points=POINTS,
    split=lambda rows, seed: split(rows, validation=0, calibration=0, test=0, seed=seed),
    fit=lambda x, y, parts, run: fit_process(x, y, run, offset=OFFSET, inputs=INPUTS),
    baseline=fit_other_tenths(0),
    checks=lambda predict, run: (),
    seed=1,
    created="2026-11-22",
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(out=tmp_path, seed=1, console=Console(quiet=True))


def test_labels_go_where_the_uncertainty_is_largest(run: Run) -> None:
    CALLS.clear()
    refined, path = refine(PEAK, run, 3)
    table = pq.read_table(path).to_pydict()
    number = np.array(table["round"])
    assert [int((number == k).sum()) for k in range(4)] == [72, 16, 16, 16]
    assert [len(points) for points in CALLS] == [72, 16, 16, 16]
    chosen = np.stack([table["a"], table["b"]], axis=1)[number > 0]
    plain = POINTS.plain(run)
    near = [(np.abs(x - 0.15) < 0.3).all(axis=1).mean() for x in (chosen, plain)]
    assert near[0] > 1.5 * near[1]
    assert len(np.unique(np.concatenate([plain, chosen]), axis=0)) == len(plain) + len(chosen)
    assert refined.dataset.name == "toy-peak-refined"


def test_figures_and_intervals_come_from_rows_of_the_plain_design(run: Run) -> None:
    refined, path = refine(PEAK, run, 2)
    card = train(refined, run, path).card
    assert card.data is not None
    assert card.calibration is not None
    assert card.data.split == {"train": 96, "validation": 0, "calibration": 0, "test": 24}
    assert card.validation.rows == card.calibration.rows == 24
    parts, number = refined.split(120, 1), np.array(pq.read_table(path)["round"])
    assert (number[parts.test] == 0).all()
    assert (number[parts.train] > 0).sum() == 48
    assert "48 of the 120 rows were chosen in 2 rounds" in card.validation.note


def test_a_row_that_gives_figures_is_not_trained_on(run: Run) -> None:
    rows = label(POINTS.plain(run), run)
    x, y = read_columns(PEAK, rows)
    parts = split(len(x), validation=0, calibration=0, test=0.2, seed=1)
    spoilt = y.copy()
    spoilt[parts.test] += 100.0
    found = [fit(PEAK, x, labels, parts, run).predict(x[:5])[0] for labels in (y, spoilt)]
    np.testing.assert_array_equal(found[0], found[1])


def test_the_rows_of_the_plain_network_cost_the_same_and_the_peak_gains(run: Run) -> None:
    refined, path = refine(PEAK, run, 3)
    rows, found = compare(PEAK, refined, path, run)
    assert rows == 2000
    assert found["refined"].max < found["plain"].max


def test_an_interrupted_refinement_ends_with_the_same_rows(run: Run) -> None:
    first = pq.read_table(refine(PEAK, run, 2)[1])
    assert first.equals(pq.read_table(refine(PEAK, run, 2)[1]))


def test_doubt_is_relative_for_logarithmic_outputs(run: Run) -> None:
    rows = br_stop.label(br_stop.design(50, 1), run)
    x, y = read_columns(br_stop.RECIPE, rows)
    peak = fit(
        PEAK,
        *read_columns(PEAK, label(POINTS.plain(run), run)),
        split(120, validation=0, calibration=0, test=0.2, seed=1),
        run,
    )
    wrong = replace(peak, predict=lambda points: (2 * y, 0.2 * y))
    assert doubt(br_stop.RECIPE, wrong, x, y) == pytest.approx(np.full(50, 0.1))


def test_a_recipe_without_points_says_what_to_do(run: Run) -> None:
    with pytest.raises(RecipeError, match="give it `points=Points"):
        refine(replace(PEAK, points=None), run, 1)


def test_the_command_refines_and_shows_the_gain(tmp_path: Path) -> None:
    arguments = [
        "br-stop",
        "--refine",
        "1",
        "--gain",
        "--rows",
        "300",
        "--effort",
        "0.05",
        "--out",
        str(tmp_path),
    ]
    found = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    assert "2000 fresh points of the plain design" in " ".join(found.output.split())
    card = read_path(tmp_path / "br-stop.onnx").card
    assert card.data is not None
    assert (card.data.name, card.data.rows) == ("stop-decays-refined", 300)
    assert card.data.split == {"train": 150, "validation": 30, "calibration": 0, "test": 120}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--gain"], "expected --refine ROUNDS, too"),
        (["--refine", "1", "--from-data", __file__], "leave out one of the two"),
    ],
)
def test_options_that_contradict_each_other(arguments: list[str], text: str) -> None:
    found = CliRunner().invoke(command, ["br-stop", *arguments])
    assert found.exit_code == 2
    assert text in found.output
