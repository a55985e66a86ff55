"""Confinement of a process by the Linux kernel: no file written, nothing run, few places to read
(Landlock), and no sockets, modes, namespaces (seccomp, see `lhnets_registry.isolation.seccomp`).

A process confines itself for good, together with all that it starts. Where the kernel lacks a layer
(Landlock before 5.13, or switched off) the other remains, and what `confine` returns says so.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lhnets_registry.isolation.seccomp import refuse_calls

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""System calls, alike on every architecture."""
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_SET_NO_NEW_PRIVILEGES = 38
_READ_FILE, _READ_DIR, _WRITE_FILE = 1 << 2, 1 << 3, 1 << 1
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many of the rights to files a version of Landlock knows; 16 from version 5 on."""
_GET_DUMPABLE, _SET_DUMPABLE = 3, 4
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_READABLE = (
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/null",
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system",
)  # fmt: skip


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


def confine(*, writable: Iterable[str] = (), processes: bool = False) -> str:
    """Confine this process. Returns in words what the kernel holds to, and which layer it lacks;
    empty where it lacks both.

    Parameters
    ----------
    writable : iterable of str
        Folders in which it may do as it likes.
    processes : bool
        Whether it may fork; what it starts is confined too.
    """
    folders = _restrict_files(writable)
    calls = refuse_calls(processes=processes)
    if not (folders or calls):
        return ""
    lacking = ["no Landlock"] * (not folders) + ["no seccomp"] * (not calls)
    return "; ".join(part for part in (folders, calls, *lacking) if part)


def tell_lacking(confined: str) -> str:
    """What a report says of a process that `confine` did not confine wholly; empty if it did."""
    layers = ("Landlock", "seccomp")
    lacking = [n for n in layers if n not in confined or f"no {n}" in confined]
    held = f": the process that read the file was held by {confined or 'limits alone'}"
    return f"this kernel has no {' and no '.join(lacking)}{held}" if lacking else ""


@contextmanager
def hide() -> Iterator[None]:
    """While the context lasts, other processes of the same user can neither read this one's memory
    and environment nor trace it. Those of root can."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    before = libc.prctl(_GET_DUMPABLE, 0, 0, 0, 0) if libc else 0
    if libc:
        libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    try:
        yield
    finally:
        if libc and before == 1:
            libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0)


def _restrict_files(writable: Iterable[str]) -> str:
    """Landlock, in words; empty where the kernel has none."""
    if sys.platform != "linux":
        return ""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    if version < 1 or libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return ""
    network, scopes = version >= _NETWORK_SINCE, version >= _SCOPES_SINCE
    ruleset = _Ruleset((1 << _FILE_RIGHTS.get(version, 16)) - 1, 3 * network, 3 * scopes)
    size = 8 * (1 + network + scopes)
    rules = libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    if rules < 0:
        return ""
    try:
        for place in {*_READABLE, sys.prefix, sys.base_prefix, *sys.path}:
            _allow(libc, rules, place)
        for place in writable:
            _allow(libc, rules, place, ruleset.files)
        if libc.syscall(_RESTRICT_SELF, rules, 0):
            return ""
    finally:
        os.close(rules)
    where = "no file is written elsewhere" if list(writable) else "no file is written"
    held = [where, "nothing is run", *["no TCP"] * network, *["no signals"] * scopes]
    return f"Landlock {version}: {', '.join(held)}"


def _allow(libc: ctypes.CDLL, rules: int, place: str, rights: int = 0) -> None:
    """Let the process read ``place`` and what is beneath it, or have the ``rights`` given, where it
    exists."""
    if not place or not Path(place).exists():
        return
    folder = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = rights or _READ_FILE | (_READ_DIR if Path(place).is_dir() else 0)
        rights |= _WRITE_FILE if place == "/dev/null" else 0
        libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(_Beneath(rights, folder)), 0)
    finally:
        os.close(folder)
