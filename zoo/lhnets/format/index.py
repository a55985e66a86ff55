"""The index of a mirror: one entry for each name and version, with what the resolver needs to
choose."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta, Raw, Struct, field, structs

from lhnets.errors import MirrorError
from lhnets.format.card import Card
from lhnets.format.inputs import Conditions, SlhaEntry
from lhnets.format.members import Member
from lhnets.format.outputs import Alias
from lhnets.format.part import FORMAT, Kind, Name, Sha256
from lhnets.format.ranking import RankedTask
from lhnets.format.requires import find_missing
from lhnets.format.text import find_text_problems, is_plain_json
from lhnets.format.unknown import FIELD, Unknown, find_unknown, merge_unknown, to_plain

INDEX_FILE = "index.json"
INDEX_BEGIN = re.compile(rb'\{"format":\d+,"networks":\[')
"""How an index, or a part of one, begins."""

Status: TypeAlias = Literal["verified", "candidate", "retracted"]

_SCORED_BY_GAIN: frozenset[Kind] = frozenset({"anomaly_score", "event_variable"})
"""Kinds whose score is minus a gain; that of all others is an error."""

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises if bytes are not the JSON that is expected."""


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
    """What the resolver needs of an output that can be asked for (the shifts of an uncertainty
    cannot)."""

    name: str
    unit: str
    subject: str | None = None
    energy: float | None = None
    order: str | None = None
    aliases: tuple[Alias, ...] = ()
    slha: tuple[tuple[str, SlhaEntry], ...] = ()


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
        float,
        Meta(
            description="mean error on unseen rows, of classifiers the log loss; smaller is better"
        ),
    ]
    reason: Annotated[str, Meta(description="why it was retracted")] = ""
    superseded_by: (
        Annotated[int, Meta(description="newest verified version that replaces this one", ge=2)]
        | None
    ) = None
    requires: Annotated[
        tuple[str, ...], Meta(description="what a client must understand to evaluate it")
    ] = ()
    members: Annotated[tuple[Member, ...], Meta(description="of a set: its networks")] = ()
    format: Annotated[int, Meta(description="format number of its file", ge=1)] = 1
    unknown: tuple[Unknown, ...] = field(default=(), name=FIELD)

    def __post_init__(self) -> None:
        if self.score < 0 and self.kind not in _SCORED_BY_GAIN:
            raise ValueError(f"the score of a {self.kind} is a negative error: {self.score:g}")

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"

    @property
    def missing(self) -> tuple[str, ...]:
        """What this lhnets lacks to evaluate it rightly; empty if nothing."""
        return find_missing(self.requires, self.format)

    @property
    def subjects(self) -> frozenset[str]:
        """Everything that it computes: what its outputs say, else what the card says."""
        return frozenset(s for o in self.outputs for s in self.subjects_of(o))

    def subjects_of(self, output: IndexOutput) -> frozenset[str]:
        """What an output computes, and its aliases."""
        return frozenset({output.subject or self.subject, *(a.subject for a in output.aliases)})

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
                IndexInput(i.name, i.unit, i.low, i.high, i.default, i.shape is not None, i.slha)
                for i in card.inputs
            ),
            outputs=tuple(
                IndexOutput(
                    o.name,
                    o.unit,
                    o.subject,
                    o.energy,
                    o.order,
                    o.aliases,
                    tuple(o.slha.items()),
                )
                for o in card.central_outputs
            ),
            default_output=card.default_output,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            status=status,
            score=card.validation.score,
            reason=reason,
            requires=card.requires,
            members=card.members,
            format=FORMAT,
        )

    def to_json(self) -> bytes:
        """The entry as compact JSON, with the fields that this lhnets does not know."""
        if not self.unknown:
            return msgspec.json.encode(self)
        return msgspec.json.encode(merge_unknown(to_plain(self), self.unknown))

    @classmethod
    def from_json(cls, data: bytes) -> Entry:
        """An entry from its JSON; fields that this lhnets does not know are kept.

        Raises
        ------
        msgspec.ValidationError
            if it does not follow the schema.
        """
        entry = _ENTRY.decode(data)
        if not is_plain_json(data) and (problems := find_text_problems(to_plain(entry))):
            raise msgspec.ValidationError(" ".join(problems[0]))
        if msgspec.json.encode(entry) == data:
            return entry
        plain = msgspec.json.decode(data, type=dict[str, Any])
        if FIELD in plain:
            entry = _ENTRY.decode(
                msgspec.json.encode({k: v for k, v in plain.items() if k != FIELD})
            )
        return structs.replace(entry, unknown=find_unknown(entry, plain))


_ENTRY = msgspec.json.Decoder(Entry)


class Skipped(Struct, frozen=True):
    """An entry that could not be read."""

    identity: str
    reason: str


class Shard(Struct, frozen=True):
    """A part of a large index, itself an index in a file of its own."""

    sha256: Sha256
    size: Annotated[int, Meta(description="bytes of the file", gt=0)]

    @property
    def blob(self) -> str:
        """Path of the file in its mirror."""
        return blob_path(self.sha256)

    @classmethod
    def of(cls, content: bytes) -> Shard:
        """The part whose bytes are ``content``."""
        return cls(hashlib.sha256(content).hexdigest(), len(content))


class _Number(Struct):
    format: int = 1


