"""Uncertainties of the truth in a table: columns with shifts of an output by scale, PDF or another
source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lhnets.format import PhysicsUncertainty
from lhnets_training.fit.links import Direction
from lhnets_training.own_tables.cells import Numbers
from lhnets_training.own_tables.choice import ColumnChoice, Theory
from lhnets_training.own_tables.errors import TableDataError

Array = NDArray[np.float64]

ALIKE = 1e-6
"""Spread of a fraction, over itself, below which it is one number."""
LEAST_SHIFTED = 0.3
"""Of the value: what the value at a shifted scale is not below."""


@dataclass(frozen=True)
class Shifts:
    """Components of the card, and the columns that they need as further outputs, by their names."""

    components: tuple[PhysicsUncertainty, ...] = ()
    columns: Mapping[str, Array] | None = None
    of: Mapping[str, Theory] | None = None
    """What each of these columns is a shift by."""

    @property
    def directions(self) -> dict[str, tuple[str, Direction]]:
        """The output that each column is a shift of, and in which direction; one for both is up."""
        return {
            name: (theory.of, "up" if name == theory.up else "down")
            for name, theory in (self.of or {}).items()
        }


def read_theory(text: str, default: str) -> Theory:
    """``scale=COLUMN``, ``scale=UP,DOWN``, and before it the output and a colon where there are
    several.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    left, columns = (part.strip() for part in text.split("=", 1))
    of, _, source = left.rpartition(":")
    names = [n.strip() for n in columns.split(",")]
    if not source or not all(names) or len(names) > 2:
        raise ValueError(text)
    return Theory(of.strip() or default, source.strip(), names[0], names[-1])


def find_shifts(numbers: Numbers, choice: ColumnChoice) -> Shifts:
    """Positive shifts in the units of their outputs; those that are one fraction need no column.

    Raises
    ------
    TableDataError
        If a column is of an unknown output, or cannot be a shift.
    """
    components: list[PhysicsUncertainty] = []
    columns: dict[str, Array] = {}
    of: dict[str, Theory] = {}
    for theory in choice.theory:
        if theory.of not in choice.outputs:
            raise TableDataError(
                f"--theory names {theory.of!r}, which is none of the outputs "
                f"{', '.join(choice.outputs)}"
            )
        value = np.abs(numbers.columns[theory.of])
        _refuse_shifted(numbers, theory, value)
        found = {n: _shift(numbers, n, value, theory) for n in theory.columns}
        constant = _constant(found, value)
        component = PhysicsUncertainty(of=theory.of, source=theory.source)
        if constant is None:
            columns |= found
            of |= dict.fromkeys(found, theory)
            component = _with(component, up=theory.up, down=theory.down)
        else:
            component = _with(
                component, relative_up=constant[theory.up], relative_down=constant[theory.down]
            )
        components.append(component)
    return Shifts(tuple(components), columns, of)


def apply_shifts(numbers: Numbers, choice: ColumnChoice, shifts: Shifts) -> Numbers:
    """The columns with shifts as they are predicted, without those that are one fraction."""
    theory = {c for t in choice.theory for c in t.columns}
    kept = {n: v for n, v in numbers.columns.items() if n not in theory}
    return replace(numbers, columns={**kept, **(shifts.columns or {})})


def find_differences(
    numbers: Numbers, choice: ColumnChoice, shifts: Shifts
) -> dict[str, tuple[str, Direction]]:
    """The shifts that are best learned as the difference of two positive outputs.

    A small shift may vanish or have a kink, the output at the shifted scale stays smooth. A
    component that reaches the output itself in a row cannot be one. There are none if an output is
    not positive or has a scale that the author chose.
    """
    values = numbers.columns
    chosen = {*choice.linear, *(choice.floors or {})}
    if not all((values[n] > 0).all() and n not in chosen for n in choice.outputs):
        return {}
    found = {
        name: way
        for name, way in shifts.directions.items()
        if all((values[c] < values[way[0]]).all() for c in (shifts.of or {})[name].columns)
    }
    others = [n for n in shifts.directions if n not in found]
    return found if all((values[n] > 0).all() for n in others) else {}


def _with(component: PhysicsUncertainty, **more: str | float) -> PhysicsUncertainty:
    return PhysicsUncertainty(of=component.of, source=component.source, **more)  # type: ignore[arg-type]


def _shift(numbers: Numbers, name: str, value: Array, theory: Theory) -> Array:
    """The sizes of shifts (N,), which may be stated in percent or with a sign."""
    shift = numbers.columns[name]
    if (shift > 0).any() and (shift < 0).any():
        raise TableDataError(
            f"the column {name!r} holds shifts of both signs ({shift.min():.3g} to "
            f"{shift.max():.3g}); expected the sizes of the {theory.source} uncertainty of "
            f"{theory.of}, all of one sign"
        )
    if not shift.any():
        raise TableDataError(f"the column {name!r} is zero in every row: leave out --theory for it")
    percent = numbers.sheet.column(name).unit == "%"
    return np.abs(shift) * (value / 100 if percent else 1.0)


def _refuse_shifted(numbers: Numbers, theory: Theory, value: Array) -> None:
    """Values at shifted scales instead of shifts: up above and down below the value in every
    row."""
    up, down = numbers.columns[theory.up], numbers.columns[theory.down]
    if len(theory.columns) < 2 or not (up > 0).all() or not (down > 0).all():
        return
    larger, smaller = np.maximum(up, down), np.minimum(up, down)
    if (
        (larger >= value).all()
        and (smaller <= value).all()
        and (smaller > LEAST_SHIFTED * value).all()
    ):
        raise TableDataError(
            f"the columns {theory.up!r} and {theory.down!r} lie around {theory.of} itself in every "
            "row: they seem to be its values at shifted scales. --theory expects the differences "
            "to it, both positive"
        )


def _constant(found: Mapping[str, Array], value: Array) -> dict[str, float] | None:
    """The fractions of the value, if they are the same in every row."""
    if not (value > 0).all():
        return None
    fractions = {n: shift / value for n, shift in found.items()}
    if any(np.ptp(f) > ALIKE * f.mean() for f in fractions.values()):
        return None
    return {n: float(f"{f.mean():.6g}") for n, f in fractions.items()}
