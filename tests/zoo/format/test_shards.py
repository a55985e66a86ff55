"""Large indexes in parts: the same entries, found from a few of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets import MirrorError
from lhnets._asking.process import subject_key
from lhnets.format import (
    Alias,
    Card,
    Entry,
    Index,
    Shard,
    find_computing,
    find_named,
    join_index,
    list_shards,
    split_index,
)
from lhnets.format.shards import find_place

GLUINOS = "2212 2212 > 1000021 1000021"


@pytest.fixture
def index(make_card: Callable[..., Card]) -> Index:
    """Two versions of 600 names: too many for one part of their kind."""
    base = Entry.of(make_card(), b"abc", "verified")
    other = msgspec.structs.replace(base, kind="width")
    return Index.of(
        msgspec.structs.replace(
            other if number % 40 == 0 else base,
            name=f"net-{number}",
            version=version,
            subject=f"2212 2212 > {number} {number}",
            outputs=tuple(msgspec.structs.replace(o, subject=None) for o in base.outputs),
        )
        for number in range(600)
        for version in (1, 2)
    )


def reader(parts: dict[str, bytes]) -> tuple[Callable[[Shard], bytes], list[Shard]]:
    asked: list[Shard] = []

    def read(shard: Shard) -> bytes:
        asked.append(shard)
        return parts[shard.blob]

    return read, asked


def test_a_small_index_stays_in_one_piece(index: Index) -> None:
    assert split_index(index).front is index
    assert split_index(index).parts == {}


def test_all_parts_together_are_the_index(index: Index) -> None:
    split = split_index(index, 100)
    front = Index.from_json(split.front.to_json(), "here")
    assert front == split.front
    assert (front.networks, front.in_shards, front.skipped) == ((), 1200, ())
    read, _ = reader(split.parts)
    assert join_index(front, read, "here") == index
    assert split_index(Index.of(reversed(index.networks)), 100) == split


def test_parts_are_under_their_sha256_and_listed(index: Index) -> None:
    split = split_index(index, 100)
    listed = {s.blob: s for s in list_shards(split.front, reader(split.parts)[0], "here")}
    assert listed.keys() == split.parts.keys()
    for path, content in split.parts.items():
        assert listed[path].sha256 == hashlib.sha256(content).hexdigest()
        assert listed[path].size == len(content)


def test_a_name_is_found_in_one_part(index: Index) -> None:
    split = split_index(index, 100)
    read, asked = reader(split.parts)
    found = find_named(split.front, ["net-7", "net-unheard-of"], read, "here")
    assert [e.identity for e in found] == ["net-7@1", "net-7@2"]
    assert found == [e for e in index.networks if e.name == "net-7"]
    assert len(asked) <= 2


def test_what_is_computed_is_found_in_two_parts(index: Index) -> None:
    split = split_index(index, 100)
    read, asked = reader(split.parts)
    assert "net-7" in find_computing(split.front, "cross_section", "2212 2212 > 7 7", read, "here")
    assert len(asked) == 2
    names = find_computing(split.front, "width", "2212 2212 > 40 40", read, "here")
    assert names == {"net-40"}
    assert find_computing(split.front, "likelihood", "x", read, "here") == set()


def test_aliases_are_found_too(index: Index) -> None:
    entry = index.networks[0]
    outputs = (
        msgspec.structs.replace(entry.outputs[0], aliases=(Alias(subject=GLUINOS),)),
        *entry.outputs[1:],
    )
    changed = Index.of([msgspec.structs.replace(entry, outputs=outputs), *index.networks[1:]])
    for large in (100, 10_000):
        split = split_index(changed, large)
        read, _ = reader(split.parts)
        assert find_computing(split.front, entry.kind, GLUINOS, read, "here") == {entry.name}


@given(st.text(), st.text())
def test_subjects_that_count_as_the_same_have_the_same_place(one: str, other: str) -> None:
    assert find_place(one) == find_place(f" {one.upper().lower()}-") or not one.isascii()
    if subject_key(one) == subject_key(other):
        assert find_place(one) == find_place(other)


def test_an_lhnets_without_shards_is_told_what_it_does_not_see(index: Index) -> None:
    """Such a client ignores the lists of parts and reads the entries one by one."""
    plain: dict[str, Any] = msgspec.json.decode(split_index(index, 100).front.to_json())
    del plain["shards"], plain["names"]
    old = Index.from_json(msgspec.json.encode(plain), "here")
    assert [s.identity for s in old.skipped] == ["1200 networks in shards@all"]


def test_more_bytes_than_any_index_has_are_not_read(index: Index) -> None:
    names = {f"{n:02x}": Shard("0" * 64, 50_000_000) for n in range(256)}
    front = msgspec.structs.replace(split_index(index, 100).front, names=names)
    with pytest.raises(MirrorError, match="says that its parts have 12800000000 bytes"):
        join_index(front, reader({})[0], "here")


def test_a_part_that_is_no_index(index: Index) -> None:
    front = split_index(index, 100).front
    with pytest.raises(MirrorError, match="a part of the index of here cannot be read"):
        find_named(front, ["net-7"], lambda _: b"<html>", "here")
    with pytest.raises(MirrorError, match="a part of the index of here cannot be read"):
        find_computing(front, "cross_section", GLUINOS, lambda _: b"[", "here")
