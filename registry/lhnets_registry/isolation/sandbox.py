"""A child process with limits: a fresh interpreter in an empty folder, without the parent's
environment.

The child sets its own limits (`restrict_resources`) and confines itself
(`lhnets_registry.isolation.confinement`); here are the deadline, the bound on what comes back and
the clearing up. POSIX only, as the registry is.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from msgspec import Struct

from lhnets_registry.isolation.confinement import hide

_INHERITED = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")
_ERROR_TAIL = 2000
_MORE_TASKS = 512


class Ended(Struct, frozen=True):
    """How a child process ended."""

    output: bytes
    error: str
    code: int | None
    """Exit code, minus the signal that ended it, or None where the deadline did."""

    @property
    def cause(self) -> str:
        """In words: out of time, a signal, an exception."""
        if self.code is None:
            return "ran into its deadline"
        if self.code == -signal.SIGXCPU:
            return "used up its processor time"
        if self.code < 0:
            return f"was ended by {signal.Signals(-self.code).name}"
        return f"ended with exit code {self.code}: {last_line(self.error)}"


def run(arguments: Sequence[str], content: bytes, *, deadline: float, output_bytes: int) -> Ended:
    """Run this Python with ``arguments``, ``content`` on standard input, for at most ``deadline``
    seconds."""
    with (
        tempfile.TemporaryDirectory(prefix="lhnets-") as folder,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as error,
    ):
        process = subprocess.Popen(
            [sys.executable, "-P", "-B", *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=error,
            cwd=folder,
            env=environment(folder),
            start_new_session=True,
        )
        code: int | None
        try:
            with hide():
                process.communicate(content, timeout=deadline)
            code = process.returncode
        except subprocess.TimeoutExpired:
            code = None
        finally:
            end(process)
        return Ended(_head(output, output_bytes), tail(error), code)


def restrict_resources(memory: int, file: int) -> None:
    """Bound the memory of this process and the bytes of a file that it writes, for good; it leaves
    no dump, and its user at most some hundred tasks more."""
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, _count_tasks() + _MORE_TASKS),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))


def _count_tasks() -> int:
    """Processes and threads of this user, as far as they can be seen."""
    count, user = 0, os.getuid()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == user:
                count += sum(1 for _ in (process / "task").iterdir())
    return count


def environment(folder: str) -> dict[str, str]:
    """No tokens, no settings, one thread."""
    inherited = {k: os.environ[k] for k in _INHERITED if k in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {
        **inherited,
        **threads,
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
    }


def end(process: subprocess.Popen[bytes]) -> None:
    """End it, with everything that it started, and wait for it."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    process.wait()


def _head(file: IO[bytes], most: int) -> bytes:
    file.seek(0)
    return file.read(most)


def tail(file: IO[bytes]) -> str:
    """The end of a file as text."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _ERROR_TAIL))
    return file.read().decode(errors="replace").replace(str(Path.home()), "~")


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no message"
