"""The http beneath the local Zenodo: requests, answers, ranges of files, and faults injected on
demand."""

from __future__ import annotations

import http.server
import io
import json
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

BLOCK = 1 << 20
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass
class Fault:
    """What goes wrong with the next ``times`` requests whose ``METHOD path`` matches ``match``.

    ``status`` answers with that status instead; ``cut_after`` closes the connection after so many
    bytes of the body; ``body`` sends other bytes of the same length or of another; ``ignore_range``
    answers a range with the whole; ``after`` lets the request do its work first and loses only the
    answer.
    """

    match: str
    times: int = 1
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    body: bytes | None = None
    ignore_range: bool = False
    after: bool = False


class Faults:
    """The faults still to come; safe among threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        """Inject faults; each applies to the first requests that match it."""
        with self._lock:
            self._faults += faults

    def take(self, line: str) -> Fault | None:
        """The fault for this request, counted as used."""
        with self._lock:
            for fault in self._faults:
                if re.search(fault.match, line):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                    return fault
        return None


@dataclass(frozen=True)
class Request:
    """A request as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"

    def json(self) -> Any:
        return json.loads(self.body or b"null")


@dataclass(frozen=True)
class Answer:
    """An answer; a body that is a path is a file whose ranges may be asked for."""

    status: int = 200
    body: bytes | Path = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, value: Any, status: int = 200, **headers: str) -> Answer:
        return cls(
            status, json.dumps(value).encode(), {"Content-Type": "application/json", **headers}
        )


class HttpServer:
    """A threaded server on 127.0.0.1 that answers with `answer` and records what it was asked.

    Parameters
    ----------
    rate
        bytes a second for each body; unlimited where None.
    """

    def __init__(self, port: int = 0, rate: float | None = None, host: str = "127.0.0.1") -> None:
        self.faults = Faults()
        self.requests: list[Request] = []
        self.rate = rate
        self.files: dict[str, bytes | Path] = {}
        self._server = http.server.ThreadingHTTPServer((host, port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: Request) -> Answer:
        """The plain files in `files`, by their path."""
        if request.path in self.files:
            return Answer(
                body=self.files[request.path],
                headers={"ETag": f'"{hash(self.files[request.path])}"'},
            )
        return Answer(404, b"no such file")

    def lines(self, match: str = "") -> list[str]:
        """METHOD and path of the requests so far, those that match."""
        return [r.line for r in self.requests if re.search(match, r.line)]


def _handler(server: HttpServer) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "LocalZenodo"

        def log_message(self, *args: object) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, TimeoutError):
                self.close_connection = True

        def _serve(self) -> None:
            request = self._request()
            server.requests.append(request)
            fault = server.faults.take(request.line)
            if fault and fault.status and not fault.after:
                self._send(request, Answer(fault.status, fault.body or b"{}", fault.headers), None)
                return
            answer = server.answer(request)
            if fault and fault.after:
                if fault.status is None:
                    self._hang_up()
                    return
                answer = Answer(fault.status, fault.body or b"{}", fault.headers)
            self._send(request, answer, fault)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815

        def _request(self) -> Request:
            parts = urllib.parse.urlsplit(self.path)
            headers = {k.lower(): v for k, v in self.headers.items()}
            query = dict(urllib.parse.parse_qsl(parts.query))
            return Request(self.command, parts.path, query, headers, b"".join(self._body(headers)))

        def _body(self, headers: dict[str, str]) -> Iterator[bytes]:
            if headers.get("transfer-encoding", "").lower() == "chunked":
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    yield self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return
            yield self.rfile.read(int(headers.get("content-length", 0)))

        def _send(self, request: Request, answer: Answer, fault: Fault | None) -> None:
            body = fault.body if fault and fault.body is not None else answer.body
            with io.BytesIO(body) if isinstance(body, bytes) else body.open("rb") as file:
                length = file.seek(0, io.SEEK_END)
                match = _RANGE.fullmatch(request.headers.get("range", ""))
                condition = request.headers.get("if-range")
                changed = condition is not None and condition != answer.headers.get("ETag")
                ranged = (
                    answer.status == 200
                    and match
                    and not changed
                    and not (fault and fault.ignore_range)
                )
                start = int(match[1]) if ranged and match else 0
                stop = min(int(match[2]) + 1, length) if ranged and match and match[2] else length
                if ranged and start >= length:
                    self._head(416, 0, {"Content-Range": f"bytes */{length}"})
                    return
                extra = {"Content-Range": f"bytes {start}-{stop - 1}/{length}"} if ranged else {}
                self._head(
                    206 if ranged else answer.status, stop - start, {**answer.headers, **extra}
                )
                if request.method != "HEAD":
                    self._copy(file, start, stop, fault)

        def _head(self, status: int, length: int, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(length))
            self.end_headers()

        def _copy(self, file: Any, start: int, stop: int, fault: Fault | None) -> None:
            cut = fault.cut_after if fault else None
            end = stop if cut is None else min(stop, start + cut)
            self.wfile.flush()
            begun = time.monotonic()
            position = start
            while position < end:
                count = (
                    min(BLOCK, end - position)
                    if server.rate or isinstance(file, io.BytesIO)
                    else end - position
                )
                position += self._piece(file, position, count)
                if server.rate:
                    time.sleep(
                        max(0.0, begun + (position - start) / server.rate - time.monotonic())
                    )
            if cut is not None and end < stop:
                self._hang_up()

        def _piece(self, file: Any, position: int, count: int) -> int:
            if isinstance(file, io.BytesIO):
                file.seek(position)
                return self.wfile.write(file.read(count))
            return self.connection.sendfile(file, position, count)

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    return Handler
