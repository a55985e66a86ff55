"""Tables in files, read in blocks: Parquet, CSV, and folders of either."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from lhnets._scanning.answers import Answering, FloatName
from lhnets._scanning.arrow import read_names, require_numbers, stated_units
from lhnets._scanning.asked import Asked
from lhnets._scanning.plan import make_plan
from lhnets.errors import ParameterError
from lhnets.extras import import_optional

PARQUET = (".parquet", ".pq")
CSV = (".csv", ".csv.gz")
BATCH = 1 << 16
"""Rows decoded at a time."""
_BUFFER = 1 << 20
_BLOCK = 1 << 22
"""Bytes of a CSV file parsed at a time."""


class TableFiles(ABC):
    """Files with the same columns, read one after the other.

    Parameters
    ----------
    paths : sequence of Path
        In the order of their rows.

    Attributes
    ----------
    block_rows, slice_rows : int
        Rows that are kept at a time, 0 if their width tells, and that a worker evaluates at a time.
    """

    block_rows, slice_rows = 0, 1 << 16

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths
        self.arrow = import_optional("pyarrow", "scan")

    @property
    @abstractmethod
    def schema(self) -> Any:
        """The Arrow schema of the files."""

    @property
    def rows(self) -> int | None:
        """How many rows there are; None if only reading tells."""
        return None

    @abstractmethod
    def batches(self, skip: int, columns: Sequence[str]) -> Iterator[Any]:
        """Record batches from the row ``skip`` on; ``columns`` are those that are needed."""

    @property
    def columns(self) -> list[str]:
        """Names of the columns.

        Raises
        ------
        ParameterError
            If they cannot be read, or two are the same.
        """
        return read_names(self.schema)

    def plan(self, asked: Sequence[Asked], dtype: FloatName) -> Answering:
        """The questions, settled for these columns."""
        made = make_plan(asked, self.columns, dtype, stated_units(self.schema))
        self._require_numbers(made.needed)
        return made

    def _require_numbers(self, names: Sequence[str]) -> None:
        require_numbers(self.schema, names)

    def blocks(self, rows: int, skip: int, columns: Sequence[str]) -> Iterator[Any]:
        """Arrow tables of ``rows`` rows each, the last one shorter, from the row ``skip`` on."""
        waiting: list[Any] = []
        count = 0
        for batch in self.batches(skip, columns):
            waiting.append(batch)
            count += batch.num_rows
            while count >= rows:
                table = self.arrow.Table.from_batches(waiting)
                yield table.slice(0, rows)
                waiting = table.slice(rows).to_batches()
                count -= rows
        if count:
            yield self.arrow.Table.from_batches(waiting)

    def _guard(self, path: Path, batches: Iterable[Any]) -> Iterator[Any]:
        """The batches of a file; what goes wrong in reading becomes an error that names it."""
        reader = iter(batches)
        while True:
            try:
                batch = next(reader, None)
            except (self.arrow.ArrowInvalid, OSError) as error:
                raise ParameterError(f"cannot read {path}: {error}") from error
            if batch is None:
                return
            yield batch


class ParquetSource(TableFiles):
    """Parquet files."""

    @cached_property
    def schema(self) -> Any:
        """The Arrow schema of the first file; the others must have the same columns."""
        first, *others = (_open(path) for path in self.paths)
        schema = first.schema_arrow
        for path, file in zip(self.paths[1:], others, strict=True):
            if file.schema_arrow != schema:
                raise ParameterError(
                    f"{path} has other columns than {self.paths[0]}: expected "
                    f"{_speak(schema)}, got {_speak(file.schema_arrow)}. Scan them apart"
                )
        return schema

    @cached_property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(_open(path).metadata.num_rows for path in self.paths)

    def batches(self, skip: int, columns: Sequence[str]) -> Iterator[Any]:
        """Record batches from the row ``skip`` on."""
        for path in self.paths:
            file = _open(path)
            groups: list[int] = []
            for k in range(file.num_row_groups):
                rows = file.metadata.row_group(k).num_rows
                if not groups and skip >= rows:
                    skip -= rows
                else:
                    groups.append(k)
            if not groups:
                continue
            read = file.iter_batches(batch_size=BATCH, row_groups=groups, use_threads=False)
            for batch in self._guard(path, read):
                if skip < batch.num_rows:
                    yield batch.slice(skip)
                skip = max(0, skip - batch.num_rows)


class CsvSource(TableFiles):
    """Text files with a line of names, separated by commas."""

    def _open(self, path: Path, types: Mapping[str, Any] | None = None) -> Any:
        csv = import_optional("pyarrow.csv", "scan")
        try:
            return csv.open_csv(
                path,
                read_options=csv.ReadOptions(use_threads=False, block_size=_BLOCK),
                convert_options=csv.ConvertOptions(column_types=types),
            )
        except (self.arrow.ArrowInvalid, OSError) as error:
            raise ParameterError(f"cannot read {path}: {error}") from error

    @cached_property
    def schema(self) -> Any:
        """The Arrow schema of the first file, as its first lines tell it."""
        first, *others = (self._open(path).schema for path in self.paths)
        for path, schema in zip(self.paths[1:], others, strict=True):
            expected, got = read_names(first), read_names(schema)
            if got != expected:
                raise ParameterError(
                    f"{path} has other columns than {self.paths[0]}: expected "
                    f"{', '.join(expected)}, got {', '.join(got)}. Scan them apart"
                )
        return first

    def _require_numbers(self, names: Sequence[str]) -> None:
        """Nothing: what is not a number is refused when it is read, with its line."""

    def batches(self, skip: int, columns: Sequence[str]) -> Iterator[Any]:
        """Record batches from the row ``skip`` on: the lines before it are read and left out."""
        types = {f.name: f.type for f in self.schema if f.type != self.arrow.null()}
        types |= dict.fromkeys(columns, self.arrow.float64())
        for path in self.paths:
            for batch in self._guard(path, self._open(path, types)):
                if skip < batch.num_rows:
                    yield batch.slice(skip)
                skip = max(0, skip - batch.num_rows)


def list_files(source: str | Path | Sequence[str | Path]) -> list[Path]:
    """The files that a path or a list of paths stands for; those of a folder in order of their
    names, hidden ones and those that begin with an underscore left out."""
    given = [Path(source)] if isinstance(source, (str, Path)) else [Path(p) for p in source]
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file())
            found += [p for p in inside if not _is_hidden(p.relative_to(path))]
        elif path.is_file():
            found.append(path)
        else:
            raise ParameterError(f"there is no file {path}: expected a table, or a folder of parts")
    if not found:
        raise ParameterError(f"there is no table in {', '.join(map(str, given)) or 'nothing'}")
    return found


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _open(path: Path) -> Any:
    parquet = import_optional("pyarrow.parquet", "scan")
    arrow = import_optional("pyarrow", "scan")
    try:
        return parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
    except (arrow.ArrowInvalid, OSError) as error:
        raise ParameterError(f"cannot read {path} as Parquet: {error}") from error


def _speak(schema: Any) -> str:
    return ", ".join(f"{field.name} ({field.type})" for field in schema)
