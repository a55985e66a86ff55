"""Downloads over http: streamed into the cache, hashed on the way, resumed where they were cut.

The bytes are believed because of their checksum, never because of who sent them. Redirects lead
only to allowed hosts, a token goes only to the origin it was issued for, and passwords in .netrc
are not looked at.
"""

from __future__ import annotations

import functools
import hashlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from lhnets._fetching.addresses import follow_redirect, origin_of, parse_address, scrub
from lhnets._fetching.body import read_body
from lhnets._fetching.cache import Cache, Writer
from lhnets._fetching.patience import FILE, SHORT, Clock, Pace, Patience
from lhnets._fetching.transfer import (
    Expected,
    Interrupted,
    Progress,
    StatusError,
    Transfer,
    network_errors,
    raise_for_status,
)
from lhnets._fetching.validators import Validators
from lhnets.errors import MirrorError, OfflineError

if TYPE_CHECKING:
    import httpx

OFFLINE_VARIABLE = "LHNETS_OFFLINE"
DEFAULT_LIMIT = 50 * 1000**3
GET_LIMIT = 64 * 1000**2

_T = TypeVar("_T")

_RESUMES = 200
_REDIRECTS = 5
_FEW_ATTEMPTS = 3
_UNHURRIED = Patience()
_NOT_MODIFIED = 304
_LONGEST_WAIT = 120.0
_LONGEST_BACKOFF = 30.0


class Fetched(Struct, frozen=True):
    """A file in the cache, with the checksums and the size (bytes) that it was found to have."""

    path: Path
    sha256: str
    md5: str
    size: int


def offline() -> bool:
    """Whether offline mode is on: LHNETS_OFFLINE set to anything but nothing, 0, no or false."""
    return os.environ.get(OFFLINE_VARIABLE, "").strip().lower() not in {"", "0", "no", "false"}


def user_agent() -> str:
    """Who asks, in the form that archives want: ``tool/version (url)``; the address is the first
    that the package names."""
    about = metadata.metadata("lhnets")
    addresses = about.get_all("Project-URL") or []
    named = f" ({addresses[0].partition(',')[2].strip()})" if addresses else ""
    return f"lhnets/{about['Version']}{named}"


def download(
    url: str,
    *,
    sha256: str | None = None,
    size: int | None = None,
    cache: Cache | None = None,
    progress: Progress | None = None,
    what: str = "",
) -> Path:
    """The file at ``url`` in the cache: `Downloader.fetch` with the rules for a mirror."""
    with Downloader(patience=FILE, attempts=_FEW_ATTEMPTS) as downloader:
        return downloader.fetch(
            url, sha256=sha256, size=size, cache=cache, progress=progress, what=what
        ).path


def get_bytes(url: str, *, limit: int = GET_LIMIT, what: str = "") -> bytes:
    """The body at ``url``: `Downloader.get_bytes` with the rules for a mirror, in a short time."""
    with ask_mirror() as downloader:
        return downloader.get_bytes(url, limit=limit, what=what)


def get_file(url: str, *, limit: int, what: str = "") -> bytes:
    """A network file without a cache: `Downloader.get_bytes` with the rules for a mirror."""
    with Downloader(patience=FILE, attempts=_FEW_ATTEMPTS) as downloader:
        return downloader.get_bytes(url, limit=limit, what=what)


def ask_mirror() -> Downloader:
    """A downloader with the rules for the small files of a mirror, which come in a short time."""
    return Downloader(patience=SHORT, attempts=_FEW_ATTEMPTS)


