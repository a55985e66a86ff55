"""The manifest of a data set: one YAML file that says what the set is, where it is and how it was made."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from lhnets._card import Author, Name, Sha256
from msgspec import Meta, Struct

Availability: TypeAlias = Literal["bundled", "rebuilt", "archived"]


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A frozen part of a manifest that refuses fields it does not know."""


class File(_Part, kw_only=True):
    """One file of the set."""

    name: Annotated[str, Meta(description="local file name; never a path")]
    size: Annotated[int, Meta(description="bytes")] | None = None
    sha256: Sha256 | None = None
    md5: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")] | None = None


class Column(_Part, kw_only=True):
    """One column of the table."""

    name: str
    unit: Annotated[str, Meta(description="unit; 1 for a pure number")]
    meaning: str
    role: Literal["input", "target", "error", "weight", "label", "other"] = "other"


class Generator(_Part, kw_only=True):
    """The program that made the rows."""

    program: str
    version: str
    settings: dict[str, str] = {}
    recipe: Annotated[str, Meta(description="module under lhnets_training.recipes that makes the set again")] | None = (
        None
    )
    seed: int | None = None
    tolerance: Annotated[float, Meta(description="relative; 0 where the rows come out bit for bit")] | None = None


class Manifest(_Part, kw_only=True):
    """One data set."""

    name: Name
    title: str
    description: str
    available: Annotated[
        Availability,
        Meta(description="bundled: shipped in the repository; rebuilt: by its recipe; archived: under its DOI"),
    ]
    licence: Annotated[str, Meta(description="SPDX identifier, or a sentence where none is stated")]
    authors: tuple[Author, ...]
    files: tuple[File, ...]
    rows: int | None = None
    columns: tuple[Column, ...] = ()
    generator: Generator | None = None
    doi: Annotated[str, Meta(description="only one that exists")] | None = None
    references: Annotated[dict[str, str], Meta(description="BibTeX entries by their keys")] = {}
    extra: dict[str, Any] = {}
