"""Decays of gluinos and stops: closed widths, Pythia's, and the networks that give shares."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets_training.data import table
from lhnets_training.data.sample import uniform
from lhnets_training.labels.supersymmetry import sparticle_decays, stop_decays
from lhnets_training.pipeline.exported import run_points
from lhnets_training.pipeline.parameters import read_columns
from lhnets_training.recipe import Recipe, Run
from lhnets_training.recipes import find
from lhnets_training.recipes.decays import _sparticle_decays as decays
from lhnets_training.recipes.decays import br_gluino, br_stop


def stop(t_11: float, t_12: float, m_n1: float = 300.0) -> np.ndarray:
    return stop_decays.widths(np.array([[1000.0, m_n1, 500.0, t_11, t_12]]))[0]


def test_right_handed_stops_see_no_wino_and_left_handed_ones_little_of_the_bino() -> None:
    bino, charged, neutral = stop(0.0, 1.0)
    assert bino > 0
    assert charged == neutral == 0
    left = stop(1.0, 0.0)
    assert left[0] < bino / 10
    assert left[1] / left[2] == pytest.approx(2.0, rel=0.2)


def test_interference_vanishes_with_the_mass_of_the_bino() -> None:
    def asymmetry(m_n1: float) -> float:
        up, down = stop(0.6, 0.8, m_n1)[0], stop(0.6, -0.8, m_n1)[0]
        return float((up - down) / (up + down))

    assert asymmetry(400.0) > asymmetry(100.0) > 0
    assert asymmetry(1e-6) == pytest.approx(0.0, abs=1e-8)


def test_mixing_counts_by_its_ratio() -> None:
    np.testing.assert_allclose(stop(0.3, -0.4), stop(0.6, -0.8))


def test_pythia_gives_the_published_rows_again() -> None:
    pytest.importorskip("pythia8mc")
    path = table.bundled(decays.DATASET)
    assert path is not None
    rows = table.read(path, decays.DATASET)
    points = np.stack([rows[n][:3] for n in sparticle_decays.COLUMNS], axis=1)
    names = [f"width_{c}" for channels in decays.CHANNELS.values() for c in channels]
    np.testing.assert_allclose(
        sparticle_decays.widths(points), np.stack([rows[n][:3] for n in names], axis=1), rtol=1e-8
    )


def test_pythia_agrees_on_left_handed_stops() -> None:
    pytest.importorskip("pythia8mc")
    masses = np.array([900.0, 200.0, 500.0])
    found = sparticle_decays.widths(np.array([[3000.0, 2900.0, *masses, 1.0, 0.0]]))[0, 3:]
    expected = stop_decays.widths(np.array([[*masses, 1.0, 0.0]]))[0] * [
        1.0,
        stop_decays.CHARGED_TOO_WIDE,
        1.0,
    ]
    np.testing.assert_allclose(found / found[2], expected / expected[2], rtol=3e-3)


@pytest.mark.parametrize("recipe", [br_gluino.RECIPE, br_stop.RECIPE], ids=lambda r: r.name)
def test_a_short_training_gives_shares_and_an_equal_graph(recipe: Recipe, tmp_path: Path) -> None:
    path = table.bundled(recipe.dataset)
    assert path is not None
    x, y = read_columns(recipe, table.read(path, recipe.dataset))
    x, y = x[:500], y[:500]
    run = Run(out=tmp_path, seed=1, console=Console(quiet=True), effort=0.05)
    fitted = recipe.fit(x, y, recipe.split(len(x), 1), run)
    points = uniform(recipe.inputs, 200, 1, recipe.region)
    found = run_points(fitted.export(np.ones(3)))(points)
    value, spread = fitted.predict(points)
    np.testing.assert_allclose(found["value"], value, rtol=1e-9)
    np.testing.assert_allclose(found["uncertainty"], spread, rtol=1e-9)
    np.testing.assert_allclose(value.sum(axis=1), 1.0, rtol=1e-12)
    assert np.abs(fitted.predict(x)[0] / y - 1).mean() < 0.01


def test_recipes_are_found_by_name() -> None:
    assert find("br-gluino").default_output == "BR_tt1"
    assert find("br-stop").outputs[0].subject == "1000006 > 6 1000022"
