"""A table as its file has it: headings, their units, and cells that may hold anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeAlias
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from lhnets_training.own_tables.errors import TableDataError

Cells: TypeAlias = NDArray[np.float64] | tuple[str, ...]
"""Numbers, NaN where one is missing, or the texts of a file, empty where one is missing."""

UNITS = frozenset(
    (
        *("eV", "keV", "MeV", "GeV", "TeV", "GeV^2", "GeV2", "TeV^2", "TeV^-2", "GeV^-1"),
        *("ab", "fb", "pb", "nb", "ub", "mb", "fm", "nm", "um", "mm", "cm", "m", "km"),
        *("fs", "ps", "ns", "us", "ms", "s", "rad", "deg", "%", "1"),
    )
)
"""What counts as a unit in round brackets or after a slash; in square brackets everything does."""
_SQUARE = re.compile(r"^(.*\S)\s*\[([^\[\]]*)\]$")
_OTHER = re.compile(r"^(.*\S)\s*(?:\(\s*([^()]+?)\s*\)|\s/\s*(\S+)|/(\S+))$")


@dataclass(frozen=True)
class SheetColumn:
    """A column by its heading, which may carry a unit: ``m_go [GeV]`` is ``m_go`` in GeV."""

    heading: str
    cells: Cells
    told_unit: str | None = None
    """Unit that the file gives apart from the heading."""
    meaning: str | None = None
    holds: str = ""
    """What it holds if that can be no numbers, such as timestamps."""

    @property
    def name(self) -> str:
        """The heading without its unit."""
        return split_heading(self.heading)[0]

    @property
    def unit(self) -> str | None:
        """The unit that the file gives, None if it gives none."""
        return self.told_unit or split_heading(self.heading)[1]


@dataclass(frozen=True)
class Sheet:
    """All columns of a file; row k of the cells stands at ``rows[k]``, counted from 1.

    ``broken`` says of further rows, by their numbers, why they are no rows of the columns.
    """

    file: str
    columns: tuple[SheetColumn, ...]
    rows: NDArray[np.int64]
    lines: NDArray[np.int64] | None = None
    """The lines of a text file that the rows begin at, counted from 1."""
    broken: tuple[tuple[str, str], ...] = ()
    """Place and defect of each row that has another number of fields than the heading."""
    notes: tuple[str, ...] = ()
    """What was taken for granted in reading."""

    @classmethod
    def of(cls, file: str, columns: Sequence[SheetColumn], **more: object) -> Sheet:
        """Of columns of equal length, rows counted from 1.

        Raises
        ------
        TableDataError
            If the columns have different lengths, or there is no row.
        """
        lengths = {len(c.cells) for c in columns}
        if len(lengths) > 1:
            told = ", ".join(f"{c.heading} {len(c.cells)}" for c in columns[:6])
            raise TableDataError(f"the columns of {file} have different lengths: {told}")
        if not lengths or lengths == {0}:
            raise TableDataError(f"{file} has no rows")
        return replace(cls(file, tuple(columns), np.arange(1, lengths.pop() + 1)), **more)  # type: ignore[arg-type]

    def place(self, row: int) -> str:
        """Row number ``row`` of the cells in words, for messages."""
        line = "" if self.lines is None else f" (line {self.lines[row]})"
        return f"row {self.rows[row]}{line}"

    def column(self, name: str) -> SheetColumn:
        """The column called ``name``, with or without its unit.

        Raises
        ------
        TableDataError
            If there is none, or there are several.
        """
        wanted = name.strip()
        exact = [k for k, c in enumerate(self.columns) if c.heading == wanted]
        found = exact or [k for k, c in enumerate(self.columns) if c.name == wanted]
        if len(found) == 1:
            return self.columns[found[0]]
        if found:
            raise TableDataError(
                f"{self.file} has {len(found)} columns named {name!r}, the columns number "
                f"{', '.join(str(k + 1) for k in found)}: rename or remove all but one"
            )
        names = [c.name for c in self.columns if c.name]
        near = get_close_matches(wanted, names, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise TableDataError(f"{self.file} lacks the columns {[name]}; it has {names}{hint}")


def split_heading(heading: str) -> tuple[str, str | None]:
    """Name and unit of a heading such as ``m_go [GeV]``, ``m_go (GeV)`` or ``m_go / GeV``; None
    without a unit. Letters that look alike become the same (the normal form NFKC)."""
    heading = normalize("NFKC", heading)
    square = _SQUARE.match(heading)
    if square is not None:
        return square.group(1), square.group(2).strip() or "1"
    other = _OTHER.match(heading)
    unit = None if other is None else next(g for g in other.groups()[1:] if g)
    if other is None or unit not in UNITS or (len(unit) == 1 and "/" in heading):
        return heading, None
    return other.group(1), unit
