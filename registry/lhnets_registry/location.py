"""Where a store is: a folder with SQLite and files, or a PostgreSQL database with its files elsewhere.

No MLflow here: an absent store is told from an empty one without starting it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs
from msgspec import Struct

from lhnets_registry.errors import StoreError

STORE_VARIABLE = "LHNETS_STORE"
ARTIFACTS_VARIABLE = "LHNETS_ARTIFACTS"
_DATABASE = "mlflow.db"
_DRIVER = "postgresql+psycopg2"
_SERVER_SCHEMES = ("postgresql", "postgres", _DRIVER)
_ADVISORY_LOCK = 0x6C68_6E65_7473
_CONNECT_SECONDS = 10


class Location(Struct, frozen=True):
    """A store: the URI of its database and the place of its files.

    ``folder`` is set for the embedded kind. ``artifacts`` is a path or URI; the database keeps it from the first use.
    """

    uri: str
    artifacts: str | None
    folder: Path | None = None

    @classmethod
    def of(cls, store: str | Path | None = None, artifacts: str | Path | None = None) -> Location:
        """From what the user says, else the environment, else the user's data folder.

        Parameters
        ----------
        store : str or Path, optional
            A folder, or ``postgresql://USER@HOST/DATABASE``; else ``LHNETS_STORE``.
        artifacts : str or Path, optional
            Where the files of a PostgreSQL store lie, a folder or ``s3://BUCKET/PATH``; else ``LHNETS_ARTIFACTS``.

        Raises
        ------
        StoreError
            for a URI of another kind.
        """
        chosen = str(store or os.environ.get(STORE_VARIABLE) or default_folder())
        scheme, _, rest = chosen.partition("://")
        if rest and scheme in _SERVER_SCHEMES:
            place = artifacts or os.environ.get(ARTIFACTS_VARIABLE)
            return cls(f"{_DRIVER}://{rest}", None if place is None else _absolute(str(place)))
        if rest:
            raise StoreError(f"no store can be opened at {scheme}://…; give a folder or postgresql://…")
        folder = Path(chosen).expanduser().resolve()
        return cls(f"sqlite:///{folder / _DATABASE}", str(folder / "artifacts"), folder)

    @property
    def exists(self) -> bool:
        """Whether a store may have been made here."""
        return self.folder is None or (self.folder / _DATABASE).is_file()

    @property
    def shown(self) -> str:
        """The place in a message, without a password."""
        if self.folder is not None:
            return str(self.folder)
        return f"postgresql://{self.uri.rpartition('@')[2].removeprefix(f'{_DRIVER}://')}"

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold off every other publisher and reviewer of this store; freed when the process dies.

        A lock of the kind that the database itself relies on: of the file system for SQLite, of the server for
        PostgreSQL.

        Raises
        ------
        StoreError
            where the store cannot be reached.
        """
        with _locked_folder(self.folder) if self.folder is not None else _locked_server(self):
            yield


def default_folder() -> Path:
    """The folder of the store that is used where none is named."""
    return platformdirs.user_data_path("lhnets") / "registry"


def _absolute(artifacts: str) -> str:
    return artifacts if "://" in artifacts else str(Path(artifacts).expanduser().resolve())


@contextlib.contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("ab")
    except OSError as error:
        raise StoreError(
            f"the store {folder} cannot be written: {error.strerror}. Name another with --store"
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _locked_server(location: Location) -> Iterator[None]:
    import sqlalchemy

    engine = sqlalchemy.create_engine(location.uri, connect_args={"connect_timeout": _CONNECT_SECONDS})
    try:
        try:
            connection = engine.connect()
            connection.execute(sqlalchemy.text(f"SELECT pg_advisory_lock({_ADVISORY_LOCK})"))
        except sqlalchemy.exc.SQLAlchemyError as error:
            reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
            raise StoreError(f"the store {location.shown} cannot be reached: {reason}. Is the server up?") from None
        with connection:
            yield
    finally:
        engine.dispose()
