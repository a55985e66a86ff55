"""Exact event variables against their definitions."""

import numpy as np
import pytest

from lhnets.events.variables import invariant_mass, stransverse_mass_massless, transverse_mass

optimize = pytest.importorskip("scipy.optimize")


def massless(space):
    return np.concatenate([np.linalg.norm(space, axis=-1, keepdims=True), space], axis=-1)


@pytest.fixture
def pairs():
    return massless(np.random.default_rng(1).normal(0, 100, (12, 2, 3)))


def test_the_mass_of_a_pair(pairs):
    angle = (pairs[:, 0, 1:] * pairs[:, 1, 1:]).sum(1)
    expected = np.sqrt(2 * (pairs[:, 0, 0] * pairs[:, 1, 0] - angle))
    np.testing.assert_allclose(invariant_mass(pairs), expected, rtol=1e-9)


def test_the_transverse_mass_of_opposite_momenta_is_twice_each(pairs):
    p = pairs[:, 0]
    found = transverse_mass(p, -p[:, 1:3])
    np.testing.assert_allclose(found, 2 * np.hypot(p[:, 1], p[:, 2]))
    heavy = transverse_mass(p, -p[:, 1:3], 50.0)
    assert (heavy > found).all()


def test_m_t2_is_the_least_larger_transverse_mass_over_all_divisions(pairs):
    missing = -pairs[:, :, 1:3].sum(axis=1)

    def larger(share, event):
        parts = (share, missing[event] - share)
        return max(
            transverse_mass(pairs[event, k][None], part[None])[0] for k, part in enumerate(parts)
        )

    found = stransverse_mass_massless(pairs)
    for event in range(len(pairs)):
        starts = (missing[event] / 2, -pairs[event, 0, 1:3], -pairs[event, 1, 1:3])
        options = {"xatol": 1e-6, "fatol": 1e-9, "maxiter": 2000}
        least = min(
            optimize.minimize(larger, s, (event,), method="Nelder-Mead", options=options).fun
            for s in starts
        )
        assert found[event] == pytest.approx(least, rel=1e-3)
