"""The uncertainty raised around points where a search found errors of many uncertainties.

Each of them gets a small window: in the two columns, inputs or the output, in which fewest ordinary
rows lie beside it, a twentieth of the rows in each. What else lies there grows, too, and nothing
else.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit.cell_factor import find_ramps
from lhnets_training.judging.cells import Bounds
from lhnets_training.onnx.windows import Window, Windows, compute_shares

Array = NDArray[np.float64]

HIGHEST, AIM = 6.0, 4.0
"""|pull| of searched points above which a window is made, and what it shall be afterwards."""
WIDTH = 0.025
"""Share of rows on each side of a point that its window reaches to."""
MOST = 60
"""Windows of one call."""


def fit_tails(rows: Array, searched: Array, pulls: Array, inputs: int) -> tuple[Window, ...]:
    """Windows that bring ``pulls`` (P, k) at ``searched`` points below `HIGHEST`.

    Parameters
    ----------
    rows, searched : inputs and values side by side, of ordinary rows and of points (., n + k)
    inputs : the number n of inputs
    """
    left = np.log(np.maximum(np.abs(pulls), 1e-300))
    windows: list[Window] = []
    while left.max(initial=-np.inf) > np.log(HIGHEST) and len(windows) < MOST:
        point, k = (int(i) for i in np.unravel_index(int(left.argmax()), left.shape))
        heights = np.zeros(left.shape[1])
        heights[k] = left[point, k] - np.log(AIM)
        bounds = _find_rarest(rows, searched[point], (*range(inputs), inputs + k))
        rows_inside = max(int(2 * WIDTH * len(rows)), 1)
        window = Window(find_ramps(bounds, rows, rows_inside), heights)
        windows.append(window)
        left -= compute_shares((window,), searched) * heights
    return tuple(windows)


def join(first: Windows | None, more: tuple[Window, ...]) -> Windows | None:
    """All windows together; None if there are none."""
    known = () if first is None else first.windows
    return Windows((*known, *more)) if known or more else None


def _find_rarest(rows: Array, point: Array, columns: tuple[int, ...]) -> Bounds:
    """The bounds around a point in the two columns between which fewest rows lie."""
    around = {c: _surround(rows[:, c], point[c]) for c in columns}
    inside = {c: _between(rows[:, c], *bounds) for c, bounds in around.items()}
    pair = min(combinations(columns, 2), key=lambda p: int((inside[p[0]] & inside[p[1]]).sum()),
               default=columns[:1])  # fmt: skip
    return {str(c): around[c] for c in pair}


def _surround(values: Array, at: float) -> tuple[float | None, float | None]:
    """From and to, a share `WIDTH` of ``values`` to each side; open at the ends."""
    ordered = np.sort(values)
    place, step = np.searchsorted(ordered, at), int(WIDTH * len(ordered))
    low = None if place <= step else float(min(ordered[place - step], at))
    high = None if place + step >= len(ordered) else float(max(ordered[place + step], at))
    return low, high


def _between(values: Array, low: float | None, high: float | None) -> NDArray[np.bool_]:
    inside = np.ones(len(values), dtype=bool)
    if low is not None:
        inside &= values >= low
    if high is not None:
        inside &= values <= high
    return inside
