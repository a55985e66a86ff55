"""The tasks of an index: the ranks of the networks that a mirror offers, among themselves."""

from __future__ import annotations

from collections.abc import Iterable

from lhnets.format import Entry, Ranked, RankedTask
from lhnets_datasets.bench import collection, speeds
from lhnets_datasets.bench.result import Result
from lhnets_datasets.bench.table import make_table
from lhnets_datasets.bench.task import Task


def rank_in_tasks(entries: Iterable[Entry]) -> tuple[RankedTask, ...]:
    """The tasks that networks of an index were judged in, from results that ship with lhnets or lie
    under LHNETS_TASKS.

    A result counts for the very file that it is of.
    """
    offered = {(e.identity, e.sha256): e for e in entries if e.status == "verified"}
    ranked = (_rank(task, offered) for task in collection.tasks().values())
    return tuple(task for task in ranked if task.networks)


def _rank(task: Task, offered: dict[tuple[str, str], Entry]) -> RankedTask:
    results: dict[str, Result] = {}
    for result in collection.results(task).values():
        if (result.network or "", result.sha256 or "") in offered:
            results[result.network or ""] = result
    known = speeds.read(task.name)
    networks = []
    for row in make_table(task, results).rows:
        entry = offered[row.result.network or "", row.result.sha256 or ""]
        networks.append(
            Ranked(
                name=entry.name,
                version=entry.version,
                sha256=entry.sha256,
                rank=row.rank,
                microseconds=known.get(entry.sha256),
            )
        )
    return RankedTask(name=task.name, kind=task.kind, networks=tuple(networks))
