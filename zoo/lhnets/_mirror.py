"""A mirror: index.json, cards and network files under one location, an https address or a folder."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

from lhnets._cache import Cache
from lhnets._card import Card
from lhnets._errors import IntegrityError, MirrorError, OfflineError
from lhnets._index import INDEX_FILE, Entry, Index, card_path

BUNDLED = Path(__file__).parent / "bundled"


class Mirror:
    """One place that holds networks.

    Parameters
    ----------
    location : str
        ``https://…``, ``http://…`` or the path of a folder.
    cache : Cache
        Where files from an address are kept; files in a folder are read where they lie.
    """

    def __init__(self, location: str, cache: Cache) -> None:
        self.location = location.rstrip("/")
        self.is_remote = location.startswith(("https://", "http://"))
        self._cache = cache

    def __repr__(self) -> str:
        return f"Mirror({self.location!r})"

    @cached_property
    def index(self) -> Index:
        """Its index. What was last read from an address serves while that cannot be reached."""
        if not self.is_remote:
            return Index.from_json(self._read(INDEX_FILE), self.location)
        from lhnets import _download

        name = f"indexes/{hashlib.sha256(self.location.encode()).hexdigest()}.json"
        kept = self._cache.folder / name
        try:
            content = _download.get_bytes(f"{self.location}/{INDEX_FILE}", what=f"the index of {self.location}")
        except OfflineError:
            if not kept.is_file():
                raise
            return Index.from_json(kept.read_bytes(), f"{self.location}, as last read")
        index = Index.from_json(content, self.location)
        self._cache.keep(name, content)
        return index

    def card(self, entry: Entry) -> Card:
        """The card, without fetching the network."""
        return Card.from_json(self._read(card_path(entry.name, entry.version)))

    def fetch(self, entry: Entry) -> tuple[Path, bytes]:
        """The network file: where it is, and its bytes, whose SHA-256 is that of the index.

        Raises
        ------
        IntegrityError
            where the bytes are others.
        MirrorError
            where they cannot be had.
        """
        if self.is_remote:
            content = self._cache.read(entry.sha256)
            if content is None:
                from lhnets import _download

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
                f"{path} is not the file of {entry.identity} that was published: its SHA-256 should be {entry.sha256}, "
                f"but is {found}. It was not loaded; fetch it again, or tell the mirror's keeper ({self.location})"
            )
        return path, content

    def _read(self, relative: str) -> bytes:
        if self.is_remote:
            from lhnets import _download

            return _download.get_bytes(f"{self.location}/{relative}")
        try:
            return (Path(self.location) / relative).read_bytes()
        except OSError as error:
            raise MirrorError(
                f"cannot read {relative} in the mirror {self.location}: {error.strerror or error}. "
                "Expected a folder with index.json, networks/ and blobs/"
            ) from error
