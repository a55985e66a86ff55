"""A mirror: index.json, cards and network files under one location, an https address or a
folder."""

from __future__ import annotations

import hashlib
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from lhnets._fetching import signature as _signature
from lhnets._fetching.cache import Cache
from lhnets.errors import IntegrityError, MirrorError, MirrorWarning, OfflineError
from lhnets.format import INDEX_FILE, Card, Entry, Index, card_path

if TYPE_CHECKING:
    from lhnets._fetching.download import Validators

BUNDLED = Path(__file__).parents[1] / "bundled"


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
        self.location = place.rstrip("/")
        self.is_remote = place.startswith(("https://", "http://"))
        self._cache = cache

    def __repr__(self) -> str:
        return f"Mirror({self.location!r})"

    @property
    def name(self) -> str:
        """Where it is, in words for a user."""
        return "bundled" if self.location == str(BUNDLED) else self.location

    @cached_property
    def index(self) -> Index:
        """Its index. What was last read from an address serves while that cannot be reached, with a
        warning.

        Raises
        ------
        IntegrityError
            If it should be signed and is not, or is forged.
        StaleIndexError
            If it is signed and older than one already seen.
        MirrorError
            If it cannot be read.
        """
        if not self.is_remote:
            return self._accepted(self._read(INDEX_FILE), self.location)
        from lhnets._fetching import download as _download

        name = f"indexes/{hashlib.sha256(self.location.encode()).hexdigest()}"
        kept, known = self._kept(name)
        try:
            content, validators = _download.refresh(
                f"{self.location}/{INDEX_FILE}", known, what=f"the index of {self.location}"
            )
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
        self._keep(name, content, validators)
        return index

    def _accepted(self, content: bytes, source: str) -> Index:
        if self.key is not None:
            _signature.require(content, self.key, source)
        index = Index.from_json(content, source)
        _warn_of_skipped(index, source)
        if self.key is None:
            return index
        _signature.require_no_older(index.created, self.key, source, self._cache)
        return index

    def _keep(self, name: str, content: bytes, validators: Validators) -> None:
        known = Kept(hashlib.sha256(content).hexdigest(), validators.etag, validators.last_modified)
        self._cache.keep(f"{name}.json", content)
        self._cache.keep(f"{name}.http.json", msgspec.json.encode(known))

    def _kept(self, name: str) -> tuple[bytes | None, Validators]:
        """The index last read, and by what its server knows it; nothing where the two do not belong
        together."""
        from lhnets._fetching.download import Validators

        try:
            content = (self._cache.folder / f"{name}.json").read_bytes()
        except OSError:
            return None, Validators()
        try:
            known = msgspec.json.decode(
                (self._cache.folder / f"{name}.http.json").read_bytes(), type=Kept
            )
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return content, Validators()
        if known.sha256 != hashlib.sha256(content).hexdigest():
            return content, Validators()
        return content, Validators(known.etag, known.last_modified)

    def card(self, entry: Entry) -> Card:
        """The card, without fetching the network."""
        return Card.from_json(self._read(card_path(entry.name, entry.version)))

    def fetch(self, entry: Entry) -> tuple[Path, bytes]:
        """The network file: where it is, and its bytes, whose SHA-256 is that of the index.

        Raises
        ------
        IntegrityError
            If the bytes are others.
        MirrorError
            If they cannot be had.
        """
        if self.is_remote:
            content = self._cache.read(entry.sha256)
            if content is None:
                from lhnets._fetching import download as _download

                _download.download(
                    f"{self.location}/{entry.blob}",
                    sha256=entry.sha256,
                    size=entry.size,
                    cache=self._cache,
                    what=entry.identity,
                )
                content = self._cache.read(entry.sha256) or b""
            path = self._cache.path(entry.sha256)
        else:
            content, path = self._read(entry.blob), Path(self.location) / entry.blob
        found = hashlib.sha256(content).hexdigest()
        if found != entry.sha256:
            raise IntegrityError(
                f"{path} is not the file of {entry.identity} that was published: its SHA-256 "
                f"should be {entry.sha256}, but is {found}. It was not loaded; fetch it again, or "
                f"tell the mirror's keeper ({self.location})"
            )
        return path, content

    def _read(self, relative: str) -> bytes:
        if self.is_remote:
            from lhnets._fetching import download as _download

            return _download.get_bytes(f"{self.location}/{relative}")
        try:
            return (Path(self.location) / relative).read_bytes()
        except OSError as error:
            raise MirrorError(
                f"cannot read {relative} in the mirror {self.location}: {error.strerror or error}. "
                "Expected a folder with index.json, networks/ and blobs/"
            ) from error


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
