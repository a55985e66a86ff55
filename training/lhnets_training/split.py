"""Rows by their use. Each row serves for one thing only, and the same seed gives the same split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error

Indices = NDArray[np.int64]


class SplitError(Error, ValueError):
    """A split that the rows do not allow."""


@dataclass(frozen=True)
class Split:
    """Row numbers by their use: fit, choice of the best fit, calibration of intervals, figures in
    the card."""

    train: Indices
    validation: Indices
    calibration: Indices
    test: Indices

    @property
    def counts(self) -> dict[str, int]:
        """How many rows serve for what, as the card says it."""
        return {
            name: len(getattr(self, name))
            for name in ("train", "validation", "calibration", "test")
        }


def split(rows: int, *, validation: float, calibration: float, test: float, seed: int) -> Split:
    """Split ``rows`` at random; what the three fractions leave is for training.

    Raises
    ------
    SplitError
        If a fraction is negative or nothing is left for training.
    """
    sizes = [round(rows * f) for f in (validation, calibration, test)]
    if min(sizes) < 0 or sum(sizes) >= rows:
        raise SplitError(
            f"cannot split {rows} rows: validation {sizes[0]}, calibration {sizes[1]} and test "
            f"{sizes[2]} rows leave none for training; give smaller fractions or more rows"
        )
    order = np.random.default_rng(seed).permutation(rows)
    parts = np.split(order, np.cumsum(sizes))
    v, c, t, train = (np.sort(p) for p in parts)
    return Split(train, v, c, t)


def folds(rows: int, count: int, seed: int) -> Indices:
    """For each row the number of the fold, 0 to ``count`` - 1, that holds it out. Fold sizes differ
    by at most one.

    Raises
    ------
    SplitError
        If there are fewer than two folds, or fewer rows than folds.
    """
    if not 2 <= count <= rows:
        raise SplitError(f"expected between 2 and {rows} folds for {rows} rows, got {count}")
    return np.random.default_rng(seed).permutation(np.arange(rows) % count)
