"""Tables of one's own: their columns, the units they carry, and the edges of the region that their rows show."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lhnets._card import HalfSpace, Input
from lhnets._errors import Error
from lhnets_training.sample import uniform

Array = NDArray[np.float64]

CUT = 0.05
"""Share of the box that an edge between two inputs of one unit must cut off to count as one."""
SEED = 0


class TableDataError(Error, ValueError):
    """A table, or a description of it, that no network can be made from."""


def read(path: Path) -> pa.Table:
    """A Parquet or CSV file.

    Raises
    ------
    TableDataError
        where it cannot be read.
    """
    try:
        return pyarrow.csv.read_csv(path) if path.suffix == ".csv" else pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise TableDataError(f"cannot read {path.name}: {error}. Expected a Parquet file, or CSV named .csv") from error


def edges(x: Array, inputs: Sequence[Input]) -> tuple[HalfSpace, ...]:
    """Edges a - b <= bound of the rows (N, n), between inputs of one unit, where they cut off a part of the box."""
    found = []
    for i, j in permutations(range(len(inputs)), 2):
        first, second = inputs[i], inputs[j]
        if first.unit != second.unit:
            continue
        bound = float((x[:, i] - x[:, j]).max())
        points = uniform((first, second), 4000, SEED)
        if (points[:, 0] - points[:, 1] > bound).mean() > CUT:
            text = f"{first.name} - {second.name} <= {bound:g} {first.unit}, beyond which the table has no rows"
            found.append(HalfSpace(coefficients={first.name: 1.0, second.name: -1.0}, bound=bound, meaning=text))
    return tuple(found)


def half_space(text: str, inputs: Sequence[str]) -> HalfSpace:
    """An inequality such as ``m_a - 2 m_b <= -10``, linear in the ``inputs``.

    Raises
    ------
    TableDataError
        where it is none.
    """
    sides = text.split("<=")
    term = re.compile(r"\s*([+-]?)\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?)\s*\*?\s*)?([A-Za-z_]\w*)\s*")
    coefficients: dict[str, float] = {}
    position = 0
    while len(sides) == 2 and position < len(sides[0]):
        match = term.match(sides[0], position)
        if match is None or match.group(3) not in inputs:
            break
        sign, factor, name = match.groups()
        coefficients[name] = coefficients.get(name, 0.0) + float(f"{sign}{factor or 1}")
        position = match.end()
    try:
        if len(sides) != 2 or position < len(sides[0]) or not coefficients:
            raise ValueError
        return HalfSpace(coefficients=coefficients, bound=float(sides[1]), meaning=text.strip())
    except ValueError:
        raise TableDataError(
            f"cannot read {text!r}: expected an inequality such as 'm_a - m_b <= 10' in the inputs {', '.join(inputs)}"
        ) from None


def words(table: pa.Table) -> tuple[dict[str, str], dict[str, str]]:
    """Units and meanings that the file carries for its columns."""
    kept = {f.name: f.metadata or {} for f in table.schema}
    units = {n: m[b"unit"].decode() for n, m in kept.items() if b"unit" in m}
    meanings = {n: m[b"meaning"].decode() for n, m in kept.items() if b"meaning" in m}
    return units, meanings


def numbers(table: pa.Table, names: Sequence[str], file: str) -> dict[str, Array]:
    """The columns called ``names``, each once.

    Raises
    ------
    TableDataError
        where one is missing, named twice, or does not hold finite numbers.
    """
    twice = sorted({n for n in names if names.count(n) > 1})
    missing = [n for n in names if n not in table.column_names]
    if twice or missing:
        lacking = f"{file} lacks the columns {missing}; it has {table.column_names}"
        raise TableDataError(f"the choice of columns names {twice} twice" if twice else lacking)
    columns = {}
    for name in names:
        values = table.column(name)
        if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
            raise TableDataError(f"the column {name!r} of {file} holds {values.type}, expected numbers")
        columns[name] = np.asarray(values.to_numpy(), dtype=np.float64)
        wrong = int((~np.isfinite(columns[name])).sum())
        if wrong:
            raise TableDataError(f"the column {name!r} of {file} has {wrong} values that are missing or not finite")
    return columns
