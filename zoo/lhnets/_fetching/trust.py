"""The signed metadata of a mirror, checked by python-tuf, the reference implementation of The
Update Framework (https://theupdateframework.io).

What was read is kept in the cache under the root of trust, not under the address: who saw a newer
mirror is not shown an older one, whichever copy is asked. Expiry, versions, thresholds and the
rotation of keys are the library's; downloads, their bounds and the cache are those of lhnets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from lhnets._fetching.cache import Cache
from lhnets._fetching.transfer import StatusError
from lhnets.errors import (
    CacheError,
    Error,
    IntegrityError,
    MirrorError,
    MissingExtraError,
    StaleIndexError,
)

if TYPE_CHECKING:
    from tuf.api.metadata import TargetFile
    from tuf.ngclient import Updater

METADATA = "metadata"
"""Folder of the signed metadata in a mirror."""

NETWORK_FIELD = "network"
"""What signed metadata say of a card beyond its own hash: the SHA-256 of its network file."""

_LONGEST = 5_000_000
_MOST_ROOTS = 256
_ABSENT = (403, 404, 410)

Read = Callable[[str, int], bytes]
"""Gives a file of the mirror by its path, of at most so many bytes."""


class Target(Struct, frozen=True):
    """What was signed of one file.

    Attributes
    ----------
    path : str
        In the mirror.
    length : int
        Bytes.
    sha256 : str
        Of the file.
    network : str
        SHA-256 of the network file, if the file is a card.
    """

    path: str
    length: int
    sha256: str
    network: str = ""

    def fits(self, content: bytes) -> bool:
        """Whether these are the bytes that were signed."""
        return len(content) == self.length and hashlib.sha256(content).hexdigest() == self.sha256


class Trust:
    """A mirror at one moment, as its keeper signed it.

    Parameters
    ----------
    root : str
        SHA-256 of the root metadata that is trusted.
    read : callable
        Reads files of the mirror.
    cache : Cache
        Remembers what was seen under this root.
    source : str
        The mirror, in messages.

    Attributes
    ----------
    read : callable
        Reads what is still needed of the metadata.
    not_kept : CacheError or None
        Why something could not be kept in the cache.

    Raises
    ------
    IntegrityError
        If something is not what the holders of the keys signed.
    StaleIndexError
        If it has expired, or is older than what was seen.
    MirrorError
        If the mirror cannot be read.
    MissingExtraError
        If python-tuf is not installed.
    """

    def __init__(self, root: str, read: Read, cache: Cache, source: str) -> None:
        self.read = read
        self._source = source
        self.not_kept: CacheError | None = None
        self._cache = cache
        self._kept = f"trusted/{root}"
        require_extra()
        with self._translated():
            self._updater = self._make_updater(self._find_root(root))
            self._updater.refresh()

    def target(self, path: str) -> Target:
        """What was signed of the file at ``path``.

        Raises
        ------
        IntegrityError
            If nobody signed it whose word counts there.
        MirrorError
            If the metadata cannot be read.
        """
        with self._translated():
            found = self._updater.get_targetinfo(path)
        if found is None:
            raise IntegrityError(
                f"{path} of {self._source} is not signed by those who may give it. It was not "
                "used; tell the mirror's keeper"
            )
        return _target_of(path, found)

    def _find_root(self, root: str) -> bytes:
        """The root metadata whose SHA-256 is ``root``, from the cache or the mirror."""
        try:
            kept = (self._cache.folder / f"{self._kept}/pinned.json").read_bytes()
        except OSError:
            kept = b""
        if hashlib.sha256(kept).hexdigest() == root:
            return kept
        for version in range(1, _MOST_ROOTS):
            try:
                content = self.read(f"{METADATA}/{version}.root.json", _LONGEST)
            except FileNotFoundError:
                break
            if hashlib.sha256(content).hexdigest() == root:
                self._keep("pinned.json", content)
                return content
        raise IntegrityError(
            f"{self._source} has no root metadata with SHA-256 {root}: it is another mirror, is "
            "not signed, or the root of trust in its address is wrong. It was not used; ask the "
            "mirror's keeper"
        )

    def _keep(self, name: str, content: bytes) -> None:
        try:
            self._cache.keep(f"{self._kept}/{name}", content)
        except CacheError as error:
            self.not_kept = error

    def _make_updater(self, root: bytes) -> Updater:
        from tuf.api.exceptions import DownloadHTTPError
        from tuf.ngclient import FetcherInterface, Updater

        trust = self

        class MetadataFetcher(FetcherInterface):
            """Reads metadata as all other files of the mirror are read."""

            def _fetch(self, url: str) -> Iterator[bytes]:
                try:
                    return iter([trust.read(url, _LONGEST)])
                except FileNotFoundError as error:
                    raise DownloadHTTPError(str(error), 404) from error

        class KeepingUpdater(Updater):
            """Keeps in the cache of lhnets, which several processes share and which may be
            read-only."""

            def _persist_file(self, filename: str, data: bytes) -> None:
                trust._keep(Path(filename).relative_to(self._dir).as_posix(), data)

            def _persist_root(self, version: int, data: bytes) -> None:
                trust._keep(f"root_history/{version}.root.json", data)

            def _update_root_symlink(self) -> None:
                """The root in force follows from the one that is pinned."""

        folder = self._cache.folder / self._kept
        return KeepingUpdater(str(folder), METADATA, fetcher=MetadataFetcher(), bootstrap=root)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn the library's errors into those of lhnets."""
        from tuf.api import exceptions as tuf

        try:
            yield
        except (tuf.ExpiredMetadataError, tuf.BadVersionNumberError) as error:
            raise StaleIndexError(
                f"the signed index of {self._source} is out of date ({error}): it was not renewed, "
                "or somebody holds a newer one back. It was not used; if it stays so, tell the "
                "mirror's keeper"
            ) from error
        except tuf.RepositoryError as error:
            raise IntegrityError(
                f"{self._source} is forged or damaged: {error}. It was not used; tell the mirror's "
                "keeper"
            ) from error
        except tuf.DownloadError as error:
            if isinstance(error.__cause__, Error):
                raise error.__cause__ from error
            raise MirrorError(
                f"cannot read the signed metadata of {self._source}: {error}"
            ) from error


def require_extra() -> None:
    """Raise MissingExtraError if python-tuf is not installed."""
    try:
        import tuf.ngclient  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(
            f"a signed mirror needs the extra [signed], which is not installed ({error}). "
            "Install it: pip install 'lhnets[signed]'"
        ) from error


def reading_kept(cache: Cache, root: str) -> Read:
    """Reads what was kept of a mirror when it was last asked, so that it serves without it."""
    folder = cache.folder / "trusted" / root

    def read(path: str, limit: int) -> bytes:
        name = Path(path).name
        version, _, role = name.partition(".")
        if version.isdecimal() and role != "root.json":
            name = role
        return (folder / name).read_bytes()[:limit]

    return read


def raising_absent(read: Read) -> Read:
    """``read`` that raises FileNotFoundError if the server has no such file."""

    def read_or_miss(path: str, limit: int) -> bytes:
        try:
            return read(path, limit)
        except StatusError as error:
            if error.status in _ABSENT:
                raise FileNotFoundError(str(error)) from error
            raise

    return read_or_miss


def _target_of(path: str, found: TargetFile) -> Target:
    custom: Any = found.custom or {}
    network = custom.get(NETWORK_FIELD, "") if isinstance(custom, dict) else ""
    return Target(path, found.length, found.hashes.get("sha256", ""), str(network))
