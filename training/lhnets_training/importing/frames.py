"""What parent and child say to each other: length, header in JSON, arrays as an npz without
pickles."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import IO, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 1 << 30

Header = dict[str, Any]


class FrameError(Exception):
    """The other side ended, or does not keep to the protocol."""


def write(
    sink: IO[bytes],
    header: Header,
    arrays: Mapping[str, NDArray[Any]] | None = None,
    data: bytes = b"",
) -> None:
    """Send a header with named arrays and bytes."""
    named = dict(arrays or {})
    packed = io.BytesIO()
    numbered: dict[str, Any] = {f"a{k}": a for k, a in enumerate(named.values())}
    np.savez(packed, **numbered)
    parts = (msgspec.json.encode({**header, "arrays": list(named)}), packed.getvalue(), data)
    sink.write(struct.pack("<3Q", *(len(p) for p in parts)))
    for part in parts:
        sink.write(part)
    sink.flush()


def read(source: IO[bytes]) -> tuple[Header, dict[str, NDArray[Any]], bytes]:
    """What `write` sent.

    Raises
    ------
    FrameError
        If the stream ends, is too long, or holds something else.
    """
    lengths = struct.unpack("<3Q", _exactly(source, 24))
    if sum(lengths) > MOST_BYTES:
        raise FrameError(f"{sum(lengths):,} bytes in one message; at most {MOST_BYTES:,}")
    head, packed, data = (_exactly(source, n) for n in lengths)
    try:
        header = msgspec.json.decode(head, type=Header)
        names = msgspec.convert(header.pop("arrays"), list[str])
        with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
            arrays = {name: archive[f"a{k}"] for k, name in enumerate(names)}
    except (msgspec.MsgspecError, KeyError, ValueError, OSError) as error:
        raise FrameError(f"a message that cannot be read: {error}") from error
    return header, arrays, data


def _exactly(source: IO[bytes], count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = source.read(min(count, 1 << 20))
        if not part:
            raise FrameError("the stream ended")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
