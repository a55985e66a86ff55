"""What this process opens for writing, makes, moves or removes outside one folder: told by the interpreter's audit hook."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

_PATHS = {"os.mkdir": 1, "os.rename": 2, "os.remove": 1, "os.rmdir": 1, "os.symlink": 2, "os.link": 2, "os.truncate": 1}
"""Events, and how many of their first arguments are paths."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_FREE = ("/dev/", "/proc/self/")


class WatchedWrites:
    """A context manager; ``outside`` are the paths that were touched elsewhere meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.outside: set[str] = set()
        self._folder = folder.resolve()
        self._on = False
        sys.addaudithook(self._hear)

    def __enter__(self) -> WatchedWrites:
        self._on = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._on = False

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on:
            return
        if event == "open" and (arguments[2] or 0) & _WRITING:
            self._touched(arguments[0])
        for path in arguments[: _PATHS.get(event, 0)]:
            self._touched(path)

    def _touched(self, path: Any) -> None:
        if isinstance(path, int) or path is None:
            return
        whole = Path(os.fsdecode(path))
        if whole.is_absolute() and not str(whole).startswith(_FREE) and not whole.is_relative_to(self._folder):
            self.outside.add(str(whole))
        elif not whole.is_absolute() and not self._folder.samefile(Path.cwd()):
            self.outside.add(str(Path.cwd() / whole))
