"""Arrow tables in and out of a plan: numbers of columns, columns of results, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import msgspec
from numpy.typing import NDArray

from lhnets._scanning.answers import Answering, ScanAnswers
from lhnets._scanning.reasons import Reasons
from lhnets.errors import ParameterError
from lhnets.extras import import_optional

PROVENANCE = b"lhnets.scan"
"""Key of the metadata that says which networks answered."""
REASONS = b"lhnets.outside"
"""Key of the metadata that says why points have no answer."""


def read_names(schema: Any) -> list[str]:
    """The names of the columns of a schema.

    Raises
    ------
    ParameterError
        If one is not text, or two columns have the same.
    """
    try:
        names = list(schema.names)
    except UnicodeDecodeError as error:
        raise ParameterError(
            f"the names of the columns cannot be read: {error}. Expected text in UTF-8"
        ) from error
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise ParameterError(f"several columns are called {', '.join(twice)}: rename them")
    return names


def require_numbers(schema: Any, names: Sequence[str]) -> None:
    """Refuse columns that do not hold numbers.

    Raises
    ------
    ParameterError
        With the type that a column has.
    """
    types = import_optional("pyarrow", "scan").types
    for name in names:
        kind = schema.field(name).type
        fits = (types.is_integer, types.is_floating, types.is_decimal, types.is_null)
        if not any(fit(kind) for fit in fits):
            raise ParameterError(
                f"the column {name!r} has the type {kind}: expected numbers. Convert it, or name "
                "another column in the question"
            )


def take_columns(table: Any, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Columns of an Arrow table: numbers as float64, NaN where there is none, text as objects."""
    arrow = import_optional("pyarrow", "scan")

    def take(column: Any) -> NDArray[Any]:
        wanted = column if arrow.types.is_string(column.type) else column.cast(arrow.float64())
        return wanted.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]

    return {name: take(table.column(name)) for name in names}


def evaluate_table(plan: Answering, table: Any) -> ScanAnswers:
    """The results of a plan for an Arrow table."""
    return plan.evaluate(take_columns(table, plan.needed), table.num_rows)


def result_schema(plan: Answering) -> Any:
    """The Arrow schema of the columns of results, with the unit of each."""
    arrow = import_optional("pyarrow", "scan")
    kinds = {"float64": arrow.float64(), "float32": arrow.float32(), "string": arrow.string()}
    return arrow.schema(
        arrow.field(f.name, kinds[f.kind], metadata={"unit": f.unit} if f.unit else None)
        for f in plan.fields
    )


def result_table(plan: Answering, answers: ScanAnswers) -> Any:
    """The columns of results as an Arrow table."""
    arrow = import_optional("pyarrow", "scan")
    schema = result_schema(plan)
    arrays = [arrow.array(answers.columns[f.name], f.type) for f in schema]
    return arrow.Table.from_arrays(arrays, schema=schema)


def append_results(table: Any, plan: Answering, results: Mapping[str, NDArray[Any]]) -> Any:
    """A table with the columns of results and the provenance."""
    arrow = import_optional("pyarrow", "scan")
    columns = [*table.columns, *(arrow.array(results[f.name]) for f in plan.fields)]
    return arrow.Table.from_arrays(columns, schema=join_schemas(table.schema, plan))


def stated_units(schema: Any) -> dict[str, str]:
    """Column -> unit, where a schema states one."""
    stated = {field.name: (field.metadata or {}).get(b"unit") for field in schema}
    return {name: unit.decode(errors="replace") for name, unit in stated.items() if unit}


def join_schemas(given: Any, plan: Answering) -> Any:
    """The schema of a table with the columns of results, and the provenance."""
    arrow = import_optional("pyarrow", "scan")
    joined = arrow.schema([*given, *result_schema(plan)])
    return joined.with_metadata({**(given.metadata or {}), PROVENANCE: provenance(plan)})


def provenance(plan: Answering) -> bytes:
    """Which networks answered which questions, as JSON; it holds no time and no path."""
    return msgspec.json.encode({"lhnets": metadata.version("lhnets"), "questions": plan.tell()})


def encode_reasons(reasons: Mapping[str, Reasons]) -> bytes:
    """Counts as JSON, in an order that does not depend on the course of a scan."""
    return msgspec.json.encode({k: dict(sorted(r.items())) for k, r in reasons.items()})


def decode_reasons(content: bytes) -> dict[str, Reasons]:
    """Counts of `encode_reasons`."""
    found = msgspec.json.decode(content, type=dict[str, dict[str, int]])
    return {name: Reasons(counts) for name, counts in found.items()}


def add_reasons(total: dict[str, Reasons], more: Mapping[str, Reasons]) -> None:
    """Add counts to a total."""
    for name, counts in more.items():
        total.setdefault(name, Reasons()).update(counts)
