"""What Zenodo says of its records. Everything in them was written by strangers."""

from __future__ import annotations

import re
import urllib.parse
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from lhnets._fetching.download import Downloader
from lhnets._fetching.transfer import StatusError
from lhnets._fetching.zenodo.site import RecordAddress, RequestPace, Site
from lhnets.errors import Error, MirrorError

RECORD_LIMIT = 8 * 1000**2
PAGE_SIZE = 25
"""Records on a page of a search: the most that Zenodo gives to guests."""

_MOST_PAGES = 400
_T = TypeVar("_T")
_MD5 = re.compile(r"md5:([0-9a-f]{32})")


class _Links(Struct, frozen=True):
    self: str = ""


class FileOfRecord(Struct, frozen=True):
    """A file of a record; its checksum is ``md5:…``."""

    key: str
    size: int
    checksum: str = ""
    links: _Links = _Links()

    @property
    def md5(self) -> str | None:
        """Its MD5, 32 hexadecimal digits, if the record states it."""
        match = _MD5.fullmatch(self.checksum)
        return match[1] if match else None


class ZenodoRecord(Struct, frozen=True):
    """A published record, as far as it is needed here."""

    id: int
    conceptrecid: str
    doi: str
    metadata: dict[str, Any]
    files: tuple[FileOfRecord, ...] = ()
    conceptdoi: str | None = None

    @property
    def keywords(self) -> tuple[str, ...]:
        """Its keywords."""
        given = self.metadata.get("keywords")
        return tuple(k for k in given if isinstance(k, str)) if isinstance(given, list) else ()


class _Hits(Struct, frozen=True):
    hits: tuple[ZenodoRecord, ...]
    total: int


class _Found(Struct, frozen=True):
    hits: _Hits


def read_record(
    address: RecordAddress, downloader: Downloader, *, what: str, absent: type[Error]
) -> ZenodoRecord:
    """The record at an address; at that of a concept, its latest version.

    Parameters
    ----------
    what : str
        The record in messages.
    absent : type
        The error that says that there is none.

    Raises
    ------
    absent
        If there is none, it was withdrawn, or it has no files.
    MirrorError
        If Zenodo does not answer, or not as it should.
    """
    site, doi = address.site, address.doi
    url = f"{site.api}/records/{address.number}"
    try:
        body = downloader.get_bytes(url, limit=RECORD_LIMIT, what=what)
    except StatusError as error:
        if error.status == 404:
            raise absent(
                f"Zenodo knows no record {doi} ({url}). Check the number in the DOI"
            ) from error
        if error.status == 410:
            raise absent(
                f"the record {doi} was withdrawn from Zenodo; its page may say why: {url}"
            ) from error
        raise
    found = _decode(body, ZenodoRecord, url, site)
    if str(address.number) not in {str(found.id), found.conceptrecid}:
        raise MirrorError(f"{url} gave the record {found.id} instead; nothing was fetched")
    if not found.files:
        raise absent(
            f"the record {doi} has no files that can be downloaded: it may be restricted or "
            "embargoed"
        )
    return found


def read_community(
    site: Site, name: str, downloader: Downloader, pace: RequestPace
) -> list[ZenodoRecord]:
    """All versions of all records of a community, oldest first.

    Raises
    ------
    MirrorError
        If Zenodo does not answer, or not as it should.
    """
    records: dict[int, ZenodoRecord] = {}
    for page in range(1, _MOST_PAGES + 1):
        asked = {"communities": name, "all_versions": "true", "size": PAGE_SIZE, "page": page}
        url = f"{site.api}/records?{urllib.parse.urlencode(asked)}"
        pace.step()
        body = downloader.get_bytes(
            url, limit=PAGE_SIZE * RECORD_LIMIT, what=f"the community {name}"
        )
        found = _decode(body, _Found, url, site).hits
        records |= {record.id: record for record in found.hits}
        if page * PAGE_SIZE >= found.total or not found.hits:
            break
    return [records[number] for number in sorted(records)]


def content_url(site: Site, number: int, key: str) -> str:
    """Where the bytes of a file are. The addresses that a server sends are not followed."""
    return f"{site.api}/records/{number}/files/{urllib.parse.quote(key, safe='')}/content"


def _decode(body: bytes, kind: type[_T], url: str, site: Site) -> _T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MirrorError(
            f"{url} gave no record that can be read: {error}. Is {site.origin} a Zenodo?"
        ) from error
