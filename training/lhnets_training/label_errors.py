"""Standard deviations of labels, for `Recipe.label_errors`: from columns of the data set, or from the digits of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets_training.recipe import Array, Rows


def stated(*columns: str | None) -> Callable[[Rows], Array]:
    """The columns that hold them, one for each output in order; None for an output whose labels have none."""

    def errors(rows: Rows) -> Array:
        count = len(next(iter(rows.values())))
        return np.stack([np.zeros(count) if c is None else np.asarray(rows[c], dtype=float) for c in columns], axis=1)

    return errors


def rounded(outputs: Sequence[str], digits: int) -> Callable[[Rows], Array]:
    """Of labels that were printed with ``digits`` significant digits: the last digit over sqrt(12).

    The difference of a number and its rounding is even over one unit of the last digit, whose standard deviation this is. A
    label of zero has none.
    """

    def errors(rows: Rows) -> Array:
        values = np.abs(np.stack([np.asarray(rows[n], dtype=float) for n in outputs], axis=1))
        power = np.floor(np.log10(np.where(values > 0, values, 1.0)) + 1e-12)
        return np.where(values > 0, 10.0 ** (power + 1 - digits) / np.sqrt(12), 0.0)

    return errors
