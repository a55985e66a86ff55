"""`lhnets.lock`: the networks of a paper by name, version and SHA-256."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field, structs

from lhnets.errors import LockFileError, UpdateNeededError
from lhnets.format.index import Entry
from lhnets.format.part import FORMAT, Name, Sha256
from lhnets.format.unknown import FIELD, Unknown, find_unknown, merge_unknown, to_plain

LOCK_FILE = "lhnets.lock"
LOCK_VARIABLE = "LHNETS_LOCK"


class Pin(Struct, frozen=True):
    """One locked network."""

    name: Name
    version: Annotated[int, Meta(ge=1)]
    sha256: Sha256


class Lock(Struct, frozen=True):
    """The content of a lock file."""

    networks: tuple[Pin, ...]
    format: int = FORMAT
    unknown: tuple[Unknown, ...] = field(default=(), name=FIELD)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Lock:
        """A lock on these versions."""
        pins = {(e.name, e.version): Pin(e.name, e.version, e.sha256) for e in entries}
        return cls(tuple(pins[k] for k in sorted(pins)))

    def write(self, path: Path | str) -> Path:
        """Write the lock file."""
        target = Path(path)
        plain = merge_unknown(to_plain(self), self.unknown)
        target.write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n")
        return target

    @classmethod
    def read(cls, path: Path | str) -> Lock:
        """Read a lock file.

        Raises
        ------
        LockFileError
            if it cannot be read or is not a lock file.
        UpdateNeededError
            if its format is newer than this lhnets.
        """
        try:
            plain = msgspec.json.decode(Path(path).read_bytes(), type=dict[str, Any])
            number = plain.get("format", 1)
            if isinstance(number, int) and number > FORMAT:
                raise UpdateNeededError(
                    f"the lock file {path} has format {number}, this lhnets reads up to {FORMAT}: "
                    "update lhnets"
                )
            lock = msgspec.convert(
                {k: v for k, v in plain.items() if k != FIELD} | {"format": FORMAT}, cls
            )
            return structs.replace(lock, unknown=find_unknown(lock, plain))
        except OSError as error:
            raise LockFileError(
                f"cannot read the lock file {path}: {error.strerror or error}"
            ) from error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise LockFileError(
                f"{path} is not a lock file: {error}. `lhnets lock NAME…` writes one"
            ) from error

    def apply(self, entries: Sequence[Entry], path: str) -> list[Entry]:
        """The entries that are locked, each the very file.

        Raises
        ------
        LockFileError
            If a locked version is in no mirror, or is another file there.
        """
        known = {(e.name, e.version): e for e in entries}
        locked = []
        for pin in self.networks:
            entry = known.get((pin.name, pin.version))
            if entry is None:
                raise LockFileError(
                    f"{path} locks {pin.name}@{pin.version}, which no mirror has: add its mirror "
                    "to LHNETS_REGISTRY"
                )
            if entry.sha256 != pin.sha256:
                raise LockFileError(
                    f"{path} locks {pin.name}@{pin.version} with SHA-256 {pin.sha256}, but the "
                    f"mirror lists {entry.sha256}: it is not the network the lock was written for. "
                    "Use the mirror it came from"
                )
            locked.append(entry)
        return locked


def active_lock_file() -> Path | None:
    """The lock file in force: what LHNETS_LOCK names, else `lhnets.lock` in the working directory,
    else none."""
    named = os.environ.get(LOCK_VARIABLE)
    if named:
        return Path(named)
    here = Path(LOCK_FILE)
    return here if here.is_file() else None
