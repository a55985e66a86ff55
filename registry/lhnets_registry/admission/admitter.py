"""Admission of many files: one process with the libraries loaded, from which each file gets a
process of its own."""

from __future__ import annotations

import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import msgspec

from lhnets_registry.admission import fork_server
from lhnets_registry.admission.admit import Admission, admit
from lhnets_registry.admission.child import ChildTask
from lhnets_registry.admission.limits import Limits
from lhnets_registry.isolation import sandbox
from lhnets_registry.isolation.confinement import hide

_DEFAULT = Limits()
_MARGIN = 10.0
"""Seconds that the server may take beyond a file's own deadline."""


class Admitter:
    """Admits file after file; a context manager. Where its process dies, the next file starts
    another."""

    def __init__(self, limits: Limits = _DEFAULT) -> None:
        self._limits = limits
        self._server: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="lhnets-")
        self._errors = (Path(self._folder.name) / "errors").open("a+b")

    def __enter__(self) -> Admitter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End its process."""
        self._stop()
        self._errors.close()
        self._folder.cleanup()

    def admit(
        self, content: bytes, *, table: bytes | None = None, seed: int | None = None
    ) -> Admission:
        """As `lhnets_registry.admission.admit.admit`."""
        return admit(content, self._limits, table=table, run=self._run, seed=seed)

    def _run(self, task: ChildTask, content: bytes) -> sandbox.Ended:
        server = self._running()
        assert server.stdin is not None
        try:
            with hide():
                server.stdin.write(msgspec.json.encode(task) + b"\n" + content)
                server.stdin.flush()
                answer, output = self._answer(
                    server, time.monotonic() + self._limits.wall_seconds + _MARGIN
                )
        except (OSError, msgspec.MsgspecError, EOFError) as error:
            self._stop()
            said = self._said() or repr(error)
            return sandbox.Ended(
                b"", f"the server of the admission ended: {sandbox.last_line(said)}", 1
            )
        return sandbox.Ended(output, self._said(), answer.code)

    def _said(self) -> str:
        """What was written to standard error since the last call."""
        said = sandbox.tail(self._errors)
        self._errors.truncate(0)
        return said

    def _answer(
        self, server: subprocess.Popen[bytes], deadline: float
    ) -> tuple[fork_server.ForkReply, bytes]:
        """The next answer.

        Raises
        ------
        EOFError
            If none comes before the deadline or the end.
        """
        line = self._read(server, deadline, None)
        answer = msgspec.json.decode(line, type=fork_server.ForkReply)
        if not 0 <= answer.length <= self._limits.output_bytes:
            raise EOFError(f"an answer of {answer.length} bytes")
        return answer, self._read(server, deadline, answer.length)

    def _read(self, server: subprocess.Popen[bytes], deadline: float, length: int | None) -> bytes:
        """``length`` bytes, or a line of at most 100."""
        assert server.stdout is not None
        read = bytearray()
        while len(read) < (100 if length is None else length):
            ready, _, _ = select.select(
                [server.stdout], [], [], max(0.0, deadline - time.monotonic())
            )
            part = server.stdout.read(1 if length is None else length - len(read)) if ready else b""
            if not part:
                raise EOFError("no answer in time" if not ready else "the end of its output")
            read += part
            if length is None and part == b"\n":
                break
        return bytes(read)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._server is not None and self._server.poll() is not None:
            self._stop()
        if self._server is None:
            limits = msgspec.json.encode(self._limits).decode()
            self._server = subprocess.Popen(
                [sys.executable, "-P", "-B", "-m", fork_server.__name__, limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                bufsize=0,
                cwd=self._folder.name,
                env=sandbox.environment(self._folder.name),
                start_new_session=True,
            )
        return self._server

    def _stop(self) -> None:
        if self._server is not None:
            sandbox.end(self._server)
            assert self._server.stdout is not None
            self._server.stdout.close()
            self._server = None
