"""Which version of a name takes part. Pure functions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from lhnets.errors import NetworkNotFoundError
from lhnets.format import Entry


def pinned(name: str, entries: Sequence[Entry]) -> Entry:
    """The entry of ``NAME`` (its newest verified version, else its newest) or ``NAME@VERSION``.

    Raises
    ------
    NetworkNotFoundError
        with the nearest names, or the versions that there are.
    """
    bare, at, version = str(name).strip().lower().partition("@")
    versions = [e for e in entries if e.name == bare]
    if not versions:
        near = difflib.get_close_matches(bare, sorted({e.name for e in entries}), 4, 0.3)
        hint = (
            f"the nearest names are {', '.join(near)}"
            if near
            else "`lhnets list` shows what there is"
        )
        raise NetworkNotFoundError(f"no network is called {bare!r}; {hint}")
    if not at:
        return max(
            versions, key=lambda e: (e.status == "verified", e.status != "retracted", e.version)
        )
    for entry in versions:
        if str(entry.version) == version:
            return entry
    have = ", ".join(str(e.version) for e in sorted(versions, key=lambda e: e.version))
    raise NetworkNotFoundError(f"{bare} has no version {version!r}; it has {have}")


def newest_verified(entries: Iterable[Entry]) -> list[Entry]:
    """Of each name its newest verified version."""
    newest: dict[str, Entry] = {}
    for e in entries:
        if e.status == "verified" and (e.name not in newest or e.version > newest[e.name].version):
            newest[e.name] = e
    return list(newest.values())
