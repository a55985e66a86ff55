"""A PostgreSQL server of a test's own, which can be stopped and started."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

USER = "postgres"


class OwnPostgres:
    """A cluster in a new folder, on a free port, that trusts everybody on this machine.

    Raises
    ------
    FileNotFoundError
        If PostgreSQL's programs are not installed.
    """

    def __init__(self) -> None:
        self._programs = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="lhnets-postgres-", dir="/tmp"))
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self._folder, USER)
            self._as_user = ["runuser", "-u", USER, "--"]
        self.port = _free_port()
        self._run(
            "initdb",
            "-D",
            self._data,
            "-A",
            "trust",
            "-U",
            USER,
            "--no-sync",
            "--locale=C",
            "-E",
            "UTF8",
        )
        self.start()

    @property
    def uri(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c "
            f"unix_socket_directories={self._folder}"
        )
        self._run(
            "pg_ctl", "-D", self._data, "-w", "-l", f"{self._folder}/log", "-o", options, "start"
        )

    def stop(self) -> None:
        """At once, as in a power cut: the next start recovers."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        subprocess.run(
            self._command("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop"),
            capture_output=True,
        )
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> str:
        return f"{self._folder}/data"

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [*self._as_user, str(self._programs / program), *arguments]

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            self._command(program, *arguments),
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _programs() -> Path:
    found = shutil.which("initdb") or next(
        (str(p) for p in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), ""
    )
    if not found:
        raise FileNotFoundError("initdb is not installed")
    return Path(found).resolve().parent


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
