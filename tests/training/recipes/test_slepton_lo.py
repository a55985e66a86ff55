"""Sleptons at leading order: the published labels against their formulas, Pythia 8's Higgs bosons
and known limits."""

from __future__ import annotations

import numpy as np
import pytest
from rich.console import Console

from lhnets._asking.process import canonical
from lhnets_training.data import table
from lhnets_training.data.sample import inside, uniform
from lhnets_training.labels.generators import pythia
from lhnets_training.labels.hadronic import luminosity
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import RecipeDataSet, Rows, Run
from lhnets_training.recipes.cross_sections import _slepton_lo as lo
from lhnets_training.recipes.cross_sections import cs_slepton_pair_lo as pair
from lhnets_training.recipes.cross_sections import cs_slepton_sneutrino_lo as sneutrino

MODULES = (pair, sneutrino)
TWICE = {"cs-slepton-pair-lo": 1.0, "cs-slepton-sneutrino-lo": 2.0}
"""A neutral Higgs boson alone is one of the two real parts of a sneutrino."""
COARSE = luminosity.Nodes(
    tau_min=4e-5, scale_min=48.0, scale_max=1600.0, tau=200, scale=16, rapidity=300
)


@pytest.fixture(scope="module")
def grid() -> luminosity.Luminosity:
    pytest.importorskip("pythia8mc", reason="the PDF grid comes with pythia8mc")
    tables = luminosity.compute(pythia_grid(lo.PDF), COARSE, Console(quiet=True))
    return luminosity.Luminosity(*luminosity._axes(COARSE), tables)


@pytest.fixture(params=MODULES, ids=lambda module: module.SLEPTONS.name)
def kind(request: pytest.FixtureRequest) -> lo.Sleptons:
    found: lo.Sleptons = request.param.SLEPTONS
    return found


def rows(dataset: RecipeDataSet) -> Rows:
    path = table.bundled(dataset)
    assert path is not None
    return table.read(path, dataset)


def points(columns: Rows, kind: lo.Sleptons) -> np.ndarray:
    return np.stack([columns[n] for n in kind.names], axis=1)


def test_the_data_set_fills_the_region(kind: lo.Sleptons) -> None:
    columns = rows(lo.dataset(kind))
    x = points(columns, kind)
    assert len(x) == lo.ROWS
    assert inside(x, kind.inputs, kind.region).all()
    for k, column in enumerate(kind.inputs):
        reach = float(column.high or 0) - float(column.low or 0)
        assert x[:, k].min() < float(column.low or 0) + 0.01 * reach
        assert x[:, k].max() > float(column.high or 0) - 0.01 * reach


def test_published_labels_come_out_again(kind: lo.Sleptons, grid: luminosity.Luminosity) -> None:
    columns = rows(lo.dataset(kind))
    few = slice(None, None, 100)
    found = kind.label(grid)(points(columns, kind)[few]).reshape(-1, len(kind.outputs))
    for k, output in enumerate(kind.outputs):
        np.testing.assert_allclose(found[:, k], columns[output.name][few], rtol=1e-3)


def test_labels_agree_with_pairs_of_higgs_bosons_in_pythia(
    kind: lo.Sleptons, grid: luminosity.Luminosity
) -> None:
    columns = rows(lo.comparison(kind))
    found = kind.label(grid)(points(columns, kind)).reshape(-1, len(kind.outputs))[:, -1]
    ratio = found / (TWICE[kind.name] * columns["pythia"])
    assert (columns["pythia_error"] < 0.003 * columns["pythia"]).all()
    assert np.abs(ratio - 1).max() < 0.01
    assert ratio.mean() == pytest.approx(1.0, abs=0.002)


def test_pythia_generates_what_the_published_comparison_says(kind: lo.Sleptons) -> None:
    pytest.importorskip("pythia8mc")
    columns = rows(lo.comparison(kind))
    point = points(columns, kind)[0]
    found = pythia.higgs_pair(
        kind.higgs,
        kind.higgs_masses(point),
        float(point[-1]),
        bosons=lo.BOSONS,
        events=1500,
        seed=5,
    )
    assert found.error < 0.03 * found.value
    assert abs(found.value - columns["pythia"][0]) < 5 * found.error


def test_the_graph_sees_what_the_fit_saw(kind: lo.Sleptons) -> None:
    graph = NetworkGraph(kind.inputs, kind.region)
    graph.node("Identity", kind.terms.build(graph), output="value")
    graph.node("Identity", "value", output="uncertainty")
    graph.reach()
    x = uniform(kind.inputs, 200, 1, kind.region)
    np.testing.assert_allclose(
        run_points(graph.serialize(kind.terms.features.shape[0]))(x)["value"],
        kind.terms.values(x),
        rtol=1e-13,
        atol=1e-14,
    )


def test_the_recipes_ask_for_canonical_processes() -> None:
    assert canonical("p p > ta1- ta1+") == pair.RECIPE.subject
    for output in sneutrino.RECIPE.outputs:
        assert output.subject is None or canonical(output.subject) == output.subject
    assert canonical(sneutrino.RECIPE.subject) == sneutrino.RECIPE.subject


def test_checks_hold_for_a_law_and_fail_for_its_inverse(kind: lo.Sleptons) -> None:
    recipe = next(m.RECIPE for m in MODULES if m.SLEPTONS is kind)
    path = table.bundled(lo.comparison(kind))
    assert path is not None
    run = Run(out=path.parent / "nowhere", seed=1)

    def law(x: np.ndarray) -> np.ndarray:
        scale = x[:, 0] + (x[:, 1] if kind is sneutrino.SLEPTONS else 0.0)
        size = (x[:, 2] / scale) ** 2
        if kind is sneutrino.SLEPTONS:
            return np.stack([size * scale**0.1, size, size * (1 + scale**0.1)], axis=1)
        return np.stack([size, size, size, size * (1 + x[:, 1] ** 4)], axis=1)

    right, wrong = (
        {c.name: c.passed for c in recipe.checks(found, run)}
        for found in (law, lambda x: 1 / law(x))
    )
    slopes = [
        name
        for name in right
        if name.startswith(("falls", "positive", "sign", "symmetry", "quadratic"))
    ]
    assert len(slopes) >= 4
    assert all(right[name] for name in slopes)
    assert not any(wrong[name] for name in slopes if name.startswith("falls"))
    assert not any(passed for name, passed in right.items() if name.startswith("Pythia"))
