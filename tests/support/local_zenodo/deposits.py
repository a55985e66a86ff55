"""What a Zenodo knows: depositions, their states, versions and files, and the rules for changing
them."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

REQUIRED = ("title", "upload_type", "description", "creators")


class Refusal(Exception):  # noqa: N818
    """A request that Zenodo refuses, with its status and message."""

    def __init__(
        self, status: int, message: str, errors: list[dict[str, str]] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"status": status, "message": message}
        if errors:
            self.body["errors"] = errors


@dataclass
class StoredFile:
    """One file of a deposit."""

    key: str
    content: bytes | Path
    size: int
    md5: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @classmethod
    def of(cls, key: str, content: bytes | Path) -> StoredFile:
        if isinstance(content, bytes):
            return cls(
                key, content, len(content), hashlib.md5(content, usedforsecurity=False).hexdigest()
            )
        with content.open("rb") as file:
            md5 = hashlib.file_digest(file, "md5").hexdigest()
        return cls(key, content, content.stat().st_size, md5)


@dataclass
class Deposit:
    """A deposition: a draft, a published version, or a published one under edit."""

    id: int
    conceptrecid: int
    metadata: dict[str, Any] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    state: str = "unsubmitted"
    submitted: bool = False
    withdrawn: bool = False
    published_metadata: dict[str, Any] = field(default_factory=dict)
    bucket: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: str = field(default_factory=lambda: _now())
    modified: str = field(default_factory=lambda: _now())

    @property
    def doi(self) -> str:
        return f"10.5281/zenodo.{self.id}"

    @property
    def concept_doi(self) -> str:
        return f"10.5281/zenodo.{self.conceptrecid}"

    @property
    def editable(self) -> bool:
        return self.state in {"unsubmitted", "inprogress"}


class Deposits:
    """All depositions of one server."""

    def __init__(self, first_id: int = 9000001) -> None:
        self._ids = itertools.count(first_id)
        self.by_id: dict[int, Deposit] = {}

    def create(self, body: Any) -> Deposit:
        """A new draft. Concept and version get neighbouring numbers."""
        metadata = _metadata(body, optional=True)
        concept = next(self._ids)
        return self._add(Deposit(next(self._ids), concept, metadata))

    def get(self, number: int) -> Deposit:
        if number not in self.by_id:
            raise Refusal(404, "The persistent identifier does not exist.")
        return self.by_id[number]

    def update(self, number: int, body: Any) -> Deposit:
        """Replace all metadata of a draft."""
        deposit = self._editable(number)
        deposit.metadata = _metadata(body, optional=False)
        deposit.modified = _now()
        return deposit

    def delete(self, number: int) -> None:
        """Delete a draft that was never published."""
        deposit = self.get(number)
        if deposit.submitted:
            raise Refusal(404, "The persistent identifier does not exist.")
        del self.by_id[number]

    def publish(self, number: int) -> Deposit:
        """Make a draft a record for ever."""
        deposit = self._editable(number)
        missing = [k for k in REQUIRED if not deposit.metadata.get(k)]
        if missing:
            errors = [{"field": f"metadata.{k}", "message": "Field is required."} for k in missing]
            raise Refusal(400, "Validation error.", errors)
        if not deposit.files:
            raise Refusal(
                400,
                "Validation error.",
                [{"field": "files", "message": "Minimum one file must be provided."}],
            )
        deposit.metadata.setdefault("publication_date", _now()[:10])
        deposit.published_metadata = dict(deposit.metadata)
        deposit.state, deposit.submitted, deposit.modified = "done", True, _now()
        return deposit

    def new_version(self, number: int) -> Deposit:
        """A draft that follows a published version, with its files imported and its date
        dropped."""
        old = self.get(number)
        if not old.submitted:
            raise Refusal(404, "The persistent identifier does not exist.")
        draft = self.draft_after(old)
        if draft is not None and draft.files:
            raise Refusal(400, "Please remove all files first.")
        if draft is not None:
            return draft
        metadata = {k: v for k, v in old.published_metadata.items() if k != "publication_date"}
        files = {
            k: StoredFile(f.key, f.content, f.size, f.md5)
            for k, f in self.latest(old).files.items()
        }
        return self._add(Deposit(next(self._ids), old.conceptrecid, metadata, files))

    def edit(self, number: int) -> Deposit:
        """Open the metadata of a published version."""
        deposit = self.get(number)
        if not deposit.submitted or deposit.state == "inprogress":
            raise Refusal(404, "The persistent identifier does not exist.")
        deposit.state = "inprogress"
        return deposit

    def discard(self, number: int) -> Deposit:
        """End an edit without its changes."""
        deposit = self.get(number)
        if deposit.state != "inprogress":
            raise Refusal(404, "The persistent identifier does not exist.")
        deposit.state, deposit.metadata = "done", dict(deposit.published_metadata)
        return deposit

    def put_file(self, deposit: Deposit, key: str, content: bytes | Path) -> StoredFile:
        """Add or replace a file of a draft."""
        if deposit.submitted:
            raise Refusal(403, "Bucket is locked for modification.")
        deposit.files[key] = StoredFile.of(key, content)
        return deposit.files[key]

    def delete_file(self, number: int, file_id: str) -> None:
        deposit = self.get(number)
        if deposit.submitted:
            raise Refusal(403, "You don't have permission to delete this file.")
        key = next((k for k, f in deposit.files.items() if f.id == file_id), None)
        if key is None:
            raise Refusal(404, "No such file.")
        del deposit.files[key]

    def of_bucket(self, bucket: str) -> Deposit:
        for deposit in self.by_id.values():
            if deposit.bucket == bucket:
                return deposit
        raise Refusal(404, "Bucket does not exist.")

    def versions(self, concept: int) -> list[Deposit]:
        """The published versions of a concept, oldest first."""
        return [d for d in self.by_id.values() if d.conceptrecid == concept and d.submitted]

    def latest(self, deposit: Deposit) -> Deposit:
        return self.versions(deposit.conceptrecid)[-1]

    def draft_after(self, deposit: Deposit) -> Deposit | None:
        """The open draft of a new version, where there is one."""
        drafts = [
            d
            for d in self.by_id.values()
            if d.conceptrecid == deposit.conceptrecid and not d.submitted
        ]
        return drafts[0] if drafts else None

    def _editable(self, number: int) -> Deposit:
        deposit = self.get(number)
        if not deposit.editable:
            raise Refusal(404, "The persistent identifier does not exist.")
        return deposit

    def _add(self, deposit: Deposit) -> Deposit:
        self.by_id[deposit.id] = deposit
        return deposit


def _metadata(body: Any, *, optional: bool) -> dict[str, Any]:
    if (
        not isinstance(body, dict)
        or set(body) - {"metadata"}
        or not (optional or "metadata" in body)
    ):
        raise Refusal(
            400,
            "Validation error.",
            [{"field": "", "message": "Expected {'metadata': {…}} and nothing else."}],
        )
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict):
        raise Refusal(
            400, "Validation error.", [{"field": "metadata", "message": "Not a valid object."}]
        )
    return dict(metadata)


def _now() -> str:
    return datetime.now(UTC).isoformat()
