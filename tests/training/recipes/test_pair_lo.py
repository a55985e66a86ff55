"""Scalar colour triplets and top pairs: the published labels against their formulas, Pythia 8 and
known limits."""

import numpy as np
import pytest
from rich.console import Console

from lhnets._asking.process import canonical
from lhnets_training.data import table
from lhnets_training.data.sample import inside
from lhnets_training.labels.hadronic import luminosity
from lhnets_training.labels.hadronic.partonic_lo import (
    AlphaS,
    Pair,
    heavy_quark_pair,
    scalar_triplet_pair,
)
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.recipe import Recipe, Rows
from lhnets_training.recipes.cross_sections import _pair_lo as lo
from lhnets_training.recipes.cross_sections import cs_scalar_triplet_pair_lo, cs_ttbar_lo

MODULES = (cs_scalar_triplet_pair_lo, cs_ttbar_lo)
COARSE = luminosity.Nodes(
    tau_min=4e-4, scale_min=70.0, scale_max=6500.0, tau=200, scale=20, rapidity=300
)


@pytest.fixture(scope="module")
def grid() -> luminosity.Luminosity:
    pytest.importorskip("pythia8mc", reason="the PDF grid comes with pythia8mc")
    tables = luminosity.compute(pythia_grid(lo.PDF), COARSE, Console(quiet=True))
    return luminosity.Luminosity(*luminosity._axes(COARSE), tables)


@pytest.fixture(params=MODULES, ids=lambda module: module.PAIR.name)
def pair(request: pytest.FixtureRequest) -> lo.CrossSections:
    found: lo.CrossSections = request.param.PAIR
    return found


def rows(dataset: table.RecipeDataSet) -> Rows:
    path = table.bundled(dataset)
    assert path is not None
    assert path.stat().st_size < 1_000_000
    return table.read(path, dataset)


def points(columns: Rows, pair: lo.CrossSections) -> np.ndarray:
    return np.stack([columns[n] for n in pair.names], axis=1)


def labels(pair: lo.CrossSections, grid: luminosity.Luminosity) -> Pair:
    return Pair(pair.process, grid, AlphaS(lo.ALPHA_S_MZ, lo.FIVE_FLAVOURS))


def test_near_threshold() -> None:
    """beta^1 for gluons, P wave for quarks to scalars, S wave for quarks to quarks."""
    m, beta = np.array([1000.0]), 1e-3
    s = np.array([[4e6 / (1 - beta**2)]])
    scalar, quark = (process(m).channels for process in (scalar_triplet_pair, heavy_quark_pair))
    unit = np.pi * beta / 1e6
    assert scalar["gg"](s)[0, 0] == pytest.approx(7 / 384 * unit, rel=1e-3)
    assert scalar["qqbar"](s)[0, 0] == pytest.approx(beta**2 / 54 * unit, rel=1e-3)
    assert quark["gg"](s)[0, 0] == pytest.approx(7 / 192 * unit, rel=1e-3)
    assert quark["qqbar"](s)[0, 0] == pytest.approx(1 / 9 * unit, rel=1e-3)


def test_the_data_set_fills_the_region(pair: lo.CrossSections) -> None:
    columns = rows(lo.dataset(pair))
    x = points(columns, pair)
    assert len(x) == lo.ROWS
    assert inside(x, pair.inputs, pair.region).all()
    assert (columns["LO"] > 0).all()
    for k, column in enumerate(pair.inputs):
        assert x[:, k].min() < float(column.low or 0) * 1.01
        assert x[:, k].max() > float(column.high or 0) * 0.99


def test_published_labels_come_out_again(
    pair: lo.CrossSections, grid: luminosity.Luminosity
) -> None:
    columns = rows(lo.dataset(pair))
    few = slice(None, None, 100)
    np.testing.assert_allclose(
        labels(pair, grid)(points(columns, pair)[few]), columns["LO"][few], rtol=3e-4
    )


def test_labels_agree_with_pythia(pair: lo.CrossSections, grid: luminosity.Luminosity) -> None:
    columns = rows(lo.pythia_check(pair))
    assert len(columns["pythia"]) == lo.PYTHIA_POINTS
    ratio = labels(pair, grid)(points(columns, pair)) / columns["pythia"]
    assert (columns["pythia_error"] < 0.004 * columns["pythia"]).all()
    assert np.abs(ratio - 1).max() < 0.01
    assert ratio.mean() == pytest.approx(1.0, abs=0.002)


def test_pythia_generates_what_the_published_check_says(pair: lo.CrossSections) -> None:
    pytest.importorskip("pythia8mc")
    columns = rows(lo.pythia_check(pair))
    found = pair.generate(*map(float, points(columns, pair)[0]), events=1500, seed=5)
    assert found.error < 0.03 * found.value
    assert abs(found.value - columns["pythia"][0]) < 5 * found.error


def test_known_cross_sections(grid: luminosity.Luminosity) -> None:
    """Published LO numbers of NNLL-fast for stops come from another PDF set, hence the width."""
    stops = labels(cs_scalar_triplet_pair_lo.PAIR, grid)(
        np.array([[200.0, 13000.0, 1.0], [400.0, 13000.0, 1.0]])
    )
    np.testing.assert_allclose(stops, [40.64916, 1.195326], rtol=0.06)


def test_the_recipes_ask_for_canonical_processes() -> None:
    for module in MODULES:
        recipe: Recipe = module.RECIPE
        assert canonical(recipe.subject) == recipe.subject
        assert recipe.module == module.__name__.rpartition(".")[2]
    assert canonical("p p > t1 t1~") == cs_scalar_triplet_pair_lo.RECIPE.subject
    assert canonical("p p > t t~") == cs_ttbar_lo.RECIPE.subject


def test_top_pairs_fall_with_the_mass_as_the_checks_say() -> None:
    """The checks of the recipe hold for a law that falls in all inputs as it should, and fail for
    its inverse."""
    pair = cs_ttbar_lo.PAIR
    recipe = cs_ttbar_lo.RECIPE
    known = rows(lo.pythia_check(pair))

    def law(x: np.ndarray) -> np.ndarray:
        return np.asarray((x[:, [1]] / x[:, [0]]) ** 2 * x[:, [2]] ** -0.35)

    def found(predict: object) -> dict[str, bool]:
        run = lo.Run(out=table.bundled(lo.pythia_check(pair)).parent / "nowhere", seed=1)  # type: ignore[union-attr]
        return {c.name: c.passed for c in recipe.checks(predict, run)}  # type: ignore[arg-type]

    assert len(known["pythia"]) == 10
    right, wrong = found(law), found(lambda x: 1 / law(x))
    slopes = (
        "falls with m_t",
        "falls with mu_over_m",
        "falls with falling sqrt_s",
        "scale dependence",
    )
    assert all(right[name] for name in slopes)
    assert not any(wrong[name] for name in slopes)
    assert not right["Pythia 8"]
