"""Whatever the child process does, the parent gets an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import onnx
import pytest

from lhnets_registry.admission import child
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.limits import Limits
from lhnets_registry.isolation import sandbox
from lhnets_registry.report import ITEMS, STATIC_ITEMS, TRIAL_ITEMS, passed

from ..conftest import sealed, small_model
from ..hostile import bomb, endless_loop, local_functions

RESTRICTED = "from lhnets_registry.admission.child import Limits, restrict; restrict({})\n"


def run(code: str, content: bytes = b"", deadline: float = 30.0, **limits: int) -> sandbox.Ended:
    setup = RESTRICTED.format(f"Limits(**{limits!r})") if limits else ""
    return sandbox.run(["-c", setup + code], content, deadline=deadline, output_bytes=100)


def test_bytes_go_in_and_come_out_up_to_a_bound() -> None:
    ended = run("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())", b"x" * 1000)
    assert ended.code == 0
    assert ended.output == b"x" * 100


def test_an_empty_folder_of_its_own_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "secret")
    code = "import os, json; print(json.dumps([os.listdir('.'), sorted(os.environ), os.getcwd()]))"
    ended = sandbox.run(["-c", code], b"", deadline=30.0, output_bytes=10_000)
    listing, environment, folder = json.loads(ended.output)
    assert listing == []
    assert not {"SOME_TOKEN", "LHNETS_STORE"} & set(environment)
    assert not Path(folder).exists()


def test_a_deadline_ends_it_with_its_children() -> None:
    ended = run(
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])",
        deadline=0.5,
    )
    assert ended.code is None
    assert "deadline" in ended.cause


def test_a_segmentation_fault_is_reported() -> None:
    ended = run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert "SIGSEGV" in ended.cause


def test_memory_is_bounded() -> None:
    ended = run("x = bytearray(3 * 2**30)", memory_bytes=2**30)
    assert "MemoryError" in ended.cause


def test_processor_time_is_bounded() -> None:
    assert "processor time" in run("while True: pass", cpu_seconds=1).cause


def test_written_bytes_are_bounded() -> None:
    ended = run("with open('large', 'wb') as file: file.write(bytes(2000))", output_bytes=1000)
    assert "File too large" in ended.cause


def test_a_child_that_does_not_read_is_no_error() -> None:
    assert run("pass", bytes(10**6)).code == 0


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(wall_seconds=0.05), "deadline"),
        (Limits(memory_bytes=200 * 2**20), "process that tries the file"),
    ],
)
def test_an_early_end_is_a_finding_and_the_rest_is_open(
    good: bytes, limits: Limits, words: str
) -> None:
    report = admit(good, limits).report
    assert not report.admitted
    assert words in report.failures[0].figure
    assert report.findings[-1].outcome == "not_applicable"


def test_a_kernel_without_any_layer_is_told_and_keeps_nobody_out(good: bytes) -> None:
    finding = child._confinement("", Limits())
    assert finding.outcome == "not_applicable"
    assert "neither Landlock nor seccomp; 4 GiB" in finding.figure
    report = admit(good).report
    others = tuple(f for f in report.findings if f.item != "confined")
    assert msgspec.structs.replace(report, findings=(finding, *others)).admitted


def test_findings_without_the_last_line_are_not_complete() -> None:
    line = msgspec.json.encode(admit(b"").report["size"])
    assert child.parse(line + b"\n") == ([admit(b"").report["size"]], False)
    assert child.parse(line + b"\n" + child.COMPLETE)[1]
    assert child.parse(b"rubbish\n" + child.COMPLETE) == ([], False)


def test_all_findings_without_the_last_line_do_not_admit(good: bytes) -> None:
    """A process that a signal ended between two findings, or that pretends, says nothing of the
    rest."""
    lines = [msgspec.json.encode(passed(i, "holds")) for i in (*STATIC_ITEMS, *TRIAL_ITEMS)]

    def ended(*lines: bytes) -> sandbox.Ended:
        return sandbox.Ended(b"\n".join(lines), "", 0)

    assert admit(good, run=lambda task, content: ended(*lines, child.COMPLETE)).report.admitted
    report = admit(good, run=lambda task, content: ended(*lines)).report
    assert [f.item for f in report.failures] == [TRIAL_ITEMS[-1]]
    assert [f.item for f in report.findings] == list(ITEMS)


def test_what_happens_while_the_interpreter_shuts_down_is_not_about_the_file(
    good: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads of the libraries may crash there, on a busy machine more often."""
    real = sandbox.run
    code = (
        "import atexit, os, runpy\natexit.register(os.abort)\n"
        "runpy.run_module('lhnets_registry.admission.child', run_name='__main__')\n"
    )
    monkeypatch.setattr(
        sandbox, "run", lambda arguments, *a, **k: real(["-c", code, *arguments[-2:]], *a, **k)
    )
    assert admit(good).report.admitted


def test_the_deadline_leaves_a_busy_machine_time_to_use_the_processor_time() -> None:
    assert Limits().wall_seconds >= 10 * Limits().cpu_seconds


@pytest.mark.parametrize(
    ("change", "words"),
    [(local_functions, "SIGSEGV"), (bomb, "alloc|memory"), (endless_loop, "processor time")],
)
def test_what_the_static_checks_refuse_would_end_the_child_alone(
    change: Callable[[onnx.ModelProto], None], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second line of defence: the same files with the static checks switched off."""
    real = sandbox.run
    code = (
        "import sys, msgspec\nfrom lhnets_registry.admission import child, graph_checks\n"
        "graph_checks.static_checks = lambda *a: []\n"
        "limits = msgspec.json.decode(sys.argv[1], type=child.Limits)\nchild.restrict(limits)\n"
        "task = msgspec.json.decode(sys.argv[2], type=child.ChildTask)\n"
        "child.main(limits, task, sys.stdin.buffer, sys.stdout.buffer, '')\n"
    )
    monkeypatch.setattr(
        sandbox, "run", lambda arguments, *a, **k: real(["-c", code, *arguments[-2:]], *a, **k)
    )
    model = small_model()
    change(model)
    report = admit(
        sealed(model), Limits(memory_bytes=6 * 2**30, cpu_seconds=5, wall_seconds=300)
    ).report
    assert not report.admitted
    assert any(re.search(words, f.figure) for f in report.failures), report.failures
