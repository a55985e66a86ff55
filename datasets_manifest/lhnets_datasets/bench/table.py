"""The table of a task: who is better than whom, as far as the rows can tell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from lhnets_datasets.bench.metrics import is_inverse
from lhnets_datasets.bench.result import Result
from lhnets_datasets.bench.task import DIRECTIONS, Task

SIGNIFICANT = 1.959964
"""Standard deviations from which a difference counts: 95 % of a normal law."""


class MetricDifference(Struct, frozen=True, kw_only=True):
    """How much better one entry is than another in a metric, with the error of the paired
    bootstrap.

    Attributes
    ----------
    gain : float
        Positive if ``first`` is better, in the statistic of the metric (eps_B of a rejection).
    error : float
        Smaller than from both errors, since both were judged on the same rows.
    """

    first: str
    second: str
    metric: str
    gain: float
    error: float

    @property
    def significant(self) -> bool:
        """Whether ``first`` is better beyond chance, at 95 %."""
        return self.gain > SIGNIFICANT * self.error


class TableRow(Struct, frozen=True, kw_only=True):
    """An entry of the table.

    Attributes
    ----------
    rank : int
        One more than the number of entries that are significantly better in the first metric.
    """

    entry: str
    rank: int
    result: Result

    @property
    def is_baseline(self) -> bool:
        """Whether it is a simple method, not a network."""
        return self.result.baseline is not None


class Table(Struct, frozen=True, kw_only=True):
    """The entries of a task in the order of their ranks, and which results are of another version
    of the task."""

    task: str
    rows: tuple[TableRow, ...]
    differences: tuple[MetricDifference, ...]
    stale: tuple[str, ...]


def compare(task: Task, metric: str, entries: Mapping[str, Result]) -> list[MetricDifference]:
    """The differences of all pairs in a metric, in both directions."""
    sign = 1.0 if _is_higher_better(task, metric) else -1.0
    found = []
    for first, a in entries.items():
        for second, b in entries.items():
            if first == second:
                continue
            x, y = a.resampled[metric], b.resampled[metric]
            deviations = x.error * np.array(x.deviations) - y.error * np.array(y.deviations)
            found.append(
                MetricDifference(
                    first=first,
                    second=second,
                    metric=metric,
                    gain=sign * (x.statistic - y.statistic),
                    error=float(f"{np.std(deviations, ddof=1):.3g}"),
                )
            )
    return found


def _is_higher_better(task: Task, metric: str) -> bool:
    """Of the statistic, which may be one over the figure."""
    found = task.metric(metric)
    return (DIRECTIONS[type(found)] == "higher") != is_inverse(found)


def make_table(task: Task, entries: Mapping[str, Result]) -> Table:
    """The table of a task from the results of its entries.

    Entries that differ by less than chance share a rank, those of one file always.
    """
    current = {n: r for n, r in entries.items() if r.task_sha256 == task.sha256}
    first = task.metrics[0].name
    differences = compare(task, first, current)
    beaten = {d.second: 0 for d in differences} | dict.fromkeys(current, 0)
    for difference in differences:
        beaten[difference.second] += difference.significant
    sign = 1.0 if _is_higher_better(task, first) else -1.0

    def sort_key(name: str) -> tuple[int, float, str]:
        return beaten[name], -sign * current[name].resampled[first].statistic, name

    return Table(
        task=task.name,
        rows=tuple(
            TableRow(entry=n, rank=1 + beaten[n], result=current[n])
            for n in sorted(current, key=sort_key)
        ),
        differences=tuple(differences),
        stale=tuple(sorted(set(entries) - set(current))),
    )
