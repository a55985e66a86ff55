"""Croissant 1.0 JSON-LD of a data set, as dataset search engines and machine-learning loaders read
it.

The vocabulary is that of https://docs.mlcommons.org/croissant/docs/croissant-spec.html.
"""

from __future__ import annotations

from typing import Any

from lhnets_datasets.describing.citation import bibtex
from lhnets_datasets.library.manifest import Column, File, Manifest

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_ENCODING = {
    "parquet": "application/x-parquet",
    "csv": "text/csv",
    "h5": "application/x-hdf5",
    "hdf5": "application/x-hdf5",
    "npz": "application/zip",
    "json": "application/json",
}
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(manifest: Manifest, date: str | None = None) -> dict[str, Any]:
    """The Croissant description of a set. Files of which no checksum is known yet are left out:
    Croissant wants one.

    Parameters
    ----------
    date
        of the publication, YYYY-MM-DD; left out where the set is not published.
    """
    known = [f for f in manifest.files if f.sha256 or f.md5]
    tables = [f for f in known if f.name.endswith((".parquet", ".csv"))]
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": manifest.name,
        "description": f"{manifest.title}. {manifest.description}".strip(),
        "license": _licence(manifest.licence),
        "url": f"https://doi.org/{manifest.doi}" if manifest.doi else None,
        "identifier": f"https://doi.org/{manifest.doi}" if manifest.doi else None,
        "datePublished": date,
        "version": _semantic(manifest.version),
        "citeAs": bibtex(manifest),
        "creator": [_creator(a.name, a.orcid) for a in manifest.authors],
        "distribution": [_file(f) for f in known],
        "recordSet": [_rows(f, manifest.columns) for f in tables if manifest.columns],
    }
    return {k: v for k, v in described.items() if v not in (None, [])}


def _file(file: File) -> dict[str, Any]:
    described = {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.url or file.name,
        "contentSize": None if file.size is None else f"{file.size} B",
        "encodingFormat": _ENCODING.get(file.name.rpartition(".")[2], "application/octet-stream"),
        "sha256": file.sha256,
        "md5": file.md5,
    }
    return {k: v for k, v in described.items() if v is not None}


def _rows(file: File, columns: tuple[Column, ...]) -> dict[str, Any]:
    name = file.name.rpartition(".")[0]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{c.name}",
                "name": c.name,
                "description": f"{c.meaning} [{c.unit}]",
                "dataType": "sc:Float",
                "source": {"fileObject": {"@id": file.name}, "extract": {"column": c.name}},
            }
            for c in columns
        ],
    }


def _creator(name: str, orcid: str | None) -> dict[str, str]:
    creator = {"@type": "sc:Person", "name": name}
    return {**creator, "url": f"https://orcid.org/{orcid}"} if orcid else creator


def _licence(licence: str) -> str:
    return f"https://spdx.org/licenses/{licence}.html" if " " not in licence else licence


def _semantic(version: str | None) -> str | None:
    """The version, if it is one that Croissant accepts (1.2.3); a bare number is the first part of
    one."""
    if version is None:
        return None
    parts = version.split(".")
    return (
        ".".join([*parts, "0", "0"][:3])
        if all(p.isdecimal() for p in parts) and len(parts) <= 3
        else None
    )
