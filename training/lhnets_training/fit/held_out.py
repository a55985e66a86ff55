"""Errors of a small table without giving rows away: every row is predicted by a model that had not seen it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets_training.fit.heads import Heads, Spread, fit_spread
from lhnets_training.recipe import BaselineFit, Fitted, HeldOut, Run
from lhnets_training.split import Split, folds

Array = NDArray[np.float64]
Fold = NDArray[np.int64]
Model: TypeAlias = Callable[[Array], Array]
"""Heads (N, k) at points (N, n)."""
FitHeads: TypeAlias = Callable[[Array, Array], Model]
"""A model from points (N, n) and heads (N, k)."""

TENTHS = 10


class HeldOutError(Error, ValueError):
    """Points that are not the rows of the table."""


def cross_fit(x: Array, y: Array, heads: Heads, fold: Fold, fit: FitHeads, run: Run) -> tuple[HeldOut, Spread]:
    """Predict each fold by a fit to the others, and fit the spread of the final model to all these residuals.

    The spread of a fold is fitted to the residuals of the other folds.
    """
    t = heads.targets(y)
    predicted = np.empty_like(t)
    count = int(fold.max()) + 1
    for number in range(count):
        inside = fold == number
        run.console.print(f"fold {number + 1} of {count}: {int(inside.sum())} rows held out")
        predicted[inside] = fit(x[~inside], t[~inside])(x[inside])
    value = heads.values(predicted)
    residual = (value - y) / np.exp(predicted)
    spread = np.empty_like(y)
    for number in range(count):
        inside = fold == number
        spread[inside] = np.exp(predicted[inside] + fit_spread(x[~inside], residual[~inside])(x[inside]))
    return HeldOut(rows=np.arange(len(x)), fold=fold, value=value, spread=spread), fit_spread(x, residual)


def judged_by_folds(fitted: Fitted, x: Array, split: Split, seed: int) -> Fitted:
    """``fitted`` with the test rows for calibration, too: each tenth of them is judged by the scores of the others.

    Where rows are dear this leaves more of them to train on than one part to calibrate and another to judge.
    """
    value, spread = fitted.predict(x[split.test])
    fold = folds(len(split.test), TENTHS, seed)
    return replace(fitted, held_out=HeldOut(rows=split.test, fold=fold, value=value, spread=spread))


def every_row(rows: int, seed: int) -> Split:
    """All rows train the final model; calibration and figures come from the folds."""
    none = np.empty(0, dtype=np.int64)
    return Split(np.arange(rows), none, none, none)


def cross_baseline(method: str, fit: FitHeads, heads: Heads, fold: Callable[[int], Fold]) -> BaselineFit:
    """The simple ``method`` on the same folds: each row is predicted by a fit to the other folds."""

    def predict(x: Array, y: Array, x_new: Array) -> tuple[str, Array]:
        if not np.array_equal(x, x_new):
            raise HeldOutError(
                f"a baseline over folds predicts the {len(x)} rows of its own table, got {len(x_new)} other points"
            )
        t, number = heads.targets(y), fold(len(x))
        found = np.empty_like(t)
        for k in np.unique(number):
            found[number == k] = fit(x[number != k], t[number != k])(x[number == k])
        return method, heads.values(found)

    return predict
