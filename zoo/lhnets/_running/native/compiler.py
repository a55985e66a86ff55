"""Compile C once: the C compiler of this machine, and a cache of what it made.

A compiled network is code of this machine. It is kept in a folder that only its user can write, and
is not taken from one that others can.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shlex
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from lhnets._fetching.cache import Cache
from lhnets.errors import CacheError, CompilerError

FLAGS = ("-O3", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC")
"""No fast math: it would drop the checks for what is not a number, and rounds as it likes."""
TUNED = ("-march=native",)
"""For the processor that is here; left out if the compiler does not know it."""

LONGEST = 300.0
"""Seconds that the compiler may take."""


def find_compiler() -> list[str]:
    """The command of the C compiler: what CC says, else cc, gcc or clang.

    Raises
    ------
    CompilerError
        If there is none.
    """
    named = shlex.split(os.environ.get("CC", ""))
    candidates = [named] if named else [["cc"], ["gcc"], ["clang"]]
    for command in candidates:
        if path := shutil.which(command[0]):
            return [path, *command[1:]]
    raise CompilerError(
        f"no C compiler was found: looked for {', '.join(c[0] for c in candidates)}. Install gcc "
        "or clang, or name one in the variable CC"
    )


def compile_shared(source: str, headers: dict[str, str], key: str) -> Path:
    """The shared library made from a C file: from the cache, or compiled now.

    Two processes that compile the same file at once each write their own; the later replaces equal
    by equal.

    Parameters
    ----------
    source : str
        The C file.
    headers : dict
        What it includes, by file name.
    key : str
        What the source was made from: a SHA-256.

    Raises
    ------
    CompilerError
        If there is no compiler, or it fails.
    """
    command, cache = find_compiler(), Cache.default()
    folder = cache.folder / "native" / _user()
    kept = folder / f"{_cache_key(command, source, key)}.so"
    if _is_ours(folder) and _is_ours(kept):
        return kept
    library = _compile(command, source, headers)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_ours(folder):
            return _keep_until_exit(library)
        cache.keep(str(kept.relative_to(cache.folder)), library)
    except (CacheError, OSError):
        return _keep_until_exit(library)
    return kept


def _user() -> str:
    """A folder of its own for each user of a cache that several share."""
    return str(os.getuid()) if os.name == "posix" else "all"


def _cache_key(command: list[str], source: str, key: str) -> str:
    """Everything that the library depends on: the network, the C that was written for it, the
    compiler, and the processor that it is tuned for."""
    found = Path(command[0]).stat()
    parts = [
        key, source, *command, str(found.st_size), str(found.st_mtime_ns), *FLAGS, *TUNED,
        _processor(),
    ]  # fmt: skip
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@functools.cache
def _processor() -> str:
    """What tells apart processors whose code is not the other's: a cache may be shared by
    machines."""
    parts = [platform.system(), platform.machine(), platform.processor()]
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        wanted = ("model name", "flags", "Features")
        parts += sorted({line for line in lines if line.startswith(wanted)})
    return "\n".join(parts)


def _compile(command: list[str], source: str, headers: dict[str, str]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="lhnets-") as folder:
        for name, text in {**headers, "network.c": source}.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        message = ""
        for tuned in (TUNED, ()):
            message = _run(
                [*command, *FLAGS, *tuned, "network.c", "-o", "network.so", "-lm"], folder
            )
            if not message:
                return (Path(folder) / "network.so").read_bytes()
    raise CompilerError(
        f"{shlex.join(command)} does not compile the network: {message}. Name another C compiler "
        "in the variable CC"
    )


def _run(command: list[str], folder: str) -> str:
    """What the compiler complains about; nothing if it is content."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=LONGEST
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else (done.stderr.strip() or f"exit {done.returncode}")[:500]


def _is_ours(path: Path) -> bool:
    """Whether only this user can have written it."""
    try:
        found = path.lstat()
    except OSError:
        return False
    if os.name != "posix":
        return True
    is_plain = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    return is_plain and found.st_uid == os.getuid() and not found.st_mode & 0o022


def _keep_until_exit(library: bytes) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="lhnets-")
    _FOLDERS.append(folder)
    path = Path(folder.name) / "network.so"
    path.write_bytes(library)
    return path


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
"""Of libraries that could not be cached; removed when Python ends."""
