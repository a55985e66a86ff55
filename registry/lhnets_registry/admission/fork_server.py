"""The child process of many admissions: it loads the libraries once, and forks for each file.

Run as ``python -m lhnets_registry.admission.fork_server LIMITS``. On standard input: a line of JSON
with the task, then the file, the table and the data set. On standard output: a line of JSON that
says how the forked process ended, then what it wrote. Nothing of a stranger is parsed here; a
forked process holds none of these streams, so that it cannot answer for another file, and confines
itself once more, so that it can neither signal nor trace this one.
"""

from __future__ import annotations

import io
import os
import select
import signal
import sys
import time
import traceback
from typing import BinaryIO

import msgspec
from msgspec import Struct

from lhnets_registry.admission import child
from lhnets_registry.admission.limits import Limits
from lhnets_registry.isolation.confinement import confine


class ForkReply(Struct, frozen=True, array_like=True):
    """How many bytes follow, and the exit code of the forked process, None where the deadline ended
    it."""

    length: int
    code: int | None


def serve(limits: Limits, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until the input ends."""
    from lhnets_registry.admission import graph_checks as static_checks  # noqa: F401 - loaded once, before the first fork
    from lhnets_registry.admission import trial  # noqa: F401 - loaded once, before the first fork

    kept = (source.fileno(), sink.fileno())
    while header := source.readline():
        task = msgspec.json.decode(header, type=child.ChildTask)
        content = source.read(task.content + (task.table or 0) + (task.data or 0))
        output, code = _forked(limits, task, content, kept)
        sink.write(msgspec.json.encode(ForkReply(len(output), code)) + b"\n" + output)
        sink.flush()


def _forked(
    limits: Limits, task: child.ChildTask, content: bytes, kept: tuple[int, ...]
) -> tuple[bytes, int | None]:
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        for descriptor in (reading, *kept):
            os.close(descriptor)
        _admit(limits, task, content, writing)
    os.close(writing)
    try:
        output, in_time = _read_until(reading, limits)
    finally:
        os.close(reading)
    if not in_time:
        os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    return output, os.waitstatus_to_exitcode(status) if in_time else None


def _admit(limits: Limits, task: child.ChildTask, content: bytes, writing: int) -> None:
    """The forked process: it never returns."""
    code = 1
    try:
        child.limit_processor_time(limits.cpu_seconds)
        os.closerange(0, 2)
        child.main(limits, task, io.BytesIO(content), os.fdopen(writing, "wb"), confine())
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, the process ends here
        traceback.print_exc()
    finally:
        os._exit(code)


def _read_until(reading: int, limits: Limits) -> tuple[bytes, bool]:
    """What comes before the end, at most what the limits allow, and whether the end came in
    time."""
    deadline = time.monotonic() + limits.wall_seconds
    output = bytearray()
    while len(output) <= limits.output_bytes:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return bytes(output), False
        part = os.read(reading, 65_536)
        if not part:
            return bytes(output), True
        output += part
    return bytes(output[: limits.output_bytes]), False


if __name__ == "__main__":
    chosen = msgspec.json.decode(sys.argv[1], type=Limits)
    child.restrict(chosen, processor_time=False)
    confine(processes=True)
    with os.fdopen(os.dup(0), "rb") as requests, os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(chosen, requests, answers)
