"""From scores to figures with errors."""

from __future__ import annotations

from math import floor as round_down
from math import log10

import numpy as np
from numpy.typing import NDArray

from lhnets_datasets.bench.metrics import (
    Sample,
    choose_statistic,
    compute_floor,
    is_inverse,
)
from lhnets_datasets.bench.resample import derive_seed, draw_counts
from lhnets_datasets.bench.result import Figure, Resampled, Result, Roc
from lhnets_datasets.bench.rows import TestRows
from lhnets_datasets.bench.task import Metric, Sculpting, Task
from lhnets_datasets.errors import TaskError

Array = NDArray[np.float64]

ROC_POINTS = np.arange(1, 100) / 100
_DIGITS_OF_ERROR = 3


def judge(
    task: Task,
    rows: TestRows,
    score: Array,
    *,
    outside: int = 0,
    network: str | None = None,
    sha256: str | None = None,
    baseline: str | None = None,
) -> Result:
    """The result of scores (N,) of the test rows, in their order.

    A row without a finite score counts as wrong: as the surest background if it is signal, else as
    the surest signal.

    Parameters
    ----------
    outside : int
        Rows outside the region of the network.
    network, sha256, baseline : str, optional
        Whose scores they are.

    Raises
    ------
    TaskError
        if a probability is asked for and a score is none.
    """
    unanswered = ~np.isfinite(score)
    _require_probabilities(task, score[~unanswered])
    score = _count_as_wrong(score, unanswered, rows.signal)
    columns = {m.column: (rows.columns[m.column], m.bins) for m in _list_sculptings(task)}
    sample = Sample.of(score, rows.signal, columns)
    resampled = _resample(task, sample)
    return Result(
        task=task.name,
        task_sha256=task.sha256,
        network=network,
        sha256=sha256,
        baseline=baseline,
        rows=len(score),
        signal=int(rows.signal.sum()),
        outside=outside,
        unanswered=int(unanswered.sum()),
        figures={
            m.name: _present(m, resampled[m.name], _find_floor(task, m, sample))
            for m in task.metrics
        },
        roc=_draw_roc(sample),
        resampled=resampled,
    )


def _count_as_wrong(
    score: Array, unanswered: NDArray[np.bool_], signal: NDArray[np.bool_]
) -> Array:
    given = score[~unanswered]
    lowest, highest = given.min(initial=0.0), given.max(initial=1.0)
    return np.where(unanswered, np.where(signal, lowest, highest), score)


def _list_sculptings(task: Task) -> list[Sculpting]:
    return [m for m in task.metrics if isinstance(m, Sculpting)]


def _require_probabilities(task: Task, score: Array) -> None:
    if task.kind == "classifier" and score.size and not (score.min() >= 0 and score.max() <= 1):
        raise TaskError(
            f"{task.name} judges probabilities: expected scores between 0 and 1, got "
            f"{score.min():.4g} to {score.max():.4g}. Give the output of a sigmoid or softmax"
        )


def _resample(task: Task, sample: Sample) -> dict[str, Resampled]:
    """The statistic of each metric on the rows and on all resamples."""
    seed = derive_seed(task.sha256, "bootstrap")
    statistics = {m.name: choose_statistic(m) for m in task.metrics}
    whole = sample.pass_cuts()
    found = {name: statistic(sample, whole) for name, statistic in statistics.items()}
    drawn: dict[str, list[float]] = {name: [] for name in statistics}
    for counts in draw_counts(seed, len(sample.score), task.replicates):
        passing = sample.pass_cuts(counts)
        for name, statistic in statistics.items():
            drawn[name].append(statistic(sample, passing))
    return {name: _summarize(found[name], np.array(drawn[name])) for name in statistics}


def _summarize(statistic: float, drawn: Array) -> Resampled:
    error = float(f"{np.std(drawn, ddof=1):.{_DIGITS_OF_ERROR}g}")
    deviations = (drawn - drawn.mean()) / error if error else np.zeros(len(drawn))
    return Resampled(
        statistic=_round_to(statistic, error),
        error=error,
        deviations=tuple(np.round(deviations, 3).tolist()),
    )


def _find_floor(task: Task, metric: Metric, sample: Sample) -> float | None:
    found = compute_floor(metric, sample, derive_seed(task.sha256, "floor", metric.name))
    return None if found is None else float(f"{found:.4g}")


def _present(metric: Metric, resampled: Resampled, floor: float | None) -> Figure:
    statistic, error = resampled.statistic, resampled.error
    if not is_inverse(metric):
        return Figure(value=statistic, error=error, floor=floor)
    if statistic <= 0:
        return Figure(value=None, error=None, floor=floor)
    relative = error / statistic
    value = float(f"{1 / statistic:.5g}")
    return Figure(value=value, error=float(f"{relative / statistic:.3g}"), floor=floor)


def _round_to(number: float, error: float) -> float:
    """``number`` to a thousandth of its error or finer: what is beyond may differ between
    processors."""
    if not error:
        return float(f"{number:.7g}")
    return round(number, _DIGITS_OF_ERROR - round_down(log10(error)))


def _draw_roc(sample: Sample) -> Roc:
    passing = sample.pass_cuts()
    cuts = [passing.find_cut(float(e)) for e in ROC_POINTS]
    total = float(passing.background[-1])
    share = passing.background[cuts] / total
    error = np.sqrt(share * (1 - share) / total)
    return Roc(
        signal=tuple(np.round(passing.signal[cuts] / passing.signal[-1], 4).tolist()),
        background=tuple(float(f"{s:.4g}") for s in share),
        error=tuple(float(f"{e:.2g}") for e in error),
    )
