"""The service in a forked process: it starts at once, says in its log where it is, and can be
killed there."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from queue import Queue
from typing import Any

from lhnets_registry.service import server
from lhnets_registry.service.settings import Settings


class ForkedService:
    """`server.run` in a child of this process.

    Parameters
    ----------
    prepare : callable, optional
        Called in the child before it serves.
    """

    def __init__(self, settings: Settings, prepare: Callable[[], Any] = lambda: None) -> None:
        self.log: Queue[str] = Queue()
        listener = server.listen("127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        reading, writing = os.pipe()

        def serve() -> None:
            os.close(reading)
            os.dup2(writing, 2)
            sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
            prepare()
            server.run(settings, listener, 1, "debug")

        self.process = multiprocessing.get_context("fork").Process(target=serve)
        self.process.start()
        os.close(writing)
        listener.close()
        self._reader = threading.Thread(target=self._drain, args=(reading,), daemon=True)
        self._reader.start()
        self.wait_for("Application startup complete")

    def wait_for(self, text: str, seconds: float = 60.0) -> str:
        """The next line of the log that holds ``text``."""
        while text not in (line := self.log.get(timeout=seconds)):
            pass
        return line

    def kill(self) -> None:
        """kill -9."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self._ended()

    def stop(self) -> None:
        """As an operator does."""
        if self.process.is_alive():
            self.process.terminate()
        self._ended()

    def __enter__(self) -> ForkedService:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _ended(self) -> None:
        self.process.join(60)
        self._reader.join(60)

    def _drain(self, descriptor: int) -> None:
        with os.fdopen(descriptor, encoding="utf-8") as stream:
            for line in stream:
                self.log.put(line)
