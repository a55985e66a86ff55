"""The audit log, on SQLite and PostgreSQL."""

from __future__ import annotations

import multiprocessing

import pytest
import sqlalchemy

from lhnets_registry.errors import StoreError
from lhnets_registry.ledger import audit, tables
from lhnets_registry.ledger.audit import Actor
from lhnets_registry.location import Location


def test_entries_keep_their_order_and_lengths(location: Location) -> None:
    assert audit.listed(location) == []
    audit.record(location, "publish", "a@1", "created")
    audit.record(
        location, "approve", "a@1", "verified", Actor("token 1 (x)", "192.0.2.1"), detail="y" * 5000
    )
    first, second = audit.listed(location)
    assert (first.who, first.action, first.subject, first.result) == (
        audit.local_user(),
        "publish",
        "a@1",
        "created",
    )
    assert (second.who, second.client, len(second.detail)) == ("token 1 (x)", "192.0.2.1", 2000)
    assert audit.listed(location, 1) == [second]


@pytest.mark.parametrize(
    "change", ["UPDATE lhnets_audit SET who = 'nobody'", "DELETE FROM lhnets_audit"]
)
def test_the_database_refuses_to_change_an_entry(location: Location, change: str) -> None:
    audit.record(location, "publish", "a@1", "created")
    with pytest.raises(StoreError, match="append-only"), tables.writing(location) as connection:
        connection.execute(sqlalchemy.text(change))
    assert len(audit.listed(location)) == 1


def _record(location: Location, n: int) -> None:
    for k in range(5):
        audit.record(location, "publish", f"a@{n}", str(k))


def test_several_processes_make_the_tables_and_write_at_once(location: Location) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_record, args=(location, n)) for n in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [p.exitcode for p in processes] == [0] * 6
    assert len(audit.listed(location)) == 30


def test_tables_of_another_release_are_told(location: Location) -> None:
    audit.record(location, "publish", "a@1", "created")
    for revision, advice in (("0000", "registry migrate"), ("9999", "Update lhnets")):
        with tables.writing(location) as connection:
            connection.execute(
                sqlalchemy.text(f"UPDATE lhnets_schema SET version_num = '{revision}'")
            )
        with pytest.raises(StoreError, match=advice):
            audit.listed(location)
        with pytest.raises(StoreError, match=advice):
            audit.record(location, "publish", "a@2", "created")
        with tables._writer(location) as connection:
            connection.execute(
                sqlalchemy.text(f"UPDATE lhnets_schema SET version_num = '{tables.HEAD}'")
            )
    assert tables.migrate(location) == (tables.HEAD, tables.HEAD)


def test_migrating_makes_the_tables(location: Location) -> None:
    assert tables.migrate(location) == (None, tables.HEAD)
    assert audit.listed(location) == []


def test_reading_where_nothing_is_makes_nothing(location: Location) -> None:
    assert audit.listed(location) == []
    with tables.reading(location) as connection:
        assert connection is None
