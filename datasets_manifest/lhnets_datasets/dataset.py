"""`ml.dataset`: a data set by name or DOI, its files on this machine, its table with units."""

from __future__ import annotations

import hashlib
from io import BufferedReader
from pathlib import Path

import pyarrow as pa

from lhnets.errors import IntegrityError
from lhnets_datasets.describing.citation import bibtex
from lhnets_datasets.errors import TableError
from lhnets_datasets.fetching.fetch import Fetcher
from lhnets_datasets.library.manifest import Column, File, Manifest
from lhnets_datasets.tables import read_csv, read_parquet

TABLES = (".parquet", ".csv")


class DataSet:
    """One data set. Nothing is fetched before a file of it is asked for.

    Attributes
    ----------
    manifest : Manifest
        what is known of it; completed by sizes and checksums once its files are here.
    """

    def __init__(self, manifest: Manifest, fetcher: Fetcher) -> None:
        self.manifest = manifest
        self._fetcher = fetcher

    @property
    def name(self) -> str:
        """Name of the set."""
        return self.manifest.name

    @property
    def doi(self) -> str | None:
        """DOI of this version; None as long as it is not archived."""
        return self.manifest.doi

    @property
    def files(self) -> dict[str, Path]:
        """The files by their names, fetched if they are not here and verified in any case.

        A path leads into the cache, where files are named by their content.
        """
        self.manifest, paths = self._fetcher.files(self.manifest)
        return paths

    @property
    def path(self) -> Path:
        """The one file of the set.

        Raises
        ------
        TableError
            If there are several.
        """
        paths = self.files
        if len(paths) != 1:
            raise TableError(
                f"the data set {self.name} has {len(paths)} files: choose from .files: "
                f"{', '.join(paths)}"
            )
        return next(iter(paths.values()))

    def table(self, file: str | None = None) -> pa.Table:
        """The rows as a pyarrow table; each field carries `unit` and `meaning` in its metadata.

        Parameters
        ----------
        file
            the Parquet or CSV file to read, where the set has several.

        Raises
        ------
        TableError
            If there is no such file, or none to choose.

        Examples
        --------
        ``dataset("cs-gluino-pair-lo").table().to_pandas()`` is a pandas data frame.
        """
        paths = self.files
        chosen = self._chosen(list(paths), file)
        with paths[chosen.name].open("rb") as opened:
            self._rehash(opened, chosen)
            table = read_parquet(opened) if chosen.name.endswith(".parquet") else read_csv(opened)
        return self._annotated(table, chosen)

    def cite(self) -> str:
        """BibTeX of the set and of what it was made with."""
        return bibtex(self.manifest)

    def _chosen(self, names: list[str], asked: str | None) -> File:
        if asked is not None and asked not in names:
            raise TableError(
                f"the data set {self.name} has no file {asked!r}; it has {', '.join(names)}"
            )
        tables = [n for n in ([asked] if asked else names) if n.endswith(TABLES)]
        if len(tables) == 1:
            return next(f for f in self.manifest.files if f.name == tables[0])
        if tables:
            raise TableError(
                f"the data set {self.name} has several tables: choose one of {', '.join(tables)}"
            )
        raise TableError(
            f"{', '.join([asked] if asked else names)} of {self.name} is not a table "
            f"({' or '.join(TABLES)}): read the paths in .files with a library for their format"
        )

    def _rehash(self, opened: BufferedReader, file: File) -> None:
        """The bytes that are hashed are the bytes that are read: both come from one open file."""
        found = hashlib.file_digest(opened, "sha256").hexdigest()
        if found != file.sha256:
            raise IntegrityError(
                f"{file.name} of {self.name} has changed: expected SHA-256 {file.sha256}, got "
                f"{found}"
            )
        opened.seek(0)

    def _annotated(self, table: pa.Table, file: File) -> pa.Table:
        absent = [c.name for c in self.manifest.columns if c.name not in table.column_names]
        if absent:
            raise TableError(
                f"{file.name} of {self.name} lacks the columns {', '.join(absent)}; it has "
                f"{table.column_names}"
            )
        fields = [
            _field(table.schema.field(n), self.manifest.column(n)) for n in table.column_names
        ]
        about = {
            b"lhnets.dataset": self.name.encode(),
            b"lhnets.sha256": (file.sha256 or "").encode(),
        }
        if self.doi:
            about[b"lhnets.doi"] = self.doi.encode()
        return table.cast(pa.schema(fields, {**(table.schema.metadata or {}), **about}))

    def __repr__(self) -> str:
        rows = f"{self.manifest.rows:,} rows" if self.manifest.rows is not None else "rows unknown"
        return f"DataSet({self.name!r}, {rows}, {self.doi or 'not archived yet'})"


def dataset(name_or_doi: str, *, latest: bool = False, fetcher: Fetcher | None = None) -> DataSet:
    """The data set with this name or DOI.

    Parameters
    ----------
    name_or_doi
        a name that `lhnets data list` shows, or a DOI of Zenodo, Figshare or a Dataverse in any
        spelling. A DOI that stands for all versions of a record gives its latest one, which is
        recorded and given from then on.
    latest
        look again which version is the latest.

    Raises
    ------
    DataSetNotFoundError
        If there is none.
    OfflineError, MirrorError
        If an archive has to be asked and cannot.

    Examples
    --------
    ``dataset("10.5281/zenodo.2603256").files`` are the local paths of the top tagging reference
    data.
    """
    fetcher = fetcher or Fetcher()
    return DataSet(fetcher.resolve(name_or_doi, latest=latest), fetcher)


def _field(field: pa.Field, column: Column | None) -> pa.Field:
    """The field with what the manifest says of its column, where the file does not say it."""
    if column is None:
        return field
    stated = {"unit": column.unit, "meaning": column.meaning, "role": column.role}
    own = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
    return field.with_metadata({**stated, **own})
