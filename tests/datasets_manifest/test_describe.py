"""Croissant, DataCite and BibTeX of every shipped set."""

import json
from pathlib import Path

import jsonschema
import pytest

from lhnets_datasets.describing.citation import bibtex, identifiers
from lhnets_datasets.describing.croissant import croissant
from lhnets_datasets.describing.metadata import datacite
from lhnets_datasets.library import collection as library

NAMES = sorted(library.sources())
NAMED = {"type": "object", "required": ["@id"], "properties": {"@id": {"type": "string"}}}
CROISSANT = {
    "type": "object",
    "required": ["@context", "@type", "conformsTo", "name", "description", "license", "creator"],
    "properties": {
        "@type": {"const": "sc:Dataset"},
        "conformsTo": {"const": "http://mlcommons.org/croissant/1.0"},
        "name": {"type": "string", "minLength": 1},
        "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "datePublished": {"type": "string", "format": "date"},
        "distribution": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["@type", "@id", "name", "contentUrl", "encodingFormat"],
                "anyOf": [{"required": ["sha256"]}, {"required": ["md5"]}],
                "properties": {
                    "@type": {"const": "cr:FileObject"},
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "md5": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                    "contentSize": {"type": "string", "pattern": r"^\d+ B$"},
                },
            },
        },
        "recordSet": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["@type", "@id", "name", "field"],
                "properties": {
                    "@type": {"const": "cr:RecordSet"},
                    "field": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["@type", "@id", "name", "dataType", "source"],
                            "properties": {
                                "@type": {"const": "cr:Field"},
                                "source": {
                                    "type": "object",
                                    "required": ["fileObject", "extract"],
                                    "properties": {"fileObject": NAMED},
                                },
                            },
                        },
                    },
                },
            },
        },
    },
    "additionalProperties": {"not": {"type": "null"}},
}
DATACITE = {
    "type": "object",
    "required": [
        "titles",
        "creators",
        "publisher",
        "types",
        "descriptions",
        "rightsList",
        "schemaVersion",
    ],
    "properties": {
        "doi": {"type": ["string", "null"], "pattern": r"^10\.\d{4,9}/\S+$"},
        "schemaVersion": {"const": "http://datacite.org/schema/kernel-4"},
        "titles": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["title"]},
        },
        "creators": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["name"]},
        },
        "types": {
            "type": "object",
            "required": ["resourceTypeGeneral"],
            "properties": {"resourceTypeGeneral": {"enum": ["Dataset", "Model", "Software"]}},
        },
        "relatedIdentifiers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["relatedIdentifier", "relatedIdentifierType", "relationType"],
                "properties": {
                    "relatedIdentifierType": {"enum": ["DOI", "arXiv"]},
                    "relationType": {"enum": ["References", "IsDerivedFrom", "IsSourceOf"]},
                },
            },
        },
    },
}


@pytest.mark.parametrize("name", NAMES)
def test_croissant_has_its_required_parts(name: str) -> None:
    manifest = library.get(name)
    described = croissant(manifest, "2026-11-21")
    jsonschema.validate(described, CROISSANT)
    files = {f["@id"] for f in described.get("distribution", [])}
    assert files == {f.name for f in manifest.files if f.sha256 or f.md5}
    for rows in described.get("recordSet", []):
        assert [f["name"] for f in rows["field"]] == [c.name for c in manifest.columns]
        assert {f["source"]["fileObject"]["@id"] for f in rows["field"]} <= files


@pytest.mark.parametrize("name", NAMES)
def test_croissant_passes_the_reference_validator(name: str, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip(
        "mlcroissant", reason="mlcroissant, the reference validator, is not installed"
    )
    path = tmp_path / "croissant.json"
    path.write_text(json.dumps(croissant(library.get(name))))
    issues = mlcroissant.Dataset(jsonld=path).metadata.ctx.issues
    assert not issues.errors


@pytest.mark.parametrize("name", NAMES)
def test_datacite_has_its_required_parts(name: str) -> None:
    described = datacite(library.get(name))
    jsonschema.validate(described, DATACITE)
    if described["doi"] is None:
        assert described["publisher"]["name"] == "(:unav)"


@pytest.mark.parametrize("name", NAMES)
def test_bibtex_names_a_doi_only_where_there_is_one(name: str) -> None:
    manifest = library.get(name)
    own = bibtex(manifest).split("\n}")[0]
    assert own.startswith(f"@misc{{{name},")
    assert ("doi = " in own) == (manifest.doi is not None)
    for entry in manifest.references.values():
        assert entry in bibtex(manifest)


def test_identifiers_of_an_entry() -> None:
    assert identifiers('@article{a, doi = "10.1/x", eprint = "1"}') == [("doi", "10.1/x")]
    assert identifiers('@article{a, eprint = "1810.05165"}') == [("arxiv", "arXiv:1810.05165")]
    assert identifiers("@misc{a}") == []
