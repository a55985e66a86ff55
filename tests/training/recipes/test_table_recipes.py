from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets._asking.process import canonical
from lhnets_training import recipes
from lhnets_training.data import table
from lhnets_training.data.sample import inside
from lhnets_training.pipeline.parameters import read_columns
from lhnets_training.recipe import Recipe, Run
from lhnets_training.recipes.cross_sections import _coloured as coloured
from lhnets_training.recipes.cross_sections import _one_mass as one_mass
from lhnets_training.recipes.cross_sections._decoupled import SMOOTH_FROM

NAMES = (
    "cs-gluino-pair-nnll-13tev",
    "cs-gluino-pair-decoupled-13tev",
    "cs-wino-c1n2",
    "cs-wino-c1c1",
    "cs-squark-antisquark-nnll-13tev",
    "cs-squark-gluino-nnll-13tev",
    "cs-squark-squark-nnll-13tev",
    "cs-stop-pair-nnll-13tev",
    "cs-stop-pair-decoupled-13tev",
    "cs-sbottom-pair-decoupled-13tev",
    "cs-slepton-pair",
    "cs-stau-pair",
    "cs-sneutrino-pair",
    "cs-higgsino-pair",
    "cs-wino-pair-decoupled",
)


@pytest.fixture(params=NAMES)
def recipe(request: pytest.FixtureRequest) -> Recipe:
    return recipes.find(request.param)


def rows(recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
    path = table.bundled(recipe.dataset)
    assert path is not None
    return read_columns(recipe, table.read(path, recipe.dataset))


def test_subjects_are_canonical(recipe: Recipe) -> None:
    for subject in {recipe.subject, *(o.subject for o in recipe.outputs if o.subject)}:
        assert canonical(subject) == subject


def test_the_default_has_the_highest_order(recipe: Recipe) -> None:
    default = next(o for o in recipe.outputs if o.name == recipe.default_output)
    assert default.order == "NNLO_approx+NNLL"
    assert default.subject in (None, recipe.subject)


def test_shifts_are_no_orders_of_their_own(recipe: Recipe) -> None:
    shifts = {n for p in recipe.physics_uncertainty for n in (p.up, p.down)}
    assert {o.name for o in recipe.outputs if o.order is None} == shifts


def test_the_rows_lie_in_the_region_and_reach_its_edges(recipe: Recipe) -> None:
    x, _ = rows(recipe)
    uneven = recipe.name.endswith("decoupled-13tev") and recipe.inputs[0].low == SMOOTH_FROM
    within = inside(x, recipe.inputs, recipe.region)
    assert (x[~within] < SMOOTH_FROM).all() if uneven else within.all()
    x = x[within]
    assert x.min(axis=0).tolist() == [i.low for i in recipe.inputs]
    assert x.max(axis=0).tolist() == [i.high for i in recipe.inputs]


def test_orders_are_of_one_size_and_shifts_below_twice_the_cross_section(recipe: Recipe) -> None:
    _, y = rows(recipe)
    column = {o.name: y[:, k] for k, o in enumerate(recipe.outputs)}
    for p in recipe.physics_uncertainty:
        assert (column[p.up] >= 0).all()
        assert (column[p.up] < 2 * column[p.of]).all()


def test_the_figures_come_from_folds(recipe: Recipe) -> None:
    assert recipe.split(50, 1).counts["test"] == 0
    assert "other" in recipe.validation_note


def test_published_points() -> None:
    x, y = rows(recipes.find(NAMES[0]))
    assert y[(x == [2000.0, 3000.0]).all(axis=1), 2] == pytest.approx(6.285145e-4)
    x, y = rows(recipes.find(NAMES[1]))
    assert y[x[:, 0] == 2000.0, 2] == pytest.approx(1.01069e-3)


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n.startswith(("cs-squark", "cs-stop-pair-nnll"))]
)
def test_the_published_point_of_a_coloured_pair_is_a_row(name: str) -> None:
    pair = recipes.find_module(name).PAIR
    x, y = rows(recipes.find(name))
    m, m_go, sigma = pair.published
    assert y[(x == [1000 * m, 1000 * m_go]).all(axis=1), pair.names.index("nnll")] == pytest.approx(
        sigma, rel=1e-6
    )


