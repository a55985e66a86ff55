"""Cross-validation: every row of a small table is predicted by a model that had not seen it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit.links import Invertible, Link
from lhnets_training.fit.local_error import (
    FitError,
    LocalError,
    Residuals,
    choose_neighbours,
    grow,
    localise,
    place,
)
from lhnets_training.fit.neighbourhoods import Part
from lhnets_training.fit.support import Support, choose_evenly
from lhnets_training.fit.uncertainty import ErrorModel, fit_log_squares
from lhnets_training.recipe import Fitted, HeldOut, Run
from lhnets_training.split import Split, folds

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Fold = NDArray[np.int64]
"""For each row the number of the fold that holds it out, shape (N,)."""
Predictor: TypeAlias = Callable[[Array], Array]
"""Heads (N, k) at points (N, n)."""
FitHeads: TypeAlias = Callable[[Array, Array], Predictor]
"""A model from points (N, n) and heads (N, k)."""

Predict: TypeAlias = Callable[[Array], tuple[Array, Array]]
"""Value and spread, both (N, k), at points (N, n)."""

TENTHS = 10


def tenths(rows: int, seed: int) -> Fold:
    """Ten folds at random."""
    return folds(rows, TENTHS, seed)


def predict_folds(fold: Fold, predict: Callable[[Mask, Mask], Array]) -> Array:
    """``predict(kept, held)`` of each fold, put together: what the rows that are kept say of those
    held out."""
    parts = {number: predict(fold != number, fold == number) for number in np.unique(fold)}
    found = np.empty((len(fold), *next(iter(parts.values())).shape[1:]))
    for number, part in parts.items():
        found[fold == number] = part
    return found


def cross_fit(
    x: Array, y: Array, link: Invertible, fold: Fold, fit: FitHeads, run: Run
) -> tuple[HeldOut, ErrorModel]:
    """Predict each fold by a fit to the others, and fit the error model of the final model to all
    these residuals."""
    t = link.targets(y)

    def of_others(kept: Mask, held: Mask) -> Array:
        run.console.print(
            f"a fold of {int(held.sum())} rows held out, of {len(np.unique(fold))} folds"
        )
        return fit(x[kept], t[kept])(x[held])

    return judge_heads(x, y, link, fold, predict_folds(fold, of_others), fit_log_squares)


def judge_heads(
    x: Array,
    y: Array,
    link: Link,
    fold: Fold,
    t: Array,
    fit_error: Callable[[Array, Array], ErrorModel],
) -> tuple[HeldOut, ErrorModel]:
    """Outputs of heads (N, h) that did not see their rows, and an error model of all their
    residuals.

    The errors of a fold are told by the residuals of the other folds.
    """
    value, unit = link.values(t), link.unit(t)
    residual = (value - y) / unit
    sizes = predict_folds(fold, lambda kept, held: fit_error(x[kept], residual[kept])(x[held]))
    held_out = HeldOut(rows=np.arange(len(x)), fold=fold, value=value, spread=unit * sizes)
    return held_out, fit_error(x, residual)


def judge_by_place(
    x: Array,
    y: Array,
    link: Link,
    fold: Fold,
    t: Array,
    single: Sequence[Part],
    fit_error: FitError,
    support: Support,
    held: Residuals,
) -> tuple[HeldOut, LocalError]:
    """As `judge_heads`, with errors that are local and grow where rows are missing. Of a cluster,
    only some rows are for calibration and figures, so that these are those of the whole region.

    Parameters
    ----------
    single : the rows that were held out together for ``t``: each by itself, or a fold of them
    held : errors of models without whole neighbourhoods of rows
    """
    value, unit = link.values(t), link.unit(t)
    remote = np.empty(len(x))
    for part, found in zip(single, support.without(x, single), strict=True):
        remote[part] = found
    residuals = Residuals(x, (value - y) / unit, remote)
    error = localise(fit_error, support, residuals, held)
    counts = choose_neighbours(fit_error, support, residuals)

    def tell(kept: Mask, out: Mask) -> Array:
        return place(fit_error, support, residuals.take(kept), counts).nearby(x[out])

    spread = unit * predict_folds(fold, tell) * np.exp(grow(remote, error.powers))
    rows = choose_evenly(support.whole.scaled(support.coordinates(x)))
    return HeldOut(rows=rows, fold=fold[rows], value=value[rows], spread=spread[rows]), error


def judge_by_folds(fitted: Fitted, x: Array, split: Split, seed: int) -> Fitted:
    """``fitted`` with the test rows for calibration, too: each tenth of them is judged by the
    scores of the others.

    If rows are expensive this leaves more of them to train on than one part to calibrate and
    another to judge.
    """
    return replace(fitted, held_out=judge_test_rows(fitted.predict, x, split, seed))


def judge_test_rows(predict: Predict, x: Array, split: Split, seed: int) -> HeldOut:
    """Value and spread of a model at the test rows, which it never saw, in tenths."""
    value, spread = predict(x[split.test])
    fold = tenths(len(split.test), seed)
    return HeldOut(rows=split.test, fold=fold, value=value, spread=spread)


def use_every_row(rows: int, seed: int) -> Split:
    """All rows train the final model; calibration and figures come from the folds."""
    none = np.empty(0, dtype=np.int64)
    return Split(np.arange(rows), none, none, none)
