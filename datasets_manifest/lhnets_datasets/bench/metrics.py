"""The metrics, computed from sorted scores and counts of the rows.

Each has a statistic that is finite on any resample; a figure is the statistic itself, or one over
it. Uncertainties of the latter follow to first order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from lhnets_datasets.bench.resample import draw_uniform
from lhnets_datasets.bench.task import (
    Auc,
    CalibrationErrorMetric,
    Metric,
    Rejection,
    SculptingMetric,
    SignificanceImprovement,
)

Array = NDArray[np.float64]

FLOOR_DRAWS = 200
"""Samples from which a floor is computed: it is known to some per cent."""
_ROUNDING = 1e-9
_SMALLEST = 1e-300


@dataclass(frozen=True)
class SortedScores:
    """Rows sorted by falling score, the signal's probability.

    Attributes
    ----------
    score : array of shape (N,)
    signal : array of bool, shape (N,)
    order : array of shape (N,)
        Places of these rows in the order in which counts are drawn.
    bins : dict
        Column -> bin of each row, shape (N,), by bins of equal numbers of background rows.
    """

    score: Array
    signal: NDArray[np.bool_]
    order: NDArray[np.int64]
    bins: dict[str, NDArray[np.int64]]

    @classmethod
    def of(
        cls, score: Array, signal: NDArray[np.bool_], columns: dict[str, tuple[Array, int]]
    ) -> SortedScores:
        """The sample of scores (N,) in the order of the rows; ``columns``: values and how many
        bins."""
        order = np.argsort(-score, kind="stable")
        bins = {n: _bin_equally(v, ~signal, k)[order] for n, (v, k) in columns.items()}
        return cls(score[order], signal[order], order, bins)

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Last row of each group of equal scores."""
        return np.flatnonzero(np.append(np.diff(self.score) != 0, True))

    def pass_cuts(self, counts: Array | None = None) -> Passing:
        """What passes a cut below each score; ``counts`` (N,) in the order of the rows."""
        counts = np.ones(len(self.score)) if counts is None else counts[self.order]
        taken = np.cumsum(counts * self.signal), np.cumsum(counts * ~self.signal)
        return Passing(counts, taken[0][self.ends], taken[1][self.ends])


@dataclass(frozen=True)
class Passing:
    """Signal and background rows that pass a cut below each group of equal scores, shape (G,)."""

    counts: Array
    signal: Array
    background: Array

    def find_cut(self, efficiency: float) -> int:
        """The first group at which at least this share of the signal passes."""
        wanted = efficiency * self.signal[-1] * (1 - _ROUNDING)
        return int(np.searchsorted(self.signal, wanted))


def _bin_equally(values: Array, background: NDArray[np.bool_], bins: int) -> NDArray[np.int64]:
    edges = np.quantile(values[background], np.arange(1, bins) / bins)
    return np.searchsorted(edges, values, side="right")


def choose_statistic(metric: Metric) -> Callable[[SortedScores, Passing], float]:
    """The function that computes the statistic of a metric."""
    match metric:
        case Auc():
            return lambda sample, passing: compute_auc(passing)
        case Rejection():
            return lambda sample, passing: compute_mistag(passing, metric.efficiency)
        case CalibrationErrorMetric():
            return lambda sample, passing: compute_calibration_error(
                sample, passing.counts, metric.rows_in_a_bin
            )
        case SculptingMetric():
            return lambda sample, passing: compute_sculpting(
                sample, passing, metric.efficiency, metric.column, metric.bins
            )
        case SignificanceImprovement():
            return lambda sample, passing: compute_improvement(passing, metric.rows)
        case _:
            assert_never(metric)


def is_inverse(metric: Metric) -> bool:
    """Whether the figure is one over the statistic."""
    return isinstance(metric, Rejection | SculptingMetric)


def compute_auc(passing: Passing) -> float:
    """Area under eps_S against eps_B."""
    s = np.concatenate([[0.0], passing.signal])
    widths = np.diff(passing.background, prepend=0.0)
    area = float(np.sum(widths * (s[1:] + s[:-1]) / 2))
    return area / float(passing.signal[-1] * passing.background[-1])


