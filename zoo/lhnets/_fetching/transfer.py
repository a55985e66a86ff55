"""One file on its way from a server into a writer, over as many connections as it takes."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from lhnets._fetching.addresses import scrub
from lhnets._fetching.cache import Writer
from lhnets._fetching.patience import Clock, NoAnswerError, Pace
from lhnets.errors import IntegrityError, MirrorError

if TYPE_CHECKING:
    import httpx

Progress: TypeAlias = Callable[[int, int | None], None]

_RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)")
_LENGTH = re.compile(r"[0-9]{1,18}")
_STRONG_ETAG = re.compile(r'"[^"]*"')
_SHOWN_BODY = 2000


class StatusError(MirrorError):
    """A server answered with an error.

    Attributes
    ----------
    status : int
        the HTTP status.
    body : bytes
        the beginning of the answer.
    """

    def __init__(self, message: str, status: int, body: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class Interrupted(Exception):  # noqa: N818
    """An attempt that may succeed when it is made again.

    ``delay``: seconds, where the server named them. ``cost``: how much of the patience it uses up.
    """

    def __init__(self, reason: str, delay: float | None = None, cost: int = 1) -> None:
        super().__init__(reason)
        self.delay = delay
        self.cost = cost


class Expected(Struct, frozen=True):
    """What is known of a file before it arrives."""

    sha256: str | None
    md5: str | None
    size: int | None
    limit: int

    def finding(self, writer: Writer) -> str:
        """How the bytes differ from what was expected; empty where they do not."""
        for name, wanted, got in (
            ("size in bytes", self.size, writer.size),
            ("SHA-256", self.sha256, writer.sha256),
            ("MD5", self.md5, writer.md5),
        ):
            if wanted is not None and wanted != got:
                return f"expected {name} {wanted}, got {got}"
        return ""


class Transfer:
    """One file on its way into a writer, over as many connections as it takes."""

    def __init__(
        self, url: str, writer: Writer, expected: Expected, progress: Progress | None, clock: Clock
    ) -> None:
        self._url = url
        self._writer = writer
        self._expected = expected
        self._most = expected.limit if expected.size is None else expected.size
        self._progress = progress
        self._clock = clock
        self._validator: str | None = None
        self._inherited = writer.size > 0
        self._finished = False

    def complete(self) -> bool:
        """Whether the file is there and is the one expected; wrong bytes of an earlier try are
        forgotten.

        Raises
        ------
        IntegrityError
            If it is another one.
        """
        if not (self._finished or self._inherited):
            return False
        finding = self._expected.finding(self._writer)
        if not finding:
            return True
        if not self._finished:
            return False
        self._finished = False
        if self._inherited:
            self._inherited = False
            self._writer.restart()
            return False
        self._writer.discard()
        raise IntegrityError(
            f"{self._url} gave other bytes than were published: {finding}. They were not kept. The "
            "file was changed there or damaged on the way: try again, then ask its publisher"
        )

    def run(
        self, open_: Callable[[Mapping[str, str]], AbstractContextManager[httpx.Response]]
    ) -> None:
        """Read one answer to its end."""
        try:
            with open_(self._headers()) as response:
                total = self._begin(response)
                pace = Pace(self._clock)
                with network_errors():
                    for chunk in response.iter_raw():
                        pace.count(len(chunk), self._url)
                        self._accept(chunk, total)
        except StatusError as error:
            if error.status != 416 or not self._writer.size:
                raise
            self._writer.restart()
            raise Interrupted("the server has fewer bytes than an earlier try left") from error
        if total is not None and self._writer.size < total:
            raise Interrupted(f"the body ended after {self._writer.size} of {total} bytes")
        self._finished = True

    def _headers(self) -> dict[str, str]:
        """Ask for the rest where something is there and the whole can be checked at the end."""
        if not self._writer.size:
            return {}
        if self._validator:
            return {"Range": f"bytes={self._writer.size}-", "If-Range": self._validator}
        if self._expected.sha256 or self._expected.md5:
            return {"Range": f"bytes={self._writer.size}-"}
        self._writer.restart()
        return {}

    def _begin(self, response: httpx.Response) -> int | None:
        """Make the file end where the answer begins; gives the length of the whole file, if it is
        stated."""
        etag = response.headers.get("ETag", "")
        self._validator = etag if _STRONG_ETAG.fullmatch(etag) else None
        start, total = _extent(response)
        if start != self._writer.size:
            self._writer.restart()
        if start not in {0, self._writer.size}:
            raise Interrupted("the server answered with another range than was asked for")
        if total is not None and total > self._most:
            self._too_long(total)
        return total

    def _accept(self, chunk: bytes, total: int | None) -> None:
        if self._writer.size + len(chunk) > self._most:
            self._too_long(None)
        self._writer.write(chunk)
        if self._progress is not None:
            self._progress(self._writer.size, total)

    def _too_long(self, size: int | None) -> None:
        self._writer.discard()
        raise IntegrityError(
            f"{self._url} is longer ({size or 'unknown'} bytes) than the {self._most} bytes "
            "expected; it was not kept"
        )


@contextmanager
def network_errors() -> Iterator[None]:
    """Turn what goes wrong on the wire into an interruption."""
    import httpx

    try:
        yield
    except NoAnswerError as error:
        raise Interrupted(str(error), cost=2) from error
    except httpx.InvalidURL as error:
        raise MirrorError(
            f"a redirect leads to what is not an address: {scrub(str(error))}"
        ) from error
    except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.ProxyError) as error:
        raise MirrorError(scrub(f"cannot connect: {error}")) from error
    except httpx.ConnectError as error:
        raise Interrupted(f"no connection ({error})", cost=3) from error
    except httpx.HTTPError as error:
        raise Interrupted(
            f"the connection was cut ({str(error) or type(error).__name__})"
        ) from error


def raise_for_status(response: httpx.Response, url: str, clock: Clock) -> None:
    """Raise an interruption where the server may answer later, a StatusError where it refuses."""
    status = response.status_code
    if status in _RETRY_STATUS:
        raise Interrupted(f"the server answered {status}", _delay(response.headers))
    if status not in {200, 206}:
        raise StatusError(
            f"{url}: the server answered {status}, expected 200",
            status,
            _beginning(response, url, Pace(clock)),
        )


def _beginning(response: httpx.Response, url: str, pace: Pace) -> bytes:
    """The beginning of the body, as it was sent."""
    body = b""
    with network_errors():
        for chunk in response.iter_raw():
            body += chunk
            pace.count(len(chunk), url)
            if len(body) >= _SHOWN_BODY:
                break
    return body[:_SHOWN_BODY]


def _delay(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, by Retry-After or X-RateLimit-Reset."""
    after = headers.get("Retry-After", "").strip()
    if _LENGTH.fullmatch(after):
        return float(after)
    reset = headers.get("X-RateLimit-Reset", "").strip()
    try:
        moment = email.utils.parsedate_to_datetime(after).timestamp() if after else float(reset)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, moment - time.time()) if moment < 1e11 else None


def _extent(response: httpx.Response) -> tuple[int, int | None]:
    """First byte of the answer, and the length of the whole file where it is stated."""
    if response.status_code == 206:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None:
            return -1, None
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if _LENGTH.fullmatch(length) else None
