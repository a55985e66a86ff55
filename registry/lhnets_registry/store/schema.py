"""The shape of the database: MLflow's own migrations, and the places that its rows name."""

from __future__ import annotations

import warnings

import sqlalchemy
from sqlalchemy import text

from lhnets_registry.errors import StoreError
from lhnets_registry.location import Location
from lhnets_registry.store.client import engine_of, foreign_errors

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from mlflow.store.db import utils as _database

_PLACES = (
    ("experiments", "artifact_location", "name = 'lhnets'"),
    (
        "runs",
        "artifact_uri",
        "experiment_id = (SELECT experiment_id FROM experiments WHERE name = 'lhnets')",
    ),
    ("model_versions", "source", "TRUE"),
    ("model_versions", "storage_location", "TRUE"),
)
"""Columns in which MLflow keeps where files are, and the rows of them that are ours."""


def is_current(location: Location) -> bool:
    """Whether this release of MLflow made all tables of the database, and their first row."""
    with foreign_errors(location, "opened"):
        engine = engine_of(location)
        if _database._get_schema_version(engine) != _expected():
            return False
        with engine.connect() as connection:
            return connection.execute(text("SELECT 1 FROM experiments LIMIT 1")).first() is not None


def require_current(location: Location) -> None:
    """Refuse a database whose tables another release of MLflow made.

    Raises
    ------
    StoreError
        that says what to do.
    """
    with foreign_errors(location, "opened"):
        engine = engine_of(location)
        found = _database._get_schema_version(engine)
        if found is None or found == _expected():
            return
    known = found in _revisions()
    advice = (
        "Back it up with the release that made it, then bring it up to date with `lhnets registry "
        "migrate`"
        if known
        else "It was made by a later release: update lhnets and MLflow"
    )
    raise StoreError(
        f"the tables of the store {location.shown} have the schema {found} of MLflow, expected "
        f"{_expected()}. {advice}"
    )


def migrate(location: Location) -> tuple[str | None, str]:
    """Bring MLflow's tables up to date, in the way of ``mlflow db upgrade``; run under
    `Location.lock`.

    Returns
    -------
    tuple of str
        The schema before and after.
    """
    with foreign_errors(location, "migrated"):
        engine = engine_of(location)
        before = _database._get_schema_version(engine)
        if before is not None and before not in _revisions():
            raise StoreError(
                f"the tables of the store {location.shown} have the schema {before}, which this "
                "release of MLflow does not know: a later one made them. Update lhnets and MLflow"
            )
        if before is None:
            _database._initialize_tables(engine)
        elif before != _expected():
            _database._upgrade_db(engine)
        return before, _expected()


def relocate(location: Location, old: str, new: str) -> None:
    """Tell MLflow's rows that the files that were under ``old`` are under ``new`` now, in one
    transaction."""
    with engine_of(location).begin() as connection:
        for table, column, ours in _PLACES:
            connection.execute(
                text(
                    f"UPDATE {table} SET {column} = :new || substr({column}, :rest) "
                    f"WHERE {ours} AND ({column} = :old OR substr({column}, 1, :head) = :folder)"
                ),
                {
                    "new": new,
                    "rest": len(old) + 1,
                    "old": old,
                    "head": len(old) + 1,
                    "folder": f"{old}/",
                },
            )


def _expected() -> str:
    revision: str = _database._get_latest_schema_revision()
    return revision


def _revisions() -> set[str]:
    """Every schema that this release of MLflow can start from."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_database._get_alembic_config(db_url=""))
    return {r.revision for r in script.walk_revisions()}


def tables(engine: sqlalchemy.Engine) -> set[str]:
    """The tables that a database has."""
    return set(sqlalchemy.inspect(engine).get_table_names())
