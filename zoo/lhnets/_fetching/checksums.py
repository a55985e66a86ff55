"""Checksums of a stream, computed beside it: a long download is hashed while the next bytes
arrive."""

from __future__ import annotations

import hashlib
import queue
import threading

_INLINE = 8 << 20
_QUEUED = 8


class Checksums:
    """SHA-256 and MD5 of the blocks given to `update`, in their order.

    The first 8 MiB are hashed at once; after that a thread does it.
    """

    def __init__(self) -> None:
        self._queue: queue.Queue[bytes | None] = queue.Queue(_QUEUED)
        self._thread: threading.Thread | None = None
        self.reset()

    def reset(self) -> None:
        """Start again from nothing."""
        self._wait()
        self._count = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)

    def update(self, block: bytes) -> None:
        """Take one more block into account."""
        self._count += len(block)
        if self._thread is None and self._count > _INLINE:
            self._thread = threading.Thread(target=self._work, name="lhnets checksums", daemon=True)
            self._thread.start()
        if self._thread is None:
            self._hash(block)
        else:
            self._queue.put(block)

    @property
    def sha256(self) -> str:
        """64 hexadecimal digits."""
        self._wait()
        return self._sha256.hexdigest()

    @property
    def md5(self) -> str:
        """32 hexadecimal digits."""
        self._wait()
        return self._md5.hexdigest()

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _wait(self) -> None:
        if self._thread is not None:
            self._queue.join()

    def _work(self) -> None:
        block: bytes | None = b""
        while block is not None:
            block = self._queue.get()
            try:
                self._hash(block or b"")
            finally:
                self._queue.task_done()

    def _hash(self, block: bytes) -> None:
        self._sha256.update(block)
        self._md5.update(block)
