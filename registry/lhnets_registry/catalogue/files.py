"""Writing the pages of a mirror: each by one atomic replacement, and only where its bytes
change."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path


class Folder:
    """The folder of a mirror.

    Attributes
    ----------
    path : Path
        of the folder.
    written : int
        how many files were written so far.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written = 0

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None where it is absent."""
        path = self.path / name
        return path.read_bytes() if path.is_file() else None

    def exists(self, name: str) -> bool:
        """Whether a file is there."""
        return (self.path / name).is_file()

    def has(self, name: str, size: int, sha256: str | None = None) -> bool:
        """Whether a file has this size and, where one is given, this SHA-256."""
        path = self.path / name
        if not path.is_file() or path.stat().st_size != size:
            return False
        if sha256 is None:
            return True
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == sha256

    def put(self, name: str, content: bytes) -> None:
        """Write a file, unless it has these bytes."""
        if self.read(name) == content:
            return
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644
            )
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        self.written += 1

    def remove(self, name: str) -> None:
        """Delete a file, and its folder where that is empty then."""
        path = self.path / name
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()
