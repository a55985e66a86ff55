"""The rows of the search: one for each network, with what the front page shows, filters and sorts
by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import msgspec
from msgspec import Struct

from lhnets.format import Card, Entry, Index, Status
from lhnets.physics import speak_energy, spoken
from lhnets_registry.catalogue.particles import is_process, process_letters

_PREFERENCE: dict[Status, int] = {"verified": 2, "candidate": 1, "retracted": 0}
_LONGEST_SUBJECT = 160


class SearchRow(Struct, frozen=True, omit_defaults=True):
    """One network: short names, for the file is fetched by every visitor who searches."""

    name: str
    version: int
    kind: str
    title: str
    subject: str
    """For reading: a process in letters with marks."""
    words: str
    """For searching: the subject in short names, the names of the inputs."""
    processes: tuple[str, ...]
    """For searching: the processes in PDG ids."""
    energies: tuple[str, ...]
    orders: tuple[str, ...]
    framework: str
    figure: str
    """The name of the figure that networks of its kind are compared by."""
    value: float | None
    rank: float | None
    """That figure as a number that is smaller for a better network."""
    status: Status
    created: str
    data: str = ""

    @classmethod
    def of(cls, card: Card, entry: Entry) -> SearchRow:
        """The row of a network whose current version is ``entry``."""
        subjects = list(
            dict.fromkeys([entry.subject, *(o.subject for o in entry.outputs if o.subject)])
        )
        default = next(
            (o.subject for o in entry.outputs if o.name == entry.default_output and o.subject),
            entry.subject,
        )
        headline = card.validation.headline
        return cls(
            name=entry.name,
            version=entry.version,
            kind=entry.kind,
            title=entry.title,
            subject=(process_letters(default) if is_process(default) else default)[
                :_LONGEST_SUBJECT
            ],
            words=" ".join([*map(_words, subjects), *(i.name for i in entry.inputs)]),
            processes=tuple(a for s in subjects if is_process(s) for a in s.split(" | ")),
            energies=_energies(entry),
            orders=tuple(
                dict.fromkeys(
                    o for o in [entry.conditions.order, *(o.order for o in entry.outputs)] if o
                )
            ),
            framework=card.training.framework,
            figure="not validated" if headline is None else headline.name,
            value=None if headline is None else headline.value,
            rank=None if headline is None else headline.score,
            status=entry.status,
            created=card.created,
            data=card.data.name if card.data else "",
        )


def versions(index: Index) -> dict[str, tuple[Entry, ...]]:
    """All versions of each network, in order."""
    return {name: tuple(found) for name, found in groupby(index.networks, key=lambda e: e.name)}


def current(found: Sequence[Entry]) -> Entry:
    """The version that a network's page shows: the newest verified one, else candidate, else
    retracted."""
    return max(found, key=lambda e: (_PREFERENCE[e.status], e.version))


def encoded(rows: Iterable[SearchRow]) -> bytes:
    """The search file: one line a network, ordered by name."""
    lines = b",\n".join(msgspec.json.encode(r) for r in rows)
    return b"[\n%s\n]\n" % lines


def _words(subject: str) -> str:
    return spoken(subject) if is_process(subject) else subject


def _energies(entry: Entry) -> tuple[str, ...]:
    """The energies that a network has; where it takes any, the edges of its range."""
    for i in entry.inputs:
        if i.name == "sqrt_s" and i.low is not None and i.high is not None:
            return (f"{speak_energy(i.low)} to {speak_energy(i.high)}",)
    values = sorted({e for e in [entry.conditions.energy, *(o.energy for o in entry.outputs)] if e})
    return tuple(speak_energy(e) for e in values)
