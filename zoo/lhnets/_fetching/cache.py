"""The cache: files under the SHA-256 of their content, in the layout of a mirror, shared by
networks and data sets.

A file is written under a unique temporary name, hashed while it is written, flushed to the disk and
renamed: nothing partial ever stands under a final name. No lock is taken, as locks silently do
nothing on many cluster file systems; two processes that fetch the same file each write their own,
and the later rename replaces equal bytes by equal bytes.

A temporary that was left in good order (Ctrl-C, a lost connection) is *released* and any process
may go on with it; one whose process was killed is taken over on the same machine. Taking over is a
rename, so that only one process succeeds.
"""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from lhnets._fetching.checksums import Checksums
from lhnets.errors import CacheError, IntegrityError
from lhnets.format import blob_path

FOLDER_VARIABLE = "LHNETS_CACHE"
BLOCK = 1 << 20
_STALE_AFTER = 7 * 24 * 3600.0
_RELEASED = "released"
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Cache:
    """A content-addressed store in one folder.

    Parameters
    ----------
    folder
        created with the first file that is added.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    @classmethod
    def default(cls) -> Cache:
        """The cache in the folder that LHNETS_CACHE names, else in the user's cache folder."""
        named = os.environ.get(FOLDER_VARIABLE)
        return cls(
            Path(named).expanduser()
            if named
            else platformdirs.user_cache_path("lhnets", appauthor=False)
        )

    def path(self, sha256: str) -> Path:
        """Where the file with this SHA-256 stands, or would stand."""
        return self.folder / blob_path(sha256)

    def find(self, sha256: str) -> Path | None:
        """The path of the file, if it is there. Its content is not looked at; `read` and `verified`
        do."""
        path = self.path(sha256)
        with _cache_errors(f"cannot look for {path}"):
            try:
                return path if stat.S_ISREG(path.lstat().st_mode) else None
            except (FileNotFoundError, NotADirectoryError):
                return None

    def read(self, sha256: str) -> bytes | None:
        """The content, hashed after it was read; None where there is none. A wrong file is removed,
        not served.
        """
        path = self.find(sha256)
        if path is None:
            return None
        with _cache_errors(f"cannot read {path}"):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        if hashlib.sha256(content).hexdigest() == sha256:
            return content
        self._remove(path)
        return None

    def verified(self, sha256: str) -> Path | None:
        """As `find`, after hashing the content in blocks. A wrong file is removed, not served."""
        path = self.find(sha256)
        if path is None:
            return None
        with _cache_errors(f"cannot read {path}"):
            try:
                with path.open("rb") as file:
                    right = hashlib.file_digest(file, "sha256").hexdigest() == sha256
            except FileNotFoundError:
                return None
        if right:
            return path
        self._remove(path)
        return None

    def add_bytes(self, content: bytes, sha256: str) -> Path:
        """Store ``content`` under its SHA-256.

        Raises
        ------
        IntegrityError
            If the content has another SHA-256.
        CacheError
            If the folder cannot be written: read-only, or the disk is full.
        """
        with self.writer() as writer:
            writer.write(content)
            return writer.commit(sha256)

    @contextmanager
    def writer(self, key: str | None = None) -> Iterator[Writer]:
        """A file in the making. What is not committed is removed, or kept for the next try where
        ``key`` is given.

        Parameters
        ----------
        key
            64 hexadecimal digits that stand for what is written. With it, bytes that an earlier
            writer with the same key left are taken over: `Writer.size` tells how many.
        """
        folder = self.folder / "partial"
        with _cache_errors(f"cannot write to the cache {self.folder}"):
            folder.mkdir(parents=True, exist_ok=True)
            _remove_stale(folder)
            writer = Writer(self, folder, key)
        try:
            yield writer
        finally:
            writer.close()

    def keep(self, name: str, content: bytes) -> None:
        """Keep a small file under a name of its own, such as the index that a mirror last had;
        replaced atomically."""
        target = self.folder / name
        temporary = target.with_name(f"{target.name}.{secrets.token_hex(8)}")
        with _cache_errors(f"cannot write {target}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_bytes(content)
                Path(temporary).replace(target)
            finally:
                temporary.unlink(missing_ok=True)

    def _remove(self, path: Path) -> None:
        """Remove a wrong file; where that is forbidden it stays, and is refused again next time."""
        with suppress(OSError):
            path.unlink()


class Writer:
    """A file being written into a cache, with its checksums so far. Made by `Cache.writer`.

    Attributes
    ----------
    size : int
        bytes so far, those of an earlier writer that were taken over included.
    """

    def __init__(self, cache: Cache, folder: Path, key: str | None) -> None:
        self._cache = cache
        self._folder = folder
        self._key = key
        self._name = folder / f"{key or secrets.token_hex(32)}.{_owner()}.{secrets.token_hex(8)}"
        self._open = True
        self._keep = key is not None
        taken = key is not None and _take_over(folder, key, self._name)
        flags = os.O_RDWR | _NOFOLLOW | (0 if taken else os.O_CREAT | os.O_EXCL)
        self._fd = os.open(self._name, flags, 0o666)
        self._checksums = Checksums()
        self.size = 0
        self._buffer: list[bytes] = []
        self._buffered = 0
        if taken:
            while block := os.read(self._fd, BLOCK):
                self._checksums.update(block)
                self.size += len(block)

    @property
    def sha256(self) -> str:
        """SHA-256 of what was written, 64 hexadecimal digits."""
        self._flush()
        return self._checksums.sha256

    @property
    def md5(self) -> str:
        """MD5 of what was written, 32 hexadecimal digits."""
        self._flush()
        return self._checksums.md5

    def write(self, content: bytes) -> None:
        """Append. A full disk is a CacheError, and what was written so far is removed to free
        it."""
        self._buffer.append(content)
        self._buffered += len(content)
        self.size += len(content)
        if self._buffered >= BLOCK:
            self._flush()

    def _flush(self) -> None:
        if not self._buffer:
            return
        content, self._buffer, self._buffered = b"".join(self._buffer), [], 0
        with self._giving_up(f"cannot write to the cache {self._cache.folder}"):
            view = memoryview(content)
            while view:
                view = view[os.write(self._fd, view) :]
        self._checksums.update(content)

    def restart(self) -> None:
        """Forget everything written so far."""
        with self._giving_up(f"cannot write to the cache {self._cache.folder}"):
            os.ftruncate(self._fd, 0)
            os.lseek(self._fd, 0, os.SEEK_SET)
        self.size = self._buffered = 0
        self._buffer = []
        self._checksums.reset()

    def commit(self, sha256: str | None = None) -> Path:
        """Give the file its final name, which is the SHA-256 of what was written.

        Raises
        ------
        IntegrityError
            If ``sha256`` is given and is another one. Nothing is kept.
        """
        if sha256 is not None and sha256 != self.sha256:
            self._keep = False
            raise IntegrityError(
                f"the content does not have the SHA-256 that was published: expected {sha256}, got "
                f"{self.sha256}. It was not kept"
            )
        target = self._cache.path(self.sha256)
        self._checksums.close()
        with self._giving_up(f"cannot write {target}"):
            os.fsync(self._fd)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._name.replace(target)
            os.close(self._fd)
            self._open = False
            _flush_folder(target.parent)
        return target

    def discard(self) -> None:
        """Keep nothing of it, not even for the next try."""
        self._keep = False

    def close(self) -> None:
        """Remove what was not committed, or release it for the next writer with the same key."""
        if not self._open:
            return
        with suppress(CacheError):
            self._flush()
        self._checksums.close()
        self._open = False
        with suppress(OSError):
            os.close(self._fd)
            if self._keep and self.size:
                self._name.rename(self._folder / f"{self._key}.{_RELEASED}.{secrets.token_hex(8)}")
            else:
                self._name.unlink()

    @contextmanager
    def _giving_up(self, what: str) -> Iterator[None]:
        try:
            with _cache_errors(what):
                yield
        except CacheError:
            self._keep = False
            raise


@contextmanager
def _cache_errors(what: str) -> Iterator[None]:
    """Turn an error of the operating system into a CacheError that says what to do."""
    try:
        yield
    except CacheError:
        raise
    except OSError as error:
        raise CacheError(
            f"{what}: {error.strerror or error}. Expected a folder that can be written and has "
            f"room; set {FOLDER_VARIABLE} to another one"
        ) from error


@functools.cache
def _machine() -> str:
    """Tells apart the machines, boots and process namespaces in which a process number means
    something."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _owner() -> str:
    return f"{_machine()}-{os.getpid()}"


def _is_free(owner: str) -> bool:
    """Whether nobody writes to a temporary of this owner any more."""
    if owner == _RELEASED:
        return True
    machine, _, process = owner.partition("-")
    if machine != _machine() or os.name != "posix" or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _take_over(folder: Path, key: str, name: Path) -> bool:
    """Rename the longest free temporary with this key to ``name``; False where there is none."""
    free = [p for p in folder.glob(f"{key}.*.*") if _is_free(p.name.split(".")[1])]
    for path in sorted(free, key=_size, reverse=True):
        try:
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
                continue
            path.rename(name)
        except FileNotFoundError:
            continue
        return True
    return False


def _remove_stale(folder: Path) -> None:
    """Remove temporaries that nobody has written to for a week."""
    for path in folder.iterdir():
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > _STALE_AFTER:
                path.unlink()


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _flush_folder(folder: Path) -> None:
    """Make a rename last through a loss of power, where the system can."""
    with suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
