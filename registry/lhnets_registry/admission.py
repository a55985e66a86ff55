"""Admission: whether a file may become a published network.

Static checks come before any session is made of the file, and everything that parses more than its outermost bytes
happens in a child process with limits on memory, processor time, written bytes and wall time. A crash of that process
is a finding like any other.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import TypeAlias

import msgspec

from lhnets_registry import child, sandbox
from lhnets_registry.envelope import envelope_checks
from lhnets_registry.limits import Limits
from lhnets_registry.report import STATIC_ITEMS, TRIAL_ITEMS, Finding, Report, failed, not_applicable

_DEFAULT = Limits()

Run: TypeAlias = Callable[[child.Sizes, bytes], sandbox.Ended]
"""Gives the file and the table behind it to a child process."""


def admit(content: bytes, limits: Limits = _DEFAULT, *, table: bytes | None = None, run: Run | None = None) -> Report:
    """The report on the network file whose bytes are ``content``. Never raises for what is in the file.

    ``table`` are the bytes of a Parquet file with inputs and true outputs, on which the coverage is measured.
    ``run`` gives the bytes to a child process, which is a new one by default.
    """
    started = time.perf_counter()
    findings, network = envelope_checks(content, limits)
    if network is None or any(f.outcome == "fail" for f in findings):
        findings += not_applicable((*STATIC_ITEMS, *TRIAL_ITEMS), "an earlier item failed")
    else:
        findings += _tried(content, limits, table, run)
    sha256 = hashlib.sha256(content).hexdigest()
    return Report(sha256, len(content), time.perf_counter() - started, tuple(findings))


def _tried(content: bytes, limits: Limits, table: bytes | None, run: Run | None) -> list[Finding]:
    """What the child process finds; what it left open when it ended early is a failure of that item."""
    sizes = child.Sizes(len(content), None if table is None else len(table))
    ended = (run or _alone(limits))(sizes, content + (table or b""))
    findings, complete = child.parse(ended.output)
    if complete and ended.code == 0:
        return findings
    seen = {f.item for f in findings}
    open_items = [i for i in (*STATIC_ITEMS, *TRIAL_ITEMS) if i not in seen]
    criterion = (
        f"ends within {limits.memory_bytes / 2**30:.3g} GiB, {limits.cpu_seconds} s of processor time "
        f"and {limits.wall_seconds:g} s"
    )
    item, rest = (open_items[0], open_items[1:]) if open_items else (TRIAL_ITEMS[-1], [])
    crash = failed(item, f"the process that tries the file {ended.cause}", criterion, "Simplify the graph.")
    return [*findings, crash, *not_applicable(rest, "the process that tries the file ended early")]


def _alone(limits: Limits) -> Run:
    """A new child process, for one file."""

    def run(sizes: child.Sizes, content: bytes) -> sandbox.Ended:
        arguments = ["-m", child.__name__, *(msgspec.json.encode(part).decode() for part in (limits, sizes))]
        return sandbox.run(arguments, content, deadline=limits.wall_seconds, output_bytes=limits.output_bytes)

    return run
