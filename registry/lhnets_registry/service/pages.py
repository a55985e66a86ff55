"""Keeping a served mirror up to date with its store, in a process of its own, so that the service
answers in the meantime.

    python -m lhnets_registry.service.pages

with the settings in the environment, as `lhnets serve` leaves them there. It runs once the service
answers, which then has its catalogue, and again after each decision on a network, wherever that was
made: on the command line, by another service over the same store, or by this one.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from lhnets.errors import Error
from lhnets_registry.errors import StoreError
from lhnets_registry.ledger import audit
from lhnets_registry.location import Location
from lhnets_registry.service import logs
from lhnets_registry.service.settings import Settings

NICENESS = 10
"""Below the processes that answer."""
FOLLOW_SECONDS = 2.0
"""How often the store is asked whether there was a decision."""
RETRY_SECONDS = 60.0
"""After a mirror could not be brought up to date."""
RENEW_SECONDS = 86_400.0
"""How often the mirror is exported though nothing was decided: a signed one expires otherwise."""
_ASK = b"GET /health/live HTTP/1.1\r\nHost: lhnets\r\nConnection: close\r\n\r\n"
_log = logging.getLogger("lhnets.service")


@contextmanager
def kept_beside(listener: socket.socket, location: Location) -> Iterator[None]:
    """Keep the mirror up to date from the first answer of the service behind ``listener`` on, with
    the decisions at ``location``.

    What still writes at the end is ended.
    """
    keeper = _ProcessKeeper(listener, location)
    keeper.start()
    try:
        yield
    finally:
        keeper.end()


class _ProcessKeeper(threading.Thread):
    """Waits for the first answer, then for decisions, and starts the process."""

    def __init__(self, listener: socket.socket, location: Location) -> None:
        super().__init__(name="lhnets-pages", daemon=True)
        host, self._port = listener.getsockname()[:2]
        self._host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        self._location = location
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        with suppress(OSError), socket.create_connection((self._host, self._port)) as connection:
            connection.sendall(_ASK)
            connection.recv(1)
        written, due = -1, 0.0
        while not self._ended.is_set():
            newest = self._newest(known=max(written, 0))
            wait = FOLLOW_SECONDS
            if newest != written or time.monotonic() >= due:
                if self._write():
                    written, due = newest, time.monotonic() + RENEW_SECONDS
                else:
                    wait = RETRY_SECONDS
            self._ended.wait(wait)

    def _newest(self, known: int) -> int:
        """The number of the newest decision; the ``known`` one while the store cannot be read."""
        try:
            return audit.newest_decision(self._location)
        except StoreError as error:
            _log.warning("decisions are not followed for now: %s", error)
            return known

    def _write(self) -> bool:
        """Whether the process brought the mirror up to date."""
        with self._lock:
            if self._ended.is_set():
                return False
            command = [sys.executable, "-m", "lhnets_registry.service.pages"]
            child = self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
        return child.wait() == 0

    def end(self) -> None:
        with self._lock:
            self._ended.set()
        if self._child is not None:
            self._child.terminate()
            self._child.wait()


def main() -> int:
    """Bring the mirror and its pages up to date, and say so in the log; the exit code."""
    os.nice(NICENESS)
    from lhnets_registry.service.state import refresh

    logs.set_up(os.environ.get(logs.LEVEL_VARIABLE, "info"))
    try:
        done = refresh(Settings.from_environment())
    except (Error, OSError) as error:
        _log.error("the mirror is behind the store: %s", error)
        return 1
    _log.info("the catalogue of %d networks is up to date", len(done.index.networks))
    return 0


if __name__ == "__main__":
    sys.exit(main())
