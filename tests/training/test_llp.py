"""Decays in flight against arithmetic, and the published acceptances against Pythia."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets_training import run as steps
from lhnets_training import table
from lhnets_training.labels.llp import Acceptance, Volume, decay, higgs_bosons
from lhnets_training.recipe import Run, find
from lhnets_training.recipes import _llp
from lhnets_training.sample import inside

BARREL = Volume(inner=0.1, outer=1.0, eta=2.0)


def test_probability_of_a_decay_in_a_shell() -> None:
    found = BARREL.probability(np.array([0.5, 0.5]), np.array([1.9, -2.1]))
    np.testing.assert_allclose(found, [np.exp(-0.2) - np.exp(-2), 0.0])


def test_two_body_kinematics() -> None:
    """A Higgs boson at rest: both X have the same p_T, and p_T/m_X at most p/m_X."""
    rest = np.zeros(2000)
    flight, eta = decay(rest, rest, 125.0, 30.0, np.random.default_rng(1), 2)
    assert flight.shape == (2000, 2, 2)
    np.testing.assert_allclose(flight[..., 0], flight[..., 1])
    np.testing.assert_allclose(eta[..., 0], -eta[..., 1])
    assert flight.max() <= np.sqrt(62.5**2 - 30**2) / 30
    cosine = np.tanh(eta[..., 0])
    assert cosine.mean() == pytest.approx(0, abs=0.03)
    assert (cosine**2).mean() == pytest.approx(1 / 3, abs=0.02)


def test_a_boost_carries_both_along() -> None:
    flight, eta = decay(np.full(500, 300.0), np.full(500, 4.0), 125.0, 60.0, np.random.default_rng(1), 1)
    assert eta.mean() > 1.5
    total = (flight.mean(axis=2) * 60 * 2).mean()
    assert total == pytest.approx(300.0, rel=0.05)


def test_points_of_one_call_share_their_mass() -> None:
    with pytest.raises(ValueError, match="one Higgs mass, got 2"):
        Acceptance((BARREL,), 10, 1, 13_000.0)(np.array([[125.0, 20.0, 1.0], [126.0, 20.0, 1.0]]))


def test_the_design_keeps_the_region() -> None:
    x = _llp.design(_llp.ROWS)
    assert inside(x, _llp.INPUTS, _llp.REGION).all()
    assert len(np.unique(x[:, 0])) == _llp.ROWS // _llp.ROWS_OF_MASS
    assert x[:, 2].max() / x[:, 2].min() > 0.9e7


def test_published_rows_and_their_errors() -> None:
    path = table.bundled(_llp.DATASET)
    assert path is not None
    rows = table.read(path, _llp.DATASET)
    for volume in _llp.VOLUMES:
        large = rows[volume] > 0.01
        assert (rows[f"{volume}_error"][large] / rows[volume][large]).mean() < 0.02
        assert (rows[volume] >= 0).all()
    assert (rows["calorimeter"] == 0).any()


def test_published_rows_agree_with_those_of_more_events() -> None:
    """The check's points are of other Higgs masses: only its errors and ranges are compared here."""
    path = table.bundled(_llp.CHECK)
    assert path is not None
    rows = table.read(path, _llp.CHECK)
    large = rows["tracker"] > 0.01
    assert (rows["tracker_error"][large] / rows["tracker"][large]).mean() < 0.005


def test_pythia_gives_the_published_acceptance() -> None:
    pytest.importorskip("pythia8mc")
    path = table.bundled(_llp.CHECK)
    assert path is not None
    rows = table.read(path, _llp.CHECK)
    points = np.stack([rows[n][:8] for n in _llp.NAMES], axis=1)
    found = Acceptance((_llp.TRACKER,), 1000, 4, _llp.ENERGY)(points)
    pull = (found[:, 0] - rows["tracker"][:8]) / found[:, 1]
    assert np.abs(pull).max() < 5


def test_higgs_bosons_are_harder_where_heavier() -> None:
    pytest.importorskip("pythia8mc")
    light, heavy = (higgs_bosons(m, 300, 13_000.0, 1) for m in (125.0, 400.0))
    assert heavy[:, 0].mean() > 1.2 * light[:, 0].mean()
    assert np.abs(light[:, 1].mean()) < 0.4


@pytest.mark.parametrize("volume", ["tracker", "calorimeter"])
def test_a_quick_fit_keeps_to_probabilities(volume: str, tmp_path: Path) -> None:
    recipe = find(f"efficiency-llp-higgs-{volume}")
    path = table.bundled(recipe.dataset)
    assert path is not None
    rows = table.read(path, recipe.dataset)
    x, y = np.stack([rows[n] for n in _llp.NAMES], axis=1), rows[volume][:, None]
    run = Run(out=tmp_path, seed=1, effort=0.2, console=Console(quiet=True))
    fitted = recipe.fit(x, y, recipe.split(len(x), 1), run)
    value, spread = fitted.predict(x)
    assert ((value >= 0) & (value <= 1)).all()
    assert (spread > 0).all()
    assert np.abs(value - y).mean() < 0.01
    graph = steps.runner(fitted.export(np.ones(1)))(x)
    np.testing.assert_allclose(graph["value"], value, atol=1e-12)
    np.testing.assert_allclose(graph["uncertainty"], spread, rtol=1e-9)
    with pytest.raises(steps.TrainingError, match="llp-higgs-acceptance"):
        recipe.fit(x[1:], y[1:], recipe.split(len(x) - 1, 1), run)
