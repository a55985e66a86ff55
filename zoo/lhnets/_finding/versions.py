"""Which version of a name takes part. Pure functions."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable, Sequence

from lhnets.errors import NetworkNotFoundError
from lhnets.format import Entry, Kind


class EntryPool(list[Entry]):
    """Entries among which many questions are asked: what each of them needs is found once.

    Nothing is added to it or taken from it once it is made.
    """

    @functools.cached_property
    def newest(self) -> list[Entry]:
        """Of each name its newest verified version."""
        newest: dict[str, Entry] = {}
        for e in self:
            if e.status == "verified" and (
                e.name not in newest or e.version > newest[e.name].version
            ):
                newest[e.name] = e
        return list(newest.values())

    @functools.cached_property
    def texts(self) -> dict[str, str]:
        """What a search reads of an entry, by NAME@VERSION, as far as searches needed it."""
        return {}

    @functools.cached_property
    def _of_kinds(self) -> dict[Kind, dict[str, list[Entry]]]:
        return {}

    def by_subject(self, kind: Kind) -> dict[str, list[Entry]]:
        """The newest verified entries of a kind by what they compute, in their order."""
        known = self._of_kinds.get(kind)
        if known is None:
            known = self._of_kinds[kind] = {}
            for entry in self.newest:
                for subject in entry.subjects if entry.kind == kind else ():
                    known.setdefault(subject, []).append(entry)
        return known


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
    return (entries if isinstance(entries, EntryPool) else EntryPool(entries)).newest
