"""The simple methods that every network is compared with: splines and cubic radial basis functions
of its heads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets_training.fit.cross_validation import (
    TENTHS,
    FitHeads,
    Fold,
    Predictor,
    predict_folds,
    tenths,
)
from lhnets_training.fit.links import Invertible, Positive, Signed
from lhnets_training.recipe import BaselineFit

Array = NDArray[np.float64]

NEIGHBOURS = 64


class BaselineError(Error, ValueError):
    """Points of which some are rows that the baseline has seen."""


def interpolate_cubic(
    features: Callable[[Array], Array] = np.asarray,
    *,
    degree: int | None = None,
    neighbours: int | None = None,
    smoothing: float = 0.0,
) -> FitHeads:
    """Cubic radial basis functions over standardised ``features(x)`` of all rows, or of the nearest
    ``neighbours``.

    ``degree`` of the polynomial and ``smoothing`` are those of scipy's RBFInterpolator; the latter
    is above zero if labels carry noise.
    """

    def fit(x: Array, t: Array) -> Predictor:
        from scipy.interpolate import RBFInterpolator

        f = features(x)
        mean, std = f.mean(axis=0), f.std(axis=0)
        near = None if neighbours is None else min(neighbours, len(f))
        surface = RBFInterpolator(
            (f - mean) / std, t, kernel="cubic", degree=degree, neighbors=near, smoothing=smoothing
        )
        return lambda points: np.asarray(surface((features(points) - mean) / std))

    return fit


def fit_training_rows(fit: FitHeads, link: Invertible, method: str) -> BaselineFit:
    """``fit`` to the heads of the training rows. ``{}`` in the words of the ``method`` becomes
    their number."""

    def predict(x: Array, y: Array, x_new: Array) -> tuple[str, Array]:
        return method.format(len(x)), link.values(fit(x, link.targets(y))(x_new))

    return predict


def rbf_baseline(
    features: Callable[[Array], Array],
    link: Invertible | None = None,
    *,
    neighbours: int = NEIGHBOURS,
    smoothing: float = 0.0,
) -> BaselineFit:
    """Cubic radial basis functions over the nearest training rows, of log y without a ``link``."""
    smooth = f", smoothing {smoothing:g}" if smoothing else ""
    return fit_training_rows(
        interpolate_cubic(features, neighbours=neighbours, smoothing=smoothing),
        link or Positive(),
        f"cubic RBF on {{}} training rows, {neighbours} neighbours{smooth}",
    )


def fit_other_folds(
    method: str, fit: FitHeads, link: Invertible, fold: Callable[[int], Fold]
) -> BaselineFit:
    """``fit`` on the same folds as the network: each row is predicted by a fit to the other folds.

    Points of which none is a row of the table are predicted by a fit to all rows.
    """

    def predict(x: Array, y: Array, x_new: Array) -> tuple[str, Array]:
        t = link.targets(y)
        rows = _find_rows(x, x_new)
        if rows is None:
            return f"{method.partition(',')[0]} on {len(x)} rows", link.values(fit(x, t)(x_new))
        heads = predict_folds(fold(len(x)), lambda kept, held: fit(x[kept], t[kept])(x[held]))
        return method, link.values(heads[rows])

    return predict


def _find_rows(x: Array, x_new: Array) -> NDArray[np.int64] | None:
    """The numbers of the rows that the points are, None if they are none of them.

    Raises
    ------
    BaselineError
        If some are and others are not.
    """
    if np.array_equal(x, x_new):
        return np.arange(len(x))
    known = {row.tobytes(): number for number, row in enumerate(x)}
    rows = [known[point.tobytes()] for point in x_new if point.tobytes() in known]
    if rows and len(rows) < len(x_new):
        raise BaselineError(
            f"a baseline over folds predicts rows of its own table, or other points; got "
            f"{len(x_new)} points of which {len(rows)} are among its {len(x)} rows"
        )
    return np.array(rows) if rows else None


def fit_other_tenths(seed: int) -> BaselineFit:
    """Cubic radial basis functions of the inputs on the rows of the other tenths, for outputs of
    either sign."""
    fit = interpolate_cubic(neighbours=NEIGHBOURS)
    return fit_other_folds(
        f"cubic RBF, {NEIGHBOURS} neighbours, {TENTHS} folds",
        fit,
        Signed(),
        lambda rows: tenths(rows, seed),
    )
