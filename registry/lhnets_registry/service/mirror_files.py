"""The mirror and its catalogue as static files: validators, ranges, compression, and nothing
outside the folder.

Small files are kept in memory with everything that their answers need; a status call a request
tells whether they are still the same. Network files and cards never change, and their headers say
so.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import re
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from lhnets.format import INDEX_FILE
from lhnets_registry.service.errors import refused
from lhnets_registry.service.negotiation import (
    RangeError,
    byte_range,
    compressed_etag,
    has_already,
    takes_gzip,
)

INTERFACE = frozenset({"v1", "health", "metrics", "openapi.json"})
"""First parts of the addresses that are no files."""
HELD_FILE = 4_000_000
"""Bytes up to which a file is kept in memory; the index always is."""
HELD_IN_ALL = 128_000_000
"""Bytes of all files kept in memory by one worker process."""
SECURITY = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src "
        "'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gz": "application/gzip",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".onnx": "application/octet-stream",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
_COMPRESSED = {
    ".css",
    ".html",
    ".js",
    ".json",
    ".md",
    ".mjs",
    ".svg",
    ".txt",
    ".wasm",
    ".webmanifest",
    ".xml",
}
_WORTH_COMPRESSING = 500
_METHODS = {"Allow": "GET, HEAD, POST, OPTIONS"}
"""Of the service as a whole."""
_SEGMENT = re.compile(r"[A-Za-z0-9_@+~-][A-Za-z0-9_@+~.-]*")
_BLOB = re.compile(r"blobs/sha256/([0-9a-f]{2})/([0-9a-f]{62})")
_CARD = re.compile(r"networks/[a-z0-9-]+/[0-9]+\.json")
_NOT_FOUND = "the mirror has no such file; index.json lists what there is"
_NO_PAGES = (
    "the catalogue is not there yet: it is written when the service starts; index.json "
    "lists what there is"
)

_Raw = list[tuple[bytes, bytes]]


class MirrorFiles:
    """ASGI middleware that serves the files of ``folder`` to GET and HEAD, and passes the
    interface's addresses on."""

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app = app
        self._root = folder.resolve()
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what is not a file of the mirror is not found."""
        if scope["type"] != "http" or first_part(scope) in INTERFACE:
            await self._app(scope, receive, send)
            return
        try:
            await self._file(scope, receive, send)
        except HTTPException as error:
            await refused(error)(scope, receive, send)

    async def _file(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "*" and scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=_METHODS)(scope, receive, send)
            return
        held = self._look_up(scope["path"])
        if held is None:
            relative = _relative(scope["path"])
            path = self._root / relative
            size = await asyncio.to_thread(self._size_of, path)
            if size is None:
                await RedirectResponse(f"/{relative}/", 308)(scope, receive, send)
                return
            _check_method(scope)
            if size > HELD_FILE and relative != INDEX_FILE:
                await _streamed(path, relative, Headers(scope=scope))(scope, receive, send)
                return
            held = await asyncio.to_thread(_Held.read, path, relative)
            self._keep(scope["path"], held)
        _check_method(scope)
        status, headers, body = held.answer(Headers(scope=scope))
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

    def _look_up(self, address: str) -> _Held | None:
        """The file at an address as it is kept, where it is still the same."""
        held = self._held.get(address)
        if held is None:
            return None
        try:
            if held.stamp == _stamp(held.path):
                self._held.move_to_end(address)
                return held
        except OSError:
            pass
        self._size -= self._held.pop(address).size
        return None

    def _keep(self, address: str, held: _Held) -> None:
        old = self._held.pop(address, None)
        self._held[address] = held
        self._size += held.size - (old.size if old else 0)
        while self._size > HELD_IN_ALL and len(self._held) > 1:
            self._size -= self._held.popitem(last=False)[1].size

    def _size_of(self, path: Path) -> int | None:
        """The size of a file within the folder; None for a folder with a page of its own."""
        try:
            real = path.resolve(strict=True)
            if real.is_relative_to(self._root):
                if real.is_file():
                    return real.stat().st_size
                if (real / "index.html").is_file():
                    return None
        except OSError:
            pass
        raise HTTPException(404, _NO_PAGES if path == self._root / "index.html" else _NOT_FOUND)


def first_part(scope: Scope) -> str:
    """The first part of the address that is asked for; empty for ``*``."""
    path: str = scope["path"]
    return [*path.split("/", 2), ""][1]


class _Held(NamedTuple):
    """A file in memory, plain and, where that is shorter, compressed, with the headers of each
    answer."""

    path: str
    stamp: tuple[int, int, int]
    etag: str
    content: bytes
    headers: _Raw
    compressed: bytes | None
    compressed_headers: _Raw
    not_modified: _Raw

    @property
    def size(self) -> int:
        return len(self.content) + len(self.compressed or b"")

    @classmethod
    def read(cls, path: Path, relative: str) -> _Held:
        stamp, content = _stamp(str(path)), path.read_bytes()
        etag = hashlib.sha256(content).hexdigest()
        compressed = _compressed(content) if path.suffix in _COMPRESSED else None
        return cls(
            str(path),
            stamp,
            etag,
            content,
            _raw(_headers(relative, etag) | {"content-length": str(len(content))}),
            compressed,
            _raw(_gzip_headers(relative, etag) | {"content-length": str(len(compressed or b""))}),
            _raw(_not_modified(relative, etag)),
        )

    def answer(self, request: Headers) -> tuple[int, _Raw, bytes]:
        """Status, headers and body."""
        if has_already(request.get("if-none-match"), self.etag):
            return 304, self.not_modified, b""
        if "range" in request and request.get("if-range", f'"{self.etag}"') == f'"{self.etag}"':
            return self._part(request["range"])
        if self.compressed is not None and takes_gzip(request.get("accept-encoding", "")):
            return 200, self.compressed_headers, self.compressed
        return 200, self.headers, self.content

    def _part(self, wanted: str) -> tuple[int, _Raw, bytes]:
        size = len(self.content)
        try:
            part = byte_range(wanted, size)
        except RangeError as error:
            raise HTTPException(416, str(error), {"Content-Range": f"bytes */{size}"}) from error
        if part is None:
            return 200, self.headers, self.content
        start, end = part
        own = {
            "content-length": str(end - start),
            "content-range": f"bytes {start}-{end - 1}/{size}",
        }
        headers = [(k, v) for k, v in self.headers if k != b"content-length"]
        return 206, headers + _raw(own), self.content[start:end]


def _relative(path: str) -> str:
    """The path of a file below the mirror; no hidden file, no way up, nothing that a system reads
    otherwise."""
    wanted = path[1:] + ("index.html" if path.endswith("/") else "")
    if not all(_SEGMENT.fullmatch(s) for s in wanted.split("/")):
        raise HTTPException(404, _NOT_FOUND)
    return wanted


def _check_method(scope: Scope) -> None:
    if scope["method"] not in ("GET", "HEAD"):
        raise HTTPException(405, "the mirror is read with GET or HEAD", {"Allow": "GET, HEAD"})


def _streamed(path: Path, relative: str, request: Headers) -> Response:
    """A large file from the disk; its compressed neighbour NAME.gz where there is one and the
    client takes it."""
    blob = _BLOB.fullmatch(relative)
    status = path.stat()
    etag = "".join(blob.groups()) if blob else f"{status.st_size:x}-{status.st_mtime_ns:x}"
    if has_already(request.get("if-none-match"), etag):
        return Response(status_code=304, headers=_not_modified(relative, etag))
    neighbour = path.with_name(f"{path.name}.gz")
    if (
        "range" not in request
        and takes_gzip(request.get("accept-encoding", ""))
        and neighbour.is_file()
    ):
        return FileResponse(neighbour, headers=_gzip_headers(relative, etag))
    return FileResponse(path, headers=_headers(relative, etag))


def _headers(relative: str, etag: str) -> dict[str, str]:
    immutable = _BLOB.fullmatch(relative) or _CARD.fullmatch(relative)
    return {
        "content-type": TYPES.get(Path(relative).suffix, "application/octet-stream"),
        "etag": f'"{etag}"',
        "cache-control": "public, max-age=31536000, immutable" if immutable else "public, no-cache",
        "accept-ranges": "bytes",
        "vary": "accept-encoding",
        "access-control-allow-origin": "*",
        **SECURITY,
    }


def _gzip_headers(relative: str, etag: str) -> dict[str, str]:
    return _headers(relative, compressed_etag(etag)) | {
        "content-encoding": "gzip",
        "accept-ranges": "none",
    }


def _not_modified(relative: str, etag: str) -> dict[str, str]:
    return {
        k: v
        for k, v in _headers(relative, etag).items()
        if k not in ("content-type", "accept-ranges")
    }


def _compressed(content: bytes) -> bytes | None:
    if len(content) < _WORTH_COMPRESSING:
        return None
    shorter = gzip.compress(content, 6, mtime=0)
    return shorter if len(shorter) < 0.9 * len(content) else None


def _stamp(path: str) -> tuple[int, int, int]:
    status = os.stat(path)  # noqa: PTH116 (a Path costs more than the call, at every request)
    return status.st_ino, status.st_mtime_ns, status.st_size


def _raw(headers: dict[str, str]) -> _Raw:
    return [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
