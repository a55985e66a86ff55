"""The routes of a Zenodo, and what its answers look like."""

from __future__ import annotations

import email
import email.policy
import re
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local_zenodo.deposits import Deposit, Deposits, Refusal, StoredFile
from local_zenodo.http import Answer, HttpServer, Request

_DEPOSITIONS = "/api/deposit/depositions"
_ACTIONS = {"publish": 202, "newversion": 201, "edit": 201, "discard": 201}


class RateLimit:
    """So many requests in a window of so many seconds; ``clock`` gives seconds since 1970."""

    def __init__(
        self, limit: int, window: float = 60.0, clock: Callable[[], float] = time.time
    ) -> None:
        self.limit, self.window, self.clock = limit, window, clock
        self._start, self._used = clock(), 0

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether one more is allowed, and the headers that say how things stand."""
        now = self.clock()
        if now >= self._start + self.window:
            self._start, self._used = now, 0
        self._used += 1
        remaining = max(0, self.limit - self._used)
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(int(self._start + self.window) + 1),
        }
        return self._used <= self.limit, headers


class LocalZenodo(HttpServer):
    """A Zenodo on 127.0.0.1 with one user, whose token is ``token``."""

    def __init__(
        self,
        port: int = 0,
        *,
        token: str = "local-zenodo-token",
        rate: float | None = None,
        rate_limit: RateLimit | None = None,
    ) -> None:
        super().__init__(port, rate)
        self.token = token
        self.rate_limit = rate_limit
        self.deposits = Deposits()
        self._lock = threading.Lock()

    @property
    def api(self) -> str:
        """Base URL of the API."""
        return f"{self.origin}/api"

    def add_record(
        self,
        files: Mapping[str, bytes | Path],
        *,
        new_version_of: int | None = None,
        **metadata: Any,
    ) -> Deposit:
        """A published record, made without going through the API; file names and metadata may be
        anything."""
        with self._lock:
            deposits = self.deposits
            draft = (
                deposits.create({})
                if new_version_of is None
                else deposits.new_version(new_version_of)
            )
            draft.metadata = {
                "title": "A record",
                "upload_type": "dataset",
                "description": "Made for a test.",
                "creators": [{"name": "Doe, Jane"}],
                "license": "cc-by-4.0",
                **metadata,
            }
            draft.files = {key: StoredFile.of(key, content) for key, content in files.items()}
            draft.published_metadata = dict(draft.metadata)
            draft.state, draft.submitted = "done", True
            return draft

    def answer(self, request: Request) -> Answer:
        """The answer of a Zenodo; plain files stand beside it."""
        headers: dict[str, str] = {}
        with self._lock:
            if self.rate_limit is not None:
                allowed, headers = self.rate_limit.take()
                if not allowed:
                    return Answer.of_json(
                        {"status": 429, "message": "Too many requests."}, 429, **headers
                    )
            try:
                answer = self._routed(request)
            except Refusal as refusal:
                answer = Answer.of_json(refusal.body, refusal.status)
        return Answer(answer.status, answer.body, {**answer.headers, **headers})

    def _routed(self, request: Request) -> Answer:
        path = urllib.parse.unquote(request.path)
        if path == "/api/records":
            return self._search(request.query)
        if match := re.fullmatch(r"/api/records/(\d+)(/versions/latest)?", path):
            return self._record(int(match[1]), latest=match[2] is not None)
        if match := re.fullmatch(r"/api/records/(\d+)/files/(.+)/content", path, re.DOTALL):
            return self._content(int(match[1]), match[2])
        if match := re.fullmatch(r"/api/files/([0-9a-f-]+)/(.+)", path):
            self._authorise(request)
            return self._bucket(request, match[1], match[2])
        if path == _DEPOSITIONS or path.startswith(f"{_DEPOSITIONS}/"):
            self._authorise(request)
            return self._deposition(request, path.removeprefix(_DEPOSITIONS).strip("/").split("/"))
        return super().answer(request)

    def _authorise(self, request: Request) -> None:
        given = request.query.get("access_token") or request.headers.get(
            "authorization", ""
        ).removeprefix("Bearer ")
        if given != self.token:
            raise Refusal(403, "Permission denied.")

    def _deposition(self, request: Request, parts: list[str]) -> Answer:
        deposits = self.deposits
        match (request.method, *parts):
            case ("POST", ""):
                return Answer.of_json(self._shown(deposits.create(request.json())), 201)
            case ("GET", ""):
                return Answer.of_json([self._shown(d) for d in reversed(deposits.by_id.values())])
            case ("GET", number):
                return Answer.of_json(self._shown(deposits.get(int(number))))
            case ("PUT", number):
                return Answer.of_json(self._shown(deposits.update(int(number), request.json())))
            case ("DELETE", number):
                deposits.delete(int(number))
                return Answer(204)
            case ("GET", number, "files"):
                return Answer.of_json(
                    [
                        self._file(deposits.get(int(number)), f)
                        for f in deposits.get(int(number)).files.values()
                    ]
                )
            case ("POST", number, "files"):
                deposit = deposits.get(int(number))
                name, content = _multipart(request)
                return Answer.of_json(
                    self._file(deposit, deposits.put_file(deposit, name, content)), 201
                )
            case ("DELETE", number, "files", file_id):
                deposits.delete_file(int(number), file_id)
                return Answer(204)
            case ("POST", number, "actions", action) if action in _ACTIONS:
                act = deposits.new_version if action == "newversion" else getattr(deposits, action)
                return Answer.of_json(self._shown(act(int(number))), _ACTIONS[action])
        raise Refusal(405, "Method not allowed.")

    def _bucket(self, request: Request, bucket: str, key: str) -> Answer:
        deposit = self.deposits.of_bucket(bucket)
        if request.method != "PUT":
            raise Refusal(405, "Method not allowed.")
        stored = self.deposits.put_file(deposit, key, request.body)
        link = f"{self.api}/files/{bucket}/{urllib.parse.quote(key)}"
        return Answer.of_json(
            {
                "created": deposit.created,
                "updated": deposit.modified,
                "version_id": stored.id,
                "key": key,
                "size": stored.size,
                "mimetype": "application/octet-stream",
                "checksum": f"md5:{stored.md5}",
                "is_head": True,
                "delete_marker": False,
                "links": {
                    "self": link,
                    "version": f"{link}?versionId={stored.id}",
                    "uploads": f"{link}?uploads",
                },
            },
            201,
        )

    def _record(self, number: int, *, latest: bool) -> Answer:
        versions = self.deposits.versions(number)
        if versions:
            return Answer(302, b"", {"Location": f"/api/records/{versions[-1].id}"})
        deposit = self._published(number)
        if latest:
            return Answer(
                302, b"", {"Location": f"/api/records/{self.deposits.latest(deposit).id}"}
            )
        return Answer.of_json(self._record_shown(deposit))

    def _search(self, query: Mapping[str, str]) -> Answer:
        """A page of the records of a community; guests get 25 records at most."""
        size, page = int(query.get("size", "10")), int(query.get("page", "1"))
        if size > 25:
            raise Refusal(400, "Page size cannot be greater than 25.")
        name = query.get("communities", "")
        found = [
            d
            for d in self.deposits.by_id.values()
            if d.submitted
            and not d.withdrawn
            and {"identifier": name} in d.published_metadata.get("communities", [])
            and (query.get("all_versions") == "true" or self.deposits.latest(d) is d)
        ]
        newest_first = [self._record_shown(d) for d in reversed(found)]
        hits = newest_first[(page - 1) * size : page * size]
        return Answer.of_json({"hits": {"hits": hits, "total": len(found)}, "links": {}})

    def _published(self, number: int) -> Deposit:
        deposit = self.deposits.get(number)
        if deposit.withdrawn:
            raise Refusal(410, "The record has been deleted.")
        if not deposit.submitted:
            raise Refusal(404, "The persistent identifier does not exist.")
        return deposit

    def _content(self, number: int, key: str) -> Answer:
        files = self._published(number).files
        if key not in files:
            raise Refusal(404, "No such file.")
        return Answer(
            200,
            files[key].content,
            {"ETag": f'"{files[key].md5}"', "Content-Type": "application/octet-stream"},
        )

    def _record_shown(self, deposit: Deposit) -> dict[str, Any]:
        own = f"{self.api}/records/{deposit.id}"
        versions = self.deposits.versions(deposit.conceptrecid)
        metadata = {
            **deposit.published_metadata,
            "license": {"id": deposit.published_metadata.get("license", "cc-by-4.0")},
            "relations": {
                "version": [
                    {
                        "index": versions.index(deposit),
                        "is_last": versions[-1] is deposit,
                        "parent": {"pid_type": "recid", "pid_value": str(deposit.conceptrecid)},
                    }
                ]
            },
        }
        return {
            "id": deposit.id,
            "recid": str(deposit.id),
            "conceptrecid": str(deposit.conceptrecid),
            "doi": deposit.doi,
            "conceptdoi": deposit.concept_doi,
            "title": deposit.published_metadata.get("title"),
            "created": deposit.created,
            "modified": deposit.modified,
            "metadata": metadata,
            "files": [
                {
                    "id": f.id,
                    "key": f.key,
                    "size": f.size,
                    "checksum": f"md5:{f.md5}",
                    "links": {"self": f"{own}/files/{urllib.parse.quote(f.key)}/content"},
                }
                for f in deposit.files.values()
            ],
            "links": {
                "self": own,
                "latest": f"{own}/versions/latest",
                "versions": f"{own}/versions",
                "files": f"{own}/files",
                "archive": f"{own}/files-archive",
            },
        }

    def _shown(self, deposit: Deposit) -> dict[str, Any]:
        own = f"{self.origin}{_DEPOSITIONS}/{deposit.id}"
        newest = self.deposits.draft_after(deposit) or deposit
        shown: dict[str, Any] = {
            "created": deposit.created,
            "modified": deposit.modified,
            "id": deposit.id,
            "record_id": deposit.id,
            "conceptrecid": str(deposit.conceptrecid),
            "owner": 1,
            "title": deposit.metadata.get("title", ""),
            "metadata": {
                **deposit.metadata,
                "prereserve_doi": {"doi": deposit.doi, "recid": deposit.id},
            },
            "state": deposit.state,
            "submitted": deposit.submitted,
            "files": [self._file(deposit, f) for f in deposit.files.values()],
            "links": {
                "self": own,
                "html": f"{self.origin}/deposit/{deposit.id}",
                "files": f"{own}/files",
                "bucket": f"{self.api}/files/{deposit.bucket}",
                "latest_draft": f"{self.origin}{_DEPOSITIONS}/{newest.id}",
                **{action: f"{own}/actions/{action}" for action in _ACTIONS},
            },
        }
        if deposit.submitted:
            shown |= {
                "doi": deposit.doi,
                "conceptdoi": deposit.concept_doi,
                "doi_url": f"https://doi.org/{deposit.doi}",
            }
            shown["links"] |= {
                "record": f"{self.api}/records/{deposit.id}",
                "doi": f"https://doi.org/{deposit.doi}",
            }
        return shown

    def _file(self, deposit: Deposit, file: StoredFile) -> dict[str, Any]:
        own = f"{self.origin}{_DEPOSITIONS}/{deposit.id}/files/{file.id}"
        return {
            "id": file.id,
            "filename": file.key,
            "filesize": file.size,
            "checksum": file.md5,
            "links": {
                "self": own,
                "download": f"{self.api}/records/{deposit.id}/files/"
                f"{urllib.parse.quote(file.key)}/content",
            },
        }


def _multipart(request: Request) -> tuple[str, bytes]:
    """Name and content of an uploaded form."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + request.body, policy=email.policy.HTTP)
    parts = {p.get_param("name", header="content-disposition"): p for p in message.iter_parts()}
    content = parts["file"].get_payload(decode=True)
    name = (
        parts["name"].get_payload(decode=True).decode()
        if "name" in parts
        else parts["file"].get_filename()
    )
    return name, content
