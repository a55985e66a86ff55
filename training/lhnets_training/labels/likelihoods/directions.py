"""Designs of signals: directions in the space of yields times a radius in -2 ln L.

A box of yields is nearly empty of interesting signals where regions are many: most of its volume
is excluded beyond doubt. Directions are one region, a few or many of them, in the units that the
backgrounds suggest; the radius is such that -2 ln L of the data or of the Asimov data is uniform up
to `DEEPEST`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
LnL: TypeAlias = Callable[[Array], Array]
"""ln L of the data and of the Asimov data, (N, 2), at yields (N, n)."""

DEEPEST = 30.0
"""-2 ln L up to which signals are drawn: 5.5 standard deviations."""
LARGEST = 60.0
"""-2 ln L of data and Asimov data up to which signals are drawn."""
EXCLUDED = 100.0
"""-2 ln L above which no one asks for a signal."""
LADDER = np.outer(10.0 ** np.arange(-1, 6), (1.0, 2.0, 5.0)).ravel()
DIGITS = 9
WITHIN = 1 / 3
"""Share of the signals that lie at a fraction of the radius."""
SHARES = (0.2, 0.4, 0.4)
"""Of signals in one region, in two to five, and in more."""
FEW = 5
CONCENTRATIONS = (0.05, 20.0)
SMALLEST, LARGEST_RADIUS, HALVINGS = -12.0, 14.0, 50
"""Logarithms of the radii between which the one wanted is sought."""


def design(ln_l: LnL, background: Array, rows: int, seed: int) -> Array:
    """``rows`` signals (rows, n), for ``background`` (n,) expected events; the first has no yield
    at all."""
    rng = np.random.default_rng(seed)
    along = directions(background, rows - 1, rng)
    depth, which = rng.uniform(0.0, DEEPEST, rows - 1), rng.integers(0, 2, rows - 1)
    radius = find_radius(choose(ln_l, which), along, depth)
    radius = np.minimum(radius, find_radius(lambda x: find_depth(ln_l(x)), along, 1.0))
    part = np.where(rng.random(rows - 1) < WITHIN, rng.random(rows - 1), 1.0)
    found = along * (radius * part)[:, None]
    return np.concatenate([np.zeros((1, len(background))), _rounded(found)])


def highest_yields(ln_l: LnL, count: int) -> Array:
    """For each of ``count`` regions alone the first of 0.1, 0.2, 0.5, 1 … events whose -2 ln L lies
    above `EXCLUDED` for both data sets, (count,); infinite where there is none."""
    found = np.full(count, np.inf)
    for number in range(count):
        signals = np.outer(LADDER, np.arange(count) == number)
        excluded = (-2 * ln_l(signals) > EXCLUDED).all(axis=1)
        if excluded.any():
            found[number] = LADDER[int(np.argmax(excluded))]
    return found


def find_depth(values: Array) -> Array:
    """How deep a signal lies, (N,), from ln L (N, 2): at most 1 where -2 ln L of one data set is at
    most `DEEPEST` and of both at most `LARGEST`."""
    twice = -2 * values
    return np.asarray(np.maximum(twice.min(axis=1) / DEEPEST, twice.max(axis=1) / LARGEST))


def directions(
    background: Array, rows: int, rng: np.random.Generator, kinds: Indices | None = None
) -> Array:
    """Random directions (rows, n) that sum to one: Dirichlet shares of one, a few or many regions,
    times 1, the background or its root; ``kinds`` (rows,) are 0, 1 or 2, or random."""
    count = len(background)
    weights = np.stack([np.ones(count), background, np.sqrt(background + 1)])
    kinds = rng.choice(len(SHARES), rows, p=SHARES) if kinds is None else kinds
    low, high = np.log(CONCENTRATIONS)
    found = np.zeros((rows, count))
    for row, kind in zip(found, kinds, strict=True):
        fewest, most = ((1, 1), (2, FEW), (FEW + 1, count))[kind]
        chosen = rng.permutation(count)[: rng.integers(min(fewest, count), min(most, count) + 1)]
        shares = rng.dirichlet(np.full(len(chosen), np.exp(rng.uniform(low, high))))
        row[chosen] = np.maximum(shares, 1e-12) * weights[rng.integers(len(weights)), chosen]
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def choose(ln_l: LnL, which: Indices) -> Callable[[Array], Array]:
    """-2 ln L (N,) of the data (``which`` 0) or of the Asimov data (1) at yields (N, n)."""
    rows = np.arange(len(which))
    return lambda x: -2 * ln_l(x)[rows, which]


def find_radius(rising: Callable[[Array], Array], along: Array, level: Array | float) -> Array:
    """The multiple (N,) of the signals ``along`` (N, n) above which a function rises above
    ``level``."""
    low, high = np.full(len(along), SMALLEST), np.full(len(along), LARGEST_RADIUS)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = rising(np.exp(middle)[:, None] * along) < level
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(np.exp((low + high) / 2))


def _rounded(x: Array) -> Array:
    """Yields with `DIGITS` significant digits."""
    safe = np.where(x > 0, x, 1.0)
    power = 10.0 ** (DIGITS - 1 - np.floor(np.log10(safe)))
    return np.asarray(np.where(x > 0, np.round(x * power) / power, 0.0))
