"""How CLs, limits and the best strength change with the yields of a signal: exact derivatives.

At the best strength ln L does not change with the strength, so that CLs needs first derivatives of
ln L alone. A limit moves so that CLs stays, the best strength so that the slope of ln L stays zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lhnets._answers import asymptotics
from lhnets._answers.rays import Rays

Array = NDArray[np.float64]

_HELD = 0.1
"""Newton step to the largest ln L, over the strength, above which an end of the range holds it."""


def cls_slopes(rays: Rays, expected: bool, sigmas: float) -> Array:
    """Derivatives (n, N) of CLs at strength 1 by the yields."""
    one = np.ones(len(rays))
    best = asymptotics.best_strength(rays.observed, one)
    return _slopes_at(rays, one, best, expected, sigmas)


def limit_slopes(rays: Rays, limit: Array, expected: bool, sigmas: float) -> Array:
    """Derivatives (n, N) of an upper ``limit`` (N,) on the strength; zero where it is infinite."""
    at = np.where(np.isfinite(limit), limit, 0.0)
    best = np.minimum(asymptotics.best_strength(rays.observed, rays.highest), at)
    slopes = _slopes_at(rays, at, best, expected, sigmas)
    along = np.einsum("nN,Nn->N", slopes, rays.yields)
    moved = np.divide(at, along, out=np.zeros(len(at)), where=along != 0)
    return np.asarray(-moved * slopes)


def best_slopes(rays: Rays, best: Array) -> Array:
    """Derivatives (n, N) of the ``best`` strength (N,); zero where an end of its range holds it."""
    first, second = rays.differentiate(best), rays.differentiate_twice(best)
    across = np.einsum("nmN,Nm->nN", second, rays.yields)
    bend = np.einsum("nN,Nn->N", across, rays.yields)
    along = np.einsum("nN,Nn->N", first, rays.yields)
    free = (bend < 0) & (best > 0) & (np.abs(along) < -_HELD * bend * best)
    scale = np.divide(-1.0, bend, out=np.zeros(len(best)), where=free)
    return np.asarray(scale * (first + best * across))


def _slopes_at(rays: Rays, strength: Array, best: Array, expected: bool, sigmas: float) -> Array:
    """Derivatives (n, N) of CLs at points (strength times yields) by the coordinates of the
    point."""
    q_asimov = np.maximum(-2 * rays.asimov(strength[:, None])[:, 0], 0.0)
    by_asimov = -2 * rays.differentiate(strength, asimov=True)
    if expected:
        return np.asarray(asymptotics.expected_cls_slope(q_asimov, sigmas) * by_asimov)
    values = rays.observed(np.stack([best, strength], axis=1))
    q = np.maximum(2 * (values[:, 0] - values[:, 1]), 0.0)
    share = np.divide(best, strength, out=np.zeros(len(best)), where=strength > 0)
    by_q = 2 * (share * rays.differentiate(best) - rays.differentiate(strength))
    along_q, along_asimov = asymptotics.cls_slopes(q, q_asimov)
    return np.asarray(along_q * by_q + along_asimov * by_asimov)
