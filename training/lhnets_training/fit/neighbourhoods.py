"""Neighbourhoods of rows: held out whole, they show what a model says where rows are missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from lhnets_training.fit.local_error import Residuals
from lhnets_training.fit.support import FEW, Support

Array = NDArray[np.float64]
Part = NDArray[np.int64]
"""Numbers of the rows of one neighbourhood."""

LARGEST = 0.3
"""Share of the rows that a neighbourhood has at most."""
SHARED = 0.5
"""Different values for each row at most, of a coordinate whose values recur."""
REPEATS = 12
"""Neighbourhoods of each size."""


def choose_parts(support: Support, x: Array, seed: int, repeats: int = REPEATS) -> list[Part]:
    """Neighbourhoods of 2, 4, 8 ... of the rows x (N, n): half of them about rows drawn at random,
    as many at the edge in a random direction.

    Those of a plane of two coordinates reach through all others.
    """
    rng, z = np.random.default_rng(seed), support.coordinates(x)
    parts = []
    for cover in support.covers:
        points = cover.scaled(z)
        tree, count = KDTree(points), 2
        while count <= LARGEST * len(x):
            for row in rng.integers(len(x), size=repeats // 2):
                parts.append(np.sort(tree.query(points[row], count)[1]))
            for direction in rng.normal(size=(repeats // 2, points.shape[1])):
                parts.append(np.sort(np.argsort(points @ direction)[-count:]))
            count *= 2
    return parts


def find_planes(x: Array) -> list[Part]:
    """The rows x (N, n) of each value of a grid's coordinates, but for the outermost values.

    A coordinate is one of a grid if its values recur, and are not so few that they count as names
    (`lhnets_training.fit.support`).
    """
    planes = []
    for column in x.T:
        values, number = np.unique(column, return_inverse=True)
        if x.shape[1] > 1 and FEW <= len(values) <= SHARED * len(x):
            planes += [np.flatnonzero(number == k) for k in range(1, len(values) - 1)]
    return [plane for plane in planes if len(plane) > 1]


def collect(
    support: Support, x: Array, parts: Sequence[Part], residual: Callable[[Part], Array]
) -> Residuals:
    """Errors at the rows of neighbourhoods: ``residual`` tells those of a model without one of
    them, shape (rows, k)."""
    rows = np.concatenate(parts)
    remote = np.concatenate(list(support.without(x, parts)))
    return Residuals(x[rows], np.concatenate([residual(part) for part in parts]), remote)
