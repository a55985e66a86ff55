"""A store that was moved, that cannot be written, or whose tables another release made."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from alembic import command
from mlflow.store.db import utils as mlflow_database

from lhnets.format import read
from lhnets_registry import store as stores
from lhnets_registry.admission.admit import admit
from lhnets_registry.errors import StoreError
from lhnets_registry.ledger import audit, tokens
from lhnets_registry.location import Location
from lhnets_registry.maintenance.check import check
from lhnets_registry.mirror import export as mirror
from lhnets_registry.publishing.publication import register
from lhnets_registry.review import decisions as review

Make = Callable[..., bytes]
OLDER = "ae8bbe7743c9"
"""A schema of an earlier MLflow 3."""


def loaded_by_mlflow(location: Location) -> str:
    """What a maintainer gets from ``mlflow.onnx.load_model`` in a process of its own."""
    code = (
        f"import mlflow; mlflow.set_tracking_uri({location.uri!r})\n"
        "print(mlflow.onnx.load_model('models:/cs-gluino-pair-lo@verified').graph.name)"
    )
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, env=environment
    ).stdout.strip()


def test_a_store_folder_can_be_moved(store_folder: Path, make: Make, tmp_path: Path) -> None:
    before = Location.of(store_folder)
    register(read(make()), admit(b"").report, before, approve=True)
    stores.forget(before)
    after = Location.of(shutil.move(store_folder, tmp_path / "elsewhere"))
    assert check(after).faults == ()
    mirror.export(tmp_path / "mirror", after, bundled=False, pages=False)
    register(read(make(version=2)), admit(b"").report, after)
    assert loaded_by_mlflow(after) == "network"
    assert not store_folder.exists()
    assert check(after, repair=True).faults == ()


def test_the_database_of_an_open_store_can_be_replaced(
    store_folder: Path, empty_store: Path, make: Make
) -> None:
    location = Location.of(store_folder)
    for number in (1, 2, 3):
        register(read(make(slope=1.0 + number / 10)), admit(b"").report, location)
        assert check(location).versions == 1
        stores.forget(location)
        shutil.rmtree(store_folder)
        shutil.copytree(empty_store, store_folder)
        assert review.listed(location) == []


def test_files_of_a_server_store_can_be_moved(
    empty_postgres: str, make: Make, tmp_path: Path
) -> None:
    register(
        read(make()), admit(b"").report, Location.of(empty_postgres, tmp_path / "old"), approve=True
    )
    shutil.move(tmp_path / "old", tmp_path / "new")
    moved = Location.of(empty_postgres, tmp_path / "new")
    with pytest.raises(StoreError, match="registry migrate --artifacts"):
        register(read(make(version=2)), admit(b"").report, moved)
    with moved.lock():
        assert stores.relocated(moved) == str(tmp_path / "old")
        assert stores.relocated(moved) is None
    register(read(make(version=2)), admit(b"").report, Location.of(empty_postgres))
    assert check(moved).faults == ()
    assert loaded_by_mlflow(moved) == "network"


def _read_as_nobody(location: Location, mirror_folder: Path, results: Any) -> None:
    os.setegid(65534)
    os.seteuid(65534)
    try:
        listed = [v.identity for v in review.listed(location)]
        results.put((listed, check(location).faults, len(audit.listed(location))))
    except StoreError as error:
        results.put(str(error))


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that others can look into, as those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="lhnets-public-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming somebody who may only read takes root")
def test_a_store_that_cannot_be_written_can_be_read(
    store_folder: Path, public_folder: Path, make: Make, tmp_path: Path
) -> None:
    written = Location.of(store_folder)
    register(read(make()), admit(b"").report, written)
    assert check(written).faults == ()
    location = Location.of(shutil.copytree(store_folder, public_folder / "store"))
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    process = context.Process(target=_read_as_nobody, args=(location, tmp_path, results))
    process.start()
    assert results.get(timeout=60) == (["cs-gluino-pair-lo@1"], (), 1)
    process.join(60)


def older(location: Location) -> None:
    """The tables as an earlier release of MLflow made them, in an empty database."""
    engine = sqlalchemy.create_engine(location.uri)
    with engine.begin() as connection:
        mlflow_database.InitialBase.metadata.create_all(connection)
        config = mlflow_database._get_alembic_config(str(engine.url))
        config.attributes["connection"] = connection
        command.upgrade(config, OLDER)
    engine.dispose()


def test_tables_of_an_earlier_mlflow_are_told_and_migrated(tmp_path: Path, make: Make) -> None:
    (tmp_path / "store").mkdir()
    location = Location.of(tmp_path / "store")
    older(location)
    for look in (
        lambda: review.listed(location),
        lambda: register(read(make()), admit(b"").report, location),
    ):
        with pytest.raises(
            StoreError, match=f"schema {OLDER} of MLflow, expected .*lhnets registry migrate"
        ):
            look()
    with location.lock():
        before, after = stores.migrate(location)
        assert (before, stores.migrate(location)) == (OLDER, (after, after))
    assert register(read(make()), admit(b"").report, location).created
    assert check(location).faults == ()


def test_tables_of_a_later_mlflow_are_told(location: Location) -> None:
    engine = sqlalchemy.create_engine(location.uri)
    with engine.begin() as connection:
        connection.execute(
            sqlalchemy.text("UPDATE alembic_version SET version_num = 'ffffffffffff'")
        )
    try:
        with pytest.raises(StoreError, match="a later release: update lhnets"):
            review.listed(location)
        with pytest.raises(StoreError, match="Update lhnets"):
            stores.migrate(location)
    finally:
        head = mlflow_database._get_latest_schema_revision()
        with engine.begin() as connection:
            connection.execute(
                sqlalchemy.text(f"UPDATE alembic_version SET version_num = '{head}'")
            )
        engine.dispose()


def test_a_path_that_databases_misread_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="# would be read as a part of the database's address"):
        Location.of(tmp_path / "store #2")


def test_whoever_comes_second_waits_until_the_tables_are_made(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens make the database; then two processes open the store, the first is half through."""
    location = Location.of(store_folder)
    tokens.create(location, ["publish"], "somebody")
    found = mlflow_database._get_schema_version
    half = True
    monkeypatch.setattr(
        mlflow_database, "_get_schema_version", lambda engine: OLDER if half else found(engine)
    )
    opened: list[object] = []

    def second() -> None:
        try:
            opened.append(stores.Store(location).versions())
        except StoreError as error:
            opened.append(error)

    with location.opening_lock():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.2)
        half = False
    thread.join()
    assert opened == [[]]
