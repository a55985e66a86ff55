"""CLs from likelihood ratios by the asymptotic formulae of G. Cowan, K. Cranmer, E. Gross and O.
Vitells, Eur. Phys. J. C 71 (2011) 1554, arXiv:1007.1727, for the test statistic q-tilde. Pure
functions of arrays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.float64]
Function: TypeAlias = Callable[[Array], Array]
LnL: TypeAlias = Callable[[Array], Array]
"""ln L relative to the background alone, shape (N, M), at signal strengths (N, M) of N signals."""

GRID = 256
FINE, REFINEMENTS = 24, 5
_AROUND = (-1, 0, 1)

_upper_tail = np.vectorize(lambda x: 0.5 * math.erfc(x / math.sqrt(2.0)), otypes=[np.float64])


def cls(q: ArrayLike, q_asimov: ArrayLike) -> Array:
    """CLs of the observed q-tilde ``q`` and that of the background's Asimov data, both at the same
    signal, broadcast.

    Where q exceeds its Asimov value the tail of q-tilde is not that of a Gaussian: eqs. 65 and 66
    of arXiv:1007.1727. Without any signal CLs is 1.
    """
    root = np.sqrt(np.maximum(np.asarray(q, dtype=np.float64), 0.0))
    asimov = np.sqrt(np.maximum(np.asarray(q_asimov, dtype=np.float64), 0.0))
    safe = np.where(asimov > 0, asimov, 1.0)
    distance = np.where(root <= asimov, root - asimov, (root**2 - asimov**2) / (2 * safe))
    return _ratio(distance + asimov, distance)


def expected_cls(q_asimov: ArrayLike, sigmas: float = 0.0) -> Array:
    """CLs where the data are those of the background, fluctuated up by ``sigmas`` standard
    deviations; 0 for the median."""
    asimov = np.sqrt(np.maximum(np.asarray(q_asimov, dtype=np.float64), 0.0))
    return _ratio(asimov - sigmas, np.full_like(asimov, -sigmas))


def cls_slopes(q: Array, q_asimov: Array) -> tuple[Array, Array]:
    """Derivatives of `cls` by q and by its Asimov value, both (N,); that by q is zero where q
    vanishes, both where the Asimov value does."""
    inside = q_asimov > 0
    root, asimov = np.sqrt(q), np.sqrt(np.where(inside, q_asimov, 1.0))
    near = root <= asimov
    distance = np.where(near, root - asimov, (q - q_asimov) / (2 * asimov))
    by_q = np.where(near, 1 / (2 * np.where(q > 0, root, np.inf)), 1 / (2 * asimov))
    by_asimov = np.where(
        near, -1 / (2 * asimov), -1 / (2 * asimov) - (q - q_asimov) / (4 * asimov**3)
    )
    signal = distance + asimov
    along_q = _ratio_slope(signal, by_q, distance, by_q)
    along_asimov = _ratio_slope(signal, by_asimov + 1 / (2 * asimov), distance, by_asimov)
    return np.where(inside, along_q, 0.0), np.where(inside, along_asimov, 0.0)


def expected_cls_slope(q_asimov: Array, sigmas: float = 0.0) -> Array:
    """Derivative of `expected_cls` by the Asimov value of q (N,); zero where that vanishes."""
    root = np.sqrt(np.where(q_asimov > 0, q_asimov, 1.0))
    background = np.full_like(root, -sigmas)
    slope = _ratio_slope(root - sigmas, 1 / (2 * root), background, np.zeros_like(root))
    return np.where(q_asimov > 0, slope, 0.0)


def best_strength(ln_l: LnL, highest: Array) -> Array:
    """The signal strength mu-hat in [0, ``highest``] with the largest ln L, shape (N,): by a grid,
    then by a parabola."""
    strengths = strengths_up_to(highest)
    values, rows = ln_l(strengths), np.arange(len(strengths))
    top = values.argmax(axis=1)
    at = np.clip(top, 1, GRID - 2)
    (below, middle, above), y = (
        np.sqrt([strengths[rows, at + k] for k in _AROUND]),
        [values[rows, at + k] for k in _AROUND],
    )
    bend = y[0] - 2 * y[1] + y[2]
    shift = np.divide(y[0] - y[2], 2 * bend, out=np.zeros(len(bend)), where=bend < 0)
    parabola = middle + np.clip(shift, -1.0, 1.0) * (above - below) / 2
    return np.asarray(np.where(bend < 0, parabola**2, strengths[rows, top]))


def q_tilde(ln_l: LnL, strength: Array) -> Array:
    """q-tilde at signal strengths (N,): 2 (largest ln L between 0 and the strength - ln L
    there)."""
    best = best_strength(ln_l, strength)
    values = ln_l(np.stack([best, strength], axis=1))
    return np.asarray(np.maximum(2 * (values[:, 0] - values[:, 1]), 0.0))


def upper_limit(
    ln_l: LnL, ln_l_asimov: LnL, highest: Array, level: float, expected: bool, sigmas: float = 0.0
) -> Array:
    """The signal strength (N,) whose CLs is 1 - ``level``; infinite where it lies beyond
    ``highest`` (N,).

    ``expected`` takes the data of the background (fluctuated up by ``sigmas``) in place of the
    observed ones.
    """
    peak = best_strength(ln_l, highest)[:, None]

    def found(strength: Array) -> Array:
        q_asimov = -2 * ln_l_asimov(strength)
        if expected:
            return expected_cls(q_asimov, sigmas)
        best, here = np.split(
            ln_l(np.concatenate([np.minimum(peak, strength), strength], axis=1)), 2, axis=1
        )
        return cls(2 * (best - here), q_asimov)

    rows, strengths = np.arange(len(highest)), strengths_up_to(highest)
    crossed = np.ones(len(highest), dtype=bool)
    for step in range(1 + REFINEMENTS):
        above = found(strengths) > 1 - level
        if step == 0:
            crossed = ~above[:, -1]
        last = np.minimum(
            above.shape[1] - 1 - np.argmax(above[:, ::-1], axis=1), above.shape[1] - 2
        )
        low, high = strengths[rows, last], strengths[rows, last + 1]
        strengths = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, FINE)
    return np.where(crossed, (low + high) / 2, np.inf)


def _ratio(signal: Array, background: Array) -> Array:
    """Ratio of two upper tails of the normal distribution; 0 where both vanish."""
    above, below = _upper_tail(signal), _upper_tail(background)
    return np.asarray(np.divide(above, below, out=np.zeros(np.shape(above)), where=below > 0))


def _ratio_slope(signal: Array, by_signal: Array, background: Array, by_background: Array) -> Array:
    """The slope of `_ratio` where its arguments have these slopes."""
    above, below = _upper_tail(signal), _upper_tail(background)
    safe = np.where(below > 0, below, 1.0)
    slope = (
        _density(background) * by_background * above / safe - _density(signal) * by_signal
    ) / safe
    return np.where(below > 0, slope, 0.0)


def _density(x: Array) -> Array:
    return np.asarray(np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi))


def strengths_up_to(highest: Array) -> Array:
    """Strengths (N, GRID) from 0 to ``highest`` (N,), denser at zero."""
    return np.asarray(highest[:, None] * np.linspace(0.0, 1.0, GRID) ** 2)
