"""Starting and stopping: the mirror made ready, one socket, one or several worker processes.

With several workers uvicorn's supervisor replaces one that dies or hangs. SIGTERM and Ctrl-C finish
the requests at work.
"""

from __future__ import annotations

import asyncio
import os
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
METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
BACKLOG = 2048
HANG_SECONDS = 60
"""How long a worker may be silent before it is replaced: while it imports, on a busy machine, it
cannot answer."""
GRACE_SECONDS = 20
"""How long requests at work may take after the service was told to stop."""


class Protocol(HttpToolsProtocol):
    """HTTP/1.1 that also closes connections on which no complete request headers arrive, or whose
    answer is not read."""

    _waiting: asyncio.TimerHandle | None = None

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

    def on_message_begin(self) -> None:
        """Give a further request on the connection its time."""
        super().on_message_begin()
        if self._waiting is None:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        """The headers are there: reading the body has a time limit of its own."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

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
