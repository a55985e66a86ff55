"""Confinement of a process by the Linux kernel (Landlock): no file written, nothing run, no TCP,
few places to read.

A process confines itself for good, together with all that it starts. Where the kernel has no
Landlock (before 5.13, or switched off) nothing happens, and the report says that resource limits
are all there is. UDP and sockets that are open already are outside what Landlock sees.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""System calls, alike on every architecture."""
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_SET_NO_NEW_PRIVILEGES = 38
_READ_FILE, _READ_DIR, _WRITE_FILE = 1 << 2, 1 << 3, 1 << 1
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many of the rights to files a version of Landlock knows; 16 from version 5 on."""
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


def confine(readable: Iterable[str] = ()) -> str:
    """Confine this process. Returns in words what the kernel holds to, empty where it has no
    Landlock.

    Parameters
    ----------
    readable : iterable of str
        Places to read beside the system's libraries and Python's own.
    """
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
        for place in {*_READABLE, sys.prefix, sys.base_prefix, *sys.path, *readable}:
            _allow(libc, rules, place)
        if libc.syscall(_RESTRICT_SELF, rules, 0):
            return ""
    finally:
        os.close(rules)
    held = ["no file is written", "nothing is run", *["no TCP"] * network, *["no signals"] * scopes]
    return f"Landlock {version}: {', '.join(held)}"


def _allow(libc: ctypes.CDLL, rules: int, place: str) -> None:
    """Let the process read ``place`` and what is beneath it, where it exists."""
    if not place or not Path(place).exists():
        return
    folder = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _READ_FILE | (_READ_DIR if Path(place).is_dir() else 0)
        rights |= _WRITE_FILE if place == "/dev/null" else 0
        libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(_Beneath(rights, folder)), 0)
    finally:
        os.close(folder)
