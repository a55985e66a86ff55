"""The manifest of a record of Zenodo for which lhnets ships none."""

from __future__ import annotations

import html
import re
from typing import Any

from lhnets.format import Author
from lhnets.mirrors import Site, ZenodoRecord, content_url
from lhnets_datasets.library.manifest import File, Manifest

_ORCID = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]")


def described(site: Site, found: ZenodoRecord) -> Manifest:
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


def files(site: Site, found: ZenodoRecord) -> tuple[File, ...]:
    """The files of a record. Their addresses are built here; those that a server sends are not
    followed."""
    return tuple(
        File(
            name=entry.key,
            size=entry.size,
            md5=entry.md5,
            url=content_url(site, found.id, entry.key),
        )
        for entry in found.files
    )


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
