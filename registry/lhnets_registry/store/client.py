"""MLflow with safe settings, its connections across forks, and the one boundary for its errors."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator

from lhnets.errors import IntegrityError
from lhnets_registry.errors import NameConflictError, StoreError, StoreFullError
from lhnets_registry.location import Location

_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_MODEL_CODE_EXECUTION": "false",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX": "^mlflow-artifacts:/.*$",
    "MLFLOW_ALLOW_HTTP_REDIRECTS": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
os.environ.update(_SETTINGS)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import sqlalchemy
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from mlflow.store.db import utils as _database
    from mlflow.store.model_registry import sqlalchemy_store as _registry_tables
    from mlflow.store.tracking import sqlalchemy_store as _tracking_tables

__all__ = ["MlflowClient", "engine_of", "foreign_errors", "forget"]

_FULL = (
    "no space left on device",
    "disk is full",
    "disk full",
    "disk quota exceeded",
    "file too large",
    "entitytoolarge",
)

for _noisy in ("mlflow", "alembic"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)
logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
_database.MAX_RETRY_COUNT = 3
"""MLflow's own 10 take a minute and a half, under the lock of the store."""


def engine_of(location: Location) -> sqlalchemy.Engine:
    """The connections that MLflow keeps to the database of ``location``."""
    engine: sqlalchemy.Engine = _tracking_tables.SqlAlchemyStore._get_or_create_engine(location.uri)
    return engine


def forget(location: Location) -> None:
    """Close every connection to the database of ``location``, which may be replaced after that."""
    for kind in (_tracking_tables.SqlAlchemyStore, _registry_tables.SqlAlchemyStore):
        if location.uri in kind._engine_map:
            kind._engine_map[location.uri].dispose()


def _leave_to_the_parent() -> None:
    """A forked child must not speak over the connections of its parent."""
    for kind in (_tracking_tables.SqlAlchemyStore, _registry_tables.SqlAlchemyStore):
        for engine in kind._engine_map.values():
            engine.dispose(close=False)


os.register_at_fork(after_in_child=_leave_to_the_parent)


@contextlib.contextmanager
def foreign_errors(location: Location, what: str) -> Iterator[None]:
    """Errors of MLflow, the database and the object store as `StoreError`, without a password."""
    try:
        yield
    except (StoreError, NameConflictError, IntegrityError):
        raise
    except (
        MlflowException,
        sqlalchemy.exc.SQLAlchemyError,
        OSError,
        ImportError,
        *_object_store_errors(),
    ) as error:
        text = (str(error).strip() or type(error).__name__).replace(location.uri, location.shown)
        line = text.splitlines()[0]
        if isinstance(error, ImportError):
            line = f"{line}. Files on S3 need boto3: pip install 'lhnets[s3]'"
        kind = StoreFullError if any(sign in text.lower() for sign in _FULL) else StoreError
        raise kind(f"the store {location.shown} cannot be {what}: {line}") from error


def _object_store_errors() -> tuple[type[Exception], ...]:
    """The errors of boto3, where it is in use."""
    if "botocore.exceptions" not in sys.modules:
        return ()
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return Boto3Error, BotoCoreError, ClientError
