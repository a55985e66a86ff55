"""How far two programs may differ that compute one graph in single precision.

A second run of the graph in double precision shows how far the first is off by rounding alone:
another order of its sums may be off by as much, in another direction.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TIMES = 4.0
"""By how much a difference of two programs may exceed the rounding of one."""
USUAL = 0.95
"""Share of the numbers whose rounding is usual: at any one point that of one program may be nought
by chance."""
MOST_ROUNDING = 1e-3
"""Beyond this a graph has no digits in single precision."""


def allow_rounding(rounding: Array) -> Array:
    """Differences that rounding explains, for differences between single and double precision
    (any shape)."""
    finite = np.where(np.isfinite(rounding), rounding, 0.0)
    usual = float(np.quantile(finite, USUAL)) if finite.size else 0.0
    return np.asarray(np.minimum(TIMES * np.maximum(finite, usual), MOST_ROUNDING))
