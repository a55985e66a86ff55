"""Flavour data sets and recipes: published rows come out of flavio again, and forms are exact."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets_training.data import table
from lhnets_training.labels.flavour.flavio_observables import Observable, OptimisedAngular
from lhnets_training.recipe import Recipe, Run
from lhnets_training.recipes import find
from lhnets_training.recipes.observables import obs_b_xs_gamma, obs_bs_mumu, obs_p5p_4_6, obs_rk_1_6

NAMES = ("obs-bs-mumu", "obs-b-xs-gamma", "obs-p5p-4-6", "obs-rk-1-6")


def rows_of(recipe: Recipe) -> table.Rows:
    path = table.bundled(recipe.dataset)
    assert path is not None
    return table.read(path, recipe.dataset)


def columns(recipe: Recipe, names: list[str]) -> np.ndarray:
    rows = rows_of(recipe)
    return np.stack([rows[n] for n in names], axis=1)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_predicted_by_forms_that_had_not_seen_it(name: str, tmp_path: Path) -> None:
    recipe = find(name)
    x = columns(recipe, [i.name for i in recipe.inputs])
    y = columns(recipe, [o.name for o in recipe.outputs])
    fitted = recipe.fit(
        x, y, recipe.split(len(x), 1), Run(out=tmp_path, seed=1, console=Console(quiet=True))
    )
    assert fitted.held_out is not None
    assert np.abs(fitted.held_out.value - y).max() < 5e-6 * y.std()
    at_zero = fitted.predict(np.zeros((1, len(recipe.inputs))))[0][0, 0]
    module = {
        r.name: m
        for m in (obs_bs_mumu, obs_b_xs_gamma, obs_p5p_4_6, obs_rk_1_6)
        for r in [m.RECIPE]
    }[name]
    assert at_zero == pytest.approx(module.STANDARD_MODEL, rel=1e-6)


def test_inputs_are_named_and_default_to_the_standard_model() -> None:
    recipe = find("obs-p5p-4-6")
    assert [i.default for i in recipe.inputs] == [0.0] * 6
    assert recipe.inputs[1].symbol == "C_{7}'"
    assert "right-handed" in recipe.inputs[1].meaning
    assert "right-handed" not in recipe.inputs[0].meaning


@pytest.fixture
def flavio() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("flavio")


@pytest.mark.usefixtures("flavio")
@pytest.mark.filterwarnings("ignore")
def test_published_rows_come_out_of_flavio_again() -> None:
    for module, label in (
        (obs_bs_mumu, Observable(obs_bs_mumu.OBSERVABLE, obs_bs_mumu.NAMES)),
        (obs_b_xs_gamma, Observable(obs_b_xs_gamma.OBSERVABLE, obs_b_xs_gamma.NAMES)),
    ):
        x = columns(module.RECIPE, list(module.NAMES))[:3]
        np.testing.assert_allclose(label(x)[:, 0], columns(module.RECIPE, ["BR"])[:3, 0], rtol=1e-9)


@pytest.mark.usefixtures("flavio")
@pytest.mark.filterwarnings("ignore")
def test_the_quotient_is_flavios_own_observable() -> None:
    x = columns(obs_p5p_4_6.RECIPE, list(obs_p5p_4_6.NAMES))[:2]
    ours = OptimisedAngular(obs_p5p_4_6.NAMES, 4.0, 6.0)(x)
    theirs = Observable("<P5p>(B0->K*mumu)", obs_p5p_4_6.NAMES, (4.0, 6.0))(x)
    np.testing.assert_allclose(ours[:, 0], theirs[:, 0], rtol=1e-9)
    np.testing.assert_allclose(
        ours, columns(obs_p5p_4_6.RECIPE, ["P5p", "s5", "s2s", "s2c"])[:2], rtol=1e-7
    )
