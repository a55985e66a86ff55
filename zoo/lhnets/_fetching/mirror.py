"""A mirror: index.json, cards and network files under one location, an https address or a
folder."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from lhnets._fetching import signature as _signature
from lhnets._fetching.addresses import scrub
from lhnets._fetching.cache import Cache
from lhnets._fetching.patience import Ahead
from lhnets.errors import (
    CacheError,
    CacheWarning,
    IntegrityError,
    MirrorError,
    MirrorWarning,
    OfflineError,
)
from lhnets.format import INDEX_FILE, Card, Entry, Index, card_path, read_file

if TYPE_CHECKING:
    from lhnets._fetching.validators import Validators

BUNDLED = Path(__file__).parents[1] / "bundled"
LIMIT_VARIABLE = "LHNETS_MAX_SIZE"
INDEX_LIMIT, CARD_LIMIT, _LIMIT = 64 * 1000**2, 4 * 1000**2, 200 * 1000**2


class Kept(Struct, frozen=True):
    """Which index was last read from an address, and what its server said of it."""

    sha256: str
    etag: str = ""
    last_modified: str = ""


class Mirror:
    """One place that holds networks.

    Parameters
    ----------
    location : str
        ``https://…``, ``http://…`` or the path of a folder; with ``#ed25519:KEY`` its index must be
        signed with that key.
    cache : Cache
        Where files from an address are kept; files in a folder are read where they lie.
    """

    def __init__(self, location: str, cache: Cache) -> None:
        place, self.key = _signature.split_key(location)
        self._address = place.rstrip("/")
        self.location = scrub(self._address)
        self.is_remote = place.startswith(("https://", "http://"))
        self._cache = cache
        self._asked: Ahead[tuple[bytes | None, Validators]] | None = None

    def __repr__(self) -> str:
        return f"Mirror({self.location!r})"

    @property
    def name(self) -> str:
        """Where it is, in words for a user."""
        return "bundled" if self.location == str(BUNDLED) else self.location

    def ask(self) -> None:
        """Begin to fetch the index, if it is at an address: several mirrors are asked at the same
        time, and `index` waits for the answer."""
        if self.is_remote and self._asked is None:
            self._asked = Ahead(self._refresh)

    @cached_property
    def index(self) -> Index:
        """Its index. What was last read from an address serves while that cannot be reached, with a
        warning.

        Raises
        ------
        IntegrityError
            If it should be signed and is not, is forged, or is longer than any index.
        StaleIndexError
            If it is signed and older than one already seen.
        MirrorError
            If it cannot be read.
        """
        self.ask()
        if self._asked is None:
            return self._accepted(self._read(INDEX_FILE, INDEX_LIMIT), self.location)
        kept = self._kept()[0]
        try:
            content, validators = self._asked.take()
        except MirrorError as error:
            if kept is None:
                raise
            if not isinstance(error, OfflineError):
                warnings.warn(
                    f"{error}. Going on with its index as last read", MirrorWarning, stacklevel=2
                )
            return self._accepted(kept, f"{self.location}, as last read")
        if content is None:
            return self._accepted(kept or b"", self.location)
        index = self._accepted(content, self.location)
        self._keep(content, validators)
        return index

    def _refresh(self) -> tuple[bytes | None, Validators]:
        from lhnets._fetching import download as _download

        return _download.refresh(
            f"{self._address}/{INDEX_FILE}", self._kept()[1], what=f"the index of {self.location}"
        )

    def _accepted(self, content: bytes, source: str) -> Index:
        if self.key is not None:
            _signature.require(content, self.key, source)
        index = Index.from_json(content, source)
        _warn_of_skipped(index, source)
        if self.key is None:
            return index
        with without_cache():
            _signature.require_no_older(index.created, self.key, source, self._cache)
        return index

    def _keep(self, content: bytes, validators: Validators) -> None:
        known = Kept(hashlib.sha256(content).hexdigest(), validators.etag, validators.last_modified)
        with without_cache():
            self._cache.keep(f"{self._kept_as}.json", content)
            self._cache.keep(f"{self._kept_as}.http.json", msgspec.json.encode(known))

    @property
    def _kept_as(self) -> str:
        return f"indexes/{hashlib.sha256(self._address.encode()).hexdigest()}"

    def _kept(self) -> tuple[bytes | None, Validators]:
        """The index last read, and by what its server knows it; nothing where the two do not belong
        together."""
        from lhnets._fetching.validators import Validators

        try:
            content = (self._cache.folder / f"{self._kept_as}.json").read_bytes()
        except OSError:
            return None, Validators()
        try:
            known = msgspec.json.decode(
                (self._cache.folder / f"{self._kept_as}.http.json").read_bytes(), type=Kept
            )
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return content, Validators()
        if known.sha256 != hashlib.sha256(content).hexdigest():
            return content, Validators()
        return content, Validators(known.etag, known.last_modified)

    def card(self, entry: Entry) -> Card:
        """The card, without fetching the network."""
        return Card.from_json(self._read(card_path(entry.name, entry.version), CARD_LIMIT))

    def fetch(self, entry: Entry) -> tuple[Path, bytes]:
        """The network file: where it is, and its bytes, whose SHA-256 is that of the index.

        What an address gives and the cache cannot keep is in memory only, with a warning.

        Raises
        ------
        IntegrityError
            If the bytes are others.
        MirrorError
            If they cannot be had.
        """
        limit = most_bytes()
        if entry.size > limit:
            raise MirrorError(
                f"{entry.identity} has {entry.size} bytes in the index of {self.location}, more "
                f"than the {limit} accepted. If you trust it, set {LIMIT_VARIABLE}"
            )
        if self.is_remote:
            content, path = self._fetched(entry), self._cache.path(entry.sha256)
        else:
            content, path = self._read(entry.blob, limit), Path(self._address) / entry.blob
        found = hashlib.sha256(content).hexdigest()
        if found != entry.sha256:
            raise IntegrityError(
                f"{path} is not the file of {entry.identity} that was published: its SHA-256 "
                f"should be {entry.sha256}, but is {found}. It was not loaded; fetch it again, or "
                f"tell the mirror's keeper ({self.location})"
            )
        return path, content

    def _fetched(self, entry: Entry) -> bytes:
        """The bytes from the cache, else from the address, through the cache if it can be
        written."""
        from lhnets._fetching import download as _download

        url, content = f"{self._address}/{entry.blob}", None
        with without_cache():
            content = self._cache.read(entry.sha256)
            if content is None:
                _download.download(
                    url,
                    sha256=entry.sha256,
                    size=entry.size,
                    cache=self._cache,
                    what=entry.identity,
                )
                content = self._cache.read(entry.sha256)
        if content is None:
            content = _download.get_file(url, limit=entry.size, what=entry.identity)
        return content

    def _read(self, relative: str, limit: int) -> bytes:
        if self.is_remote:
            from lhnets._fetching import download as _download

            return _download.get_bytes(f"{self._address}/{relative}", limit=limit)
        try:
            return read_file(Path(self._address) / relative, limit)
        except OSError as error:
            raise MirrorError(
                f"cannot read {relative} in the mirror {self.location}: {error.strerror or error}. "
                "Expected a folder with index.json, networks/ and blobs/"
            ) from error


def most_bytes() -> int:
    """Bytes of the largest network file that is fetched: LHNETS_MAX_SIZE, else 200 MB."""
    stated = os.environ.get(LIMIT_VARIABLE, "")
    return int(stated) if stated.isascii() and stated.isdecimal() else _LIMIT


@contextmanager
def without_cache() -> Iterator[None]:
    """Go on behind this block, with a warning, if the cache cannot be read or written."""
    try:
        yield
    except CacheError as error:
        warnings.warn(f"{error}. Going on without it", CacheWarning, stacklevel=4)


def _warn_of_skipped(index: Index, source: str) -> None:
    if index.skipped:
        first, count = index.skipped[0], len(index.skipped)
        warnings.warn(
            f"{count} of {count + len(index.networks)} entries of the index of {source} cannot be "
            f"read and {'is' if count == 1 else 'are'} skipped, the first {first.identity}: "
            f"{first.reason}. A newer lhnets may read them; the other entries are not affected",
            MirrorWarning,
            stacklevel=4,
        )
