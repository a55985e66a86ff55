"""A task's name as a subject: the network that is ranked first in its table answers. Pure
functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf

from msgspec import Struct

from lhnets._asking.process import subject_key
from lhnets.format import Entry, Index, Kind, Ranked, RankedTask


class FirstOfTask(Struct, frozen=True):
    """The network that answers to the name of a task.

    Attributes
    ----------
    entry : Entry
        Of the index.
    note : str
        Why this one, and which others there are.
    """

    entry: Entry
    note: str


def find_tasks(name: str, kind: Kind, indexes: Iterable[Index]) -> Iterator[RankedTask]:
    """The tasks of that name and kind, whatever its case, spaces and dashes, in the order of the
    mirrors."""
    key = subject_key(name)
    for index in indexes:
        for task in index.tasks:
            if task.kind == kind and subject_key(task.name) == key:
                yield task


def find_first(task: RankedTask, entries: Sequence[Entry]) -> FirstOfTask | None:
    """The network that answers: the best rank, of several the fastest; None if none takes part.

    Of each name the newest verified version that was judged takes part, as the very file that was.
    """
    judged = {(r.identity, r.sha256): r for r in task.networks}
    newest: dict[str, tuple[Entry, Ranked]] = {}
    for entry in entries:
        ranked = judged.get((entry.identity, entry.sha256))
        if ranked is None or entry.status != "verified":
            continue
        known = newest.get(entry.name)
        if known is None or known[0].version < entry.version:
            newest[entry.name] = entry, ranked
    ordered = sorted(newest.values(), key=lambda found: _preference(found[1]))
    if not ordered:
        return None
    entry, first = ordered[0]
    return FirstOfTask(entry, _explain(task, first, [ranked for _, ranked in ordered[1:]]))


def _preference(ranked: Ranked) -> tuple[int, float, str]:
    speed = inf if ranked.microseconds is None else ranked.microseconds
    return ranked.rank, speed, ranked.name


def _explain(task: RankedTask, first: Ranked, others: Sequence[Ranked]) -> str:
    alike = any(other.rank == first.rank for other in others)
    why = "is the fastest of rank" if alike else "has rank"
    rest = ", ".join(f"{other.identity} (rank {other.rank})" for other in others)
    return (
        f"{first.identity} {why} {first.rank} in the task {task.name}"
        f"{f'; others: {rest}' if rest else ''}"
    )