class Downloader:
    """Fetches from http servers with one set of rules; used by several threads at once if need be.

    Parameters
    ----------
    allowed_hosts
        hosts (``host`` or ``host:port``) that a redirect may lead to, besides the origin of the
        address asked for.
    token
        sent as a bearer token to ``token_origin`` (``scheme://host[:port]``) and nowhere else.
    wait
        waits the given seconds between two attempts.
    attempts
        how many attempts in a row may bring nothing before the download is given up.
    patience
        how long the other side may take.
    """

    def __init__(
        self,
        *,
        allowed_hosts: frozenset[str] = frozenset(),
        token: str | None = None,
        token_origin: str | None = None,
        wait: Callable[[float], None] = time.sleep,
        attempts: int = 6,
        patience: Patience = _UNHURRIED,
    ) -> None:
        self._allowed_hosts = allowed_hosts
        self._token = token
        self._token_origin = token_origin
        self._wait = wait
        self._attempts = attempts
        self._patience = patience
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def __enter__(self) -> Downloader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are open."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def get_bytes(
        self, url: str, *, limit: int = GET_LIMIT, what: str = "", clock: Clock | None = None
    ) -> bytes:
        """The body at ``url``.

        Parameters
        ----------
        limit
            most bytes to accept.
        what
            name of it in messages.
        clock
            the time that several downloads share.

        Raises
        ------
        OfflineError
            in offline mode.
        StatusError
            If the server answers with an error.
        IntegrityError
            If the body is longer than ``limit`` bytes.
        MirrorError
            If no server answers, or a redirect leads to a host that is not allowed.
        """
        require_online(url, what)
        clock = clock or self.start_clock()
        return self._repeated(lambda: self._get(url, limit, {}, clock), url, clock)[0]

    def refresh(
        self,
        url: str,
        known: Validators,
        *,
        limit: int = GET_LIMIT,
        what: str = "",
        clock: Clock | None = None,
    ) -> tuple[bytes | None, Validators]:
        """The body at ``url``, compressed on the way if the server can, or None where it is the
        ``known`` one.

        Raises
        ------
        OfflineError, StatusError, IntegrityError, MirrorError
            as `get_bytes`.
        """
        require_online(url, what)
        clock, headers = clock or self.start_clock(), {**known.headers, "Accept-Encoding": "gzip"}
        try:
            return self._repeated(lambda: self._get(url, limit, headers, clock), url, clock)
        except StatusError as error:
            if error.status == _NOT_MODIFIED and known.headers:
                return None, known
            raise

    def fetch(
        self,
        url: str,
        *,
        sha256: str | None = None,
        md5: str | None = None,
        size: int | None = None,
        limit: int = DEFAULT_LIMIT,
        cache: Cache | None = None,
        progress: Progress | None = None,
        what: str = "",
    ) -> Fetched:
        """The file at ``url`` in the cache, without any request where it is there already.

        Parameters
        ----------
        sha256, md5, size
            what the file must have, as far as it is known. Where neither checksum is known, a
            download that ended in another process starts again.
        limit
            most bytes to accept where ``size`` is not known.
        progress
            called with the bytes that are there and the bytes in all (None if unknown).
        what
            name of the file in messages.

        Raises
        ------
        IntegrityError
            If the bytes have another checksum or size; they are not kept.
        CacheError
            If the cache cannot be written.
        OfflineError, StatusError, MirrorError
            as `get_bytes`.
        """
        cache = cache or Cache.default()
        if sha256 is not None and (path := cache.verified(sha256)) is not None:
            return _measured(path, sha256)
        require_online(url, what)
        key = sha256 or (hashlib.sha256(f"{md5} {size}".encode()).hexdigest() if md5 else None)
        clock, expected = self.start_clock(), Expected(sha256, md5, size, limit)
        with cache.writer(key) as writer:
            transfer = Transfer(self._shown(url), writer, expected, progress, clock)
            while not transfer.complete():
                self._repeated(
                    lambda: transfer.run(lambda headers: self._open(url, headers, clock)),
                    url,
                    clock,
                    writer,
                )
            return Fetched(writer.commit(sha256), writer.sha256, writer.md5, writer.size)

    def _get(
        self, url: str, limit: int, headers: Mapping[str, str], clock: Clock
    ) -> tuple[bytes, Validators]:
        shown = self._shown(url)
        with self._open(url, headers, clock) as response, network_errors():
            pace = Pace(clock)
            body = read_body(response, limit, shown, lambda size: pace.count(size, shown))
            return body, Validators.of(response.headers)

    def _repeated(
        self, attempt: Callable[[], _T], url: str, clock: Clock, writer: Writer | None = None
    ) -> _T:
        """Repeat an attempt while it is interrupted: patient while each brings bytes, bounded
        otherwise."""
        spent, reason = 0, "it was cut too often"
        for _ in range(_RESUMES):
            before = writer.size if writer else 0
            try:
                return attempt()
            except Interrupted as interruption:
                reason, delay = str(interruption), interruption.delay
                spent = 0 if writer and writer.size > before else spent + interruption.cost
            if delay is not None and delay > _LONGEST_WAIT:
                reason += f", and asks to come back in {delay:.0f} s"
                break
            if spent >= self._attempts:
                break
            pause = delay if delay is not None else _backoff(spent)
            if pause >= clock.left:
                reason += f", and {clock.patience.total:g} s are the longest that is waited"
                break
            if pause > 0:
                self._wait(pause)
        raise MirrorError(
            f"cannot fetch {self._shown(url)}: {scrub(reason, self._token)}. Check the address and "
            "the connection, and try again later: what arrived of a file is kept where its "
            "checksum is known, and the next try goes on"
        )

    def start_clock(self) -> Clock:
        """The time of one download, or of several. What must be imported first does not count."""
        self._connected()
        return Clock(self._patience)

    def _connected(self) -> httpx.Client:
        """The connections, opened with the first request."""
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    timeout=httpx.Timeout(
                        self._patience.silence, connect=min(self._patience.answer, 15.0)
                    ),
                    headers={"User-Agent": user_agent(), "Accept-Encoding": "identity"},
                    follow_redirects=False,
                )
            return self._client

    @contextmanager
    def _open(self, url: str, headers: Mapping[str, str], clock: Clock) -> Iterator[httpx.Response]:
        """The answer, its body still to be read, after following redirects to allowed hosts."""
        import httpx

        first = current = parse_address(url, self._token)
        client = self._connected()
        for _ in range(_REDIRECTS + 1):
            authorization = self._authorization(current)
            request = client.build_request("GET", current, headers={**headers, **authorization})
            shown = self._shown(str(current))
            with network_errors():
                response = clock.wait_for(
                    functools.partial(client.send, request, stream=True),
                    httpx.Response.close,
                    shown,
                )
            try:
                if not response.has_redirect_location:
                    raise_for_status(response, shown, clock)
                    yield response
                    return
                current = follow_redirect(
                    first, current, response.headers["Location"], self._allowed_hosts, self._token
                )
            finally:
                response.close()
        raise MirrorError(f"{self._shown(url)} redirects more than {_REDIRECTS} times")

    def _authorization(self, url: httpx.URL) -> dict[str, str]:
        if (
            self._token
            and self._token_origin
            and origin_of(url) == origin_of(parse_address(self._token_origin))
        ):
            return {"Authorization": f"Bearer {self._token}"}
        return {}

    def _shown(self, url: str) -> str:
        return scrub(url, self._token)


def require_online(url: str, what: str = "") -> None:
    """Raise OfflineError, naming what is missing, where offline mode is on."""
    if offline():
        raise OfflineError(
            f"{what or url} is not here, and offline mode ({OFFLINE_VARIABLE}) forbids to fetch it "
            f"from {scrub(url)}. Unset {OFFLINE_VARIABLE}, or fetch it where there is a network "
            "and bring the cache"
        )


def _backoff(spent: int) -> float:
    """Seconds to wait after fruitless attempts: 1, 2, 4 … and up to a fifth more, lest many
    meet."""
    return min(2.0 ** (spent - 1), _LONGEST_BACKOFF) * random.uniform(1.0, 1.2) if spent else 0.0


def _measured(path: Path, sha256: str) -> Fetched:
    with path.open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return Fetched(path, sha256, md5, path.stat().st_size)
