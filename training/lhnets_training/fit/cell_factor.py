"""The uncertainty raised where held-out rows show it too small, cell by cell.

Cells are those that a card judges coverage by (`lhnets_training.judging.cells`). The one that falls
shortest is raised until its rows are covered, then the next, until none is short: the greedy way to
coverage in many overlapping groups (C. Jung, G. Noarov, R. Ramalingam, A. Roth, "Batch multivalid
conformal prediction", arXiv:2209.15145). A cell of n rows knows its share to sqrt(0.68 * 0.32 / n);
what is aimed at is above 68 % by some of these errors, so that few rows widen rather than narrow.
Cells overlap, and what each asks for adds up to more than all rows together need: the whole is
narrowed to `AVERAGE` and cells that are short then are raised again, some times over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from lhnets_training.judging.cells import NOMINAL, Bounds, find_least, partition
from lhnets_training.onnx.windows import Ramp, Window, Windows, compute_shares

Array = NDArray[np.float64]

ERRORS_ABOVE = 1.5
"""Statistical errors of a cell by which its share shall be above 68 %."""
AVERAGE, SWEEPS = 0.70, 3
"""The share of all rows that shall be covered in the end, at most, and how often cells are raised
before."""
ROUNDS = 500
ROUNDING = 1e-9
"""Of logarithms."""
TINY = 1e-300


@dataclass(frozen=True)
class _Cell:
    window: Window
    rows: NDArray[np.int64]
    """Numbers of its rows."""
    aim: float
    """The share of them to cover."""


def fit_windows(x: Array, value: Array, found: Array, least: int | None = None) -> Windows | None:
    """The factor that raises the uncertainty where it is short; None if it is nowhere.

    Parameters
    ----------
    x, value : points (N, n) and predictions (N, k) of rows that the model had not seen
    found : |truth - value| over the present uncertainty there, shape (N, k)
    least : rows of a cell; as many as a card asks for if none are given
    """
    columns, least = np.concatenate([x, value], axis=1), least or find_least(len(x))
    logs = np.log(np.maximum(found, TINY))
    raised = []
    for k in range(value.shape[1]):
        cells = _find_cells(columns, x.shape[1], k, value.shape[1], least)
        raised += _raise(cells, columns, logs[:, k], np.eye(value.shape[1])[k])
    return Windows(_merge(raised)) if raised else None


def _raise(cells: Sequence[_Cell], columns: Array, logs: Array, unit: Array) -> list[Window]:
    """The windows that the output with this ``unit`` vector (k,) needs, for logarithms (N,) of
    what is found of it."""
    if not cells:
        return []
    shares = compute_shares(tuple(c.window for c in cells), columns)
    heights, whole = np.zeros(len(cells)), 0.0
    for _ in range(SWEEPS):
        _raise_short(cells, shares, heights, logs - whole)
        if not heights.any():
            return []
        whole = min(_quantile(logs - shares @ heights, AVERAGE), 0.0)
    raised = [Window(c.window.ramps, h * unit) for c, h in zip(cells, heights, strict=True) if h]
    return [*raised, Window((), whole * unit)]


def _raise_short(cells: Sequence[_Cell], shares: Array, heights: Array, logs: Array) -> None:
    """Add to the ``heights`` of the cells until none is short."""
    for _ in range(ROUNDS):
        left = logs - shares @ heights
        short = np.array([c.aim - (left[c.rows] <= ROUNDING).mean() for c in cells])
        worst = int(short.argmax())
        if short[worst] <= 0:
            break
        heights[worst] += _quantile(left[cells[worst].rows], cells[worst].aim)


def _quantile(values: Array, share: float) -> float:
    """The smallest of ``values`` (n,) up to which such a share of them lies."""
    rank = min(ceil(round(share * len(values), 9)), len(values))
    return float(np.partition(values, rank - 1)[rank - 1])


def _find_cells(columns: Array, inputs: int, k: int, outputs: int, least: int) -> list[_Cell]:
    named = {str(i): columns[:, i] for i in range(inputs)}
    own = {str(inputs + k): columns[:, inputs + k]}
    found = []
    for bounds, mask in partition(own, named, least):
        rows = np.flatnonzero(mask)
        above = ERRORS_ABOVE * sqrt(NOMINAL * (1 - NOMINAL) / len(rows))
        aim = min(NOMINAL + above, AVERAGE)
        window = Window(find_ramps(bounds, columns, len(rows)), np.zeros(outputs))
        found.append(_Cell(window, rows, aim))
    return found


def find_ramps(bounds: Bounds, columns: Array, rows: int) -> tuple[Ramp, ...]:
    """The ramps of a cell, whose shares fall over half of its rows on each side."""
    ramps = []
    for name, (low, high) in bounds.items():
        values = columns[:, int(name)]
        ordered = np.sort(values)
        up = down = None
        if low is not None:
            start = max(int(np.searchsorted(ordered, low)) - rows // 2, 0)
            up = _order(float(ordered[start]), low)
        if high is not None:
            end = min(int(np.searchsorted(ordered, high)) + rows // 2, len(ordered) - 1)
            down = _order(float(ordered[end]), high)
        ramps.append(Ramp(int(name), up, down))
    return tuple(ramps)


def _order(zero: float, one: float) -> tuple[float, float]:
    """Where a share is 0 and 1, apart even if the rows are not."""
    return (zero, one) if zero != one else (one - 1e-3 * abs(one) - TINY, one)


def _merge(windows: Sequence[Window]) -> tuple[Window, ...]:
    """Windows of the same ramps as one."""
    heights: dict[tuple[Ramp, ...], Array] = {}
    for w in windows:
        heights[w.ramps] = heights.get(w.ramps, 0.0) + w.heights
    return tuple(Window(ramps, h) for ramps, h in heights.items())
