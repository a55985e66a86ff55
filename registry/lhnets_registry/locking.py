"""Who may work on a store: one writer, or any number of readers; freed when the process dies.

A lock of the kind that the database itself relies on: of the file system for SQLite, of the server
for PostgreSQL.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

from lhnets_registry.errors import StoreError

Confirm = Callable[[], None]
"""Raises `StoreError` if the lock was lost: a server that restarts forgets its locks."""

_FILE = "lock"
_OPENING_FILE = "opening"
_ADVISORY_LOCK = 0x6C68_6E65_7473
_OPENING_LOCK = 0x6C68_6E65_7475
_CONNECT_SECONDS = 10


@contextlib.contextmanager
def write_lock_of_folder(folder: Path) -> Iterator[Confirm]:
    """Hold off every other writer and reader of the store in ``folder``, which is made if it does
    not exist.

    Raises
    ------
    StoreError
        if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _FILE).open("ab")
    except OSError as error:
        raise StoreError(
            f"the store {folder} cannot be written: {error.strerror}. Name another with --store"
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield _kept


@contextlib.contextmanager
def read_lock_of_folder(folder: Path) -> Iterator[None]:
    """Hold off writers of the store in ``folder``, not readers. Works on a read-only file system
    too."""
    with contextlib.ExitStack() as stack:
        if (file := _readable(folder / _FILE, stack)) is not None:
            fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextlib.contextmanager
def opening_lock_of_folder(folder: Path) -> Iterator[None]:
    """Hold off every other process that makes the tables of the store in ``folder``."""
    try:
        file = (folder / _OPENING_FILE).open("ab")
    except OSError:
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def write_lock_of_server(uri: str, shown: str) -> Iterator[Confirm]:
    """Hold off every other writer and reader of the store in the PostgreSQL database at ``uri``.

    ``shown`` is the address for messages, without a password.

    Raises
    ------
    StoreError
        if the server cannot be reached.
    """
    with _on_server(uri, shown, "pg_advisory_lock") as confirm:
        yield confirm


@contextlib.contextmanager
def read_lock_of_server(uri: str, shown: str) -> Iterator[None]:
    """Hold off writers of the store in the PostgreSQL database at ``uri``, not readers."""
    with _on_server(uri, shown, "pg_advisory_lock_shared"):
        yield


@contextlib.contextmanager
def opening_lock_of_server(uri: str, shown: str) -> Iterator[None]:
    """Hold off every other process that makes the tables in the PostgreSQL database at ``uri``."""
    with _on_server(uri, shown, "pg_advisory_lock", _OPENING_LOCK):
        yield


def _kept() -> None:
    """A lock of the file system is held as long as its file is open."""


def _readable(path: Path, stack: contextlib.ExitStack) -> int | None:
    """The open lock file; None where there is none, and so no writer was ever here."""
    try:
        return stack.enter_context(path.open("rb")).fileno()
    except OSError:
        return None


@contextlib.contextmanager
def _on_server(
    uri: str, shown: str, function: str, number: int = _ADVISORY_LOCK
) -> Iterator[Confirm]:
    import sqlalchemy

    engine = sqlalchemy.create_engine(
        uri, poolclass=sqlalchemy.pool.NullPool, connect_args={"connect_timeout": _CONNECT_SECONDS}
    )
    try:
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(sqlalchemy.text(f"SELECT {function}({number})"))
    except sqlalchemy.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise StoreError(
            f"the store {shown} cannot be reached: {reason}. Is the server up?"
        ) from None

    def confirm() -> None:
        try:
            connection.execute(sqlalchemy.text("SELECT 1"))
        except sqlalchemy.exc.SQLAlchemyError:
            raise StoreError(
                f"the server of the store {shown} restarted in the middle; nothing was changed. "
                "Try again"
            ) from None

    try:
        yield confirm
    finally:
        with contextlib.suppress(sqlalchemy.exc.SQLAlchemyError):
            connection.close()
