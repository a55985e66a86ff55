"""What Zenodo says of a record. The number of a record is in its DOI, so nobody else is asked."""

from __future__ import annotations

import html
import os
import re
import time
import urllib.parse
from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from lhnets.errors import MirrorError
from lhnets.format import Author
from lhnets.mirrors import Downloader, StatusError
from lhnets_datasets.doi import Doi
from lhnets_datasets.errors import DataSetNotFoundError
from lhnets_datasets.library.manifest import File, Manifest

RECORD_LIMIT = 8 * 1000**2
_ORCID = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]")
_MD5 = re.compile(r"md5:([0-9a-f]{32})")


class _Links(Struct, frozen=True):
    self: str = ""


class _Entry(Struct, frozen=True):
    key: str
    size: int
    checksum: str = ""
    links: _Links = _Links()


class Record(Struct, frozen=True):
    """A published record, as far as it is needed here. Everything in it was written by
    strangers."""

    id: int
    conceptrecid: str
    doi: str
    metadata: dict[str, Any]
    files: tuple[_Entry, ...] = ()
    conceptdoi: str | None = None


class Site(Struct, frozen=True):
    """A Zenodo: the real one, its sandbox, or one of tests."""

    origin: str
    sandbox: bool = False

    @classmethod
    def of(cls, *, sandbox: bool) -> Site:
        """The one that LHNETS_ZENODO or LHNETS_ZENODO_SANDBOX names, else the public one."""
        name, usual = (
            ("LHNETS_ZENODO_SANDBOX", "https://sandbox.zenodo.org")
            if sandbox
            else ("LHNETS_ZENODO", "https://zenodo.org")
        )
        return cls(os.environ.get(name, usual).rstrip("/"), sandbox)

    @property
    def api(self) -> str:
        """Base address of its interface."""
        return f"{self.origin}/api"

    @property
    def mints_dois(self) -> bool:
        """Whether the DOIs that it gives exist outside of it."""
        return self.origin == "https://zenodo.org"


class Pace:
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


Fetch: TypeAlias = Callable[[str], bytes]


def record(site: Site, doi: Doi, downloader: Downloader) -> Record:
    """The record behind ``doi``; behind the DOI of a concept, its latest version.

    Raises
    ------
    DataSetNotFoundError
        If there is none, it was withdrawn, or it has no files.
    MirrorError
        If Zenodo does not answer, or not as it should.
    """
    url = f"{site.api}/records/{doi.record}"
    try:
        body = downloader.get_bytes(url, limit=RECORD_LIMIT, what=f"the data set {doi}")
    except StatusError as error:
        if error.status == 404:
            raise DataSetNotFoundError(
                f"Zenodo knows no record {doi} ({url}). Check the number in the DOI"
            ) from error
        if error.status == 410:
            raise DataSetNotFoundError(
                f"the record {doi} was withdrawn from Zenodo; its page may say why: {url}"
            ) from error
        raise
    try:
        found = msgspec.json.decode(body, type=Record)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise MirrorError(
            f"{url} gave no record that can be read: {error}. Is {site.origin} a Zenodo?"
        ) from error
    if str(doi.record) not in {str(found.id), found.conceptrecid}:
        raise MirrorError(f"{url} gave the record {found.id} instead; nothing was fetched")
    if not found.files:
        raise DataSetNotFoundError(
            f"the record {doi} has no files that can be downloaded: it may be restricted or "
            "embargoed"
        )
    return found


def described(site: Site, found: Record) -> Manifest:
    """The manifest of a record for which lhnets ships none, with file names as its authors chose
    them."""
    metadata = found.metadata
    concept = found.conceptdoi
    return Manifest(
        name=f"zenodo-{found.id}",
        title=_text(metadata.get("title")) or found.doi,
        description=_text(metadata.get("description")),
        available="archived",
        licence=_licence(metadata.get("license")),
        authors=tuple(_author(c) for c in metadata.get("creators", ()) if isinstance(c, dict)),
        files=files(site, found),
        doi=found.doi.lower(),
        concept_doi=concept.lower() if concept else None,
        version=_text(metadata.get("version")) or None,
    )


def files(site: Site, found: Record) -> tuple[File, ...]:
    """The files of a record. Their addresses are built here; those that a server sends are not
    followed."""
    return tuple(
        File(
            name=entry.key,
            size=entry.size,
            md5=match[1] if (match := _MD5.fullmatch(entry.checksum)) else None,
            url=content_url(site, found.id, entry.key),
        )
        for entry in found.files
    )


def content_url(site: Site, number: int, key: str) -> str:
    """Where the bytes of a file are."""
    return f"{site.api}/records/{number}/files/{urllib.parse.quote(key, safe='')}/content"


def _author(creator: dict[str, Any]) -> Author:
    orcid = _text(creator.get("orcid"))
    return Author(
        name=_text(creator.get("name")),
        orcid=orcid if _ORCID.fullmatch(orcid) else None,
        affiliation=_text(creator.get("affiliation")) or None,
    )


def _licence(value: Any) -> str:
    given = _text(value.get("id") if isinstance(value, dict) else value)
    return given or "not stated in the record"


def _text(value: Any) -> str:
    """Plain text: without tags and control characters."""
    without_tags = html.unescape(re.sub(r"<[^>]{0,1000}>", " ", str(value or "")))
    return " ".join("".join(c if c.isprintable() else " " for c in without_tags).split())