class _Listing(Struct):
    networks: list[Raw]
    tasks: tuple[Raw, ...] = ()
    shards: dict[str, Shard] = {}
    names: dict[str, Shard] = {}


class _Notice(Struct):
    """The entry that tells an lhnets without shards that it sees none of so many networks."""

    in_shards: int


class Index(Struct, frozen=True):
    """All entries of a mirror, ordered by name and version; of a large one, where they are."""

    networks: tuple[Entry, ...]
    format: int = FORMAT
    skipped: Annotated[
        tuple[Skipped, ...], Meta(description="entries that could not be read; never written")
    ] = ()
    tasks: Annotated[
        tuple[RankedTask, ...], Meta(description="tasks that networks were judged in")
    ] = ()
    shards: Annotated[
        dict[str, Shard],
        Meta(description="parts by kind; of a kind, by the place of what is computed"),
    ] = {}
    names: Annotated[dict[str, Shard], Meta(description="parts by the place of the name")] = {}
    in_shards: Annotated[int, Meta(description="how many entries the parts hold")] = 0

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Index:
        """An index in its canonical order, in which superseded versions are marked."""
        ordered = sorted(entries, key=lambda e: (e.name, e.version))
        newest = {e.name: e.version for e in ordered if e.status == "verified"}
        return cls(tuple(_mark(e, newest.get(e.name, 0)) for e in ordered))

    def to_json(self) -> bytes:
        """The bytes of `index.json`: one line a network, the same bytes for the same entries."""
        notice = [self._notice_to_json()] if self.in_shards else []
        lines = [*notice, *(e.to_json() for e in self.networks)]
        return b'{"format":%d,"networks":[\n%s\n]%s%s%s}\n' % (
            self.format,
            b",\n".join(lines),
            self._tasks_to_json(),
            _shards_to_json(b"shards", self.shards),
            _shards_to_json(b"names", self.names),
        )

    def _notice_to_json(self) -> bytes:
        return msgspec.json.encode(
            {
                "name": f"{self.in_shards} networks in shards",
                "version": "all",
                "in_shards": self.in_shards,
            }
        )

    def _tasks_to_json(self) -> bytes:
        lines = b",\n".join(msgspec.json.encode(task) for task in self.tasks)
        return b',\n"tasks":[\n%s\n]' % lines if lines else b""

    @classmethod
    def from_json(cls, data: bytes, source: str) -> Index:
        """The index in ``data``, which was read from ``source``. Entries that cannot be read are
        skipped.

        Raises
        ------
        MirrorError
            if it is not an index, or its format is newer than this lhnets.
        """
        try:
            number = msgspec.json.decode(data, type=_Number).format
            if number > FORMAT:
                raise MirrorError(
                    f"the index of {source} has format {number}, this lhnets reads up to {FORMAT}: "
                    "update lhnets"
                )
            listing = msgspec.json.decode(data, type=_Listing)
            count = _read_notice(listing)
            read = [_read_entry(bytes(raw)) for raw in listing.networks[1 if count else 0 :]]
        except UNREADABLE as error:
            raise MirrorError(
                f"the index of {source} cannot be read: {error}. Is it an lhnets mirror?"
            ) from error
        entries = tuple(e for e in read if isinstance(e, Entry))
        skipped = tuple(e for e in read if isinstance(e, Skipped))
        return cls(
            entries,
            skipped=skipped,
            tasks=_read_tasks(listing.tasks),
            shards=listing.shards,
            names=listing.names,
            in_shards=count,
        )


def _shards_to_json(field: bytes, shards: dict[str, Shard]) -> bytes:
    return b',\n"%s":%s' % (field, msgspec.json.encode(shards)) if shards else b""


def _read_notice(listing: _Listing) -> int:
    """How many entries the parts of a large index hold; 0 if it is not in parts."""
    if not listing.names or not listing.networks:
        return 0
    try:
        return msgspec.json.decode(listing.networks[0], type=_Notice).in_shards
    except UNREADABLE:
        return 0


def _read_tasks(given: Iterable[Raw]) -> tuple[RankedTask, ...]:
    """The tasks that can be read: one of a kind that this lhnets does not know is left out."""
    found = []
    for raw in given:
        with contextlib.suppress(*UNREADABLE):
            found.append(msgspec.json.decode(raw, type=RankedTask))
    return tuple(found)


def _mark(entry: Entry, newest: int) -> Entry:
    """The entry with the ``newest`` verified version of its name, if that one replaces it."""
    by = newest if newest > entry.version else None
    return entry if entry.superseded_by == by else structs.replace(entry, superseded_by=by)


def _read_entry(data: bytes) -> Entry | Skipped:
    try:
        return Entry.from_json(data)
    except UNREADABLE as error:
        return Skipped(_identity(data), str(error))


def _identity(data: bytes) -> str:
    """NAME@VERSION of an entry that cannot be read, as far as it tells."""
    try:
        plain = msgspec.json.decode(data, type=dict[str, Any])
    except UNREADABLE:
        return "an entry without a name"
    return f"{plain.get('name', 'an entry without a name')}@{plain.get('version', '?')}"[:120]


def blob_path(sha256: str) -> str:
    """Path of a content-addressed file in a mirror or cache."""
    return str(PurePosixPath("blobs", "sha256", sha256[:2], sha256[2:]))


def card_path(name: str, version: int) -> str:
    """Path of a card in a mirror."""
    return str(PurePosixPath("networks", name, f"{version}.json"))
