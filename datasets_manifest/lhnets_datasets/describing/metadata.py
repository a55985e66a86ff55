"""A data set or network in the words of Zenodo and of DataCite."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from lhnets.format import Author, Card
from lhnets.mirrors import MARK, NETWORK_MARK, SHA256_MARK
from lhnets_datasets.describing.citation import identifiers
from lhnets_datasets.library.manifest import Manifest

KEYWORD = "lhnets"
DATA, NETWORK = "data/", NETWORK_MARK.removeprefix(MARK)
_SCHEMES = {"doi": "DOI", "arxiv": "arXiv"}
SPDX = re.compile(r"[A-Za-z0-9.+-]+")
"""An identifier of https://spdx.org/licenses."""


def for_zenodo_data(
    manifest: Manifest, date: str, community: str | None, networks: dict[str, str]
) -> dict[str, Any]:
    """The metadata of a deposit of a data set.

    Parameters
    ----------
    date
        of the publication, YYYY-MM-DD.
    networks
        DOIs of the networks that were trained on it, by their NAME@VERSION.
    """
    columns = "".join(
        f"<li><code>{_html(c.name)}</code> [{_html(c.unit)}]: {_html(c.meaning)}</li>"
        for c in manifest.columns
    )
    made = _made(manifest)
    return _zenodo(
        title=manifest.title,
        description=f"<p>{_html(manifest.description)}</p>{made}"
        + (f"<ul>{columns}</ul>" if columns else ""),
        upload_type="dataset",
        authors=manifest.authors,
        licence=manifest.licence,
        version=manifest.version or "1",
        date=date,
        community=community,
        marker=marker(DATA + manifest.name),
        related=[_related(doi, "isSourceOf") for doi in networks.values()]
        + _references(manifest.references),
    )


def for_zenodo_network(
    card: Card, sha256: str, date: str, community: str | None, data_doi: str | None
) -> dict[str, Any]:
    """The metadata of a deposit of a network.

    Parameters
    ----------
    sha256
        of its file: a community of records is a mirror, and Zenodo states MD5 only.
    data_doi
        that of its data set, where it is archived.
    """
    related = [_related(data_doi, "isDerivedFrom", "dataset")] if data_doi else []
    data = f"{_html(card.data.name)}, SHA-256 {card.data.sha256}" if card.data else "not published"
    return _zenodo(
        title=f"{card.identity}: {card.title}",
        description=(
            f"<p>{_html(card.description)}</p><p>An ONNX file that carries its card, and points "
            f"with their answers by which it verifies itself. Truth: {_html(card.truth.program)} "
            f"{_html(card.truth.version)}. Data set: {data}.</p>"
        ),
        upload_type="other",
        authors=card.authors,
        licence=card.licence,
        version=str(card.version),
        date=date,
        community=community,
        marker=marker(NETWORK + card.name),
        keywords=[SHA256_MARK + sha256],
        related=related + _references(card.references),
    )


def marker(group: str) -> str:
    """The keyword by which a draft of this group (``data/NAME`` or ``network/NAME``) is found
    again."""
    return MARK + group


def datacite(manifest: Manifest, publisher: str = "Zenodo") -> dict[str, Any]:
    """The attributes of a DataCite record (metadata schema 4.5). Without a DOI there is no
    publisher and no year."""
    archived = manifest.doi is not None
    return {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "doi": manifest.doi,
        "identifiers": [{"identifier": manifest.name, "identifierType": "lhnets"}],
        "titles": [{"title": manifest.title}],
        "creators": [_datacite_creator(a) for a in manifest.authors],
        "publisher": {"name": publisher if archived else "(:unav)"},
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Training data"},
        "version": manifest.version,
        "descriptions": [{"description": manifest.description, "descriptionType": "Abstract"}],
        "rightsList": [{"rights": manifest.licence, **_spdx(manifest.licence)}],
        "sizes": [f"{manifest.rows} rows"] if manifest.rows is not None else [],
        "formats": sorted({f.name.rpartition(".")[2] for f in manifest.files}),
        "relatedIdentifiers": [
            {
                "relatedIdentifier": value,
                "relatedIdentifierType": _SCHEMES[scheme],
                "relationType": "References",
            }
            for entry in manifest.references.values()
            for scheme, value in identifiers(entry)
        ],
    }


def _zenodo(
    *,
    title: str,
    description: str,
    upload_type: str,
    authors: tuple[Author, ...],
    licence: str,
    version: str,
    date: str,
    community: str | None,
    marker: str,
    related: list[dict[str, str]],
    keywords: Sequence[str] = (),
) -> dict[str, Any]:
    creators = [
        {
            k: v
            for k, v in {"name": a.name, "orcid": a.orcid, "affiliation": a.affiliation}.items()
            if v
        }
        for a in authors
    ]
    metadata: dict[str, Any] = {
        "title": title,
        "upload_type": upload_type,
        "description": description,
        "creators": creators,
        "access_right": "open",
        "license": licence.lower(),
        "version": version,
        "publication_date": date,
        "keywords": [KEYWORD, marker, *keywords],
        "related_identifiers": related,
    }
    if community:
        metadata["communities"] = [{"identifier": community}]
    return metadata


def _made(manifest: Manifest) -> str:
    made = manifest.generator
    if made is None:
        return ""
    seed = "" if made.seed is None else f", seed {made.seed}"
    settings = "; ".join(f"{_html(k)} = {_html(v)}" for k, v in made.settings.items())
    return f"<p>Made with {_html(made.program)} {_html(made.version)}{seed}. {settings}</p>"


def _references(entries: dict[str, str]) -> list[dict[str, str]]:
    return [
        _related(value, "references")
        for entry in entries.values()
        for _, value in identifiers(entry)
    ]


def _related(identifier: str, relation: str, resource_type: str | None = None) -> dict[str, str]:
    related = {"identifier": identifier, "relation": relation}
    return {**related, "resource_type": resource_type} if resource_type else related


def _datacite_creator(author: Author) -> dict[str, Any]:
    creator: dict[str, Any] = {"name": author.name}
    if author.orcid:
        creator["nameIdentifiers"] = [
            {
                "nameIdentifier": f"https://orcid.org/{author.orcid}",
                "nameIdentifierScheme": "ORCID",
                "schemeUri": "https://orcid.org",
            }
        ]
    if author.affiliation:
        creator["affiliation"] = [{"name": author.affiliation}]
    return creator


def _spdx(licence: str) -> dict[str, str]:
    if not SPDX.fullmatch(licence):
        return {}
    return {
        "rightsIdentifier": licence.lower(),
        "rightsIdentifierScheme": "SPDX",
        "schemeUri": "https://spdx.org/licenses/",
    }


def _html(text: str) -> str:
    return html.escape(text)
