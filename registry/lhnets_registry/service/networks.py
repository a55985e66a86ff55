"""The networks of the served mirror: found in its index, loaded when first asked for, the latest
used kept."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from pathlib import Path

from lhnets.errors import IntegrityError
from lhnets.format import INDEX_FILE, Entry
from lhnets.mirrors import Cache, Mirror
from lhnets.networks import Call, CanonicalQuestion, Chosen, Network, choose, pinned

QUICK = 2e-4
"""Seconds for one point: less than a change of threads and back costs."""
MOST_SETTLED = 4096
"""Questions kept settled."""


class Networks:
    """Everything that the mirror in ``folder`` lists. Safe to use from several threads.

    Parameters
    ----------
    folder : Path
        A mirror. Where its index is replaced, the next question is answered from the new one.
    most_loaded : int
        How many networks stay loaded; the one that was not used for longest makes room.
    """

    def __init__(self, folder: Path, most_loaded: int) -> None:
        self._folder = folder
        self._most_loaded = most_loaded
        self._loaded: OrderedDict[str, Network] = OrderedDict()
        self._quick: set[str] = set()
        self._calls: dict[tuple[str, str | float | None, str | None, str | None], Call] = {}
        self._lock = threading.Lock()
        self._view: _View | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of the index as it is now."""
        return self._now().entries

    def find(self, name: str) -> Entry:
        """The entry of NAME or NAME@VERSION."""
        view = self._now()
        entry = view.by_identity.get(name)
        return entry if entry is not None else pinned(name, view.entries)

    def choose(self, question: CanonicalQuestion) -> Chosen:
        """The network that answers a question; settled once, then looked up."""
        view = self._now()
        chosen = view.settled.get(question)
        if chosen is None:
            chosen = choose(question, view.entries)
            if len(view.settled) >= MOST_SETTLED:
                view.settled.clear()
            view.settled[question] = chosen
        return chosen

    def loaded(self, entry: Entry) -> Network | None:
        """The network of ``entry`` where it is loaded already."""
        with self._lock:
            network = self._loaded.get(entry.sha256)
            if network is not None:
                self._loaded.move_to_end(entry.sha256)
            return network

    def is_quick(self, entry: Entry) -> bool:
        """Whether its network is loaded, and was seen to answer one point in less time than a
        change of threads takes."""
        return entry.sha256 in self._quick

    def call(
        self, entry: Entry, energy: str | float | None, order: str | None, output: str | None
    ) -> Call:
        """The call of a quick network, bound once."""
        key = (entry.sha256, energy, order, output)
        call = self._calls.get(key)
        if call is None:
            bound = self.load(entry).bind(energy=energy, order=order, output=output)
            assert isinstance(bound, Call), "event networks are not quick"
            if len(self._calls) >= MOST_SETTLED:
                self._calls.clear()
            call = self._calls[key] = bound
        return call

    def load(self, entry: Entry) -> Network:
        """The network of ``entry``: its bytes are hashed, and those are loaded.

        Raises
        ------
        IntegrityError
            If the file is not the one that the index names.
        """
        network = self.loaded(entry)
        if network is not None:
            return network
        path, content = Mirror(str(self._folder), Cache.default()).fetch(entry)
        network = Network(content, path)
        if network.name != entry.identity:
            raise IntegrityError(
                f"the index lists the file of {network.name} as {entry.identity}: it was not loaded"
            )
        quick = _answers_quickly(network)
        with self._lock:
            self._loaded[entry.sha256] = network
            if quick:
                self._quick.add(entry.sha256)
            while len(self._loaded) > self._most_loaded:
                self._quick.discard(self._loaded.popitem(last=False)[0])
                self._calls.clear()
        return network

    def _now(self) -> _View:
        """What the index says; read again where the file is another."""
        status = (self._folder / INDEX_FILE).stat()
        stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
        view = self._view
        if view is None or view.stamp != stamp:
            view = self._view = _View(
                stamp, Mirror(str(self._folder), Cache.default()).index.networks
            )
        return view


def _answers_quickly(network: Network) -> bool:
    """Try one point, after one that does not count."""
    session = network.session
    if network.card.tensors:
        return False
    session.point.run()
    start = time.perf_counter()
    session.point.run()
    return time.perf_counter() - start < QUICK


class _View:
    """One state of the index."""

    def __init__(self, stamp: tuple[int, int, int], entries: tuple[Entry, ...]) -> None:
        self.stamp = stamp
        self.entries = tuple(e for e in entries if not e.missing)
        self.by_identity = {e.identity: e for e in entries}
        self.settled: dict[CanonicalQuestion, Chosen] = {}
