"""How well probabilities hold and classes are told apart: the figures of a classifier's card, from
rows never seen.

The truth of a probability is a frequency. Rows are sorted by their probability and put into
reliability bins of equal numbers; the error of a row is |mean probability - frequency| in its bin,
which includes the chance error of the frequency. Coverage takes that error into account: the count
of a bin is predicted by a binomial distribution whose probability is uncertain by as much as the
network says, and it is covered as far as it lies in the central part of that (the non-randomised
probability integral transform, C. Czado, T. Gneiting, L. Held, Biometrics 65 (2009) 1254).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets.format import Baseline, Classification, ClassSummary, ErrorSummary
from lhnets_training.judging.calibrate import Conformal
from lhnets_training.judging.discrimination import (
    draw_reliability,
    draw_roc,
    measure_sculpting,
    summarize_class,
)
from lhnets_training.judging.report import baseline, summary

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

LEVELS = {0.68: 1.0, 0.95: 1.959964}
"""Levels of the intervals, and the standard deviations of a normal distribution that belong to
them."""
ROWS_IN_A_BIN = 100
"""For errors."""
ROWS_COUNTED = 25
"""In a bin for coverage: more bins, which their chance errors allow."""
_SCALES = np.geomspace(1.0, 100.0, 93)
_SMALLEST = 1e-12
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)


class ClassificationError(Error, ValueError):
    """Rows or probabilities that allow no figures."""


@dataclass(frozen=True)
class Bins:
    """Reliability bins, one entry each: mean probability, rows of the class, mean uncertainty,
    rows."""

    probability: Array
    hits: Array
    uncertainty: Array
    rows: NDArray[np.int64]

    @property
    def error(self) -> Array:
        """|mean probability - frequency| of each bin."""
        return np.abs(self.probability - self.hits / self.rows)

    def per_row(self) -> Array:
        """The error of the bin of each row, shape (N,)."""
        return np.repeat(self.error, self.rows)

    def coverage(self, level: float, scale: float = 1.0) -> float:
        """Share of the counts within the central ``level`` of their predictions, the uncertainty
        times ``scale``."""
        below, upto = self._distribution(self.hits - 1, scale), self._distribution(self.hits, scale)
        low, high = (1 - level) / 2, (1 + level) / 2
        inside = np.clip(np.minimum(upto, high) - np.maximum(below, low), 0, None)
        return float(np.mean(inside / np.maximum(upto - below, _SMALLEST)))

    def _distribution(self, count: Array, scale: float) -> Array:
        """Probability of at most ``count`` rows of the class, over the uncertain probability of the
        bin."""
        from scipy.stats import binom

        p = self.probability[:, None] + scale * self.uncertainty[:, None] * _NODES
        found = binom.cdf(count[:, None], self.rows[:, None], np.clip(p, _SMALLEST, 1 - _SMALLEST))
        mixed: Array = found @ _WEIGHTS / _WEIGHTS.sum()
        return mixed


def reliability(
    probability: Array,
    of_class: NDArray[np.bool_],
    uncertainty: Array,
    in_a_bin: int = ROWS_IN_A_BIN,
) -> Bins:
    """Reliability bins of about ``in_a_bin`` rows, for arrays of shape (N,).

    Raises
    ------
    ClassificationError
        If there are too few rows for two bins, or a number is not a probability.
    """
    if len(probability) < 2 * in_a_bin:
        raise ClassificationError(
            f"{len(probability)} rows are too few: expected at least {2 * in_a_bin}"
        )
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ClassificationError(
            "probabilities must lie in [0, 1]: give the output of a sigmoid or softmax"
        )
    parts = np.array_split(np.argsort(probability, kind="stable"), len(probability) // in_a_bin)
    return Bins(
        np.array([probability[p].mean() for p in parts]),
        np.array([float(of_class[p].sum()) for p in parts]),
        np.array([uncertainty[p].mean() for p in parts]),
        np.array([len(p) for p in parts]),
    )


def calibrated(probability: Array, label: Labels, spread: Array) -> Conformal:
    """Scale of the ``spread`` (N, k) with which 68 % of the counts are covered; the factors are
    those of a normal law.

    Never below the spread itself: where chance alone covers them, nothing contradicts what it says.
    Two classes share the larger scale, since the probability of one is that of the other.
    """
    scales = []
    for k in range(probability.shape[1]):
        bins = reliability(probability[:, k], label == k, spread[:, k], ROWS_COUNTED)
        enough = (scale for scale in _SCALES if bins.coverage(0.68, float(scale)) >= 0.68)
        scales.append(float(next(enough, _SCALES[-1])))
    if len(scales) == 2:
        scales = [max(scales)] * 2
    factors = np.tile(list(LEVELS.values()), (len(scales), 1))
    return Conformal("reliability bins", len(probability), tuple(LEVELS), np.array(scales), factors)


def summaries(probability: Array, label: Labels, uncertainty: Array) -> list[ErrorSummary]:
    """Errors and coverage of each probability (N, k); ``uncertainty`` is the calibrated one."""
    found = []
    for k in range(probability.shape[1]):
        of_class = label == k
        errors = reliability(probability[:, k], of_class, uncertainty[:, k]).per_row()
        counted = reliability(probability[:, k], of_class, uncertainty[:, k], ROWS_COUNTED)
        found.append(summary(errors, *(counted.coverage(level) for level in LEVELS)))
    return found


def figures(
    probability: Array,
    label: Labels,
    names: Sequence[str],
    signal: str,
    quantities: Mapping[str, Array] | None = None,
) -> Classification:
    """All figures of probabilities (N, k) for the classes ``names``, with statistical errors.

    Parameters
    ----------
    probability : array of shape (N, k)
    label : array of shape (N,)
        Number of the class of each row.
    names : sequence of str
        Of the classes.
    signal : str
        The class that is told from all others.
    quantities : mapping, optional
        Name -> numbers (N,) that a cut shall leave alone, such as the mass of a jet.

    Raises
    ------
    ClassificationError
        If there are too few rows, one class alone, or a number is not a probability.
    """
    reliability(probability[:, 0], label == 0, np.ones(len(label)))
    each = {n: one_against_rest(probability[:, k], label == k) for k, n in enumerate(names)}
    chosen = list(names).index(signal)
    own, of_signal, score = each[signal], label == chosen, probability[:, chosen]
    right = probability.argmax(axis=1) == label
    losses = -np.log(np.maximum(probability[np.arange(len(label)), label], _SMALLEST))
    return Classification(
        signal=signal,
        auc=own.auc,
        accuracy=_short(float(right.mean())),
        rejection_30=own.rejection_30,
        rejection_50=own.rejection_50,
        calibration_error=own.calibration_error or 0.0,
        calibration_floor=own.calibration_floor,
        log_loss=_short(float(losses.mean())),
        classes=each if len(names) > 2 else {},
        errors={
            **own.errors,
            "accuracy": _short(_standard_error(right.astype(np.float64)), 3),
            "log_loss": _short(_standard_error(losses), 3),
        },
        curves={
            "roc": draw_roc(score, of_signal),
            "reliability": draw_reliability(score, of_signal),
        },
        sculpting=tuple(
            s
            for name, values in (quantities or {}).items()
            if (s := measure_sculpting(score, of_signal, name, values))
        ),
    )


def _standard_error(values: Array) -> float:
    return float(values.std() / sqrt(len(values)))


def baseline_figures(
    method: str, probability: Array, label: Labels, names: Sequence[str], signal: str
) -> Baseline:
    """The simple method's errors as probabilities, and how well it tells the classes apart."""
    k = list(names).index(signal)
    bins = reliability(probability[:, k], label == k, np.ones(len(label)))
    own = baseline(method, bins.per_row())
    return Baseline(
        method=own.method, mean=own.mean, median=own.median, q997=own.q997, max=own.max,
        classification=figures(probability, label, names, signal),
    )  # fmt: skip


def one_against_rest(score: Array, signal: NDArray[np.bool_]) -> ClassSummary:
    """AUC, rejections where 30 and 50 % of the ``signal`` rows pass (None where no background row
    does), calibration error and its floor, with the errors of a bootstrap."""
    if signal.all() or not signal.any():
        raise ClassificationError("rows of one class alone tell nothing: give rows of every class")
    return summarize_class(score, signal, ROWS_IN_A_BIN)


def _short(number: float, digits: int = 4) -> float:
    return float(f"{number:.{digits}g}")
