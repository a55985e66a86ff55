"""Tables in memory, and lazy ones: columns of results are added, the kind of the table stays."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets._scanning.answers import FloatName, ScanAnswers
from lhnets._scanning.asked import Asked
from lhnets._scanning.numbers import to_numbers
from lhnets._scanning.plan import ScanPlan, make_plan
from lhnets._scanning.reasons import Reasons, tell_reasons
from lhnets._scanning.workers import count_cores
from lhnets.errors import OutsideRegionWarning, ParameterError
from lhnets.extras import import_optional

Results: TypeAlias = Mapping[str, NDArray[Any]]
EVALUATED = 1 << 16
"""Rows that a thread evaluates at a time."""
_FRAMES = 5
"""From the warning up to the user's call: here, the kind, the table, `scan`, the user."""


def scan_table(asked: list[Asked], table: Any, dtype: FloatName, workers: int | None) -> Any:
    """A table with the columns of results; see `lhnets.scan`."""
    kind = _kind_of(table)
    if kind is None:
        raise ParameterError(
            f"cannot scan a {type(table).__name__}: expected a path, a table of pandas, polars, "
            "pyarrow, dask or awkward, a structured array of numpy, or a mapping of columns"
        )
    return kind(asked, table, dtype, workers)


def _kind_of(table: Any) -> Callable[..., Any] | None:
    """The function that scans tables of a kind, told by the package and the name of the class."""
    package, name = type(table).__module__.partition(".")[0], type(table).__name__
    known = {
        ("pandas", "DataFrame"): _scan_pandas,
        ("polars", "DataFrame"): _scan_polars,
        ("polars", "LazyFrame"): _scan_lazy,
        ("pyarrow", "Table"): _scan_arrow,
        ("pyarrow", "RecordBatch"): _scan_batch,
        ("pyarrow", "FileSystemDataset"): _scan_dataset,
        ("pyarrow", "InMemoryDataset"): _scan_dataset,
        ("awkward", "Array"): _scan_awkward,
        ("dask", "DataFrame"): _scan_dask,
        ("dask", "Array"): _scan_dask_array,
    }
    if isinstance(table, np.ndarray) and table.dtype.names:
        return _scan_structured
    if isinstance(table, Mapping):
        return _scan_mapping
    return known.get((package, name))


def _answer(
    plan: ScanPlan, count: int, numbers: Callable[[str], NDArray[np.float64]], workers: int | None
) -> Results:
    """The results for a table in memory, by threads; warns of points without an answer."""
    columns = {name: numbers(name) for name in plan.needed}
    starts = range(0, count, EVALUATED)

    def evaluate(start: int) -> ScanAnswers:
        part = slice(start, min(start + EVALUATED, count))
        taken = {name: column[part] for name, column in columns.items()}
        return plan.evaluate(taken, part.stop - start)

    found = {name: np.empty(count, plan.dtype) for name in plan.names}
    reasons: dict[str, Reasons] = {a.asked.name: Reasons() for a in plan.answers}
    with ThreadPoolExecutor(workers or count_cores(), "lhnets-scan") as threads:
        for start, answers in zip(starts, threads.map(evaluate, starts), strict=True):
            for name, column in answers.columns.items():
                found[name][start : start + EVALUATED] = column
            for name, counts in answers.reasons.items():
                reasons[name].update(counts)
    told = [tell for name, r in reasons.items() if (tell := tell_reasons(name, count, r))]
    if told:
        warnings.warn(". ".join(told), OutsideRegionWarning, stacklevel=_FRAMES)
    return found


def _scan_mapping(
    asked: list[Asked], table: Mapping[str, Any], dtype: FloatName, workers: int | None
) -> dict[str, Any]:
    plan = make_plan(asked, [str(name) for name in table], dtype)
    lengths = {len(np.atleast_1d(column)) for column in table.values()}
    if len(lengths) != 1:
        raise ParameterError(
            f"the columns have {' and '.join(map(str, sorted(lengths))) or 'no'} rows: expected "
            "as many in each"
        )
    results = _answer(plan, lengths.pop(), lambda name: to_numbers(name, table[name]), workers)
    return {**table, **results}


def _scan_structured(
    asked: list[Asked], table: NDArray[Any], dtype: FloatName, workers: int | None
) -> NDArray[Any]:
    flat = table.reshape(-1)
    plan = make_plan(asked, list(flat.dtype.names or ()), dtype)
    results = _answer(plan, len(flat), lambda name: to_numbers(name, flat[name]), workers)
    made = np.empty(flat.shape, _extended(flat.dtype, plan))
    for name in flat.dtype.names or ():
        made[name] = flat[name]
    for name, column in results.items():
        made[name] = column
    return made.reshape(table.shape)


def _extended(dtype: np.dtype[Any], plan: ScanPlan) -> np.dtype[Any]:
    """A structured type with the columns of results."""
    given = [(name, dtype.fields[name][0]) for name in dtype.names or () if dtype.fields]
    return np.dtype([*given, *((name, plan.dtype) for name in plan.names)])


def _scan_pandas(asked: list[Asked], table: Any, dtype: FloatName, workers: int | None) -> Any:
    names = list(table.columns)
    if twice := sorted({str(n) for n in names if names.count(n) > 1}):
        raise ParameterError(f"several columns are called {', '.join(twice)}: rename them")
    plan = make_plan(asked, [str(name) for name in names], dtype)
    return _extend_pandas(plan, table, workers)


def _extend_pandas(plan: ScanPlan, table: Any, workers: int | None) -> Any:
    by_name = {str(name): name for name in table.columns}
    results = _answer(
        plan, len(table), lambda name: to_numbers(name, table[by_name[name]]), workers
    )
    return table.assign(**results)


def _scan_polars(asked: list[Asked], table: Any, dtype: FloatName, workers: int | None) -> Any:
    return _extend_polars(make_plan(asked, table.columns, dtype), workers, table)


def _extend_polars(plan: ScanPlan, workers: int | None, table: Any) -> Any:
    polars = import_optional("polars", "scan")

    def numbers(name: str) -> NDArray[np.float64]:
        column = table[name]
        numeric = column.dtype.is_numeric()
        return to_numbers(name, column.cast(polars.Float64) if numeric else column)

    results = _answer(plan, table.height, numbers, workers)
    return table.with_columns(**{name: polars.Series(c) for name, c in results.items()})


def _scan_lazy(asked: list[Asked], table: Any, dtype: FloatName, workers: int | None) -> Any:
    polars = import_optional("polars", "scan")
    given = table.collect_schema()
    plan = make_plan(asked, given.names(), dtype)
    kind = polars.Float32 if dtype == "float32" else polars.Float64
    schema = {**given, **dict.fromkeys(plan.names, kind)}
    return table.map_batches(partial(_extend_polars, plan, workers), schema=schema, streamable=True)


def _scan_arrow(asked: list[Asked], table: Any, dtype: FloatName, workers: int | None) -> Any:
    from lhnets._scanning import arrow

    names = arrow.read_names(table.schema)
    plan = make_plan(asked, names, dtype, arrow.stated_units(table.schema))
    arrow.require_numbers(table.schema, plan.needed)
    columns = arrow.take_columns(table, plan.needed)
    results = _answer(plan, table.num_rows, columns.__getitem__, workers)
    return arrow.append_results(table, plan, results)


def _scan_batch(asked: list[Asked], batch: Any, dtype: FloatName, workers: int | None) -> Any:
    arrow = import_optional("pyarrow", "scan")
    table = _scan_arrow(asked, arrow.Table.from_batches([batch]), dtype, workers)
    found = table.combine_chunks().to_batches()
    return found[0] if found else arrow.RecordBatch.from_pylist([], schema=table.schema)


def _scan_dataset(asked: list[Asked], dataset: Any, dtype: FloatName, workers: int | None) -> Any:
    made = import_optional("pyarrow.dataset", "scan")
    return made.dataset(_scan_arrow(asked, dataset.to_table(), dtype, workers))


def open_dataset(path: Any) -> Any:
    """The dataset of pyarrow in a file or a folder of Parquet."""
    return import_optional("pyarrow.dataset", "scan").dataset(path, format="parquet")


def _scan_awkward(asked: list[Asked], table: Any, dtype: FloatName, workers: int | None) -> Any:
    awkward = import_optional("awkward", "scan")
    plan = make_plan(asked, awkward.fields(table), dtype)

    def numbers(name: str) -> NDArray[np.float64]:
        try:
            return to_numbers(name, awkward.to_numpy(table[name]))
        except ValueError as error:
            if isinstance(error, ParameterError):
                raise
            raise ParameterError(
                f"the column {name!r} has several numbers in a row: expected one for each row"
            ) from error

    for name, column in _answer(plan, len(table), numbers, workers).items():
        table = awkward.with_field(table, column, name)
    return table


def _scan_dask(asked: list[Asked], table: Any, dtype: FloatName, workers: int | None) -> Any:
    plan = make_plan(asked, [str(name) for name in table.columns], dtype)
    extend = partial(_extend_pandas, plan, workers=workers or 1)
    return table.map_partitions(extend, meta=extend(table._meta))


def _scan_dask_array(asked: list[Asked], table: Any, dtype: FloatName, workers: int | None) -> Any:
    if not table.dtype.names:
        raise ParameterError(
            f"cannot scan a dask array of {table.dtype}: its columns have no names. Expected a "
            "structured type, or a dask dataframe"
        )
    plan = make_plan(asked, list(table.dtype.names), dtype)
    scan = partial(_scan_structured, asked, dtype=dtype, workers=workers or 1)
    return table.map_blocks(scan, dtype=_extended(table.dtype, plan))
