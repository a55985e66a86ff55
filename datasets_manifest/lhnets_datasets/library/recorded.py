"""What was found out about a data set with its first download, kept beside the cache.

Sizes and checksums that a manifest does not know, the version that a concept DOI stood for, the
files of a DOI without manifest: recorded once, and held against the archive ever after.
"""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import Struct

from lhnets.errors import IntegrityError
from lhnets.mirrors import Cache
from lhnets_datasets.library.manifest import File, Manifest


class Recorded(Struct, frozen=True):
    """One data set as it was found: its manifest, complete with sizes and checksums, under the key
    it was asked by."""

    key: str
    manifest: Manifest


def load(cache: Cache, key: str) -> Manifest | None:
    """What is recorded under ``key``, a DOI or the name of a set; None where nothing is, or it
    cannot be read."""
    try:
        recorded = msgspec.json.decode((cache.folder / _name(key)).read_bytes(), type=Recorded)
    except (OSError, msgspec.MsgspecError):
        return None
    return recorded.manifest if recorded.key == key else None


def save(cache: Cache, key: str, manifest: Manifest) -> None:
    """Record ``manifest`` under ``key``, all at once."""
    cache.keep(_name(key), msgspec.json.encode(Recorded(key, manifest)))


def merged(known: File, found: File, source: str) -> File:
    """What is known of a file together with what was found.

    Raises
    ------
    IntegrityError
        If they contradict each other.
    """
    for what in ("size", "sha256", "md5"):
        old, new = getattr(known, what), getattr(found, what)
        if old is not None and new is not None and old != new:
            raise IntegrityError(
                f"the file {known.name!r} of {source} has changed: expected {what} {old}, got "
                f"{new}. A published file never changes under its DOI: ask the publisher, and do "
                "not use the new one before you know why"
            )
    return File(
        name=known.name,
        size=known.size if known.size is not None else found.size,
        sha256=known.sha256 or found.sha256,
        md5=known.md5 or found.md5,
        key=known.key or (found.key if found.key != known.name else None),
        url=known.url or found.url,
    )


def _name(key: str) -> str:
    return f"datasets/{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"
