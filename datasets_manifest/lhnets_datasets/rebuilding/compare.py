"""Whether a data set that was made again is the one that was published."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from msgspec import Struct
from numpy.typing import NDArray

MEAN_SIGMAS = 5.0
"""How many standard errors the means of two random samples may differ by."""
KS_FACTOR = 2.0
"""Bound of the Kolmogorov-Smirnov distance in units of sqrt((n + m) / (n m)): exceeded by chance
once in 1,500 columns."""


class ColumnFinding(Struct, frozen=True):
    """How one column compares; ``figure`` is the number that was found, ``bound`` the one it had to
    stay under."""

    name: str
    figure: float
    bound: float
    what: str

    @property
    def passed(self) -> bool:
        """Whether the figure is within its bound (a figure that is not a number is not)."""
        return bool(self.figure <= self.bound)


def by_values(published: pa.Table, made: pa.Table, tolerance: float) -> list[ColumnFinding]:
    """Row by row: the largest difference relative to the larger of the two values, in each column.

    Columns that are no numbers must be equal; the figure is then the number of rows that differ.
    """
    return [
        _values(n, published.column(n), made.column(n), tolerance) for n in published.column_names
    ]


def by_statistics(published: pa.Table, made: pa.Table) -> list[ColumnFinding]:
    """By their distributions: the distance of the means, and of the distribution functions, in each
    column of numbers."""
    findings: list[ColumnFinding] = []
    for name in published.column_names:
        if _is_number(published.column(name)):
            old, new = _array(published.column(name)), _array(made.column(name))
            findings += [_means(name, old, new), _distance(name, old, new)]
    return findings


def _values(
    name: str, old: pa.ChunkedArray, new: pa.ChunkedArray, tolerance: float
) -> ColumnFinding:
    if not _is_number(old):
        differing = sum(a != b for a, b in zip(old.to_pylist(), new.to_pylist(), strict=True))
        return ColumnFinding(name, float(differing), 0.0, "rows that differ")
    a, b = _array(old), _array(new)
    scale = np.maximum(np.abs(a), np.abs(b))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(same, 0.0, np.abs(a - b) / scale)
    return ColumnFinding(
        name, float(relative.max(initial=0.0)), tolerance, "largest relative difference"
    )


def _means(name: str, old: NDArray[np.float64], new: NDArray[np.float64]) -> ColumnFinding:
    error = np.sqrt(old.var() / len(old) + new.var() / len(new))
    distance = abs(old.mean() - new.mean())
    sigmas = 0.0 if distance == 0 else float(distance / error) if error > 0 else np.inf
    return ColumnFinding(name, sigmas, MEAN_SIGMAS, "distance of the means in standard errors")


def _distance(name: str, old: NDArray[np.float64], new: NDArray[np.float64]) -> ColumnFinding:
    """Kolmogorov-Smirnov distance of two samples."""
    grid = np.concatenate([old, new])
    below = [
        np.searchsorted(np.sort(sample), grid, side="right") / len(sample) for sample in (old, new)
    ]
    bound = KS_FACTOR * np.sqrt((len(old) + len(new)) / (len(old) * len(new)))
    return ColumnFinding(
        name, float(np.abs(below[0] - below[1]).max()), float(bound), "Kolmogorov-Smirnov distance"
    )


def _is_number(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_floating(column.type) or pa.types.is_integer(column.type))


def _array(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.to_numpy(), dtype=np.float64)
