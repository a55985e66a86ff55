"""Acceptances of decays in flight against drawn decays, and the published ones against Pythia."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets_training.data import table
from lhnets_training.data.sample import inside
from lhnets_training.labels.long_lived.llp import (
    Acceptance,
    HiggsBosons,
    Volume,
    higgs_bosons,
    histogram,
)
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Run
from lhnets_training.recipes import find
from lhnets_training.recipes.efficiencies import _llp

BARREL = Volume(inner=0.1, outer=1.0, eta=2.0)


def drawn(
    transverse: np.ndarray, rapidity: np.ndarray, m_h: float, m_x: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """p_T/m_X and pseudorapidity (N, 2) of both X of one isotropic decay of each Higgs boson."""
    direction = rng.normal(size=(len(transverse), 3))
    direction *= np.sqrt(m_h**2 / 4 - m_x**2) / np.linalg.norm(direction, axis=1, keepdims=True)
    x, y, z = (np.stack([u, -u], axis=1) for u in direction.T)
    p_t, rapidity = transverse[:, None], rapidity[:, None]
    boost, gamma = p_t / m_h, np.sqrt(1 + (p_t / m_h) ** 2)
    energy, x = gamma * m_h / 2 + boost * x, gamma * x + boost * m_h / 2
    z = np.cosh(rapidity) * z + np.sinh(rapidity) * energy
    radial = np.hypot(x, y)
    return radial / m_x, np.arcsinh(z / radial)


def test_probability_of_a_decay_in_a_shell() -> None:
    np.testing.assert_allclose(BARREL.probability(np.array([0.5])), [np.exp(-0.2) - np.exp(-2)])


def test_a_higgs_boson_at_rest() -> None:
    """Without boost all is arithmetic: both X are back to back, and the integral over the polar
    angle is one-dimensional."""
    counts = histogram(np.zeros(1), np.zeros(1))[None]
    found = Acceptance((BARREL,), np.array([125.0]), counts, degree=0)(
        np.array([[125.0, 30.0, 0.2]])
    )
    cosine = np.linspace(0, np.tanh(2.0), 20_001)
    p = BARREL.probability(0.2 * np.sqrt((62.5 / 30) ** 2 - 1) * np.sqrt(1 - cosine**2))
    assert found[0, 0] == pytest.approx(np.trapezoid(2 * p - p**2, cosine), rel=0.01)
    assert found[0, 1] == 0


@pytest.mark.parametrize("ctau", [0.03, 0.5, 20.0])
@pytest.mark.parametrize("m_x", [10.0, 58.0])
def test_quadrature_agrees_with_drawn_decays(m_x: float, ctau: float) -> None:
    rng = np.random.default_rng(1)
    transverse, rapidity = rng.exponential(50.0, 200_000), rng.normal(0, 1.5, 200_000).clip(-5, 5)
    counts = histogram(transverse / 125, rapidity)[None]
    found, error = Acceptance((BARREL,), np.array([125.0]), counts, degree=0)(
        np.array([[125.0, m_x, ctau]])
    )[0]
    flight, eta = drawn(transverse, rapidity, 125.0, m_x, rng)
    either = 1 - np.prod(
        1 - np.where(np.abs(eta) < BARREL.eta, BARREL.probability(flight * ctau), 0), axis=1
    )
    spread = either.std() / np.sqrt(len(either))
    assert abs(found - either.mean()) < 4 * spread
    assert 0.05 * spread < error < spread


def test_samples_of_all_masses_tell_of_each() -> None:
    """Where nothing changes with the mass, 16 samples of the same Higgs bosons give the numbers of
    one, with smaller errors."""
    rng = np.random.default_rng(1)
    one = histogram(rng.exponential(0.4, 20_000), rng.normal(0, 1.5, 20_000))[None]
    points = np.array([[210.0, 42.0, 0.3]])
    alone = Acceptance((BARREL,), np.array([210.0]), one, degree=0)(points)[0]
    found = Acceptance((BARREL,), _llp.MASSES, np.repeat(one, len(_llp.MASSES), axis=0))(points)[0]
    assert found[0] == pytest.approx(alone[0], rel=1e-9)
    assert 0.2 < found[1] / alone[1] < 0.7


def test_designs_keep_the_region() -> None:
    for x in (_llp.design(_llp.ROWS), _llp.design_check()):
        assert inside(x, _llp.INPUTS, _llp.REGION).all()
    assert len(_llp.design_check()) == _llp.CHECK_ROWS
    assert x[:, 2].max() / x[:, 2].min() > 1e6


def test_published_rows_and_their_errors() -> None:
    path = table.bundled(_llp.DATASET)
    assert path is not None
    rows = table.read(path, _llp.DATASET)
    for volume, error in _llp.LABEL_ERROR.items():
        large = rows[volume] > 0.01
        assert (rows[f"{volume}_error"][large] / rows[volume][large]).mean() == pytest.approx(
            error, rel=0.3
        )
        assert (rows[volume] >= 0).all()
    assert (rows["calorimeter"] < 1e-12).any()


def test_pythia_gives_the_published_acceptance() -> None:
    pytest.importorskip("pythia8mc")
    path = table.bundled(_llp.CHECK)
    assert path is not None
    rows = table.read(path, _llp.CHECK)
    points = np.stack([rows[n] for n in _llp.NAMES], axis=1)
    chosen = (points[:, 0] == 125) & (rows["tracker"] > 0.01)
    counts = HiggsBosons(3000, _llp.ENERGY)(np.array([[125.0]]))
    found = Acceptance((_llp.TRACKER,), np.array([125.0]), counts, degree=0)(points[chosen])
    pull = (found[:, 0] - rows["tracker"][chosen]) / found[:, 1]
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
    run = Run(out=tmp_path, seed=1, effort=0.15, console=Console(quiet=True))
    fitted = recipe.fit(x, y, recipe.split(len(x), 1), run)
    value, spread = fitted.predict(x)
    assert ((value >= 0) & (value <= 1)).all()
    assert (spread > 0).all()
    assert np.abs(value - y).mean() < 0.01
    graph = run_points(fitted.export(np.ones(1)))(x)
    np.testing.assert_allclose(graph["value"], value, atol=1e-12)
    np.testing.assert_allclose(graph["uncertainty"], spread, rtol=1e-9)
