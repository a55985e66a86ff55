"""Networks and baselines of a task, evaluated and judged."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import OutsideRegionWarning
from lhnets.networks import EVENT_REACH_TOLERANCE, Network
from lhnets_datasets.bench import collection
from lhnets_datasets.bench.baselines import score_baseline
from lhnets_datasets.bench.inputs import make_inputs, require_fitting
from lhnets_datasets.bench.judge import judge
from lhnets_datasets.bench.result import Result
from lhnets_datasets.bench.rows import TestRows, read_rows
from lhnets_datasets.bench.task import Baseline, Task
from lhnets_datasets.dataset import DataSet

Array = NDArray[np.float64]

BATCH = 1024
"""Rows that are evaluated at a time."""


@dataclass(frozen=True)
class Scores:
    """What a network says of the test rows: scores (N,), rows outside its region, and microseconds
    an event."""

    score: Array
    outside: int
    microseconds: float


class Bench:
    """A task with its rows in memory, so that many networks are judged one after the other."""

    def __init__(self, task: Task, data: DataSet | None = None) -> None:
        self.task = task
        self.rows, self.others = read_rows(
            task, lambda file: collection.read_beside(task, file), data
        )

    def run(self, network: Network) -> tuple[Result, float]:
        """The result of a network, and how many microseconds an event took here.

        Raises
        ------
        TaskError
            If the network does not fit the task.
        """
        answers = ask(self.task, network, self.rows)
        result = judge(
            self.task,
            self.rows,
            answers.score,
            outside=answers.outside,
            network=network.name,
            sha256=network.file.sha256,
        )
        return result, answers.microseconds

    def run_baseline(self, baseline: Baseline) -> Result:
        """The result of a baseline."""
        score = score_baseline(baseline, self.others, self.rows)
        return judge(self.task, self.rows, score, baseline=baseline.name)


def ask(task: Task, network: Network, rows: TestRows) -> Scores:
    """The scores that a network gives, whatever its reach, and how fast it was.

    Raises
    ------
    TaskError
        If the network does not fit the task.
    """
    require_fitting(task, network.card)
    column = [o.name for o in network.card.central_outputs].index(task.signal)
    score, outside, seconds = np.empty(len(rows)), 0, 0.0
    for start in range(0, len(rows), BATCH):
        batch = slice(start, start + BATCH)
        inputs = make_inputs(task, network.card, rows.take(batch))
        began = perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", OutsideRegionWarning)
            answer = network(inputs, outside="warn")
        seconds += perf_counter() - began
        value = np.asarray(answer.value)
        score[batch] = value if value.ndim == 1 else value[:, column]
        outside += int((~(np.asarray(answer.reach) <= 1 + EVENT_REACH_TOLERANCE)).sum())
    return Scores(score, outside, 1e6 * seconds / len(rows))
