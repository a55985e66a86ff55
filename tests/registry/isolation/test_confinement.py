"""What a confined process cannot do, tried in one."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from lhnets_registry.isolation import sandbox

CONFINED = "from lhnets_registry.isolation.confinement import confine\nsaid = confine()\n"


def run(code: str) -> sandbox.Ended:
    return sandbox.run(["-c", CONFINED + code], b"", deadline=60.0, output_bytes=10_000)


@pytest.fixture(scope="module", autouse=True)
def landlock() -> str:
    said = run("print(said)").output.decode().strip()
    if not said:
        pytest.skip("the kernel has no Landlock")
    return said


def test_it_says_what_it_holds_to(landlock: str) -> None:
    assert landlock.startswith("Landlock")
    assert "no file is written" in landlock


@pytest.mark.parametrize(
    "code",
    [
        "open('here', 'w')",
        "open('/tmp/lhnets-confined', 'w')",
        "import os; os.mkdir('folder')",
        "import os; os.symlink('/etc', 'link')",
        "import os; os.unlink('{file}')",
        "import os; os.truncate('{file}', 0)",
        "import os; os.rename('{file}', '{file}2')",
        "open('{file}').read()",
        "open('/etc/passwd').read()",
        "import os; os.listdir('/home')",
        "import subprocess; subprocess.run(['/bin/true'])",
        "import os; os.kill(os.getppid(), 0)",
        "import socket; socket.create_connection(('127.0.0.1', {port}))",
        "import socket; socket.create_server(('127.0.0.1', 0))",
    ],
)
def test_what_it_must_not_do_is_denied(code: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ended = run(code.format(file=tmp_path / "file", port=listening.getsockname()[1]))
    assert ended.code == 1
    assert "PermissionError" in ended.cause or "Operation not permitted" in ended.cause, ended.cause
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("file", "kept")]


def test_onnx_and_onnx_runtime_work_in_it() -> None:
    code = "import onnx, onnxruntime, pyarrow.parquet; print(onnxruntime.get_available_providers())"
    ended = run(code)
    assert ended.code == 0, ended.error
    assert b"CPUExecutionProvider" in ended.output
