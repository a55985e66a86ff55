"""Numbers from the cells of a table; what is none is told by row and column, or its row is left
out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.own_tables.markers import find_markers
from lhnets_training.own_tables.sheet import Cells, Sheet, SheetColumn

Array = NDArray[np.float64]

SHOWN = 8
"""Cells that a message lists."""
MISSING = frozenset(
    (
        *("", "nan", "-nan", "+nan", "nan(ind)", "-nan(ind)", "na", "n/a", "#n/a", "<na>"),
        *("null", "nil", "none", "masked", "missing", "-", "--", "---", "?", "."),
    )
)
_COMMA = re.compile(r"^[+-]?\d+,\d+([eE][+-]?\d+)?$")
_FORTRAN = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))[dD]([+-]?\d+)$")
_PLAIN = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_INFINITE = re.compile(r"^[+-]?(inf|infinity|∞)$", re.IGNORECASE)


@dataclass(frozen=True)
class Flaw:
    """A cell that is no number, or a row of too many or few fields, whose ``row`` is then
    unknown."""

    row: int | None
    place: str
    kind: str


@dataclass(frozen=True)
class Numbers:
    """Columns (N,) of finite numbers, by the names they were asked by; row k was row ``rows[k]`` of
    the sheet."""

    sheet: Sheet
    columns: dict[str, Array]
    rows: NDArray[np.int64]
    left_out: dict[str, int] = field(default_factory=dict)
    """How many rows were left out, by the first reason of each."""

    def keep(self, chosen: NDArray[np.bool_]) -> Numbers:
        """The rows that are marked in ``chosen`` (N,)."""
        columns = {n: c[chosen] for n, c in self.columns.items()}
        return Numbers(self.sheet, columns, self.rows[chosen], self.left_out)

    def place(self, row: int) -> str:
        """Row k in words, by its number in the file."""
        return self.sheet.place(int(self.rows[row]))


def read_numbers(
    sheet: Sheet,
    names: Sequence[str],
    *,
    skip: bool = False,
    decimal_comma: bool = False,
    as_they_are: frozenset[str] = frozenset(),
) -> Numbers:
    """The columns called ``names``, each once.

    Parameters
    ----------
    skip : leave out the rows that have a flaw, instead of refusing the table
    decimal_comma : read 1,5 as 1.5
    as_they_are : columns in which no number is taken for a marker of a missing one, such as -999

    Raises
    ------
    TableDataError
        If a column is missing, is named twice or is not of numbers, or a row has a flaw.
    """
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise TableDataError(f"the choice of columns names {twice} twice")
    columns, flaws = {}, [Flaw(None, place, text) for place, text in sheet.broken]
    for name in names:
        column = sheet.column(name)
        values, found = _convert(column.cells, decimal_comma)
        _refuse_text(sheet, column, found)
        if name not in as_they_are:
            found |= find_markers(values)
        flaws += [
            Flaw(row, f"{sheet.place(row)}, column {name!r}", kind)
            for row, kind in sorted(found.items())
        ]
        columns[name] = values
    if flaws and not skip:
        raise TableDataError(describe_flaws(sheet, flaws))
    return _leave_out(sheet, columns, flaws)


def describe_flaws(sheet: Sheet, flaws: Sequence[Flaw]) -> str:
    """The first flaws by row and column, how many there are, and what to do."""
    listed = [f"  {f.place}: {f.kind}" for f in flaws[:SHOWN]]
    if len(flaws) > SHOWN:
        listed.append(f"  and {len(flaws) - SHOWN} more")
    rows = len({f.row if f.row is not None else f.place for f in flaws})
    comma = "; --decimal-comma reads 1,5 as 1.5" if any("decimal" in f.kind for f in flaws) else ""
    marker = (
        "; if they are numbers, name the column in --linear"
        if any("marker" in f.kind for f in flaws)
        else ""
    )
    end = f"Correct them, or leave out {count(rows, 'row')} by --skip-missing{comma}{marker}."
    lead = (
        f"{sheet.file}: {count(len(flaws), 'entry', 'entries')} cannot be used as numbers "
        "(row 1 is the first below the heading):"
    )
    return "\n".join([lead, *listed, end])


def count(number: int, one: str, more: str = "") -> str:
    """A number of things in words: 1 row, 2 rows."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def _leave_out(sheet: Sheet, columns: dict[str, Array], flaws: Sequence[Flaw]) -> Numbers:
    kept = np.ones(len(sheet.rows), dtype=bool)
    reasons: Counter[str] = Counter()
    for flaw in flaws:
        if flaw.row is None:
            reasons[flaw.kind.partition(":")[0]] += 1
        elif kept[flaw.row]:
            kept[flaw.row] = False
            reasons[flaw.kind.partition(":")[0]] += 1
    found = Numbers(sheet, columns, np.arange(len(kept)), dict(reasons))
    return found.keep(kept)


def _convert(cells: Cells, decimal_comma: bool) -> tuple[Array, dict[int, str]]:
    """Numbers (N,), NaN for what is none, and what that is by its row."""
    if isinstance(cells, np.ndarray):
        values = np.asarray(cells, dtype=np.float64)
        wrong = np.flatnonzero(~np.isfinite(values))
        return values, {
            int(k): "missing" if np.isnan(values[k]) else f"infinite: {values[k]:g}" for k in wrong
        }
    values, flaws = np.full(len(cells), np.nan), {}
    for row, cell in enumerate(cells):
        number = _number(cell, decimal_comma)
        if isinstance(number, str):
            flaws[row] = number
        else:
            values[row] = number
    return values, flaws


def _number(cell: str, decimal_comma: bool) -> float | str:
    """The number of a cell, or what it is instead."""
    text = cell.strip().replace("\N{MINUS SIGN}", "-")
    if decimal_comma:
        text = text.replace(",", ".") if _COMMA.match(text) else text
    if _PLAIN.match(text):
        value = float(text)
        return value if np.isfinite(value) else f"infinite: {text!r}"
    fortran = _FORTRAN.match(text)
    if fortran is not None:
        return float("e".join(fortran.groups()))
    if text.lower() in MISSING:
        return "missing" if not text else f"missing: {text!r}"
    if _INFINITE.match(text):
        return f"infinite: {text!r}"
    if _COMMA.match(text):
        return f"a decimal comma: {text!r}"
    return f"not a number: {text[:40]!r}"


def _refuse_text(sheet: Sheet, column: SheetColumn, flaws: dict[int, str]) -> None:
    """A column of which no cell is a number, though it has some."""
    if column.holds:
        raise TableDataError(
            f"the column {column.name!r} of {sheet.file} holds {column.holds}, expected numbers"
        )
    if isinstance(column.cells, np.ndarray) or len(flaws) < len(column.cells):
        return
    texts = [kind for kind in flaws.values() if kind.startswith("not a number")]
    if texts:
        example = texts[0].partition(": ")[2]
        raise TableDataError(
            f"the column {column.name!r} of {sheet.file} holds text such as {example}, expected "
            "numbers"
        )
