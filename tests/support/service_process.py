"""A real `lhnets serve` in a folder of its own, started for tests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from queue import Queue
from typing import IO

LHNETS = Path(sys.executable).with_name("lhnets")
_ADDRESS = re.compile(r"at (http://\S+)")


class ServiceProcess:
    """The process, its address, its mirror where it has no store of its own, and its log as it
    comes."""

    def __init__(self, folder: Path, *options: str, store: str | None = None) -> None:
        environment = os.environ | {
            "XDG_DATA_HOME": str(folder / "data"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
        environment.pop("LHNETS_STORE", None)
        command = [
            str(LHNETS),
            "serve",
            "--port",
            "0",
            *options,
            *(["--store", store] if store else []),
        ]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.folder = folder / "data" / "lhnets" / "registry" / "mirror"
        self.log: Queue[str] = Queue()
        self.said = ""
        self.address = self._read_address()
        streams = ((self.process.stdout, False), (self.process.stderr, True))
        self._readers = [threading.Thread(target=self._drain, args=s, daemon=True) for s in streams]
        for reader in self._readers:
            reader.start()
        self.wait_for("Application startup complete")

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def wait_for(self, text: str, seconds: float = 60.0) -> str:
        """The next line of the log that holds ``text``."""
        while text not in (line := self.log.get(timeout=seconds)):
            pass
        return line

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(60)
        for reader in self._readers:
            reader.join(60)
        return code

    def __enter__(self) -> ServiceProcess:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _read_address(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if match := _ADDRESS.search(line):
                return match.group(1)
        assert self.process.stderr is not None
        raise RuntimeError(f"lhnets serve did not start: {self.said}{self.process.stderr.read()}")

    def _drain(self, stream: IO[str], keep: bool) -> None:
        with stream:
            for line in stream:
                if keep:
                    self.log.put(line)
