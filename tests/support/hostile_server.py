"""A mirror that misbehaves: it is silent, slow, endless, or sends little that becomes much."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_BLOCK = b" " * 65536


def _nothing() -> Iterator[bytes]:
    yield b""
    yield from itertools.repeat(b"")


def _slow_headers() -> Iterator[bytes]:
    return (bytes([b]) for b in b"HTTP/1.1 200 OK\r\nX-Wait: " + b"a" * 60_000)


def _slow_body() -> Iterator[bytes]:
    yield _OK + b"Content-Length: 10000\r\n\r\n"
    yield from itertools.repeat(b" ")


def _endless() -> Iterator[bytes]:
    yield _OK + b"\r\n"
    yield from itertools.repeat(_BLOCK)


def _bomb(layers: int) -> Callable[[], Iterator[bytes]]:
    def parts() -> Iterator[bytes]:
        content = b"[" + b" " * 100_000_000
        for _ in range(layers):
            content = gzip.compress(content, 9)
        names = ", ".join(["gzip"] * layers).encode()
        yield _OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (names, len(content))
        yield content

    return parts


def _busy() -> Iterator[bytes]:
    yield b"HTTP/1.1 503 Busy\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n"


def _hostile_text() -> Iterator[bytes]:
    body = b'{"format":2,"networks":[{"name":"\\u001b]52;c;eA==\\u0007","version":1}]}'
    yield _OK + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


KINDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "silent": _nothing,
    "slow headers": _slow_headers,
    "slow body": _slow_body,
    "endless": _endless,
    "bomb": _bomb(1),
    "stacked bomb": _bomb(3),
    "busy": _busy,
    "hostile text": _hostile_text,
}
"""What is sent to every request, in parts; slow kinds pause between them."""


class HostileServer:
    """Answers every connection on 127.0.0.1 with the parts of one of `KINDS`.

    Parameters
    ----------
    pause
        seconds between the parts of a slow kind.
    """

    def __init__(self, kind: str, pause: float = 1.0) -> None:
        self._parts = KINDS[kind]
        self._pause = pause if kind.startswith(("slow", "silent")) else 0.0
        self._end = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            for part in self._parts():
                connection.sendall(part)
                if self._end.wait(self._pause):
                    return


def dead_address() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
