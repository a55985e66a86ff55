"""Backups: everything a store knows, in a folder or one .zip, whatever database it is on.

A backup holds network files, reports, statuses, tokens (hashed) and the audit log, and none of
MLflow's tables: it is restored to SQLite or PostgreSQL alike, and by later releases of MLflow. A
folder is brought up to date: files that are there are left alone, and ``backup.json`` is replaced
last.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec
from msgspec import Struct

from lhnets.errors import CardError, IntegrityError, NetworkFileError
from lhnets.format import NetworkFile, read
from lhnets_registry.errors import StoreError
from lhnets_registry.ledger import audit
from lhnets_registry.ledger.audit import AuditEntry
from lhnets_registry.location import Location
from lhnets_registry.report import Report

if TYPE_CHECKING:
    from lhnets_registry.store import Version

FORMAT = 1
_CONTENTS = "backup.json"
_LARGEST = 2**30


class Saved(Struct, frozen=True):
    """One version in a backup."""

    name: str
    version: int
    status: Literal["candidate", "verified", "rejected", "retracted"]
    reason: str
    sha256: str
    published: int
    """Milliseconds since 1970."""

    @property
    def identity(self) -> str:
        """NAME@VERSION."""
        return f"{self.name}@{self.version}"

    @property
    def file(self) -> str:
        """Where its network file is in the backup."""
        return f"files/{self.sha256}.onnx"

    @property
    def report(self) -> str:
        """Where the report of its admission is in the backup."""
        return f"reports/{self.sha256}.json"


class SavedToken(Struct, frozen=True):
    """One token in a backup: the SHA-256 of its secret, not the secret."""

    id: str
    name: str
    scopes: tuple[str, ...]
    digest: str
    created: int
    expires: int | None
    revoked: int | None


class Backup(Struct, frozen=True):
    """What ``backup.json`` holds."""

    format: int
    created: int
    store: str
    versions: tuple[Saved, ...]
    tokens: tuple[SavedToken, ...]
    audit: tuple[AuditEntry, ...]


Track = Callable[[Sequence[Saved]], Iterable[Saved]]


class _BackupPlace(Protocol):
    def has(self, name: str) -> bool: ...
    def read(self, name: str) -> bytes: ...
    def write(self, name: str, content: bytes) -> None: ...


def backup(target: str | Path, location: Location, *, track: Track = iter) -> Backup:
    """Save the store at ``location`` in ``target``, a folder or a file that ends with .zip.

    Raises
    ------
    IntegrityError
        If a file of the store is not what was published.
    StoreError
        If the store cannot be read, or the target cannot be written.
    """
    from lhnets_registry.store import Store

    _require(location)
    with location.shared_lock():
        store = Store(location)
        versions = store.versions()
        made = _contents(location, versions)
    by_identity = {v.identity: v for v in versions}
    with _opened(Path(target), "w") as place:
        for saved in track(made.versions):
            version = by_identity[saved.identity]
            if (
                not place.has(saved.file)
                or hashlib.sha256(place.read(saved.file)).hexdigest() != saved.sha256
            ):
                place.write(saved.file, store.content(version))
            if not place.has(saved.report):
                place.write(saved.report, store.report(version).to_json())
        place.write(_CONTENTS, msgspec.json.format(msgspec.json.encode(made)))
    return made


def restore(source: str | Path, location: Location, *, track: Track = iter) -> Backup:
    """Bring a backup back to the store at ``location``, which is empty or holds a part of the same.

    All files are checked before anything is written. A restoration that was interrupted goes on
    where it stopped.

    Raises
    ------
    IntegrityError
        If a file is not what the backup says.
    StoreError
        If the backup cannot be read, or the store holds something else.
    """
    from lhnets_registry.store import Store

    with _opened(Path(source), "r") as place, location.lock() as confirm:
        made = _read_contents(place, source)
        for saved in made.versions:
            _network(place, saved)
        store = Store.for_writing(location)
        known = store.versions()
        store.sweep(known)
        _check_part(known, made, location)
        present = {v.identity: v for v in known}
        for saved in track(sorted(made.versions, key=lambda s: (s.name, s.version))):
            version = present.get(saved.identity)
            if version is None:
                report = Report.from_json(place.read(saved.report))
                of_name = store.versions(saved.name)
                version = store.add(
                    _network(place, saved), report, of_name, confirm, saved.published
                )
            if version.status != saved.status:
                store.mark(version, saved.status, saved.reason)
        _restore_ledger(made, location)
    return made


def _contents(location: Location, versions: list[Version]) -> Backup:
    from lhnets_registry.ledger import tokens

    return Backup(
        FORMAT,
        audit.now(),
        location.shown,
        tuple(
            Saved(v.name, v.version, v.status, v.reason, v.sha256, v.published) for v in versions
        ),
        tuple(
            SavedToken(t.id, t.name, t.scopes, t.digest, t.created, t.expires, t.revoked)
            for t in tokens.listed(location)
        ),
        tuple(audit.listed(location)),
    )


def _read_contents(place: _BackupPlace, source: str | Path) -> Backup:
    try:
        made = msgspec.json.decode(place.read(_CONTENTS), type=Backup)
    except msgspec.MsgspecError as error:
        raise StoreError(
            f"{source} is not a backup of a store: its {_CONTENTS} cannot be read ({error})"
        ) from error
    if made.format != FORMAT:
        raise StoreError(
            f"the backup {source} has the format {made.format}, expected {FORMAT}: update lhnets"
        )
    return made


def _network(place: _BackupPlace, saved: Saved) -> NetworkFile:
    """The network file of a saved version, checked."""
    content = place.read(saved.file)
    found = hashlib.sha256(content).hexdigest()
    if found != saved.sha256:
        raise IntegrityError(
            f"the file of {saved.identity} in the backup has SHA-256 {found}, expected "
            f"{saved.sha256}; nothing was restored. Use another backup"
        )
    try:
        network = read(content)
    except (NetworkFileError, CardError) as error:
        raise StoreError(
            f"the file of {saved.identity} in the backup cannot be read: {error}"
        ) from error
    if network.card.identity != saved.identity:
        raise StoreError(
            f"the file of {saved.identity} in the backup is of {network.card.identity}; nothing "
            "was restored"
        )
    return network


def _check_part(known: list[Version], made: Backup, location: Location) -> None:
    saved = {s.identity: s.sha256 for s in made.versions}
    other = [v.identity for v in known if saved.get(v.identity) != v.sha256]
    if other:
        raise StoreError(
            f"the store {location.shown} holds "
            f"{', '.join(other[:5])}{' …' if len(other) > 5 else ''}, which the backup does not "
            "have so. Restore to an empty store"
        )


def _restore_ledger(made: Backup, location: Location) -> None:
    from lhnets_registry.ledger import tokens
    from lhnets_registry.ledger.tokens import Token

    present = {t.id for t in tokens.listed(location)}
    tokens.add(
        location, [Token(**msgspec.structs.asdict(t)) for t in made.tokens if t.id not in present]
    )
    there = set(audit.listed(location))
    audit.add(location, [e for e in made.audit if e not in there])
    audit.record(
        location, "restore", location.shown[-300:], "done", detail=f"{len(made.versions)} versions"
    )


def _require(location: Location) -> None:
    if not location.exists:
        raise StoreError(
            f"there is no store at {location.shown}: nothing was published yet. Name another with "
            "--store"
        )


@contextmanager
def _opened(path: Path, mode: Literal["r", "w"]) -> Iterator[_BackupPlace]:
    """A backup to read or to write; a .zip appears whole or not at all."""
    path = path.expanduser()
    try:
        with ExitStack() as stack:
            if path.suffix != ".zip":
                yield _Folder(path)
                return
            if mode == "r":
                yield _Zip(stack.enter_context(zipfile.ZipFile(path)))
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
            stack.callback(temporary.unlink, missing_ok=True)
            file = stack.enter_context(os.fdopen(_create(temporary), "wb"))
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                yield _Zip(archive)
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        if isinstance(error, StoreError):
            raise
        what = "read" if mode == "r" else "written"
        raise StoreError(
            f"the backup {path} cannot be {what}: {getattr(error, 'strerror', None) or error}"
        ) from error


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def has(self, name: str) -> bool:
        return (self._path / name).is_file()

    def read(self, name: str) -> bytes:
        return (self._path / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}")
        try:
            with os.fdopen(_create(temporary), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def has(self, name: str) -> bool:
        return False

    def read(self, name: str) -> bytes:
        found = self._archive.getinfo(name)
        if found.file_size > _LARGEST:
            raise StoreError(
                f"{name} in the backup has {found.file_size} bytes, more than any part of one"
            )
        return self._archive.read(found)

    def write(self, name: str, content: bytes) -> None:
        self._archive.writestr(name, content)


def _create(path: Path) -> int:
    """A new file that only its owner can read: the audit log and the digests of tokens are nobody
    else's business."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
