"""Numbers that stand for a missing one: -1 among cross sections, -999 among anything."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEGATIVE = frozenset(
    (
        *(-1.0, -9.0, -9.9, -9.99, -10.0, -99.0, -99.9, -99.99, -100.0, -999.0, -999.9, -999.99),
        *(-1000.0, -9999.0, -99999.0, -999999.0, -1e10, -1e20, -1e30, -1e38, -1e300),
    )
)
POSITIVE = frozenset(
    (*(999.0, 9999.0, 99999.0, 999999.0, 9999999.0), *(1e10, 1e20, 1e30, 1e36, 1e38, 1e99, 1e300))
)
LARGE = 90.0
"""The size from which a marker is told by its distance from the other numbers, too."""
APART = 5.0
"""How many times the span of the other numbers a marker lies from them, or its size the largest of
theirs."""
LEAST = 3
"""Other numbers that are needed to tell."""


def find_markers(values: Array) -> dict[int, str]:
    """Rows of ``values`` (N,), NaN ignored, that hold a usual marker which the other numbers make
    unlikely as a number.

    A negative one among numbers of zero or more; or one of either sign far from all others.
    """
    finite = values[np.isfinite(values)]
    usual = sorted({float(v) for v in np.unique(finite)} & (NEGATIVE | POSITIVE))
    others = finite[~np.isin(finite, usual)]
    if len(others) < LEAST or not np.ptp(others) > 0:
        return {}
    found = [v for v in usual if _is_marker(v, others)]
    return {
        int(row): f"a marker of a missing number: {values[row]:g} among numbers from "
        f"{others.min():.4g} to {others.max():.4g}"
        for row in np.flatnonzero(np.isin(values, found))
    }


def _is_marker(value: float, others: Array) -> bool:
    low, high = float(others.min()), float(others.max())
    if value < 0 <= low:
        return True
    if abs(value) < LARGE or low <= value <= high:
        return False
    gap = low - value if value < low else value - high
    return gap > APART * (high - low) and abs(value) > APART * max(abs(low), abs(high))
