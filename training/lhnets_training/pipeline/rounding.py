"""How far two programs may differ that compute one graph in single precision.

A second run of one of them in double precision shows how far it is off by rounding alone: another
order of its sums may be off by as much, in another direction. At one point the rounding may be
nought by chance, so it is looked at in points nearby, too: with inputs of other last digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Points = Mapping[str, NDArray[Any]]
"""Inputs by name, the first axis the points."""

TIMES = 3.0
"""By how much a difference of two programs may exceed the rounding of one."""
SHARES = (0.5, 0.95, 0.997, 1.0)
"""Quantiles at which the errors of two programs are compared."""
NEARBY = 8
"""Points nearby at which the rounding is looked at."""
LAST_DIGITS = 4
"""By how many units in the last place of single precision their inputs differ, at most."""
MOST_ROUNDING = 1e-3
"""Beyond this a graph has no digits in single precision."""


@dataclass(frozen=True)
class DoubleRun:
    """A model in single precision, run in double precision.

    Attributes
    ----------
    value : array (N, k)
        What it gives.
    rounding_at : callable
        From the numbers of some points to the `largest_rounding` there, (n, k) in the unit of the
        value.
    """

    value: Array
    rounding_at: Callable[[NDArray[np.int64]], Array]


@dataclass(frozen=True)
class Exceeded:
    """The quantile at which the errors of a program exceed those of another most, and both."""

    share: float
    error: float
    other: float
    limit: float


def largest_rounding(off: Callable[[Points], Array], points: Points) -> Array:
    """The largest rounding at ``points`` and nearby; ``off`` gives that of one program: absolute
    differences between single and double precision. What is not finite is no rounding."""
    found = [off(p) for p in (points, *_nearby(points))]
    return np.asarray(np.max([np.where(np.isfinite(f), f, 0.0) for f in found], axis=0))


def allow_rounding(rounding: Array) -> Array:
    """Differences of two programs that the ``rounding`` of one explains (any shape)."""
    return np.asarray(np.minimum(TIMES * rounding, MOST_ROUNDING))


def exceeded(errors: Array, others: Array, floor: float) -> Exceeded | None:
    """Where ``errors`` are larger than those of another program: a quantile of them above `TIMES`
    that of the ``others`` and above the ``floor``; None if there is none."""
    places = [math.ceil(share * (len(errors) - 1)) for share in SHARES]
    pairs = zip(SHARES, np.sort(errors)[places], np.sort(others)[places], strict=True)
    levels = [
        Exceeded(share, float(e), float(o), max(floor, TIMES * float(o))) for share, e, o in pairs
    ]
    over = [level for level in levels if level.error > level.limit]
    return max(over, key=lambda level: level.error / level.limit, default=None)


def _nearby(points: Points) -> Iterator[Points]:
    """Zeros, as in padding, remain zeros."""
    rng, unit = np.random.default_rng(20_261_130), float(np.finfo(np.float32).eps)
    for _ in range(NEARBY):
        yield {
            name: (a * (1 + unit * rng.integers(-LAST_DIGITS, LAST_DIGITS + 1, a.shape))).astype(
                a.dtype
            )
            if a.dtype.kind == "f"
            else a
            for name, a in points.items()
        }
