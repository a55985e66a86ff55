"""The index of a mirror: one entry for each name and version, with what the resolver needs to choose."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from lhnets.errors import MirrorError
from lhnets.format.card import Card, Conditions, Kind, Name, Sha256, SlhaEntry

INDEX_FILE = "index.json"
FORMAT = 1

Status: TypeAlias = Literal["verified", "candidate", "retracted"]


class IndexInput(Struct, frozen=True, omit_defaults=True, gc=False):
    """What the resolver needs of an input."""

    name: str
    unit: str
    low: float | None = None
    high: float | None = None
    default: float | None = None
    tensor: bool = False
    slha: SlhaEntry | None = None


class IndexOutput(Struct, frozen=True, omit_defaults=True, gc=False):
    """What the resolver needs of an output that can be asked for (the shifts of an uncertainty cannot)."""

    name: str
    unit: str
    subject: str | None = None
    energy: float | None = None
    order: str | None = None


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One version of one network in an index. Fields that a later format adds are ignored."""

    name: Name
    version: Annotated[int, Meta(ge=1)]
    kind: Kind
    title: str
    subject: str
    conditions: Conditions
    inputs: tuple[IndexInput, ...]
    outputs: tuple[IndexOutput, ...]
    default_output: str
    sha256: Sha256
    size: Annotated[int, Meta(description="bytes of the network file", gt=0)]
    status: Status
    score: Annotated[
        float, Meta(description="mean error on unseen rows, of classifiers the log loss; smaller is better")
    ]
    reason: Annotated[str, Meta(description="why it was retracted")] = ""

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"

    @property
    def subjects(self) -> frozenset[str]:
        """Everything that it computes: what its outputs say, else what the card says."""
        return frozenset(o.subject or self.subject for o in self.outputs)

    @property
    def blob(self) -> str:
        """Path of the network file in its mirror."""
        return blob_path(self.sha256)

    @classmethod
    def of(cls, card: Card, content: bytes, status: Status, reason: str = "") -> Entry:
        """The entry of the network file whose bytes are ``content``."""
        return cls(
            name=card.name,
            version=card.version,
            kind=card.kind,
            title=card.title,
            subject=card.subject,
            conditions=card.conditions,
            inputs=tuple(
                IndexInput(i.name, i.unit, i.low, i.high, i.default, i.shape is not None, i.slha) for i in card.inputs
            ),
            outputs=tuple(IndexOutput(o.name, o.unit, o.subject, o.energy, o.order) for o in card.central_outputs),
            default_output=card.default_output,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            status=status,
            score=card.validation.score,
            reason=reason,
        )


class Index(Struct, frozen=True):
    """All entries of a mirror, ordered by name and version."""

    networks: tuple[Entry, ...]
    format: int = FORMAT
    created: Annotated[
        str, Meta(description="moment of a signed index, UTC", pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)?$")
    ] = ""

    @classmethod
    def of(cls, entries: Iterable[Entry], created: str = "") -> Index:
        """An index in its canonical order."""
        return cls(tuple(sorted(entries, key=lambda e: (e.name, e.version))), created=created)

    def to_json(self) -> bytes:
        """The bytes of `index.json`: one line a network, the same bytes for the same entries."""
        lines = b",\n".join(msgspec.json.encode(e) for e in self.networks)
        created = b'"created":"%s",' % self.created.encode() if self.created else b""
        return b'{"format":%d,%s"networks":[\n%s\n]}\n' % (self.format, created, lines)

    @classmethod
    def from_json(cls, data: bytes, source: str) -> Index:
        """The index in ``data``, which was read from ``source``."""
        try:
            index = msgspec.json.decode(data, type=cls)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise MirrorError(f"the index of {source} cannot be read: {error}. Is it an lhnets mirror?") from error
        if index.format > FORMAT:
            raise MirrorError(
                f"the index of {source} has format {index.format}, this lhnets reads up to {FORMAT}: update lhnets"
            )
        return index


def blob_path(sha256: str) -> str:
    """Path of a content-addressed file in a mirror or cache."""
    return str(PurePosixPath("blobs", "sha256", sha256[:2], sha256[2:]))


def card_path(name: str, version: int) -> str:
    """Path of a card in a mirror."""
    return str(PurePosixPath("networks", name, f"{version}.json"))
