"""Of all that the mirrors list, what a question needs: everything if their indexes are small, a few
entries if one is in parts."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from lhnets._asking.taken import find_aliased
from lhnets._fetching.mirror import Mirror
from lhnets._finding.candidates import CanonicalQuestion
from lhnets._finding.listing import Listing, list_networks
from lhnets._finding.resolve import find_related
from lhnets._finding.versions import EntryPool
from lhnets.errors import IntegrityError, MirrorError, MirrorWarning, NetworkNotFoundError
from lhnets.format import Entry, Index, Lock

_MOST_KEPT = 4096
"""Views kept; a program that asks for ever new things must not fill the memory."""


class View:
    """Entries among which a question is answered.

    Parameters
    ----------
    listing : Listing
        What the mirrors offer.
    lock_file : Path, optional
        Only what it pins takes part.
    """

    def __init__(self, listing: Listing, lock_file: Path | None) -> None:
        self.listing, self._lock_file = listing, lock_file

    @functools.cached_property
    def listed(self) -> list[Entry]:
        """The entries that take part: all, or those that the lock file pins."""
        entries = [offer.entry for offer in self.listing.listed.values()]
        if self._lock_file is None:
            return entries
        return Lock.read(self._lock_file).apply(entries, str(self._lock_file))

    @functools.cached_property
    def entries(self) -> EntryPool:
        """The entries that take part and that this lhnets can evaluate."""
        return EntryPool(e for e in self.listed if not e.missing)

    @functools.cached_property
    def places(self) -> dict[str, int]:
        """The place of the mirror that gives each NAME@VERSION."""
        return {identity: offer.place for identity, offer in self.listing.listed.items()}

    def computes(self, question: CanonicalQuestion) -> bool:
        """Whether a network computes what is asked for, whatever its parameters and energy."""
        try:
            return bool(find_related(question, self.entries)[1])
        except NetworkNotFoundError:
            return False


class Views:
    """The views of a list of mirrors.

    Parameters
    ----------
    mirrors : sequence of Mirror
        In the order of the list.
    lock_file : Path, optional
        Only the networks that it pins take part.
    """

    def __init__(self, mirrors: Sequence[Mirror], lock_file: Path | None) -> None:
        self._mirrors, self._lock_file = mirrors, lock_file
        self._kept: dict[frozenset[str], View] = {}

    @functools.cached_property
    def whole(self) -> View:
        """Everything that takes part."""
        pins = Lock.read(self._lock_file).networks if self._lock_file else ()
        by_identity = {f"{p.name}@{p.version}": p.sha256 for p in pins}
        names = frozenset(p.name for p in pins) if self._lock_file else None
        return View(list_networks(self._mirrors, by_identity, names), self._lock_file)

    def of_names(self, names: frozenset[str]) -> View:
        """At least all versions of these names."""
        if self._lock_file is not None or not self._in_parts:
            return self.whole
        view = self._kept.get(names)
        if view is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            view = self._kept[names] = View(list_networks(self._mirrors, {}, names), None)
        return view

    def of_question(self, question: CanonicalQuestion) -> View:
        """What answers a question; everything if nothing does, so that the error can name what is
        near."""
        if self._lock_file is not None or not self._in_parts:
            return self.whole
        if question.network:
            names = frozenset({question.network.strip().lower().partition("@")[0]})
        else:
            names = frozenset(self._find_names(question))
        view = self.of_names(names)
        return view if view.computes(question) else self.whole

    def indexes(self) -> Iterator[Index]:
        """What `index.json` says of each mirror that can be read; the listing has told of the
        others."""
        for mirror in self._mirrors:
            with contextlib.suppress(MirrorError, IntegrityError):
                yield mirror.front

    @functools.cached_property
    def _in_parts(self) -> bool:
        for mirror in self._mirrors:
            mirror.ask()
        return any(index.names for index in self.indexes())

    def _find_names(self, question: CanonicalQuestion) -> set[str]:
        names = find_aliased(question.subject)
        for mirror in self._mirrors:
            try:
                names |= mirror.find_computing(question.kind, question.subject)
            except (MirrorError, IntegrityError) as error:
                warnings.warn(
                    f"{error}. Going on with the other mirrors", MirrorWarning, stacklevel=7
                )
        return names
