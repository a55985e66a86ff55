"""Figures with the standard errors of a bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor as round_down
from math import log10

import numpy as np
from numpy.typing import NDArray

from lhnets_datasets.bench.metrics import SortedScores, choose_statistic, is_inverse
from lhnets_datasets.bench.resample import draw_counts
from lhnets_datasets.bench.result import BenchFigure, Resampled
from lhnets_datasets.bench.task import Metric

Array = NDArray[np.float64]

_DIGITS_OF_ERROR = 3


def bootstrap(
    metrics: Sequence[Metric], sample: SortedScores, seed: int, replicates: int
) -> dict[str, Resampled]:
    """The statistic of each metric on the rows and on all resamples, by the names of the metrics.

    The same seed takes the same rows, whatever the scores.
    """
    statistics = {m.name: choose_statistic(m) for m in metrics}
    whole = sample.pass_cuts()
    found = {name: statistic(sample, whole) for name, statistic in statistics.items()}
    drawn: dict[str, list[float]] = {name: [] for name in statistics}
    for counts in draw_counts(seed, len(sample.score), replicates):
        passing = sample.pass_cuts(counts)
        for name, statistic in statistics.items():
            drawn[name].append(statistic(sample, passing))
    return {name: _summarize(found[name], np.array(drawn[name])) for name in statistics}


def present(metric: Metric, resampled: Resampled, floor: float | None = None) -> BenchFigure:
    """The figure of a metric, from its statistic."""
    statistic, error = resampled.statistic, resampled.error
    if not is_inverse(metric):
        return BenchFigure(value=statistic, error=error, floor=floor)
    if statistic <= 0:
        return BenchFigure(value=None, error=None, floor=floor)
    relative = error / statistic
    value = float(f"{1 / statistic:.5g}")
    return BenchFigure(value=value, error=float(f"{relative / statistic:.3g}"), floor=floor)


def _summarize(statistic: float, drawn: Array) -> Resampled:
    error = float(f"{np.std(drawn, ddof=1):.{_DIGITS_OF_ERROR}g}")
    deviations = (drawn - drawn.mean()) / error if error else np.zeros(len(drawn))
    return Resampled(
        statistic=_round_to(statistic, error),
        error=error,
        deviations=tuple(np.round(deviations, 3).tolist()),
    )


def _round_to(number: float, error: float) -> float:
    """``number`` to a thousandth of its error or finer: what is beyond may differ between
    processors."""
    if not error:
        return float(f"{number:.7g}")
    return round(number, _DIGITS_OF_ERROR - round_down(log10(error)))
