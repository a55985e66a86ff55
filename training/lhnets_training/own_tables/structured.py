"""Tables in Parquet, NumPy and JSON files, and those of HEPData."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lhnets_datasets.tables import read_parquet
from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.own_tables.sheet import Cells, Sheet, SheetColumn


def parquet(content: bytes, file: str) -> Sheet:
    """The columns of a Parquet file with the units and meanings that it carries; nulls are missing.

    Raises
    ------
    TableDataError
        If it cannot be read.
    """
    try:
        table = read_parquet(io.BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        raise TableDataError(f"cannot read {file}: {error}. Expected a Parquet file") from error
    columns = []
    for field, values in zip(table.schema, table.columns, strict=True):
        kept = field.metadata or {}
        unit, meaning = (kept[k].decode() if k in kept else None for k in (b"unit", b"meaning"))
        cells, holds = _arrow(values)
        columns.append(SheetColumn(field.name, cells, unit, meaning, holds))
    return Sheet.of(file, columns)


def _arrow(values: pa.ChunkedArray) -> tuple[Cells, str]:
    """Cells, and what they hold if that can be no numbers."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values, kind = values.cast(kind.value_type), kind.value_type
    if pa.types.is_decimal(kind):
        values, kind = values.cast(pa.float64()), pa.float64()
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return np.asarray(values.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64), ""
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return tuple("" if v is None else v for v in values.to_pylist()), ""
    return np.full(len(values), np.nan), "" if pa.types.is_null(kind) else str(kind)


def npz(content: bytes, file: str) -> Sheet:
    """The one-dimensional arrays of a NumPy archive by their names.

    Raises
    ------
    TableDataError
        If it has none, or holds pickled objects.
    """
    with _load(content, file) as archive:
        try:
            arrays = {name: archive[name] for name in archive.files}
        except ValueError as error:
            raise TableDataError(f"cannot read {file}: {error}") from error
    columns = [c for name, array in arrays.items() for c in _of_array(name, array)]
    if not columns:
        shapes = ", ".join(f"{n} {a.shape}" for n, a in arrays.items())
        raise TableDataError(
            f"{file} has no one-dimensional arrays to be columns; it holds {shapes or 'nothing'}"
        )
    return Sheet.of(file, columns)


def npy(content: bytes, file: str) -> Sheet:
    """The fields of a structured NumPy array.

    Raises
    ------
    TableDataError
        If it has no fields, or holds pickled objects.
    """
    array = _load(content, file)
    if array.dtype.names is None:
        raise TableDataError(
            f"{file} is a NumPy array of shape {array.shape} without names of columns: expected a "
            "structured array, an .npz archive with one array for each column, or CSV with a "
            "heading"
        )
    return Sheet.of(file, _of_array("", array))


def _load(content: bytes, file: str) -> Any:
    try:
        return np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise TableDataError(f"cannot read {file}: {error}") from error


def _of_array(name: str, array: NDArray[Any]) -> list[SheetColumn]:
    if array.ndim != 1:
        return []
    if array.dtype.names is not None:
        return [c for field in array.dtype.names for c in _of_array(field, array[field])]
    if array.dtype.kind in "fiu":
        return [SheetColumn(name, np.asarray(array, dtype=np.float64))]
    if array.dtype.kind not in "SU":
        return [SheetColumn(name, np.full(len(array), np.nan), holds=str(array.dtype))]
    return [SheetColumn(name, tuple(str(v) for v in array))]


def read_json(content: bytes, file: str) -> Sheet:
    """Columns by their names, a list of rows, what pandas writes, a table of HEPData, or nested
    points.

    Raises
    ------
    TableDataError
        If it is none of these.
    """
    try:
        found = json.loads(content)
    except ValueError as error:
        raise TableDataError(f"cannot read {file}: {error}") from error
    if isinstance(found, dict) and "dependent_variables" in found:
        return _hepdata(found, file)
    if isinstance(found, list) and found and all(isinstance(row, dict) for row in found):
        return _of_rows(found, file)
    if isinstance(found, dict) and {"columns", "data"} <= set(found):
        return _of_rows(
            [dict(zip(found["columns"], row, strict=False)) for row in found["data"]], file
        )
    if isinstance(found, dict) and isinstance(found.get("data"), dict):
        return _of_rows(list(_points(found["data"], found.get("parameters", []))), file)
    if isinstance(found, dict) and found:
        columns = {n: list(v.values()) if isinstance(v, dict) else v for n, v in found.items()}
        if all(isinstance(v, list) for v in columns.values()):
            return Sheet.of(file, [SheetColumn(n, _cells(v)) for n, v in columns.items()])
    raise TableDataError(
        f"{file} is JSON, but not a table: expected columns by their names, "
        '{"m_a": [1, 2], "sigma": [3, 4]}, or a list of rows, [{"m_a": 1, "sigma": 3}, ...]'
    )


def _of_rows(rows: Sequence[Mapping[str, Any]], file: str) -> Sheet:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Sheet.of(file, [SheetColumn(n, _cells([row.get(n) for row in rows])) for n in names])


def _points(
    data: Mapping[str, Any], names: Sequence[Any], at: tuple[tuple[str, str], ...] = ()
) -> Iterator[dict[str, Any]]:
    """Rows of points nested by their parameters, ``{"700": {"800": {"xsec_pb": 1.2}}}``."""
    for key, inner in data.items():
        name = names[len(at)] if len(at) < len(names) else f"parameter_{len(at) + 1}"
        place = (*at, ("_".join(name) if isinstance(name, list) else str(name), key))
        if not isinstance(inner, dict):
            return
        if any(isinstance(v, dict) for v in inner.values()):
            yield from _points(inner, names, place)
        else:
            yield {**dict(place), **inner}


def _cells(values: Sequence[Any]) -> Cells:
    if all(v is None or (isinstance(v, (int, float)) and not isinstance(v, bool)) for v in values):
        return np.array([np.nan if v is None else float(v) for v in values])
    return tuple("" if v is None else str(v) for v in values)


def hepdata_yaml(content: bytes, file: str) -> Sheet:
    """A table of HEPData in YAML; errors become columns named after their variable and label.

    Raises
    ------
    TableDataError
        If it is not one.
    """
    try:
        found = msgspec.yaml.decode(content)
    except (msgspec.MsgspecError, ValueError, UnicodeDecodeError) as error:
        raise TableDataError(f"cannot read {file}: {error}") from error
    if not isinstance(found, dict) or "dependent_variables" not in found:
        raise TableDataError(
            f"{file} is YAML, but not a table of HEPData, which has dependent_variables; expected "
            "CSV or Parquet"
        )
    return _hepdata(found, file)


def _hepdata(found: Mapping[str, Any], file: str) -> Sheet:
    columns: list[SheetColumn] = []
    try:
        for variable in (*found["independent_variables"], *found["dependent_variables"]):
            columns += _variable(variable)
    except (KeyError, TypeError, AttributeError) as error:
        raise TableDataError(f"{file} does not follow the format of HEPData: {error!r}") from error
    return Sheet.of(file, columns)


def _variable(variable: Mapping[str, Any]) -> list[SheetColumn]:
    """The values, the edges of bins, and each error with its sign."""
    header, points = variable["header"], variable["values"]
    name, unit = str(header["name"]), header.get("units") or None
    told: dict[str, list[Any]] = {}
    for row, point in enumerate(points):
        for key, value in _entries(name, point):
            told.setdefault(key, [None] * len(points))[row] = value
    return [SheetColumn(key, _cells(values), unit) for key, values in told.items()]


def _entries(name: str, point: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "value" in point:
        yield name, point["value"]
    elif "low" in point:
        yield name, (float(point["low"]) + float(point["high"])) / 2
    if "low" in point:
        yield f"{name} low", point["low"]
        yield f"{name} high", point["high"]
    for error in point.get("errors", ()):
        label = f"{name} {error.get('label', 'error')}"
        if "symerror" in error:
            yield label, error["symerror"]
        else:
            yield f"{label} +", error["asymerror"]["plus"]
            yield f"{label} -", error["asymerror"]["minus"]
