"""The ids of a store's tokens, remembered for a second, in one worker process."""

from __future__ import annotations

import threading
import time

from lhnets_registry.ledger import tokens
from lhnets_registry.location import Location

_FRESH_SECONDS = 1.0


class KnownIds:
    """The ids of all tokens of one store, at most a second old."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._lock = threading.Lock()
        self._read = float("-inf")
        self._ids: frozenset[str] = frozenset()

    def has(self, text: str) -> bool:
        """Whether a token has the id that the token ``text`` claims."""
        with self._lock:
            if time.monotonic() - self._read > _FRESH_SECONDS:
                self._ids = frozenset(t.id for t in tokens.listed(self._location))
                self._read = time.monotonic()
            return tokens.id_of(text) in self._ids
