"""Coverage by cell: how often the 68 % interval holds the truth in each part of the region.

Cells are quantiles of the output and of each input, the outermost of which are its edges, and the
corners of each pair of inputs. With n rows in a cell the share is known to sqrt(0.68 * 0.32 / n),
3.3 % for 200 rows: the worst of a hundred such cells is expected near 60 % without any fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise, product
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Cell, CoverageMap, Input, Output

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Bounds = dict[str, tuple[float | None, float | None]]

NOMINAL = 0.68
LEAST_ROWS, LEAST_OF_FEW = 200, 100
"""Rows that a cell needs, and where there are fewer than `MANY` rows in all."""
MANY = 2000
MOST_BINS = 10
CORNER = 1 / 3
"""Share of an input's rows that count as near its edge, for corners."""
MOST_INPUTS = 6
"""Of a network whose corners are looked at; those of more inputs have too many."""


def map_coverage(
    x: Array,
    value: Array,
    held: Mask,
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    default: int,
) -> CoverageMap | None:
    """The coverage by cell on unseen rows; None if they are too few for two cells.

    Parameters
    ----------
    x, value : points (N, n) and predictions (N, k)
    held : whether the truth lies in the 68 % interval, shape (N, k)
    default : number of the output whose cells are all kept; of the others only the worst is
    """
    least = find_least(len(x))
    columns = {i.name: x[:, k] for k, i in enumerate(inputs)}
    cells: list[Cell] = []
    for k, output in enumerate(outputs):
        found = [
            _measure(output.name, bounds, held[rows, k])
            for bounds, rows in partition({output.name: value[:, k]}, columns, least)
        ]
        if k != default and found:
            found = [min(found, key=lambda c: c.coverage_68)]
        cells += found
    return CoverageMap(least_rows=least, cells=tuple(cells)) if cells else None


def find_least(rows: int) -> int:
    """Rows that a cell needs where there are so many in all."""
    return LEAST_ROWS if rows >= MANY else LEAST_OF_FEW


def partition(
    output: dict[str, Array], columns: dict[str, Array], least: int
) -> Iterator[tuple[Bounds, Mask]]:
    """The bounds of each cell with at least ``least`` rows, and which rows (N,) it has, of columns
    (N,) by their names."""
    for name, values in {**output, **columns}.items():
        edges = _edges(values, least)
        for low, high in pairwise(edges) if len(edges) > 2 else ():
            rows = _between(values, low, high)
            if rows.sum() >= least:
                yield {name: (low, high)}, rows
    if len(columns) > MOST_INPUTS:
        return
    outer = {name: _outer(values) for name, values in columns.items()}
    for one, two in combinations(columns, 2):
        for first, second in product(outer[one], outer[two]):
            rows = _between(columns[one], *first) & _between(columns[two], *second)
            if rows.sum() >= least:
                yield {one: first, two: second}, rows


def _edges(values: Array, least: int) -> list[float | None]:
    """Edges of quantiles with at least so many rows each; the outermost cells are open."""
    bins = min(MOST_BINS, len(values) // least)
    inner = np.quantile(values, np.arange(1, bins) / bins) if bins > 1 else np.empty(0)
    return [None, *(_short(v) for v in np.unique(inner)), None]


def _outer(values: Array) -> tuple[tuple[float | None, float | None], ...]:
    low, high = np.quantile(values, [CORNER, 1 - CORNER])
    return (None, _short(low)), (_short(high), None)


def _between(values: Array, low: float | None, high: float | None) -> Mask:
    """From ``low`` to below ``high``."""
    rows = np.ones(len(values), dtype=bool)
    if low is not None:
        rows &= values >= low
    if high is not None:
        rows &= values < high
    return rows


def _measure(output: str, bounds: Bounds, held: Mask) -> Cell:
    rows = len(held)
    return Cell(
        output=output,
        bounds=bounds,
        rows=rows,
        coverage_68=_short(held.mean()),
        error=_short(sqrt(NOMINAL * (1 - NOMINAL) / rows)),
    )


def _short(number: float) -> float:
    return float(f"{number:.4g}")
