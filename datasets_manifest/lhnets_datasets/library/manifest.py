"""The manifest of a data set: one YAML file that says what the set is, where it is and how it was
made."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from lhnets.format import Author, Name, Sha256, find_bibtex_problem, find_text_problems, whole
from lhnets_datasets.doi import Doi
from lhnets_datasets.errors import ManifestError
from lhnets_datasets.names import is_safe

Availability: TypeAlias = Literal["bundled", "rebuilt", "archived"]


class _ManifestPart(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A frozen part of a manifest that refuses fields it does not know."""


class File(_ManifestPart, frozen=True, kw_only=True):
    """One file of the set."""

    name: Annotated[str, Meta(description="local file name; never a path")]
    size: Annotated[int, Meta(description="bytes")] | None = None
    sha256: Sha256 | None = None
    md5: Annotated[str, Meta(pattern=whole(r"[0-9a-f]{32}"))] | None = None
    key: (
        Annotated[str, Meta(description="its name in the archive, where that is another one")]
        | None
    ) = None
    url: (
        Annotated[
            str,
            Meta(
                description="where it is fetched from, where the archive's interface does not say"
            ),
        ]
        | None
    ) = None

    @property
    def archived_as(self) -> str:
        """The name of the file in its archive."""
        return self.key or self.name


class Column(_ManifestPart, frozen=True, kw_only=True):
    """One column of the table."""

    name: str
    unit: Annotated[str, Meta(description="unit; 1 for a pure number")]
    meaning: str
    role: Literal["input", "target", "error", "weight", "label", "other"] = "other"


class Generator(_ManifestPart, frozen=True, kw_only=True):
    """The program that made the rows."""

    program: str
    version: str
    settings: dict[str, str] = {}
    recipe: (
        Annotated[
            str, Meta(description="module under lhnets_training.recipes that makes the set again")
        ]
        | None
    ) = None
    seed: int | None = None
    comparison: Annotated[
        Literal["values", "statistics"],
        Meta(
            description="how a rebuilt set is compared: row by row, or by its distributions where "
            "the rows are random"
        ),
    ] = "values"
    tolerance: (
        Annotated[float, Meta(description="relative; 0 where the rows come out bit for bit")] | None
    ) = None


class Manifest(_ManifestPart, frozen=True, kw_only=True):
    """One data set."""

    name: Name
    title: str
    description: str
    available: Annotated[
        Availability,
        Meta(
            description="bundled: shipped in the repository; rebuilt: by its recipe; archived: "
            "under its DOI"
        ),
    ]
    licence: Annotated[str, Meta(description="SPDX identifier, or a sentence where none is stated")]
    authors: tuple[Author, ...]
    files: Annotated[
        tuple[File, ...],
        Meta(description="empty: all files of the record, recorded with the first download"),
    ]
    rows: int | None = None
    columns: tuple[Column, ...] = ()
    generator: Generator | None = None
    doi: Annotated[str, Meta(description="only one that exists")] | None = None
    references: Annotated[dict[str, str], Meta(description="BibTeX entries by their keys")] = {}
    concept_doi: (
        Annotated[str, Meta(description="the DOI that stands for all versions, where it exists")]
        | None
    ) = None
    version: (
        Annotated[str, Meta(description="version of the set, as its publisher counts")] | None
    ) = None
    extra: dict[str, Any] = {}

    @property
    def size(self) -> int | None:
        """Bytes of all files; None where one is not known."""
        sizes = [f.size for f in self.files]
        return sum(s for s in sizes if s is not None) if sizes and None not in sizes else None

    def column(self, name: str) -> Column | None:
        """The column called ``name``."""
        return next((c for c in self.columns if c.name == name), None)

    def to_yaml(self) -> bytes:
        """The manifest as YAML."""
        return msgspec.yaml.encode(self)

    @classmethod
    def from_yaml(cls, data: bytes, source: str) -> Manifest:
        """The manifest in ``data``, which was read from ``source``.

        Raises
        ------
        ManifestError
            If it does not follow the schema, with the path of the field, or contradicts itself.
        """
        try:
            manifest = msgspec.yaml.decode(data, type=cls)
        except (msgspec.MsgspecError, ValueError) as error:
            raise ManifestError(
                f"the manifest {source} does not follow its schema: {error}"
            ) from error
        findings = find_contradictions(manifest)
        if findings:
            raise ManifestError(f"the manifest {source} contradicts itself: " + "; ".join(findings))
        return manifest


def find_contradictions(manifest: Manifest) -> list[str]:
    """What the schema cannot say: names twice, names that are paths, DOIs that are none, checksums
    that are missing."""
    found = [f"{what} {n!r} appears twice" for what, n in _twice(manifest)]
    found += [
        f"the file name {f.name!r} is not a plain name"
        for f in manifest.files
        if not is_safe(f.name)
    ]
    for doi in (manifest.doi, manifest.concept_doi):
        if doi is not None and (parsed := Doi.parse(doi)) != Doi(doi):
            found.append(f"{doi!r} is not a bare DOI{f' (write {parsed})' if parsed else ''}")
    texts = find_text_problems(msgspec.to_builtins(manifest))
    found += [" ".join(problem) for problem in texts]
    for key, entry in manifest.references.items():
        if problem := find_bibtex_problem(key, entry):
            found.append(f"references.{key} {problem}")
    if manifest.available == "archived" and manifest.doi is None:
        found.append("it is archived but has no doi")
    if manifest.available == "bundled":
        found += [
            f"the bundled file {f.name!r} has no sha256" for f in manifest.files if f.sha256 is None
        ]
        found += ["it is bundled but names no file"] if not manifest.files else []
    if manifest.available == "rebuilt" and (
        manifest.generator is None or manifest.generator.recipe is None
    ):
        found.append("it is rebuilt but names no recipe")
    return found


def json_schema() -> dict[str, Any]:
    """The JSON schema of a manifest (2020-12), generated from the structs above."""
    return msgspec.json.schema(Manifest)


def _twice(manifest: Manifest) -> list[tuple[str, str]]:
    named = [("file", f.name) for f in manifest.files] + [
        ("column", c.name) for c in manifest.columns
    ]
    return sorted({n for n in named if named.count(n) > 1})
