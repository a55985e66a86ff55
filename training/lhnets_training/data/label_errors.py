"""Standard deviations of labels, for `Recipe.label_errors`: from columns, from digits, or from how
a table scatters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets_training.recipe import Array, Rows


def stated(*columns: str | None) -> Callable[[Rows], Array]:
    """The columns that hold them, one for each output in order; None for an output whose labels
    have none."""

    def errors(rows: Rows) -> Array:
        count = len(next(iter(rows.values())))
        return np.stack(
            [np.zeros(count) if c is None else np.asarray(rows[c], dtype=float) for c in columns],
            axis=1,
        )

    return errors


def rounded(outputs: Sequence[str], digits: int) -> Callable[[Rows], Array]:
    """Of labels that were printed with ``digits`` significant digits: the last digit over sqrt(12).

    The difference of a number and its rounding is even over one unit of the last digit, whose
    standard deviation this is. A label of zero has none.
    """

    def errors(rows: Rows) -> Array:
        values = np.abs(np.stack([np.asarray(rows[n], dtype=float) for n in outputs], axis=1))
        power = np.floor(np.log10(np.where(values > 0, values, 1.0)) + 1e-12)
        return np.where(values > 0, 10.0 ** (power + 1 - digits) / np.sqrt(12), 0.0)

    return errors


SIDE = 3
"""Neighbours on either side of a label that it is compared with."""
NORMAL_MEDIAN = 0.6745
"""The median size of a normal number of unit variance."""


def scattered(inputs: Sequence[str], outputs: Sequence[str | None]) -> Callable[[Rows], Array]:
    """Of a table of points on lines, whose labels scatter about a smooth function by one relative
    size for each output.

    A label is compared with the polynomial through its six neighbours along one input, in
    logarithms, where the others are equal; the median size of the differences over their standard
    deviation for independent errors is the estimate (as T. Gasser, L. Sroka, C. Jennen-Steinmetz,
    Biometrika 73 (1986) 625, with the median for steps and ridges). It holds what is not a
    polynomial of fifth order over six steps, too, so the least over the inputs is taken. None
    stands for outputs that may vanish, whose errors count as none.
    """

    def errors(rows: Rows) -> Array:
        x = np.stack([np.asarray(rows[n], dtype=float) for n in inputs], axis=1)
        columns = [
            np.zeros(len(x)) if n is None else _scatter(x, np.asarray(rows[n], dtype=float))
            for n in outputs
        ]
        return np.stack(columns, axis=1)

    return errors


def _scatter(x: Array, y: Array) -> Array:
    sizes = [
        np.median(found) for k in range(x.shape[1]) if len(found := _differences(x, np.log(y), k))
    ]
    return np.asarray(y * min(sizes) / NORMAL_MEDIAN)


def _differences(x: Array, t: Array, along: int) -> Array:
    """Sizes of label minus polynomial, over its standard deviation, for all labels with neighbours
    enough."""
    _, line = np.unique(np.delete(x, along, axis=1), axis=0, return_inverse=True)
    found = []
    for number in range(line.max() + 1):
        rows = np.flatnonzero(line == number)
        rows = rows[np.argsort(x[rows, along])]
        u = np.log(x[rows, along])
        for k in range(SIDE, len(rows) - SIDE):
            near = np.r_[k - SIDE : k, k + 1 : k + SIDE + 1]
            weights = np.linalg.solve(
                np.vander(u[near] - u[k], increasing=True).T, np.eye(2 * SIDE)[0]
            )
            found.append(abs(t[rows[k]] - weights @ t[rows[near]]) / np.sqrt(1 + weights @ weights))
    return np.array(found)
