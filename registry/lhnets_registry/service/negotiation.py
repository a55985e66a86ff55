"""What a request for a file says in its headers (RFC 9110): which copy it has, which part and which
coding it wants. Pure."""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")
_GZIP = "-gzip"
_NO_WEIGHT = re.compile(r"q=0(\.0{0,3})?")


class RangeError(ValueError):
    """A range that the file does not have."""


def compressed_etag(etag: str) -> str:
    """The validator of the compressed form of the file whose validator is ``etag`` (without
    quotes)."""
    return etag + _GZIP


def has_already(if_none_match: str | None, etag: str) -> bool:
    """Whether the client has the file with the validator ``etag`` (without quotes) already, in
    either coding.

    >>> has_already('W/"ab", "cd-gzip"', "cd")
    True
    """
    if if_none_match is None:
        return False
    given = (
        part.strip().removeprefix("W/").strip('"').removesuffix(_GZIP)
        for part in if_none_match.split(",")
    )
    return any(tag in ("*", etag) for tag in given)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether the header allows gzip.

    >>> takes_gzip("br, gzip;q=0.5"), takes_gzip("gzip;q=0, *"), takes_gzip("")
    (True, False, False)
    """
    weights = {}
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        weights[coding.strip()] = _NO_WEIGHT.fullmatch(weight.replace(" ", "")) is None
    return weights.get("gzip", weights.get("*", False))


def byte_range(wanted: str, size: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of the one range that is wanted; None where the whole file is to be
    sent.

    Several ranges at once, and what is not a range, give the whole file, as the standard allows.

    >>> byte_range("bytes=2-4", 10), byte_range("bytes=-3", 10), byte_range("bytes=0-1,4-5", 10)
    ((2, 5), (7, 10), None)

    Raises
    ------
    RangeError
        If the file has no such bytes.
    """
    match = _RANGE.fullmatch(wanted.strip())
    if match is None:
        return None
    first, last, suffix = match.groups()
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(0, size - int(suffix))
    end = min(int(last) + 1, size) if last else size
    if start >= end:
        raise RangeError(f"the file has {size} bytes, and not the range {wanted}")
    return start, end
