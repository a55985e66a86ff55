"""How well probabilities hold and classes are told apart: the figures of a classifier's card, from rows never seen.

The truth of a probability is a frequency. Rows are sorted by their probability and put into reliability bins of equal
numbers; in each, the mean probability is held against the share of rows that are of the class, whose own error is
binomial: the half-width of E.B. Wilson's score interval (J. Am. Stat. Assoc. 22 (1927) 209), fit for small counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from lhnets._card import Baseline, Classification, ClassSummary, ErrorSummary
from lhnets._errors import Error
from lhnets_training.calibrate import Conformal
from lhnets_training.report import baseline, summary

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

LEVELS = {0.68: 1.0, 0.95: 1.959964}
"""Levels of the intervals, and the standard deviations of a normal distribution that belong to them."""
ROWS_IN_A_BIN = 100
_SMALLEST = 1e-12


class ClassificationError(Error, ValueError):
    """Rows or probabilities that allow no figures."""


@dataclass(frozen=True)
class Bins:
    """Reliability bins, one entry each: mean probability, share of the class, mean uncertainty, rows."""

    probability: Array
    frequency: Array
    uncertainty: Array
    rows: NDArray[np.int64]

    @property
    def error(self) -> Array:
        """|mean probability - frequency| of each bin."""
        return np.abs(self.probability - self.frequency)

    def binomial(self, level: float) -> Array:
        """How far the frequency of each bin may be off at ``level`` by chance alone."""
        z, n, p = LEVELS[level], self.rows, self.probability
        half: Array = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
        return half

    def per_row(self) -> Array:
        """The error of the bin of each row, shape (N,)."""
        return np.repeat(self.error, self.rows)

    def coverage(self, factor: float, level: float) -> float:
        """Share of the rows in bins whose error is within ``factor`` uncertainties and the binomial error at ``level``."""
        allowed = np.hypot(factor * self.uncertainty, self.binomial(level))
        return float(self.rows[self.error <= allowed].sum() / self.rows.sum())

    def needed(self, level: float) -> float:
        """The smallest factor whose coverage reaches ``level``: zero where the binomial error alone does."""
        beyond = np.sqrt(np.maximum(self.error**2 - self.binomial(level) ** 2, 0)) / self.uncertainty
        order = np.argsort(beyond)
        reached = np.cumsum(self.rows[order]) >= level * self.rows.sum()
        return float(beyond[order][np.argmax(reached)])


def reliability(probability: Array, of_class: NDArray[np.bool_], uncertainty: Array) -> Bins:
    """Reliability bins of about `ROWS_IN_A_BIN` rows, for arrays of shape (N,).

    Raises
    ------
    ClassificationError
        where there are too few rows for two bins, or a number is no probability.
    """
    if len(probability) < 2 * ROWS_IN_A_BIN:
        raise ClassificationError(f"{len(probability)} rows are too few: expected at least {2 * ROWS_IN_A_BIN}")
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ClassificationError("probabilities must lie in [0, 1]: give the output of a sigmoid or softmax")
    parts = np.array_split(np.argsort(probability, kind="stable"), len(probability) // ROWS_IN_A_BIN)
    mean = np.array([probability[p].mean() for p in parts])
    rows = np.array([len(p) for p in parts])
    return Bins(
        mean,
        np.array([of_class[p].mean() for p in parts]),
        np.array([uncertainty[p].mean() for p in parts]),
        rows,
    )


def calibrated(probability: Array, label: Labels, spread: Array) -> Conformal:
    """Scale of the ``spread`` (N, k) and factors, so that reliability bins are covered as often as the levels say.

    Never below the spread itself: where the binomial errors of the bins hide what the spread says, it is kept.
    """
    scales, factors = [], []
    for k in range(probability.shape[1]):
        bins = reliability(probability[:, k], label == k, spread[:, k])
        one = max(1.0, bins.needed(0.68))
        scales.append(one)
        factors.append([1.0, max(LEVELS[0.95], bins.needed(0.95) / one)])
    return Conformal("reliability bins", len(probability), tuple(LEVELS), np.array(scales), np.array(factors))


def summaries(probability: Array, label: Labels, uncertainty: Array, calibration: Conformal) -> list[ErrorSummary]:
    """Errors and coverage of each probability (N, k); ``uncertainty`` is the calibrated one."""
    found = []
    for k in range(probability.shape[1]):
        bins = reliability(probability[:, k], label == k, uncertainty[:, k])
        covered = [bins.coverage(float(calibration.factors[k, i]), level) for i, level in enumerate(LEVELS)]
        found.append(summary(bins.per_row(), *covered))
    return found


def figures(probability: Array, label: Labels, names: Sequence[str], signal: str) -> Classification:
    """AUC, accuracy, rejections, calibration error and log loss of probabilities (N, k) for the classes ``names``."""
    each = {n: one_against_rest(probability[:, k], label == k) for k, n in enumerate(names)}
    chosen = list(names).index(signal)
    own = each[signal]
    bins = reliability(probability[:, chosen], label == chosen, np.ones(len(label)))
    given = np.maximum(probability[np.arange(len(label)), label], _SMALLEST)
    return Classification(
        signal=signal,
        auc=own.auc,
        accuracy=_short(float((probability.argmax(axis=1) == label).mean())),
        rejection_30=own.rejection_30,
        rejection_50=own.rejection_50,
        calibration_error=_short(float(bins.per_row().mean())),
        log_loss=_short(float(-np.log(given).mean())),
        classes=each if len(names) > 2 else {},
    )


def baseline_figures(method: str, probability: Array, label: Labels, names: Sequence[str], signal: str) -> Baseline:
    """The simple method's errors as probabilities, and how well it tells the classes apart."""
    k = list(names).index(signal)
    bins = reliability(probability[:, k], label == k, np.ones(len(label)))
    own = baseline(method, bins.per_row())
    return Baseline(
        method=own.method, mean=own.mean, median=own.median, q997=own.q997, max=own.max,
        classification=figures(probability, label, names, signal),
    )  # fmt: skip


def one_against_rest(score: Array, signal: NDArray[np.bool_]) -> ClassSummary:
    """AUC, and 1/eps_B where 30 and 50 % of the ``signal`` rows pass; None where no background row does."""
    from sklearn.metrics import roc_auc_score

    if signal.all() or not signal.any():
        raise ClassificationError("rows of one class alone tell nothing: give rows of every class")
    rejections = {f"rejection_{share}": rejection(score, signal, share / 100) for share in (30, 50)}
    return ClassSummary(auc=_short(float(roc_auc_score(signal, score)), 6), **rejections)


def rejection(score: Array, signal: NDArray[np.bool_], efficiency: float) -> float | None:
    """1/eps_B at the largest cut that lets at least ``efficiency`` of the signal pass."""
    kept = np.sort(score[signal])[::-1]
    cut = kept[max(int(np.ceil(efficiency * len(kept))) - 1, 0)]
    passing = int((score[~signal] >= cut).sum())
    return _short(int((~signal).sum()) / passing) if passing else None


def rejection_error(background: int, found: float) -> float:
    """Relative statistical error of a rejection ``found`` on ``background`` rows."""
    return 1 / sqrt(background / found)


def _short(number: float, digits: int = 4) -> float:
    return float(f"{number:.{digits}g}")
