"""The ledger of deposits: which draft is open, what was published under which DOI. It lets an
interrupted deposit go on."""

from __future__ import annotations

import json
import os
import re
import secrets
from pathlib import Path

import msgspec
import platformdirs
from msgspec import Struct

from lhnets_datasets.errors import DepositError

FOLDER_VARIABLE = "LHNETS_DEPOSITS"


class DepositedVersion(Struct, frozen=True):
    """One version that was published."""

    id: int
    doi: str
    concept: str
    version: str
    files: dict[str, str]
    """MD5 of each file."""


class Account(Struct, frozen=True):
    """How things stand with one data set (``data/NAME``) or network (``network/NAME``) at one
    archive."""

    name: str
    origin: str
    draft: int | None = None
    published: tuple[DepositedVersion, ...] = ()


class Ledger:
    """Accounts in one folder: LHNETS_DEPOSITS, else the user's data folder."""

    def __init__(self, folder: Path | None = None) -> None:
        named = os.environ.get(FOLDER_VARIABLE)
        usual = (
            Path(named).expanduser()
            if named
            else platformdirs.user_data_path("lhnets", appauthor=False) / "deposits"
        )
        self.folder = folder or usual

    def read(self, name: str, origin: str) -> Account:
        """The account of a name at an archive; an empty one where there is none.

        Raises
        ------
        DepositError
            If it cannot be read: going on without it could deposit twice.
        """
        path = self._path(name, origin)
        if not path.exists():
            return Account(name, origin)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Account)
        except (OSError, msgspec.MsgspecError) as error:
            raise DepositError(
                f"the ledger {path} cannot be read: {error}. Look into it before you deposit again"
            ) from error

    def write(self, account: Account) -> None:
        """Write an account, all at once."""
        path = self._path(account.name, account.origin)
        partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(msgspec.to_builtins(account), indent=2) + "\n")
            partial.replace(path)
        except OSError as error:
            raise DepositError(
                f"cannot write the ledger {path}: {error.strerror}. Set {FOLDER_VARIABLE} to "
                "another folder"
            ) from error

    def doi_of(self, name: str, origin: str) -> str | None:
        """The latest DOI of a name at an archive."""
        published = self.read(name, origin).published
        return published[-1].doi if published else None

    def _path(self, name: str, origin: str) -> Path:
        host = re.sub(r"[^a-z0-9.]+", "-", origin.partition("//")[2].lower())
        return self.folder / host / f"{name}.json"
