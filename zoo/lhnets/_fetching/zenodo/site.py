"""Which Zenodo is asked, how often, and how its records are named."""

from __future__ import annotations

import os
import re
import time
import urllib.parse
from collections import deque
from collections.abc import Callable

from msgspec import Struct

_DOI = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.5281|10\.5072)/zenodo\.([0-9]{1,18})/?",
    re.IGNORECASE,
)
_ID = re.compile(r"(zenodo|zenodo-sandbox)[.:]([0-9]{1,18})", re.IGNORECASE)
_PAGE = r"/(?:api/)?records?/([0-9]{1,18})(?:/files/([^?#]+?)(?:/content)?)?/?(?:\?[^#]*)?"
_PUBLIC = {False: "https://zenodo.org", True: "https://sandbox.zenodo.org"}


class Site(Struct, frozen=True):
    """A Zenodo: the real one, its sandbox, or one of tests."""

    origin: str
    sandbox: bool = False

    @classmethod
    def of(cls, *, sandbox: bool) -> Site:
        """The one that LHNETS_ZENODO or LHNETS_ZENODO_SANDBOX names, else the public one."""
        name = "LHNETS_ZENODO_SANDBOX" if sandbox else "LHNETS_ZENODO"
        return cls(os.environ.get(name, _PUBLIC[sandbox]).rstrip("/"), sandbox)

    @property
    def api(self) -> str:
        """Base address of its interface."""
        return f"{self.origin}/api"

    @property
    def host(self) -> str:
        """Its host and port, as a folder's name."""
        return re.sub(r"[^a-z0-9.]+", "-", self.origin.partition("//")[2].lower())

    @property
    def mints_dois(self) -> bool:
        """Whether the DOIs that it gives exist outside of it."""
        return self.origin == _PUBLIC[False]


class RecordAddress(Struct, frozen=True):
    """A record as a user named it, and the file in it if the address leads to one."""

    number: int
    sandbox: bool = False
    file: str | None = None

    @property
    def doi(self) -> str:
        """Its DOI."""
        return f"{'10.5072' if self.sandbox else '10.5281'}/zenodo.{self.number}"

    @property
    def site(self) -> Site:
        """The Zenodo that has it."""
        return Site.of(sandbox=self.sandbox)


def parse_record(text: str) -> RecordAddress | None:
    """The record that a DOI, an address of Zenodo or an id names; None if it is none of these.

    >>> parse_record("10.5281/zenodo.3547721").number
    3547721
    >>> parse_record("https://zenodo.org/records/3547721/files/a.onnx?download=1").file
    'a.onnx'
    >>> parse_record("zenodo:3547721").doi
    '10.5281/zenodo.3547721'
    """
    text = text.strip()
    if match := _DOI.fullmatch(text):
        return RecordAddress(int(match[2]), match[1] == "10.5072")
    if match := _ID.fullmatch(text):
        return RecordAddress(int(match[2]), match[1].lower() == "zenodo-sandbox")
    for sandbox in (False, True):
        origins = "|".join(map(re.escape, {_PUBLIC[sandbox], Site.of(sandbox=sandbox).origin}))
        if match := re.fullmatch(f"(?:{origins}){_PAGE}", text):
            file = urllib.parse.unquote(match[2]) if match[2] else None
            return RecordAddress(int(match[1]), sandbox, file)
    return None


class RequestPace:
    """Keeps under so many requests in a window of so many seconds; Zenodo lets guests make about 60
    in a minute."""

    def __init__(
        self,
        most: int = 50,
        window: float = 60.0,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._window, self._wait, self._clock = most, window, wait, clock
        self._made: deque[float] = deque()

    def step(self) -> None:
        """Wait until one more request is in order."""
        now = self._clock()
        if len(self._made) >= self._most:
            due = self._made.popleft() + self._window
            if due > now:
                self._wait(due - now)
        self._made.append(self._clock())
