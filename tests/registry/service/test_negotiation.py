"""Conditional requests, ranges and codings, against the words of RFC 9110."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets_registry.service.negotiation import (
    RangeError,
    byte_range,
    compressed_etag,
    has_already,
    takes_gzip,
)

HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=2-", (2, 10)),
        ("bytes=2-100", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-100", (0, 10)),
        ("bytes=5-2", None),
        ("bytes=0-1,3-4", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=-", None),
    ],
)
def test_ranges(wanted: str, part: tuple[int, int] | None) -> None:
    assert byte_range(wanted, 10) == part


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_ranges_beyond_the_file_are_refused(wanted: str) -> None:
    with pytest.raises(RangeError, match="10 bytes"):
        byte_range(wanted, 10)


@given(
    HEADER | st.from_regex(r"bytes=[0-9]{0,20}-[0-9]{0,20}", fullmatch=True), st.integers(0, 10**9)
)
def test_any_range_header_gives_a_part_within_the_file(wanted: str, size: int) -> None:
    try:
        part = byte_range(wanted, size)
    except RangeError:
        return
    assert part is None or 0 <= part[0] < part[1] <= size


@given(HEADER)
def test_a_validator_matches_only_itself_and_a_star(header: str) -> None:
    assert not has_already(None, "ab")
    assert has_already(f'"{compressed_etag("ab")}"', "ab")
    if "ab" not in header and "*" not in header:
        assert not has_already(header, "ab")


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*;q=0", False),
        ("identity", False),
        ("", False),
        ("br", False),
    ],
)
def test_gzip_is_sent_only_to_those_who_take_it(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes
