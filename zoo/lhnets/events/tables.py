"""One row an event: CSV and Parquet, such as the set of the Higgs boson machine-learning
challenge."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import ParameterError
from lhnets.events.contents import EventFile, open_text, require_plausible
from lhnets.extras import import_optional

_LABELS = {"s": 1, "b": 0, "1": 1, "0": 0, "1.0": 1, "0.0": 0}
_NAMES_OF_LABEL = ("label", "labels")


def read_csv(path: Path) -> EventFile:
    """The columns of numbers of a CSV file with a line of names; others are left out.

    Raises
    ------
    ParameterError
        If it is not such a file.
    """
    try:
        with open_text(path) as file:
            names, *rows = csv.reader(file)
        if len(set(names)) < len(names):
            raise ValueError("two columns have the same name")
        columns: dict[str, Any] = dict(zip(names, zip(*rows, strict=True), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise ParameterError(
            f"{path} cannot be read as CSV: {error}. Expected a line of names, then a line of as "
            "many numbers for each event"
        ) from error
    return _sort({n: np.array(c) for n, c in columns.items()}, path)


def read_parquet(path: Path) -> EventFile:
    """The columns of a Parquet file; lists become jagged arrays.

    Raises
    ------
    ParameterError
        If it cannot be read.
    MissingExtraError
        If pyarrow is not installed, or awkward for lists.
    """
    parquet = import_optional("pyarrow.parquet", "Parquet files")
    try:
        require_plausible(path, _find_size(parquet.ParquetFile(path).metadata))
        table = parquet.read_table(path)
        columns = {n: _to_array(table.column(n)) for n in table.column_names}
    except (OSError, ValueError, KeyError) as error:
        raise ParameterError(f"{path} cannot be read as Parquet: {error}") from error
    return _sort(columns, path)


def _find_size(metadata: Any) -> int:
    """Bytes of all columns, as the file states them."""
    return sum(metadata.row_group(k).total_byte_size for k in range(metadata.num_row_groups))


def _to_array(column: Any) -> Any:
    if "list" in str(column.type):
        return import_optional("awkward", "lists in Parquet files").from_arrow(column)
    return column.to_numpy()


def _sort(columns: dict[str, Any], path: Path) -> EventFile:
    """Columns of numbers apart from the label."""
    labels = next((n for n in columns if n.lower() in _NAMES_OF_LABEL), None)
    found = None if labels is None else _read_labels(columns[labels], path)
    numbers = {n: _as_numbers(c) for n, c in columns.items() if n != labels}
    return EventFile({n: c for n, c in numbers.items() if c is not None}, found)


def _as_numbers(column: Any) -> Any:
    kind = getattr(getattr(column, "dtype", None), "kind", None)
    if kind not in ("U", "O", "S"):
        return column
    try:
        return column.astype(np.float64)
    except ValueError:
        return None


def _read_labels(column: Any, path: Path) -> NDArray[np.int64]:
    texts = [str(x).strip().lower() for x in column]
    unknown = sorted(set(texts) - set(_LABELS))
    if unknown:
        raise ParameterError(
            f"the labels of {path} are {', '.join(unknown[:5])}: expected s and b, or 1 and 0"
        )
    return np.array([_LABELS[t] for t in texts], dtype=np.int64)
