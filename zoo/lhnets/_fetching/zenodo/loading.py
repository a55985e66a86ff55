"""One network by the DOI of its record: fetched once, then read from the cache."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import structs

from lhnets._fetching.cache import Cache
from lhnets._fetching.download import Downloader, require_online
from lhnets._fetching.zenodo.deposited import Deposited, find_network
from lhnets._fetching.zenodo.records import content_url, read_record
from lhnets._fetching.zenodo.site import RecordAddress
from lhnets.errors import MirrorError, NetworkNotFoundError

_ATTEMPTS = 3


def fetch_network(address: RecordAddress, cache: Cache, most: int) -> tuple[Path, bytes]:
    """The network file of a record: where it is in the cache, and its bytes.

    What the number of a concept stands for is recorded, and given from then on.

    Parameters
    ----------
    most : int
        Bytes that are accepted.

    Raises
    ------
    NetworkNotFoundError
        If there is no such record, or not one network in it.
    IntegrityError
        If the bytes are others than the record, or an earlier download, says.
    OfflineError, MirrorError, CacheError
        If it cannot be had or kept.
    """
    known = _read_known(address, cache)
    content = cache.read(known.sha256) if known else None
    if known is not None and content is not None:
        return cache.path(known.sha256), content
    what = f"the network {address.doi}"
    require_online(address.site.origin, what)
    with Downloader(attempts=_ATTEMPTS) as downloader:
        if known is None:
            record = read_record(address, downloader, what=what, absent=NetworkNotFoundError)
            known = find_network(record, address.file)
        if known.file.size > most:
            raise MirrorError(
                f"{known.file.key} of the record {known.record} has {known.file.size} bytes, more "
                f"than the {most} accepted. If you trust it, set LHNETS_MAX_SIZE"
            )
        got = downloader.fetch(
            content_url(address.site, known.record, known.file.key),
            sha256=known.sha256 or None,
            md5=known.file.md5,
            size=known.file.size,
            limit=most,
            cache=cache,
            what=what,
        )
    complete = structs.replace(known, sha256=got.sha256)
    cache.keep(_kept_as(address), msgspec.json.encode(complete))
    content = cache.read(got.sha256)
    if content is None:
        raise MirrorError(f"{got.path} was removed while it was read; try again")
    return got.path, content


def _kept_as(address: RecordAddress) -> str:
    file = hashlib.sha256((address.file or "").encode()).hexdigest()[:16]
    return f"records/{address.site.host}/{address.number}-{file}.json"


def _read_known(address: RecordAddress, cache: Cache) -> Deposited | None:
    """What an earlier download found."""
    try:
        content = (cache.folder / _kept_as(address)).read_bytes()
        return msgspec.json.decode(content, type=Deposited)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
