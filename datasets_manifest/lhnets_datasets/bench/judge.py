"""From scores to figures with errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lhnets_datasets.bench.bootstrap import bootstrap, present
from lhnets_datasets.bench.metrics import SortedScores, compute_floor
from lhnets_datasets.bench.resample import derive_seed
from lhnets_datasets.bench.result import Result, Roc
from lhnets_datasets.bench.rows import TestRows
from lhnets_datasets.bench.task import Metric, SculptingMetric, Task
from lhnets_datasets.errors import TaskError

Array = NDArray[np.float64]

ROC_POINTS = np.arange(1, 100) / 100


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
    sample = SortedScores.of(score, rows.signal, columns)
    seed = derive_seed(task.sha256, "bootstrap")
    resampled = bootstrap(task.metrics, sample, seed, task.replicates)
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
            m.name: present(m, resampled[m.name], _find_floor(task, m, sample))
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


def _list_sculptings(task: Task) -> list[SculptingMetric]:
    return [m for m in task.metrics if isinstance(m, SculptingMetric)]


def _require_probabilities(task: Task, score: Array) -> None:
    if task.kind == "classifier" and score.size and not (score.min() >= 0 and score.max() <= 1):
        raise TaskError(
            f"{task.name} judges probabilities: expected scores between 0 and 1, got "
            f"{score.min():.4g} to {score.max():.4g}. Give the output of a sigmoid or softmax"
        )


def _find_floor(task: Task, metric: Metric, sample: SortedScores) -> float | None:
    found = compute_floor(metric, sample, derive_seed(task.sha256, "floor", metric.name))
    return None if found is None else float(f"{found:.4g}")


def _draw_roc(sample: SortedScores) -> Roc:
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
