"""A filter of system calls (seccomp): what Landlock does not see.

No sockets of any kind, no changed modes, owners or attributes of files, no namespaces and mounts,
no io_uring (whose requests pass filters by), no looking into other processes, no keys, no modules
of the kernel, and, where asked, no further processes. A refused call fails with "Operation not
permitted"; threads work. The filter is a program for the classic BPF of the kernel, as in
seccomp(2), for x86_64 and aarch64.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys
from collections.abc import Iterator

_NO_NEW_PRIVILEGES = 38
_SET_FILTER, _ALL_THREADS = 1, 1
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_DENY, _ABSENT = 0x00050000 | 1, 0x00050000 | 38
"""Fail with EPERM, and with ENOSYS as an older kernel would."""
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32 = 0x40000000
_NAMESPACES, _THREAD = 0x7E020000, 0x00010000
"""Flags of clone."""

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""The column of the numbers below, and the kernel's word for the architecture."""
_SECCOMP = (317, 277)
_CLONE, _CLONE3 = (56, 220), (435, 435)
_PRLIMIT = (302, 261)
_PROCESSES = {"fork": (57, None), "vfork": (58, None)}
_DENIED: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "setpriority": (141, 140),
}
"""Numbers of the calls that are refused, on x86_64 and aarch64."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_calls(*, processes: bool) -> str:
    """Refuse the calls above to this process for good, in all its threads.

    Returns in words what is held, empty where the kernel or the architecture has no such filter.

    Parameters
    ----------
    processes : bool
        Whether it may still start processes.
    """
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES:
        return ""
    column, word = _ARCHITECTURES[platform.machine()]
    packed = b"".join(_build(column, word, processes=processes))
    program = _Program(len(packed) // 8, packed)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return ""
    if libc.syscall(_SECCOMP[column], _SET_FILTER, _ALL_THREADS, ctypes.byref(program)):
        return ""
    held = ["no sockets", "no modes changed", "no namespaces", *["no processes"] * (not processes)]
    return f"seccomp: {', '.join(held)}"


def _build(column: int, word: int, *, processes: bool) -> Iterator[bytes]:
    """The instructions: what is in the lists is refused, everything else allowed."""
    lists = _DENIED if processes else _DENIED | _PROCESSES
    denied = [n for numbers in lists.values() if (n := numbers[column]) is not None]
    yield _instruct(_LOAD, _ARCHITECTURE)
    yield _instruct(_EQUAL, word, 1, 0)
    yield _instruct(_RETURN, _KILL)
    yield _instruct(_LOAD, _NUMBER)
    yield _instruct(_AT_LEAST, _X32, len(denied) + 1, 0)
    for k, number in enumerate(denied):
        yield _instruct(_EQUAL, number, len(denied) - k, 0)
    yield _instruct(_AT_LEAST, 0, 1, 0)
    yield _instruct(_RETURN, _DENY)
    yield _instruct(_EQUAL, _CLONE3[column], 0, 1)
    yield _instruct(_RETURN, _ABSENT)
    yield _instruct(_EQUAL, _PRLIMIT[column], 0, 4)
    yield _instruct(_LOAD, _FIRST_ARGUMENT)
    yield _instruct(_EQUAL, 0, 0, 1)
    yield _instruct(_RETURN, _ALLOW)
    yield _instruct(_RETURN, _DENY)
    yield _instruct(_EQUAL, _CLONE[column], 1, 0)
    yield _instruct(_RETURN, _ALLOW)
    yield _instruct(_LOAD, _FIRST_ARGUMENT)
    yield _instruct(_ANY_BIT, _NAMESPACES, 2, 0)
    yield _instruct(_ANY_BIT, 0xFFFFFFFF if processes else _THREAD, 0, 1)
    yield _instruct(_RETURN, _ALLOW)
    yield _instruct(_RETURN, _DENY)


def _instruct(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, true, false, value)
