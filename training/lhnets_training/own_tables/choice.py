"""What the author of a table says of it, and which columns serve for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from lhnets.format import Author, Conditions, HalfSpace, Kind, Name, Truth
from lhnets_training.fit.kinks import Kink
from lhnets_training.own_tables.sheet import Sheet

NOBODY = Author(name="not stated")
Zeros: TypeAlias = Literal["drop", "keep"]


class About(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the author says of the table; all of it goes into the card as it is."""

    name: Name | None = None
    title: str | None = None
    description: str = ""
    kind: Kind = "observable"
    subject: str | None = None
    units: Annotated[
        dict[str, str], Meta(description="unit of each column; 1 for a pure number")
    ] = {}
    meanings: Annotated[dict[str, str], Meta(description="meaning of each column")] = {}
    truth: Truth | None = None
    conditions: Conditions = Conditions()
    authors: tuple[Author, ...] = (NOBODY,)
    licence: str = "not stated"
    references: Annotated[dict[str, str], Meta(description="BibTeX entries by their keys")] = {}


@dataclass(frozen=True)
class Theory:
    """Columns with the shifts of an output, up and down, by one source of theory uncertainty."""

    of: str
    source: str
    up: str
    down: str

    @property
    def columns(self) -> tuple[str, ...]:
        """One column if both shifts are equal, else two."""
        return (self.up,) if self.up == self.down else (self.up, self.down)


@dataclass(frozen=True, kw_only=True)
class ColumnChoice:
    """Which columns serve for what, and how. What is not chosen follows from the numbers."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    log: frozenset[str] = frozenset()
    linear: frozenset[str] = frozenset()
    floors: Mapping[str, float] | None = None
    noise: Mapping[str, str] | None = None
    """Column with the standard deviation of an output's labels, by the output."""
    theory: tuple[Theory, ...] = ()
    ranges: Mapping[str, tuple[float, float]] | None = None
    cuts: tuple[HalfSpace, ...] = ()
    kinks: tuple[Kink, ...] = ()
    fractions: tuple[float, float, float] = (0.1, 0.15, 0.15)
    """Of rows for validation, calibration, test, where a network is fitted."""
    method: str = "auto"
    skip_missing: bool = False
    """Leave out rows with cells that are no numbers."""
    decimal_comma: bool = False
    zeros: Zeros | None = None
    """What becomes of the few rows of zero or less among decades of positive outputs."""
    sum_to_one: bool = False
    """The outputs are shares of one."""

    @property
    def errors(self) -> dict[str, str]:
        """The columns of `noise`, none of them as an empty mapping."""
        return dict(self.noise or {})

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read, in the order of the data set."""
        shifts = tuple(c for t in self.theory for c in t.columns)
        return (*self.inputs, *self.outputs, *shifts, *self.errors.values())

    def named_as_in(self, sheet: Sheet) -> ColumnChoice:
        """Inputs and outputs by the names of the columns of ``sheet``, without units.

        Raises
        ------
        TableDataError
            If a column is missing, or there are several of its name.
        """
        inputs, outputs = (
            tuple(sheet.column(n).name for n in names) for names in (self.inputs, self.outputs)
        )
        return replace(self, inputs=inputs, outputs=outputs)
