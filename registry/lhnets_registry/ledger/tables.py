"""The tables, and transactions on them. No MLflow here."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from importlib.resources import files
from typing import Any

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
)

from lhnets_registry.errors import StoreError, StoreFullError
from lhnets_registry.location import Location

VERSION_TABLE = "lhnets_schema"
HEAD = "0001"
"""The revision that this release works with: the last one in ``migrations/versions``."""

_METADATA = MetaData()
TOKENS = Table(
    "lhnets_tokens",
    _METADATA,
    Column("id", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)
AUDIT = Table(
    "lhnets_audit",
    _METADATA,
    Column(
        "number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("time", BigInteger, nullable=False),
    Column("who", String(300), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("result", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("client", String(100), nullable=False),
)

_WAIT_SECONDS = 3
"""How long a transaction waits for another one: who asks is told, and tries again."""
_MIGRATION_LOCK = 0x6C68_6E65_7474
_SUBMISSION_LOCK = 0x6C68_6E65_7475
_engines: dict[str, Engine] = {}
_opening = threading.RLock()


@contextlib.contextmanager
def writing(location: Location) -> Iterator[Connection]:
    """One transaction that may change the tables; they are made where they are absent."""
    with _errors(location, "written"):
        if location.folder is not None:
            location.folder.mkdir(parents=True, exist_ok=True)
        with _writer(location) as connection:
            if _revision(connection) is None:
                _upgrade(connection)
            _require_current(connection, location)
            yield connection


@contextlib.contextmanager
def reading(location: Location) -> Iterator[Connection | None]:
    """The tables to read; None where nobody made them yet, and nothing is made then."""
    if not location.exists:
        yield None
        return
    with _errors(location, "read"), _engine(location).connect() as connection:
        if _revision(connection) is None:
            yield None
            return
        _require_current(connection, location)
        yield connection


def lock_submissions(connection: Connection) -> None:
    """Hold off other submissions until the transaction of ``connection`` ends; writers of SQLite
    wait for each other anyway."""
    if connection.dialect.name != "sqlite":
        connection.execute(sqlalchemy.text(f"SELECT pg_advisory_xact_lock({_SUBMISSION_LOCK})"))


def migrate(location: Location) -> tuple[str | None, str]:
    """Bring the tables up to date; the revision before and after."""
    with _errors(location, "migrated"), _writer(location) as connection:
        before = _revision(connection)
        if before is not None and before > HEAD:
            raise _foreign(before, location)
        if before != HEAD:
            _upgrade(connection)
        return before, HEAD


def forget(location: Location) -> None:
    """Close every connection to the database of ``location``, which may be replaced after that."""
    if location.uri in _engines:
        _engines[location.uri].dispose()


def _leave_to_the_parent() -> None:
    for engine in _engines.values():
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_leave_to_the_parent)


def _engine(location: Location) -> Engine:
    with _opening:
        if location.uri not in _engines:
            _engines[location.uri] = (
                _sqlite(location) if location.folder is not None else _server(location)
            )
        return _engines[location.uri]


def _writer(location: Location) -> AbstractContextManager[Connection]:
    return _engine(location).execution_options(writes=True).begin()


def _server(location: Location) -> Engine:
    return sqlalchemy.create_engine(
        location.uri,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 10,
            "options": f"-c lock_timeout={1000 * _WAIT_SECONDS}",
        },
    )


def _sqlite(location: Location) -> Engine:
    """Each transaction with a connection of its own, for the file may be replaced; writers wait for
    each other."""
    engine = sqlalchemy.create_engine(
        location.uri, poolclass=sqlalchemy.pool.NullPool, connect_args={"timeout": _WAIT_SECONDS}
    )

    @event.listens_for(engine, "connect")
    def explicit(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(
            "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"
        )

    return engine


def _revision(connection: Connection) -> str | None:
    if not sqlalchemy.inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(sqlalchemy.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: Connection) -> None:
    """Run the migrations inside the transaction of ``connection``; a second process waits and finds
    them done."""
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name != "sqlite":
        connection.execute(sqlalchemy.text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
    sqlalchemy.inspect(connection).clear_cache()
    config = Config()
    config.set_main_option("script_location", str(files("lhnets_registry.ledger") / "migrations"))
    config.attributes["connection"] = connection
    with _opening:
        command.upgrade(config, HEAD)


def _require_current(connection: Connection, location: Location) -> None:
    found = _revision(connection)
    if found is None or found > HEAD:
        raise _foreign(found, location)
    if found < HEAD:
        raise StoreError(
            f"the tables of tokens and audit in {location.shown} have the revision {found}, "
            f"expected {HEAD}. Back the store up, then bring it up to date with `lhnets registry "
            "migrate`"
        )


def _foreign(found: str | None, location: Location) -> StoreError:
    return StoreError(
        f"the tables of tokens and audit in {location.shown} have the revision {found}, and this "
        f"release knows {HEAD} at most: a later one made them. Update lhnets"
    )


@contextlib.contextmanager
def _errors(location: Location, what: str) -> Iterator[None]:
    try:
        yield
    except sqlalchemy.exc.SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        full = "disk is full" in reason or "No space left" in reason
        message = f"the tokens and audit log of {location.shown} cannot be {what}: {reason}"
        raise (StoreFullError if full else StoreError)(message) from error
