"""The body of an answer, read within a bound on its bytes, plain or compressed once."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from lhnets.errors import IntegrityError, MirrorError

if TYPE_CHECKING:
    import httpx

GZIP = 16 + zlib.MAX_WBITS
_PLAIN = frozenset({"", "identity"})


def read_body(
    response: httpx.Response, limit: int, url: str, count: Callable[[int], None]
) -> bytes:
    """The bytes of a body that is plain or compressed by gzip, once.

    Never more than ``limit`` bytes are made of it, however little was sent.

    Parameters
    ----------
    count
        called with the number of bytes that arrived, for each piece.

    Raises
    ------
    IntegrityError
        if it is longer than ``limit`` bytes.
    MirrorError
        if it is encoded otherwise, or damaged.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _PLAIN | {"gzip"}:
        raise MirrorError(
            f"{url} is encoded as {encoding[:40]!r}; expected no encoding, or gzip once"
        )
    unpack = _Gzip() if encoding == "gzip" else None
    body = bytearray()
    for chunk in response.iter_raw():
        count(len(chunk))
        body += chunk if unpack is None else unpack(chunk, limit + 1 - len(body), url)
        if len(body) > limit:
            raise IntegrityError(
                f"{url} is longer than the {limit} bytes accepted; it was not read"
            )
    if unpack is not None and not unpack.ended:
        raise MirrorError(f"{url} is not complete: its compression has no end")
    return bytes(body)


class _Gzip:
    """One gzip stream, unpacked piece by piece."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(GZIP)

    @property
    def ended(self) -> bool:
        """Whether its end was reached."""
        return self._stream.eof

    def __call__(self, chunk: bytes, most: int, url: str) -> bytes:
        """At most ``most`` bytes of what ``chunk`` holds."""
        try:
            return self._stream.decompress(chunk, most)
        except zlib.error as error:
            raise MirrorError(f"{url} is not compressed as it says: {error}") from error
