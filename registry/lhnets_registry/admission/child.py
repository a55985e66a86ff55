"""The child process of the admission: a network file comes in on standard input, findings go out as
lines of JSON.

Run as ``python -m lhnets_registry.admission.child LIMITS TASK``; behind the file may come the
author's table. The limits are set before anything is read. The last line says that nothing was left
out: without it the parent takes the process for crashed.
"""

from __future__ import annotations

import math
import os
import resource
import sys
import time
from typing import BinaryIO

import msgspec
from msgspec import Struct

from lhnets_registry.admission.limits import Limits
from lhnets_registry.isolation.confinement import confine
from lhnets_registry.isolation.sandbox import restrict_resources
from lhnets_registry.report import TRIAL_ITEMS, Finding, not_applicable, passed

COMPLETE = b'"complete"'


class ChildTask(Struct, frozen=True, array_like=True):
    """How many bytes of the input are the file, how many the table and the data set behind it, if
    there are any, and the seed of the random points."""

    content: int
    table: int | None = None
    data: int | None = None
    seed: int = 0


def restrict(limits: Limits, *, processor_time: bool = True) -> None:
    """Set the limits of this process, for good."""
    restrict_resources(limits.memory_bytes, limits.output_bytes)
    if processor_time:
        limit_processor_time(limits.cpu_seconds)


def limit_processor_time(seconds: int) -> None:
    """Allow this process ``seconds`` more of processor time, whatever its imports have used."""
    used = math.ceil(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, used + seconds + 1))


def main(limits: Limits, task: ChildTask, source: BinaryIO, sink: BinaryIO, confined: str) -> None:
    """Admit what ``source`` holds; write each finding to ``sink`` as soon as it is known.

    ``confined`` says in words to what the kernel holds this process.
    """
    _write(sink, msgspec.json.encode(_confinement(confined, limits)))
    from lhnets.format import read
    from lhnets_registry.admission.graph_checks import static_checks

    content = source.read(task.content)
    table = None if task.table is None else source.read(task.table)
    data = None if task.data is None else source.read(task.data)
    network = read(content)
    static = static_checks(content, network.card, limits)
    for finding in static:
        _write(sink, msgspec.json.encode(finding))
    if any(f.outcome == "fail" for f in static):
        for finding in not_applicable(
            TRIAL_ITEMS, "no session is made of a file that fails the static checks"
        ):
            _write(sink, msgspec.json.encode(finding))
    else:
        from lhnets_registry.admission.trial import Trial

        for finding in Trial(network, limits, task.seed, table, data).findings():
            _write(sink, msgspec.json.encode(finding))
    _write(sink, COMPLETE)


def _confinement(confined: str, limits: Limits) -> Finding:
    held_to = f"{limits.memory_bytes / 2**30:.3g} GiB, {limits.cpu_seconds} s of processor time"
    if not confined:
        figure = f"this kernel has neither Landlock nor seccomp; {held_to}"
        return not_applicable(["confined"], figure)[0]
    return passed(
        "confined", f"{confined}; {held_to}", "tried in a process that can do nothing else"
    )


def parse(output: bytes) -> tuple[list[Finding], bool]:
    """The findings that a child wrote, and whether it came to its end."""
    findings: list[Finding] = []
    for line in output.splitlines():
        if line == COMPLETE:
            return findings, True
        try:
            findings.append(msgspec.json.decode(line, type=Finding))
        except msgspec.MsgspecError:
            break
    return findings, False


def _write(sink: BinaryIO, line: bytes) -> None:
    sink.write(line + b"\n")
    sink.flush()


if __name__ == "__main__":
    chosen = msgspec.json.decode(sys.argv[1], type=Limits)
    parts = msgspec.json.decode(sys.argv[2], type=ChildTask)
    restrict(chosen)
    held_to = confine()
    with os.fdopen(os.dup(1), "wb") as findings_out:
        os.dup2(2, 1)
        main(chosen, parts, sys.stdin.buffer, findings_out, held_to)
    # The threads that pyarrow and ONNX Runtime started may crash while the interpreter shuts down,
    # on a busy machine more often: nothing of that is about the file.
    os._exit(0)
