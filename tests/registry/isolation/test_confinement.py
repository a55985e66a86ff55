"""What a confined process cannot do, tried in one."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from lhnets_registry.isolation import sandbox
from lhnets_registry.isolation.confinement import hide, tell_lacking

CONFINED = "from lhnets_registry.isolation.confinement import confine\nsaid = confine({})\n"
SYSCALL = """
import ctypes, platform, os
libc = ctypes.CDLL(None, use_errno=True)
def call(x86_64, aarch64, *arguments):
    number = {'x86_64': x86_64, 'aarch64': aarch64}[platform.machine()]
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""


def run(code: str, arguments: str = "") -> sandbox.Ended:
    return sandbox.run(
        ["-c", CONFINED.format(arguments) + code], b"", deadline=60.0, output_bytes=10_000
    )


@pytest.fixture(scope="module")
def said() -> str:
    return run("print(said)").output.decode().strip()


@pytest.fixture(scope="module")
def landlock(said: str) -> str:
    if "Landlock " not in said:
        pytest.skip("the kernel has no Landlock")
    return said


@pytest.fixture(scope="module")
def seccomp(said: str) -> str:
    if "seccomp: " not in said:
        pytest.skip("the kernel has no filter of system calls")
    return said


def test_it_says_what_it_holds_to(landlock: str, seccomp: str) -> None:
    assert landlock.startswith("Landlock")
    assert "no file is written" in landlock
    assert "no sockets" in seccomp
    assert tell_lacking(landlock) == ""


def test_a_layer_that_the_kernel_lacks_is_told() -> None:
    assert "no Landlock: " in tell_lacking("seccomp: no sockets; no Landlock")
    assert "no Landlock and no seccomp: " in tell_lacking("")


CALLS = (
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "socket.socket(socket.AF_UNIX)",
    "os.chmod('{file}', 0o777)",
    "os.chown('{file}', os.getuid(), os.getgid())",
    "os.setxattr('{file}', 'user.x', b'1')",
    "os.fork()",
    "call(272, 97, 0x10000000)",  # unshare, a user namespace
    "call(56, 220, 0x10000000 | 17, 0, 0, 0, 0)",  # clone, a user namespace
    "call(425, 425, 8, 0)",  # io_uring_setup
    "call(101, 117, 16, os.getppid(), 0, 0)",  # ptrace
    "call(310, 270, os.getppid(), 0, 0, 0, 0, 0)",  # process_vm_readv
    "call(302, 261, os.getppid(), 7, 0, 0)",  # prlimit
    "call(250, 219, 0, -3, 1)",  # keyctl
    "call(434, 434, os.getppid(), 0)",  # pidfd_open
)


@pytest.mark.usefixtures("seccomp")
def test_calls_that_it_must_not_make_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("kept")
    code = (
        f"{SYSCALL}import socket\nfor c in {[c.format(file=file) for c in CALLS]!r}:\n"
        " try: eval(c); print('made', c)\n except OSError as e: print(e.errno)\n"
    )
    assert run(code).output.decode().splitlines() == ["1"] * len(CALLS)
    assert file.stat().st_mode & 0o777 != 0o777


@pytest.mark.usefixtures("seccomp")
def test_threads_work_and_clone3_is_unknown() -> None:
    code = (
        "import threading\nt = threading.Thread(target=print, args=('ran',))\nt.start(); t.join()\n"
        "try: call(435, 435, 0, 0)\nexcept OSError as e: print(e.errno == 38)\n"
    )
    assert run(SYSCALL + code).output.split() == [b"ran", b"True"]


@pytest.mark.usefixtures("seccomp")
def test_a_server_may_fork_and_what_it_forks_is_confined() -> None:
    code = "import os, socket\nif os.fork() == 0:\n socket.socket()\nprint(os.wait()[1] != 0)\n"
    assert run(code, "processes=True").output.strip() == b"True"


@pytest.mark.usefixtures("landlock")
def test_its_own_folder_may_be_written_to(tmp_path: Path) -> None:
    code = (
        "import os\nos.mkdir('folder'); open('folder/file', 'w').write('x'); "
        "os.remove('folder/file')\nopen('{0}/file', 'w')"
    )
    ended = run(code.format(tmp_path), "writable=['.']")
    assert "PermissionError" in ended.cause
    assert not list(tmp_path.iterdir())


def test_the_parent_cannot_be_read() -> None:
    """Its environment and memory, as another process of the same user would: root may."""
    with hide():
        held = Path("/proc/self/environ").stat().st_uid
    assert held == 0
    assert Path("/proc/self/environ").stat().st_uid == os.getuid()


def test_resources_are_bounded() -> None:
    code = (
        "import resource as r\nfrom lhnets_registry.isolation.sandbox import restrict_resources\n"
        "restrict_resources(2**30, 1000)\n"
        "print(r.getrlimit(r.RLIMIT_AS)[0], r.getrlimit(r.RLIMIT_FSIZE)[0], "
        "0 < r.getrlimit(r.RLIMIT_NPROC)[1] < 10**5)"
    )
    ended = sandbox.run(["-c", code], b"", deadline=60.0, output_bytes=1000)
    assert ended.output.split() == [b"1073741824", b"1000", b"True"]


@pytest.mark.usefixtures("landlock")
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
        "import os; open(f'/proc/{{os.getppid()}}/environ', 'rb').read()",
        "import os; open(f'/proc/{{os.getppid()}}/mem', 'rb').read(1)",
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
