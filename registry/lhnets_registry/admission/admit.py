"""Admission: whether a file may become a published network.

Static checks come before any session is made of the file, and everything that parses more than its
outermost bytes happens in a child process with limits on memory, processor time, written bytes and
wall time. A crash of that process is a finding like any other.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import TypeAlias

import msgspec
from msgspec import Struct

from lhnets.format import NetworkFile
from lhnets_registry.admission import child
from lhnets_registry.admission.envelope import envelope_checks
from lhnets_registry.admission.limits import Limits
from lhnets_registry.errors import AdmissionError
from lhnets_registry.isolation import sandbox
from lhnets_registry.report import (
    STATIC_ITEMS,
    TRIAL_ITEMS,
    Finding,
    Report,
    failed,
    not_applicable,
)

_DEFAULT = Limits()
_SEED_BITS = 53
"""So that a seed is a number in any reader of JSON."""

Run: TypeAlias = Callable[[child.ChildTask, bytes], sandbox.Ended]
"""Gives the file and the table behind it to a child process."""


class Admission(Struct, frozen=True):
    """The report on a file, and the network that was read for it.

    Attributes
    ----------
    report : Report
        A finding for each item.
    network : NetworkFile or None
        The file as it was read, admitted or not; None if it is not a network file.
    """

    report: Report
    network: NetworkFile | None

    def require(self, what: str) -> NetworkFile:
        """The network, if it is admitted. ``what`` is how the error calls the file.

        Raises
        ------
        AdmissionError
            if an item failed or was not looked at.
        """
        if self.network is None or not self.report.admitted:
            raise AdmissionError(what, self.report)
        return self.network


def admit(
    content: bytes,
    limits: Limits = _DEFAULT,
    *,
    table: bytes | None = None,
    data: bytes | None = None,
    run: Run | None = None,
    seed: int | None = None,
) -> Admission:
    """Try the network file whose bytes are ``content``. Never raises for what is in the file.

    Parameters
    ----------
    content : bytes
        The file.
    limits : Limits
        What it may be, and what the process that tries it may use.
    table : bytes, optional
        A Parquet file with inputs and true outputs, on which the coverage is measured.
    data : bytes, optional
        The data set as a Parquet file, with whose rows the region is compared.
    run : callable, optional
        Gives the bytes to a child process, which is a new one by default.
    seed : int, optional
        Of the random points; by default a new secret one, which the report keeps. Give that of a
        report to have its verdict again.
    """
    started = time.perf_counter()
    chosen = secrets.randbits(_SEED_BITS) if seed is None else seed
    findings, network = envelope_checks(content, limits)
    if network is None or any(f.outcome == "fail" for f in findings):
        findings += not_applicable((*STATIC_ITEMS, *TRIAL_ITEMS), "an earlier item failed")
    else:
        findings += _tried(content, limits, (table, data), chosen, run)
    sha256 = hashlib.sha256(content).hexdigest()
    report = Report(sha256, len(content), time.perf_counter() - started, tuple(findings), chosen)
    return Admission(report, network)


def _tried(
    content: bytes,
    limits: Limits,
    behind: tuple[bytes | None, bytes | None],
    seed: int,
    run: Run | None,
) -> list[Finding]:
    """What the child process finds. If it ended early, the first item that it left open fails."""
    table, data = (None if b is None else len(b) for b in behind)
    task = child.ChildTask(len(content), table, data, seed)
    ended = (run or _alone(limits))(task, b"".join((content, *(b or b"" for b in behind))))
    findings, complete = child.parse(ended.output)
    if complete and ended.code == 0:
        return findings
    seen = {f.item for f in findings}
    open_items = [i for i in (*STATIC_ITEMS, *TRIAL_ITEMS) if i not in seen]
    criterion = (
        f"ends within {limits.memory_bytes / 2**30:.3g} GiB, {limits.cpu_seconds} s of processor "
        f"time and {limits.wall_seconds:g} s"
    )
    item, rest = (open_items[0], open_items[1:]) if open_items else (TRIAL_ITEMS[-1], [])
    crash = failed(
        item, f"the process that tries the file {ended.cause}", criterion, "Simplify the graph."
    )
    others = [f for f in findings if f.item != item]
    return [*others, crash, *not_applicable(rest, "the process that tries the file ended early")]


def _alone(limits: Limits) -> Run:
    """A new child process, for one file."""

    def run(task: child.ChildTask, content: bytes) -> sandbox.Ended:
        arguments = [
            "-m",
            child.__name__,
            *(msgspec.json.encode(part).decode() for part in (limits, task)),
        ]
        return sandbox.run(
            arguments, content, deadline=limits.wall_seconds, output_bytes=limits.output_bytes
        )

    return run
