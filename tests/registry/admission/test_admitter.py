"""Many files through one loaded process: the reports of one by one, and no file that can harm the
next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.admitter import Admitter
from lhnets_registry.admission.limits import Limits
from lhnets_registry.report import Report

from ..conftest import sealed, small_model
from ..hostile import bomb


def items(report: Report) -> list[tuple[str, str, str]]:
    return [(f.item, f.outcome, f.figure) for f in report.findings]


def test_reports_are_those_of_one_by_one(good: bytes) -> None:
    changed = sealed(small_model(slope=2.1))
    hostile = small_model()
    bomb(hostile)
    with Admitter() as admitter:
        for content in (good, changed, sealed(hostile), good[:100], b"\x80\x04", good):
            assert items(admitter.admit(content, seed=7).report) == items(
                admit(content, seed=7).report
            )


def test_a_process_that_died_is_started_again(good: bytes) -> None:
    with Admitter() as admitter:
        assert admitter.admit(good).report.admitted
        assert admitter._server is not None
        os.kill(admitter._server.pid, signal.SIGKILL)
        admitter._server.wait()
        assert admitter.admit(good).report.admitted


def test_a_forked_process_cannot_answer_for_another_file(good: bytes) -> None:
    """What it holds are its own pipe and standard error, not the streams between the server and its
    parent."""
    script = (
        "import io, os, sys\n"
        "from lhnets_registry.admission import child, fork_server\n"
        "from lhnets_registry.admission.limits import Limits\n"
        "def main(limits, task, source, sink, confined):\n"
        "    held = []\n"
        "    for fd in range(64):\n"
        "        try: held.append(os.fstat(fd).st_ino)\n"
        "        except OSError: pass\n"
        "    sink.write(repr(own & set(held)).encode()); sink.flush()\n"
        "child.main = main\n"
        "requests, answers = os.fdopen(os.dup(0), 'rb'), os.fdopen(os.dup(1), 'wb')\n"
        "own = {os.fstat(f.fileno()).st_ino for f in (requests, answers)}\n"
        "fork_server.serve(Limits(), requests, answers)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=b"[2,null]\n{}", capture_output=True
    )
    assert done.stdout.endswith(b"set()"), (done.stdout, done.stderr)


def test_a_deadline_is_kept_and_the_next_file_is_tried(good: bytes) -> None:
    with Admitter(Limits(wall_seconds=0.01)) as admitter:
        report = admitter.admit(good).report
        assert "deadline" in report.failures[0].figure
        assert "deadline" in admitter.admit(good).report.failures[0].figure


def test_what_ended_a_process_is_told_and_only_once(good: bytes) -> None:
    with Admitter(Limits(memory_bytes=100 * 2**20)) as admitter:
        assert "server of the admission ended" in admitter.admit(good).report.failures[0].figure
        written = Path(admitter._folder.name) / "errors"
        assert written.stat().st_size == 0


def test_a_table_goes_along(good: bytes) -> None:
    with Admitter() as admitter:
        assert [f.item for f in admitter.admit(good, table=b"no table").report.failures] == [
            "coverage"
        ]
        assert admitter.admit(good).report.admitted
