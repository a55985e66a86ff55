"""Known tokens belong to the store that they were made for."""

from __future__ import annotations

from pathlib import Path

from lhnets_registry.ledger import tokens
from lhnets_registry.location import Location
from lhnets_registry.service.known_ids import KnownIds


def test_two_stores_in_one_process_do_not_share_their_tokens(tmp_path: Path) -> None:
    one, other = (Location.of(tmp_path / name) for name in ("one", "other"))
    first = tokens.create(one, ["review"], "first")[1]
    second = tokens.create(other, ["review"], "second")[1]
    known, beside = KnownIds(one), KnownIds(other)
    assert known.has(first)
    assert not known.has(second)
    assert beside.has(second)
    assert not beside.has("guess")