def test_checks_of_stops_stay_where_they_are_lighter_than_the_gluino() -> None:
    stops = recipes.find("cs-stop-pair-nnll-13tev")
    pair = recipes.find_module("cs-stop-pair-nnll-13tev").PAIR
    assert inside(coloured.lines(pair, 7).reshape(-1, 2), stops.inputs, stops.region).all()


def test_stops_and_sbottoms_have_one_table() -> None:
    (x, y), (x_b, y_b) = (
        rows(recipes.find(f"cs-{q}-pair-decoupled-13tev")) for q in ("stop", "sbottom")
    )
    assert len(x) == 581
    np.testing.assert_array_equal(x, x_b)
    np.testing.assert_array_equal(y, y_b)


def test_left_handed_sleptons_are_made_more_often_and_all_more_at_the_higher_energy() -> None:
    found = recipes.find("cs-slepton-pair")
    _, y = rows(found)
    column = {o.name: y[:, k] for k, o in enumerate(found.outputs)}
    assert (column["el_13tev_nnll"] > 2 * column["er_13tev_nnll"]).all()
    assert (column["er_13p6tev_nnll"] > column["er_13tev_nnll"]).all()


def test_squarks_are_asked_for_as_a_sum() -> None:
    assert recipes.find("cs-squark-antisquark-nnll-13tev").subject == canonical("p p > sq sq~")
    assert recipes.find("cs-squark-gluino-nnll-13tev").subject == canonical(
        "p p > go sq | p p > sq~ go"
    )


def test_the_sum_of_both_charges() -> None:
    found = recipes.find("cs-wino-c1n2")
    _, y = rows(found)
    column = {o.name: y[:, k] for k, o in enumerate(found.outputs)}
    np.testing.assert_allclose(
        column["c1n2_13tev_nnll"],
        column["c1pn2_13tev_nnll"] + column["c1mn2_13tev_nnll"],
        rtol=1e-14,
    )
    assert (column["c1pn2_13tev_lo"] > column["c1mn2_13tev_lo"]).all()


@pytest.mark.parametrize(
    ("name", "output", "unit"),
    [
        ("cs-slepton-pair", "el_13tev_nnll", 1.0),
        ("cs-slepton-pair", "er_13p6tev_nnll", 1.0),
        ("cs-sneutrino-pair", "snu_13tev_nnll", 1.0),
        ("cs-higgsino-pair", "n1n2_13tev_nnll", 1.0),
        ("cs-higgsino-pair", "c1mn1_13p6tev_nnll", 0.5),
        ("cs-higgsino-pair", "c1c1_13tev_nnll", 1.0),
        ("cs-wino-pair-decoupled", "c1c1_13tev_nnll", 1.0),
        ("cs-wino-pair-decoupled", "c1n2_13tev_nnll", 2.0),
        ("cs-wino-pair-decoupled", "c1pn2_13p6tev_nnll", 2.0),
    ],
)
def test_splines_go_through_ratios_to_leading_order(
    name: str, output: str, unit: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """QCD adds 10 to 35 % below 1 TeV; a neutral higgsino is half of what the charged one is paired
    with, and a W couples to winos by twice the square."""
    pytest.importorskip("pythia8mc", reason="the PDF grid comes with pythia8mc")
    found = recipes.find(name)
    family = recipes.find_module(name).FAMILY
    folder = tmp_path_factory.getbasetemp() / "luminosity"
    lead = one_mass.lead(family, Run(out=folder, seed=1, console=Console(quiet=True)))
    assert lead is not None
    x, y = rows(found)
    k = [o.name for o in found.outputs].index(output)
    light = x[:, 0] <= 1000
    factor = y[light, k] / np.exp(lead(x[light])[:, k]) / unit
    assert factor.min() > 1.1
    assert factor.max() < 1.38


def test_staus_whose_mixing_is_not_known_have_no_leading_order() -> None:
    family = recipes.find_module("cs-stau-pair").FAMILY
    assert one_mass.lead(family, Run(out=Path("nowhere"), seed=1)) is None
