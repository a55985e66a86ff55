"""The region of a network beside the rows of its data set: no part of what is inside may be empty.

Distances count in steps: the usual one between the values of a coordinate of a grid, and for other
coordinates that which as many rows would have if they were even.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Card
from lhnets_registry.admission.coverage import read_columns
from lhnets_registry.report import Finding, failed, judged, not_applicable

ITEM = "rows"
_POINTS, _ROWS = 2_000, 20_000
"""Points of the region that are looked at, and rows of a data set."""
_FACTOR = 2.0
"""How much farther than a row is from the next one (95 % of them) an inside point may be."""
_CORNER = 0.55
"""Times the root of the number of inputs: beyond the middle of a cell of a grid, in steps."""
_SHARE = 0.005
"""Share of the inside points that may be farther: a random design leaves some gaps."""

Array = NDArray[np.float64]


def compare_rows(card: Card, points: Array | None, data: bytes | None) -> Finding:
    """Whether inside ``points`` (M, n) are as near to rows of the data set as these to each other.

    Parameters
    ----------
    card : the network's
    points : random points whose reach is at most 1; None if the network takes tensors
    data : the data set as a Parquet file
    """
    if data is None:
        return not_applicable([ITEM], "no data set was given (--data)")[0]
    if points is None:
        return not_applicable([ITEM], "rows of tensors have no distance")[0]
    try:
        rows = read_columns(card, data)[0]
    except ValueError as error:
        return failed(
            ITEM, str(error), "a Parquet file with a column for each input", "Fix the file."
        )
    rng = np.random.default_rng(len(rows))
    chosen = np.unique(rows[rng.permutation(len(rows))[:_ROWS]], axis=0)
    if len(chosen) < 3 or not len(points):
        return failed(
            ITEM, f"{len(chosen)} different rows", "at least 3, and points inside", "Give more."
        )
    in_log = _find_logs(chosen)
    z, seen = (_scale(x, in_log) for x in (chosen, points[:_POINTS]))
    step = _find_steps(z)
    apart = _find_nearest(z / step, z / step, own=True)
    far = _find_nearest(seen / step, z / step)
    most = max(_FACTOR * float(np.quantile(apart, 0.95)), _CORNER * float(np.sqrt(z.shape[1])))
    empty = far > most
    worst = ", ".join(
        f"{i.name} = {v:.4g}" for i, v in zip(card.columns, points[int(far.argmax())], strict=True)
    )
    figure = (
        f"{empty.mean():.1%} of {len(far):,} inside points are {most:.2g} steps or more from all "
        f"of {len(rows):,} rows, at most {far.max():.2g} at {worst}"
    )
    return judged(
        ITEM,
        [figure] if empty.mean() > _SHARE else [],
        figure,
        f"at most {_SHARE:.1%}: rows are about a step from each other",
        "Cut the region, or let the graph's reach be above 1 where the data set has no rows.",
    )


def _find_logs(x: Array) -> NDArray[np.bool_]:
    """Which inputs (n,) of rows (N, n) are spread more evenly in their logarithms."""
    low, middle, high = np.min(x, axis=0), np.median(x, axis=0), np.max(x, axis=0)
    positive = low > 0
    logs = np.log([np.where(positive, part, 1.0) for part in (low, middle, high)])
    plain = (middle - low) / np.maximum(high - low, np.finfo(float).tiny)
    in_log = (logs[1] - logs[0]) / np.maximum(logs[2] - logs[0], np.finfo(float).tiny)
    return np.asarray(positive & (np.abs(in_log - 0.5) < np.abs(plain - 0.5)))


def _scale(x: Array, in_log: NDArray[np.bool_]) -> Array:
    """Inputs (N, n), or their logarithms."""
    usable = in_log & (x > 0)
    return np.where(in_log, np.log(np.where(usable, x, 1.0)), x)


def _find_steps(z: Array) -> Array:
    """The step along each coordinate (n,)."""
    even, steps = len(z) ** (1 / z.shape[1]), np.ones(z.shape[1])
    for k, column in enumerate(z.T):
        values = np.unique(column)
        recurs = z.shape[1] > 1 and 1 < len(values) < len(z) / 2
        gaps = np.diff(values)
        found = np.median(gaps) if recurs else np.ptp(column) / even
        steps[k] = found if found > 0 else 1.0
    return steps


def _find_nearest(points: Array, rows: Array, *, own: bool = False) -> Array:
    """The distance of each point to the nearest row, to the nearest other one if they are rows."""
    chosen = points[:_POINTS]
    nearest = np.full(len(chosen), np.inf)
    for start in range(0, len(rows), 1000):
        part = rows[start : start + 1000]
        squares = sum((chosen[:, [k]] - part[:, k]) ** 2 for k in range(rows.shape[1]))
        if own:
            squares = np.where(squares > 0, squares, np.inf)
        nearest = np.minimum(nearest, np.sqrt(squares).min(axis=1))
    return nearest
