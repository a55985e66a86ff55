"""Where a store is: a folder with SQLite and files, or a PostgreSQL database with its files
elsewhere.

No MLflow here: an absent store is told from an empty one without starting it.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

import platformdirs
from msgspec import Struct

from lhnets_registry import locking
from lhnets_registry.errors import StoreError
from lhnets_registry.locking import Confirm

STORE_VARIABLE = "LHNETS_STORE"
ARTIFACTS_VARIABLE = "LHNETS_ARTIFACTS"
_DATABASE = "mlflow.db"
_DRIVER = "postgresql+psycopg2"
_SERVER_SCHEMES = ("postgresql", "postgres", _DRIVER)


class Location(Struct, frozen=True):
    """A store: the URI of its database and the place of its files.

    ``folder`` is set for the embedded kind. ``artifacts`` is a path or URI; the database keeps it
    from the first use.
    """

    uri: str
    artifacts: str | None
    folder: Path | None = None

    @classmethod
    def of(
        cls, store: str | Path | Location | None = None, artifacts: str | Path | None = None
    ) -> Location:
        """From what the user says, else the environment, else the user's data folder.

        Parameters
        ----------
        store : str, Path or Location, optional
            A folder, or ``postgresql://USER@HOST/DATABASE``; else ``LHNETS_STORE``. A location
            stays as it is.
        artifacts : str or Path, optional
            Where the files of a PostgreSQL store lie, a folder or ``s3://BUCKET/PATH``; else
            ``LHNETS_ARTIFACTS``.

        Raises
        ------
        StoreError
            for a URI of another kind, or a folder whose path cannot stand in one.
        """
        if isinstance(store, Location):
            return store
        chosen = str(store or os.environ.get(STORE_VARIABLE) or default_folder())
        scheme, _, rest = chosen.partition("://")
        if rest and scheme in _SERVER_SCHEMES:
            place = artifacts or os.environ.get(ARTIFACTS_VARIABLE)
            return cls(f"{_DRIVER}://{rest}", None if place is None else _absolute(str(place)))
        if rest:
            raise StoreError(
                f"no store can be opened at {scheme}://…; give a folder or postgresql://…"
            )
        folder = Path(chosen).expanduser().resolve()
        if special := sorted(set("%?#") & set(str(folder))):
            raise StoreError(
                f"no store can be kept in {folder}: {' and '.join(special)} would be read as a "
                "part of the database's address. Choose a folder without them"
            )
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

    def lock(self) -> AbstractContextManager[Confirm]:
        """Hold off every other publisher, reviewer and reader of this store: see `locking`."""
        if self.folder is not None:
            return locking.write_lock_of_folder(self.folder)
        return locking.write_lock_of_server(self.uri, self.shown)

    def shared_lock(self) -> AbstractContextManager[None]:
        """Hold off publishers and reviewers of this store, not readers: see `locking`."""
        if self.folder is not None:
            return locking.read_lock_of_folder(self.folder)
        return locking.read_lock_of_server(self.uri, self.shown)

    def opening_lock(self) -> AbstractContextManager[None]:
        """Hold off every other process that makes the tables of this store."""
        if self.folder is not None:
            return locking.opening_lock_of_folder(self.folder)
        return locking.opening_lock_of_server(self.uri, self.shown)


def default_folder() -> Path:
    """The folder of the store that is used where none is named."""
    return platformdirs.user_data_path("lhnets") / "registry"


def _absolute(artifacts: str) -> str:
    return artifacts if "://" in artifacts else str(Path(artifacts).expanduser().resolve())
