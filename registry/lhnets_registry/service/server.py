"""Starting and stopping: the mirror made ready, one socket, one or several worker processes.

With several workers uvicorn's supervisor replaces one that dies or hangs. SIGTERM and Ctrl-C finish
the requests at work.
"""

from __future__ import annotations

import asyncio
import http
import os
import re
import resource
import signal
import socket
import tempfile
from asyncio import BaseTransport
from contextlib import suppress
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from lhnets_registry.errors import StoreError
from lhnets_registry.service import logs
from lhnets_registry.service.pages import kept_beside
from lhnets_registry.service.settings import Settings

APPLICATION = "lhnets_registry.service.app:from_environment"
PROXIES_VARIABLE = "FORWARDED_ALLOW_IPS"
"""Addresses of the proxies whose X-Forwarded-For is believed; nobody's is if it is not set."""
METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_HOST = re.compile(rb"[A-Za-z0-9._:\[\]-]{0,255}")
BACKLOG = 2048
HEADER_BYTES, HEADER_LINES = 65_536, 100
"""Most bytes, the address included, and most lines in the head of a request."""
HANG_SECONDS = 60
"""How long a worker may be silent before it is replaced: while it imports, on a busy machine, it
cannot answer."""
GRACE_SECONDS = 20
"""How long requests at work may take after the service was told to stop."""


class RefusedRequestError(Exception):
    """What was sent is not accepted as a request."""


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 with bounds: on the size and number of request headers, on the time they may take,
    and on answers that are not read. A request names its host once."""

    _waiting: asyncio.TimerHandle | None = None
    _head, _lines, _idle = 0, 0, 0
    _in_head = False
    _answer = 400

    def connection_made(self, transport: BaseTransport) -> None:
        """Give the first request its time, and end the connection where what is sent is not
        taken."""
        super().connection_made(transport)  # type: ignore[arg-type]
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            stalled = 1000 * self.timeout_keep_alive
            transport.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, stalled
            )
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        """Parse what came; bytes that end neither headers nor bring a body are bounded."""
        self._idle += len(data)
        super().data_received(data)
        if self._idle > HEADER_BYTES and not self.transport.is_closing():
            self._answer = 431
            self.send_400_response("")

    def send_400_response(self, msg: str) -> None:
        """Refuse and close: 431 for headers beyond the bounds, else 400."""
        if self._answer == 431:
            msg = (
                f"The headers of a request have at most {HEADER_BYTES} bytes in {HEADER_LINES} "
                "lines."
            )
        status = http.HTTPStatus(self._answer)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            "content-type: text/plain; charset=utf-8",
            f"content-length: {len(msg)}",
            "connection: close",
        )
        self.transport.write("\r\n".join([*head, "", msg]).encode("ascii"))
        self.transport.close()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._count(len(url), 0)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those behind a body are counted and left out."""
        self._count(len(name) + len(value) + 4, 1)
        if self._in_head:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._idle = 0
        super().on_body(body)

    def on_message_begin(self) -> None:
        """Give a further request on the connection its time."""
        super().on_message_begin()
        self._head, self._lines, self._idle, self._in_head = 0, 0, 0, True
        if self._waiting is None:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        """The headers are there: reading the body has a time limit of its own."""
        self._stop_waiting()
        self._idle, self._in_head = 0, False
        self._require_host()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _count(self, size: int, lines: int) -> None:
        self._head += size
        self._lines += lines
        if self._head > HEADER_BYTES or self._lines > HEADER_LINES:
            self._answer = 431
            raise RefusedRequestError

    def _require_host(self) -> None:
        """As RFC 9112, 3.2: one Host, except from HTTP/1.0."""
        hosts = [value for name, value in self.headers if name == b"host"]
        least = 1 if self.parser.get_http_version() == "1.1" else 0
        if not least <= len(hosts) <= 1 or not all(map(_HOST.fullmatch, hosts)):
            raise RefusedRequestError

    def _expect_headers(self) -> None:
        self._waiting = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises
    ------
    StoreError
        If the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        raise ServeError(
            f"cannot listen on {host}:{port}: {getattr(error, 'strerror', None) or error}. Another "
            "service may be there already; choose another with --host and --port"
        ) from error


class ServeError(StoreError):
    """The service cannot be started."""


def run(settings: Settings, listener: socket.socket, workers: int, log_level: str) -> None:
    """Serve on ``listener`` until told to stop."""
    settings.to_environment()
    _allow_connections()
    config: dict[str, Any] = {
        "app": APPLICATION,
        "factory": True,
        "workers": workers,
        "http": Protocol,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": PROXIES_VARIABLE in os.environ,
        "timeout_keep_alive": settings.idle_seconds,
        "timeout_graceful_shutdown": GRACE_SECONDS,
        "timeout_worker_healthcheck": HANG_SECONDS,
        "backlog": BACKLOG,
    }
    logs.set_up(log_level)
    os.environ[logs.LEVEL_VARIABLE] = log_level
    signal.signal(signal.SIGTERM, _leave)
    beside = kept_beside(listener, settings.location)
    with (
        suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory(prefix="lhnets-") as folder,
        beside,
    ):
        if workers == 1:
            uvicorn.Server(uvicorn.Config(**config)).run([listener])
            return
        os.environ[METRICS_VARIABLE] = folder
        Multiprocess(uvicorn.Config(**config), [listener]).run()


def _leave(number: int, frame: object) -> None:
    """uvicorn sends itself the signal that stopped it once more: end as after any other."""
    raise SystemExit(0)


def _allow_connections() -> None:
    """As many open files as the system grants without asking."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard if soft < hard else soft, hard))
