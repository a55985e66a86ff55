"""Finding networks by what they compute. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable

from lhnets._process import canonical, spoken
from lhnets._resolve import newest_verified
from lhnets.format import Entry, Kind


def matching(
    entries: Iterable[Entry], *, kind: Kind | None = None, process: str | None = None, text: str | None = None
) -> list[Entry]:
    """The newest verified version of each network that fits, by name."""
    subject = canonical(process) if process is not None else None
    words = (text or "").lower().split()
    found = [
        e
        for e in newest_verified(entries)
        if (kind is None or e.kind == kind)
        and (subject is None or subject in e.subjects)
        and all(w in _text(e) for w in words)
    ]
    return sorted(found, key=lambda e: e.name)


def _text(entry: Entry) -> str:
    inputs = " ".join(i.name for i in entry.inputs)
    subjects = " ".join(f"{s} {spoken(s)}" for s in entry.subjects)
    return f"{entry.identity} {entry.kind} {entry.title} {subjects} {inputs}".lower()
