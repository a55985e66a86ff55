"""A large index in parts, so that a question reads a few of them and not all.

`index.json` lists parts twice: by kind (``shards``), and by name (``names``). Where a kind is large
too, its part lists further ones by what is computed. A part is found from the beginning of a
SHA-256, its *place*, in as many hexadecimal digits as the keys of the list have. An entry is in the
part of its name, with all versions of that name, and in one for each thing that it computes.
"""

from __future__ import annotations

import contextlib
import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct, structs

from lhnets.errors import MirrorError
from lhnets.format.index import UNREADABLE, Entry, Index, Shard
from lhnets.format.part import Kind

LARGE = 5000
"""Entries above which an index is written in parts: about 5 MB."""
_PART = 512
"""Entries of a part on average, at most."""
_MOST_BYTES = 2 * 1000**3
"""Bytes of all parts by name together that are read at most."""

_T = TypeVar("_T")

Read = Callable[[Shard], bytes]
"""Gives the bytes of a part, whose SHA-256 was checked."""


class SplitIndex(Struct, frozen=True):
    """An index as it is written.

    Attributes
    ----------
    front : Index
        For `index.json`.
    parts : dict
        Path in the mirror -> bytes; empty if it is small.
    """

    front: Index
    parts: dict[str, bytes]


def split_index(index: Index, large: int = LARGE) -> SplitIndex:
    """The index in parts, if it has more than ``large`` entries; the same for the same entries."""
    if len(index.networks) <= large:
        return SplitIndex(index, {})
    parts: dict[str, bytes] = {}
    kinds: dict[str, list[Entry]] = {}
    for entry in index.networks:
        kinds.setdefault(entry.kind, []).append(entry)
    shards = {
        kind: _add_part(_split_kind(entries, parts), parts)
        for kind, entries in sorted(kinds.items())
    }
    names = _split_by(index.networks, lambda e: {e.name}, parts)
    front = structs.replace(
        index, networks=(), shards=shards, names=names, in_shards=len(index.networks)
    )
    return SplitIndex(front, parts)


def _split_kind(entries: list[Entry], parts: dict[str, bytes]) -> Index:
    if len(entries) <= _PART:
        return Index(tuple(entries))
    return Index((), shards=_split_by(entries, lambda e: e.subjects, parts))


def _split_by(
    entries: Iterable[Entry], keys: Callable[[Entry], Iterable[str]], parts: dict[str, bytes]
) -> dict[str, Shard]:
    placed = [(place, e) for e in entries for place in sorted({find_place(k) for k in keys(e)})]
    digits = 1
    while len(placed) > _PART * 16**digits:
        digits += 1
    found: dict[str, list[Entry]] = {}
    for place, entry in placed:
        listed = found.setdefault(place[:digits], [])
        if not listed or listed[-1] is not entry:
            listed.append(entry)
    return {place: _add_part(Index(tuple(found[place])), parts) for place in sorted(found)}


def _add_part(index: Index, parts: dict[str, bytes]) -> Shard:
    content = index.to_json()
    shard = Shard.of(content)
    parts[shard.blob] = content
    return shard


def find_place(key: str) -> str:
    """Where the name or the subject ``key`` stands: the SHA-256 of its letters and digits, whatever
    their case."""
    plain = unicodedata.normalize("NFKC", key).casefold()
    return hashlib.sha256("".join(c for c in plain if c.isalnum()).encode()).hexdigest()


def join_index(front: Index, read: Read, source: str) -> Index:
    """The whole index: all parts by name, read one after the other.

    Raises
    ------
    MirrorError
        If a part cannot be read, or all together are too large.
    """
    size = sum(shard.size for shard in front.names.values())
    if size > _MOST_BYTES:
        raise MirrorError(
            f"the index of {source} says that its parts have {size} bytes, more than the "
            f"{_MOST_BYTES} accepted. It was not read; tell the mirror's keeper"
        )
    parts = [Index.from_json(read(shard), source) for _, shard in sorted(front.names.items())]
    entries = (e for part in parts for e in part.networks)
    return structs.replace(
        front,
        networks=tuple(sorted(entries, key=lambda e: (e.name, e.version))),
        skipped=(*front.skipped, *(s for part in parts for s in part.skipped)),
        shards={},
        names={},
        in_shards=0,
    )


def find_named(front: Index, names: Iterable[str], read: Read, source: str) -> list[Entry]:
    """All versions of ``names``."""
    if not front.names:
        chosen = frozenset(names)
        return [e for e in front.networks if e.name in chosen]
    wanted: dict[str, set[str]] = {}
    for name in names:
        wanted.setdefault(_find_key(front.names, name), set()).add(name)
    found: list[Entry] = []
    for key in sorted(wanted.keys() & front.names.keys()):
        kept = [
            bytes(raw)
            for raw, head in _read_heads(read(front.names[key]), source)
            if head.name in wanted[key]
        ]
        listing = b'{"format":%d,"networks":[%s]}' % (front.format, b",".join(kept))
        found += Index.from_json(listing, source).networks
    return sorted(found, key=lambda e: (e.name, e.version))


def find_computing(front: Index, kind: Kind, subject: str, read: Read, source: str) -> set[str]:
    """The names of networks of a kind that compute something of the same place as ``subject``, so
    none that does is left out."""
    place = find_place(subject)
    if not front.names:
        of_kind = (e for e in front.networks if e.kind == kind)
        return {e.name for e in of_kind if any(find_place(s) == place for s in e.subjects)}
    if kind not in front.shards:
        return set()
    content = read(front.shards[kind])
    further = _decode(content, _Further, source).shards
    if further:
        key = _find_key(further, subject)
        if key not in further:
            return set()
        content = read(further[key])
    return {
        head.name
        for _, head in _read_heads(content, source)
        if head.kind == kind and any(find_place(s) == place for s in _find_subjects(head))
    }


def list_shards(front: Index, read: Read, source: str) -> Iterator[Shard]:
    """All parts of an index."""
    yield from front.names.values()
    for shard in front.shards.values():
        yield shard
        yield from _decode(read(shard), _Further, source).shards.values()


def _find_key(shards: Mapping[str, Shard], key: str) -> str:
    return find_place(key)[: len(next(iter(shards), ""))]


class _Further(Struct):
    shards: dict[str, Shard] = {}


class _Computed(Struct, gc=False):
    subject: str


class _HeadOutput(Struct, gc=False):
    subject: str | None = None
    aliases: tuple[_Computed, ...] = ()


class _Head(Struct, gc=False):
    """Of an entry, what says where it belongs."""

    name: str
    kind: str
    subject: str
    outputs: tuple[_HeadOutput, ...]


class _Rows(Struct):
    networks: list[Raw]


def _read_heads(content: bytes, source: str) -> Iterator[tuple[Raw, _Head]]:
    for raw in _decode(content, _Rows, source).networks:
        with contextlib.suppress(*UNREADABLE):
            yield raw, msgspec.json.decode(raw, type=_Head)


def _find_subjects(head: _Head) -> set[str]:
    """What an entry computes, aliases included."""
    own = {output.subject or head.subject for output in head.outputs}
    return own | {alias.subject for output in head.outputs for alias in output.aliases}


def _decode(content: bytes, type_: type[_T], source: str) -> _T:
    try:
        return msgspec.json.decode(content, type=type_)
    except UNREADABLE as error:
        raise MirrorError(f"a part of the index of {source} cannot be read: {error}") from error
