"""What this process opens for writing, makes, moves or removes outside one folder: told by the
interpreter's audit hook."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

_PATHS = {
    "os.mkdir": ((0, 2),),
    "os.rename": ((0, 2), (1, 3)),
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.symlink": ((1, 2),),
    "os.link": ((0, 2), (1, 3)),
    "os.truncate": ((0, None),),
}
"""Events, and which of their arguments are a path and the open folder that it starts from."""
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
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._on = False

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on:
            return
        if event == "open" and (arguments[2] or 0) & _WRITING:
            self._touched(arguments[0], -1)
        for path, start in _PATHS.get(event, ()):
            self._touched(arguments[path], -1 if start is None else arguments[start])

    def _touched(self, path: Any, start: int) -> None:
        if isinstance(path, int) or path is None:
            return
        base = Path(f"/proc/self/fd/{start}").readlink() if start >= 0 else Path.cwd()
        whole = base / os.fsdecode(path)
        whole = whole.parent.resolve() / whole.name
        if not str(whole).startswith(_FREE) and not whole.is_relative_to(self._folder):
            self.outside.add(str(whole))