def compute_mistag(passing: Passing, efficiency: float) -> float:
    """eps_B at a signal efficiency; 0 if no background row passes."""
    cut = passing.find_cut(efficiency)
    return float(passing.background[cut] / passing.background[-1])


def compute_improvement(passing: Passing, rows: int) -> float:
    """Largest eps_S/sqrt(eps_B) where at least ``rows`` background rows pass."""
    enough = passing.background >= rows
    shares = passing.signal[enough] / passing.signal[-1]
    return float(np.max(shares / np.sqrt(passing.background[enough] / passing.background[-1])))


def compute_calibration_error(sample: SortedScores, counts: Array, rows_in_a_bin: int) -> float:
    """Mean |probability - frequency| over bins of equal numbers of rows, weighted by rows."""
    starts = _starts(len(counts), rows_in_a_bin)
    difference = counts * (sample.score - sample.signal)
    return float(np.abs(np.add.reduceat(difference, starts)).sum() / counts.sum())


def _starts(rows: int, rows_in_a_bin: int) -> NDArray[np.int64]:
    bins = max(rows // rows_in_a_bin, 1)
    return np.arange(bins) * rows // bins


def compute_sculpting(
    sample: SortedScores, passing: Passing, efficiency: float, column: str, bins: int
) -> float:
    """Jensen-Shannon divergence in bits of background that passes and that fails; 0 if none
    passes."""
    last = int(sample.ends[passing.find_cut(efficiency)])
    weights = passing.counts * ~sample.signal
    where = sample.bins[column]
    passed = np.bincount(where[: last + 1], weights[: last + 1], bins)
    failed = np.bincount(where[last + 1 :], weights[last + 1 :], bins)
    return measure_divergence(passed.astype(np.float64), failed.astype(np.float64))


def measure_divergence(first: Array, second: Array) -> float:
    """Jensen-Shannon divergence in bits of two histograms; 0 if one is empty."""
    if not first.sum() or not second.sum():
        return 0.0
    p, q = first / first.sum(), second / second.sum()
    middle = (p + q) / 2
    return float((_entropy(middle) - (_entropy(p) + _entropy(q)) / 2).sum())


def _entropy(p: Array) -> Array:
    return -p * np.log2(np.maximum(p, _SMALLEST))


def compute_floor(metric: Metric, sample: SortedScores, seed: int) -> float | None:
    """The figure of a network without the flaw that is measured, on as many rows; None for
    metrics of another kind."""
    if isinstance(metric, CalibrationErrorMetric):
        return _compute_calibration_floor(metric, sample, seed)
    if isinstance(metric, SculptingMetric):
        return _compute_sculpting_floor(metric, sample, seed)
    return None


def _compute_calibration_floor(
    metric: CalibrationErrorMetric, sample: SortedScores, seed: int
) -> float:
    """Labels drawn with the probabilities that the network states."""
    starts = _starts(len(sample.score), metric.rows_in_a_bin)
    found = [
        np.abs(np.add.reduceat(sample.score - (u < sample.score), starts)).sum()
        for u in draw_uniform(seed, len(sample.score), FLOOR_DRAWS)
    ]
    return float(np.mean(found) / len(sample.score))


def _compute_sculpting_floor(
    metric: SculptingMetric, sample: SortedScores, seed: int
) -> float | None:
    """Background rows that pass by chance, in the same number."""
    passing = sample.pass_cuts()
    share = compute_mistag(passing, metric.efficiency)
    where = sample.bins[metric.column][~sample.signal]
    whole = np.bincount(where, minlength=metric.bins).astype(np.float64)
    found = []
    for u in draw_uniform(seed, len(where), FLOOR_DRAWS):
        passed = np.bincount(where[u < share], minlength=metric.bins).astype(np.float64)
        found.append(measure_divergence(passed, whole - passed))
    mean = float(np.mean(found))
    return 1 / mean if mean > 0 else None
