"""Writing the catalogue of a served mirror in a process of its own, so that the service answers in the meantime.

    python -m lhnets_registry.service.pages

with the settings in the environment, as `lhnets serve` leaves them there.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from lhnets_registry.service import logs
from lhnets_registry.service.settings import Settings

NICENESS = 10
"""Below the processes that answer."""
_ASK = b"GET /health/live HTTP/1.1\r\nHost: lhnets\r\nConnection: close\r\n\r\n"
_log = logging.getLogger("lhnets.service")


@contextmanager
def written_beside(listener: socket.socket) -> Iterator[None]:
    """Write the pages once the service behind ``listener`` has given its first answer; what still writes at the end is ended."""
    writer = _Writer(listener)
    writer.start()
    try:
        yield
    finally:
        writer.end()


class _Writer(threading.Thread):
    """Waits for the first answer, then starts the process."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(name="lhnets-pages", daemon=True)
        host, self._port = listener.getsockname()[:2]
        self._host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        self._lock = threading.Lock()
        self._ended = False
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        with suppress(OSError), socket.create_connection((self._host, self._port)) as connection:
            connection.sendall(_ASK)
            connection.recv(1)
        with self._lock:
            if not self._ended:
                command = [sys.executable, "-m", "lhnets_registry.service.pages"]
                self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def end(self) -> None:
        with self._lock:
            self._ended = True
        if self._child is not None:
            self._child.terminate()
            self._child.wait()


def main() -> None:
    """Bring the mirror and its pages up to date, and say so in the log."""
    os.nice(NICENESS)
    from lhnets_registry.service.state import refresh

    logs.set_up(os.environ.get(logs.LEVEL_VARIABLE, "info"))
    done = refresh(Settings.from_environment())
    _log.info("the catalogue of %d networks is up to date", len(done.index.networks))


if __name__ == "__main__":
    main()
