"""How statements about signals change with the yields, against differences of the statements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import lhnets as ml
from lhnets._answers.ray_slopes import best_slopes, cls_slopes, limit_slopes
from lhnets._answers.rays import Rays

Rows = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
LEVEL, STEP = 0.95, 1e-3
NETWORK = "likelihood-atlas-susy-2018-04"
YIELDS = np.random.default_rng(1).uniform(0.5, 8.0, (12, 2))


def difference(network: ml.Network, of: Callable[[Rays], Rows]) -> Rows:
    found = []
    for shift in STEP * np.eye(2):
        above, below = (of(Rays(network, YIELDS + s * shift)) for s in (1, -1))
        found.append((above - below) / (2 * STEP))
    return np.array(found)


@pytest.mark.parametrize(("expected", "sigmas"), [(False, 0.0), (True, 0.0), (True, 1.0)])
def test_slopes_of_cls_and_limits(expected: bool, sigmas: float) -> None:
    network = ml.load(NETWORK)
    rays = Rays(network, YIELDS)
    found = difference(network, lambda r: r.cls(expected, sigmas).value)
    np.testing.assert_allclose(cls_slopes(rays, expected, sigmas), found, atol=1e-4)
    limit = rays.limit(LEVEL, expected, sigmas).value
    found = difference(network, lambda r: r.limit(LEVEL, expected, sigmas).value)
    np.testing.assert_allclose(limit_slopes(rays, limit, expected, sigmas), found, atol=1e-3)


def find_best(rays: Rays) -> Rows:
    """Where the exact slope of ln L along the strength vanishes; 0 where it falls from the
    beginning."""
    low, high = np.zeros(len(rays)), rays.highest.copy()
    for _ in range(60):
        middle = (low + high) / 2
        rises = np.einsum("nN,Nn->N", rays.differentiate(middle), rays.yields) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    return np.asarray((low + high) / 2)


def test_slopes_of_the_best_strength() -> None:
    network = ml.load(NETWORK)
    rays = Rays(network, YIELDS)
    best = find_best(rays)
    assert (best > 0.1).sum() >= 6
    np.testing.assert_allclose(best_slopes(rays, best), difference(network, find_best), atol=1e-4)
    np.testing.assert_allclose(
        best_slopes(rays, rays.best().value), best_slopes(rays, best), atol=0.03
    )


def test_an_infinite_limit_and_no_signal_have_no_slopes() -> None:
    network = ml.load(NETWORK)
    rays = Rays(network, np.zeros((1, 2)))
    assert not limit_slopes(rays, np.array([np.inf]), False, 0.0).any()
    assert np.isfinite(cls_slopes(rays, False, 0.0)).all()
    assert not best_slopes(rays, np.zeros(1)).any()
