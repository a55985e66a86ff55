"""Publishing to a registry elsewhere, and reviewing there: the client of `/v1/publish` and
`/v1/review`.

The token comes from LHNETS_TOKEN or a file, goes into one header of requests to the one address
that was named, and into no message. Redirects are not followed, and it is not sent over http, but
to this machine itself.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from lhnets.errors import Error, MirrorError
from lhnets.mirrors import scrub
from lhnets_registry.errors import (
    AdmissionError,
    NameConflictError,
    ReviewError,
    StoreError,
    TokenError,
    UnknownVersionError,
)
from lhnets_registry.report import Report

if TYPE_CHECKING:
    import httpx

TOKEN_VARIABLE = "LHNETS_TOKEN"
_HERE = ("localhost", "127.0.0.1", "::1")
_SECONDS = 300.0

_T = TypeVar("_T")


class RemotePublication(Struct, frozen=True):
    """What a publication elsewhere gave; see `PublishedVersion`."""

    name: str
    version: int
    status: str
    sha256: str
    created: bool
    report: Report

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"


class RemoteVersion(Struct, frozen=True):
    """One version in a registry elsewhere."""

    name: str
    version: int
    status: str
    reason: str
    kind: str
    subject: str
    title: str
    sha256: str
    published: int
    """Milliseconds since 1970."""
    published_by: str = ""
    """Token or user."""

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"


class RemoteFigure(Struct, frozen=True):
    """A figure to one digit of its error; None if it is infinite."""

    value: float | None
    error: float | None


class RemoteSubmission(Struct, frozen=True):
    """A file that was judged in a blind task elsewhere."""

    network: str
    sha256: str
    figures: dict[str, RemoteFigure]
    submitted: int
    """Milliseconds since 1970."""
    rank: int | None = None
    withdrawn: str | None = None


class _Page(Struct):
    total: int
    versions: list[RemoteVersion]


class _Shown(Struct):
    version: RemoteVersion
    report: Report


class _Decided(Struct):
    version: RemoteVersion


class _Problem(Struct):
    detail: str = ""
    report: Report | None = None


class Remote:
    """A registry at an address.

    Parameters
    ----------
    address : str
        ``https://…``, as `lhnets serve` shows it.
    token : str
        Made there by `lhnets token create`.

    Raises
    ------
    MirrorError
        If the address is none, or would carry the token in the clear.
    """

    def __init__(self, address: str, token: str) -> None:
        import httpx

        try:
            url = httpx.URL(address.rstrip("/"))
        except httpx.InvalidURL as error:
            raise MirrorError(f"{scrub(address, token)!r} is not an address: {error}") from error
        if (
            url.scheme not in ("https", "http")
            or not url.host
            or url.userinfo
            or url.query
            or url.fragment
        ):
            raise MirrorError(
                f"{scrub(address, token)!r} is not an address of a registry; expected https://HOST"
            )
        if url.scheme == "http" and url.host not in _HERE:
            raise MirrorError(
                "a token is not sent over http, where anyone on the way can read it: use "
                f"https://{url.host}"
            )
        self.address, self._token = str(url), token

    def publish(self, content: bytes) -> RemotePublication:
        """Publish the network file ``content``. The same bytes may be sent again after a connection
        was lost.

        Raises
        ------
        AdmissionError
            If the file is not admitted, with the report of the registry.
        NameConflictError, TokenError, StoreError, MirrorError
            If the version is taken, the token does not hold, the registry is in trouble or
            cannot be reached.
        """
        headers = {"Content-Type": "application/octet-stream"}
        return self._asked(
            "POST", "/v1/publish", RemotePublication, content=content, headers=headers
        )

    def versions(self, status: str | None = None) -> list[RemoteVersion]:
        """The versions there, of one status or all."""
        found: list[RemoteVersion] = []
        while True:
            asked = {"offset": len(found), "limit": 500} | ({"status": status} if status else {})
            page = self._asked("GET", "/v1/review", _Page, params=asked)
            found += page.versions
            if not page.versions or len(found) >= page.total:
                return found

    def shown(self, identity: str) -> tuple[RemoteVersion, Report]:
        """A version and the report of its admission."""
        answer = self._asked("GET", _path(identity), _Shown)
        return answer.version, answer.report

    def approve(self, identity: str) -> RemoteVersion:
        """Make a candidate verified."""
        return self._asked("POST", f"{_path(identity)}/approve", _Decided).version

    def reject(self, identity: str, reason: str) -> RemoteVersion:
        """Turn a candidate down."""
        return self._asked(
            "POST", f"{_path(identity)}/reject", _Decided, json={"reason": reason}
        ).version

    def retract(self, identity: str, reason: str) -> RemoteVersion:
        """Withdraw a verified version."""
        return self._asked(
            "POST", f"{_path(identity)}/retract", _Decided, json={"reason": reason}
        ).version

    def submit(self, task: str, content: bytes) -> RemoteSubmission:
        """Submit the network file ``content`` to a blind task. The same bytes are judged once.

        Raises
        ------
        AdmissionError
            If the file is not admitted, with the report of the registry.
        TokenError, StoreError, MirrorError
            If the token does not hold or made too many submissions, the registry refuses or cannot
            be reached.
        """
        headers = {"Content-Type": "application/octet-stream"}
        path = f"/v1/tasks/{quote(task, safe='')}/submit"
        return self._asked("POST", path, RemoteSubmission, content=content, headers=headers)

    def withdraw(self, task: str, sha256: str, reason: str) -> RemoteSubmission:
        """Withdraw a submission; it stays in the list."""
        path = f"/v1/tasks/{quote(task, safe='')}/{quote(sha256, safe='')}/withdraw"
        return self._asked("POST", path, RemoteSubmission, json={"reason": reason})

    def _asked(
        self,
        method: str,
        path: str,
        kind: type[_T],
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> _T:
        import httpx

        sent = {
            "Authorization": f"Bearer {self._token}",
            "User-Agent": f"lhnets/{metadata.version('lhnets')}",
            **(headers or {}),
        }
        try:
            with httpx.Client(
                timeout=httpx.Timeout(_SECONDS, connect=15.0), follow_redirects=False
            ) as client:
                answer = client.request(method, self.address + path, headers=sent, **request)
        except httpx.HTTPError as error:
            raise MirrorError(
                f"cannot reach {self.address}: "
                f"{scrub(str(error) or type(error).__name__, self._token)}. Check the address and "
                "try again: what was published before is not published twice"
            ) from error
        if not answer.is_success:
            raise self._refusal(answer)
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.MsgspecError as error:
            raise MirrorError(
                f"{self.address} does not answer as a registry of lhnets: {error}"
            ) from error

    def _refusal(self, answer: httpx.Response) -> Error:
        """The error that a registry's refusal stands for."""
        if answer.has_redirect_location:
            target = (
                answer.next_request.url.copy_with(query=None)
                if answer.next_request
                else "elsewhere"
            )
            return MirrorError(
                f"{self.address} redirects to {scrub(str(target), self._token)}; the token was not "
                "sent there. Name the address where the registry is"
            )
        try:
            problem = msgspec.json.decode(answer.content, type=_Problem)
        except msgspec.MsgspecError:
            problem = _Problem()
        detail = scrub(
            problem.detail or f"it answers {answer.status_code} {answer.reason_phrase}", self._token
        )
        if answer.status_code == 422 and problem.report is not None:
            return AdmissionError("the file", problem.report)
        kinds: dict[int, type[Error]] = {
            401: TokenError,
            403: TokenError,
            404: UnknownVersionError,
            409: ReviewError,
        }
        if answer.status_code == 409 and answer.request.url.path.endswith("/publish"):
            return NameConflictError(detail)
        return kinds.get(answer.status_code, StoreError)(f"{self.address}: {detail}")


def token_from(file: Path | None = None) -> str:
    """The token in ``file``, else in LHNETS_TOKEN.

    Raises
    ------
    TokenError
        If there is none, or others can read the file.
    """
    if file is None:
        token = os.environ.get(TOKEN_VARIABLE, "").strip()
        if not token:
            raise TokenError(
                f"this needs a token: set {TOKEN_VARIABLE}, or name a file that holds it with "
                "--token-file"
            )
    else:
        token = _read_token(file)
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise TokenError(
            "the token is empty or holds characters that no token has: copy it again, without line "
            "ends"
        )
    return token


def _read_token(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise TokenError(
                f"others can read the token in {file}: make it yours alone with `chmod 600 {file}`"
            )
        return file.read_text(encoding="utf-8").strip()
    except TokenError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise TokenError(
            f"the token cannot be read from {file}: {getattr(error, 'strerror', None) or error}"
        ) from error


def _path(identity: str) -> str:
    name, _, version = identity.rpartition("@")
    if not name or not version.isdecimal():
        raise UnknownVersionError(
            f"{identity!r} is not a version; expected NAME@VERSION, such as cs-gluino-pair-lo@1"
        )
    return f"/v1/review/{quote(name, safe='')}/{version}"
