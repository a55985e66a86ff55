"""The one module that writes to Zenodo: zenodo-client for the life of a draft, plain http for its
files and metadata.

What zenodo-client 0.4 does that must not reach a user is kept in here: it puts the token into
addresses, and so into the texts of errors and into debug logs; it takes its address from a
constant; it trusts what was uploaded.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from lhnets.errors import MirrorError
from lhnets.mirrors import Progress, Site, require_online, scrub, user_agent
from lhnets_datasets.errors import DepositError

BLOCK = 1 << 20
_TOKENS = {False: "ZENODO_TOKEN", True: "ZENODO_SANDBOX_TOKEN"}
_LOGGERS = ("urllib3.connectionpool", "zenodo_client.api", "pystow.utils")
_TRIES = 5
_LONGEST_WAIT = 120.0


class Stored(Struct, frozen=True):
    """A file of a draft, as the archive has it."""

    id: str
    name: str
    size: int
    md5: str


class DraftDeposition(Struct, frozen=True):
    """A deposition, as far as it is needed here."""

    id: int
    concept: str
    submitted: bool
    files: tuple[Stored, ...]
    bucket: str
    page: str
    latest_draft: int
    reserved_doi: str
    doi: str | None
    metadata: dict[str, Any]


class Archive:
    """A Zenodo, with the right to deposit.

    Parameters
    ----------
    token
        from ZENODO_TOKEN, or ZENODO_SANDBOX_TOKEN for the sandbox, where None.
    wait
        waits the given seconds before a request is repeated.

    Raises
    ------
    DepositError
        If there is no token.
    """

    def __init__(
        self, site: Site, token: str | None = None, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self.site = site
        variable = _TOKENS[site.sandbox]
        self._token = token or os.environ.get(variable, "")
        if not self._token:
            raise DepositError(
                f"no token for {site.origin}: make one there with the scopes deposit:write and "
                f"deposit:actions, and put it into the environment variable {variable}"
            )
        self._wait = wait

    def create(self, metadata: dict[str, Any]) -> DraftDeposition:
        """A new draft without files."""
        return self._by_client(
            "create a draft", lambda c: c.create({"metadata": metadata}, [], publish=False)
        )

    def new_version(self, published: int) -> DraftDeposition:
        """The draft that follows a published version: a new one, or the one that is open
        already."""
        draft = self.get(published)
        if draft is not None and draft.latest_draft != published:
            open_one = self.get(draft.latest_draft)
            if open_one is not None and not open_one.submitted:
                return open_one
        return self._by_client(
            "open a new version", lambda c: c.new_version(str(published), sleep=False)
        )

    def publish(self, draft: int) -> DraftDeposition:
        """Publish a draft. This gives it a DOI for ever."""
        return self._by_client("publish", lambda c: c.publish(str(draft), sleep=False))

    def get(self, number: int) -> DraftDeposition | None:
        """The deposition with this number; None where there is none (any more)."""
        answer = self._send("GET", self._own(number), missing=True)
        return None if answer is None else _draft(answer.json())

    def drafts(self) -> list[DraftDeposition]:
        """Own depositions that are not published."""
        answer = self._send("GET", f"{self.site.api}/deposit/depositions?size=100")
        return [d for d in map(_draft, answer.json() if answer else []) if not d.submitted]

    def describe(self, draft: int, metadata: dict[str, Any]) -> None:
        """Replace all metadata of a draft."""
        self._send("PUT", self._own(draft), json={"metadata": metadata})

    def remove(self, draft: int, file: Stored) -> None:
        """Remove a file from a draft."""
        self._send("DELETE", f"{self._own(draft)}/files/{file.id}", missing=True)

    def upload(self, draft: DraftDeposition, name: str, path: Path, progress: Progress) -> None:
        """Put a file into a draft, and hold the MD5 that the archive found against that of the
        file.

        Raises
        ------
        DepositError
            If they differ.
        """
        size, md5 = path.stat().st_size, md5_of(path)
        url = f"{draft.bucket}/{urllib.parse.quote(name, safe='')}"
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        answer = self._send("PUT", url, body=lambda: _blocks(path, progress, size), headers=headers)
        found = str(answer.json().get("checksum", "")).removeprefix("md5:") if answer else ""
        if found != md5:
            raise DepositError(
                f"{name} arrived damaged at {self.site.origin}: expected MD5 {md5}, got "
                f"{found or 'none'}. Run the same command again: it goes on with the same draft "
                "and sends the file afresh"
            )

    def _own(self, number: int) -> str:
        return f"{self.site.api}/deposit/depositions/{number}"

    def _by_client(self, doing: str, act: Callable[[Any], Any]) -> DraftDeposition:
        """One action by zenodo-client; an error of any kind becomes one without the token."""
        import requests
        import zenodo_client

        require_online(self.site.origin, "an archive")
        client = zenodo_client.Zenodo(access_token=self._token, sandbox=self.site.sandbox)
        client.base, client.api_base = self.site.origin, self.site.api
        client.depositions_base = f"{self.site.api}/deposit/depositions"
        problem = ""
        for attempt in range(_TRIES):
            delay: float | None = None
            try:
                with _quiet_logs(self._token):
                    return _draft(act(client).json())
            except requests.RequestException as error:
                answer = error.response
                problem = (
                    str(error)
                    if answer is None
                    else f"{answer.status_code}: {_message(answer.content)}"
                )
                if answer is not None and answer.status_code == 429:
                    delay = _delay(answer.headers, attempt)
            except ValueError as error:
                problem = str(error)
            if delay is None:
                break
            self._wait(delay)
        raise self._failed(doing, scrub(problem, self._token))

    def _send(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        body: Callable[[], Iterator[bytes]] | None = None,
        headers: dict[str, str] | None = None,
        missing: bool = False,
    ) -> httpx.Response | None:
        """One request that may be repeated without harm. None where ``missing`` and the answer is
        404."""
        require_online(self.site.origin, "an archive")
        self._check_origin(url)
        given = {
            "User-Agent": user_agent(),
            "Authorization": f"Bearer {self._token}",
            **(headers or {}),
        }
        problem = ""
        for attempt in range(_TRIES):
            try:
                answer = httpx.request(
                    method,
                    url,
                    json=json,
                    content=body() if body else None,
                    headers=given,
                    timeout=60.0,
                )
            except httpx.HTTPError as error:
                problem = f"no connection ({scrub(str(error), self._token)})"
                self._wait(2.0**attempt)
                continue
            if missing and answer.status_code in {404, 410}:
                return None
            if answer.is_success:
                return answer
            problem = scrub(f"{answer.status_code}: {_message(answer.content)}", self._token)
            delay = _delay(answer.headers, attempt)
            if (answer.status_code != 429 and answer.status_code < 500) or delay is None:
                break
            self._wait(delay)
        raise self._failed(f"{method} {urllib.parse.urlsplit(url).path}", problem)

    def _check_origin(self, url: str) -> None:
        """The addresses of files come from the archive's answers: the token goes to the archive
        alone."""
        given, own = urllib.parse.urlsplit(url), urllib.parse.urlsplit(self.site.origin)
        if (given.scheme, given.netloc) != (own.scheme, own.netloc):
            raise MirrorError(
                f"{self.site.origin} asks to send files to {given.scheme}://{given.netloc}; "
                "nothing was sent there"
            )

    def _failed(self, doing: str, problem: str) -> DepositError:
        return DepositError(
            f"{self.site.origin} does not {doing}: {problem}. What is done is kept: run the same "
            "command again, and it goes on with the same draft"
        )


def md5_of(path: Path) -> str:
    """MD5 of a file, which is the checksum that Zenodo knows."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _draft(shown: dict[str, Any]) -> DraftDeposition:
    try:
        links = shown["links"]
        return DraftDeposition(
            id=int(shown["id"]),
            concept=str(shown.get("conceptrecid", "")),
            submitted=bool(shown["submitted"]),
            files=tuple(
                Stored(
                    f["id"],
                    f["filename"],
                    int(f["filesize"]),
                    str(f["checksum"]).removeprefix("md5:"),
                )
                for f in shown.get("files", ())
            ),
            bucket=links.get("bucket", ""),
            page=links.get("html", ""),
            latest_draft=int(
                str(links.get("latest_draft", shown["id"])).rstrip("/").split("/")[-1]
            ),
            reserved_doi=str(shown.get("metadata", {}).get("prereserve_doi", {}).get("doi", "")),
            doi=shown.get("doi") or None,
            metadata=shown.get("metadata", {}),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DepositError(
            f"the archive answered with what is not a deposition ({error!r} is missing or wrong)"
        ) from None


def _blocks(path: Path, progress: Progress, size: int) -> Iterator[bytes]:
    sent = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
            sent += len(block)
            progress(sent, size)


def _message(content: bytes) -> str:
    """What the archive says of an error, in one short line."""
    return " ".join(content[:400].decode(errors="replace").split()) or "no message"


def _delay(headers: Any, attempt: int) -> float | None:
    """Seconds until the next attempt; None where the archive asks for more patience than one
    has."""
    after = headers.get("Retry-After", "")
    reset = headers.get("X-RateLimit-Reset", "")
    wanted = 2.0**attempt
    if after.isdecimal():
        wanted = float(after)
    elif reset.isdecimal():
        wanted = max(0.0, int(reset) - time.time())
    return wanted if wanted <= _LONGEST_WAIT else None


class _Scrubbing(logging.Filter):
    """Takes the token out of every record of a logger."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage(), self._token), ()
        return True


@contextmanager
def _quiet_logs(token: str) -> Iterator[None]:
    filters = [(logging.getLogger(name), _Scrubbing(token)) for name in _LOGGERS]
    for logger, scrubbing in filters:
        logger.addFilter(scrubbing)
    try:
        yield
    finally:
        for logger, scrubbing in filters:
            logger.removeFilter(scrubbing)
