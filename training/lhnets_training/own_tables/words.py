"""What the card and the data set say of a table of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from lhnets.format import Check, Input, Output
from lhnets_training.data.sample import Surface, uniform
from lhnets_training.fit.kinks import Kink
from lhnets_training.fit.links import ColumnLinks, Invertible, Shares
from lhnets_training.judging.checks import positive
from lhnets_training.own_tables.cells import count
from lhnets_training.own_tables.choice import About
from lhnets_training.own_tables.errors import TableDataError
from lhnets_training.own_tables.sheet import Sheet
from lhnets_training.recipe import Array


def find_units(sheet: Sheet, names: Sequence[str], about: About) -> dict[str, str]:
    """The unit of each column that has one: from the file, or as the author says.

    Raises
    ------
    TableDataError
        If both give one and differ.
    """
    units = dict(about.units)
    for name in names:
        own = sheet.column(name).unit
        if own is not None and units.setdefault(name, own) != own:
            raise TableDataError(
                f"{sheet.file} has the column {name!r} in {own}, but --unit says {units[name]}: "
                "correct one of them"
            )
    return units


def find_meanings(sheet: Sheet, names: Sequence[str], about: About) -> dict[str, str]:
    """The meaning of each column that has one; what the author says comes first."""
    own = {n: sheet.column(n).meaning for n in names}
    return {**{n: m for n, m in own.items() if m}, **about.meanings}


def describe_left_out(left_out: Mapping[str, int]) -> str:
    """How many rows were left out, and why; empty without any."""
    if not left_out:
        return ""
    reasons = ", ".join(f"{number} {reason}" for reason, number in left_out.items())
    return f"{count(sum(left_out.values()), 'row')} of the file left out: {reasons}"


def describe_table(
    about: About,
    file: str,
    rows: int,
    notes: Sequence[str],
    outputs: Sequence[Output],
    link: Invertible,
    kinks: Sequence[Kink],
) -> str:
    """The description of the network."""
    parts = [
        about.description.strip(),
        f"Made from the table {file} of its author, {rows} rows; lhnets did not compute them.",
        *(f"{note[0].upper()}{note[1:]}." for note in notes),
    ]
    floors = link.floors if isinstance(link, ColumnLinks) else ()
    parts += [
        (
            f"{o.name} is never negative: errors are relative above {floor:g} {o.unit} and "
            "absolute below."
        )
        for o, floor in zip(outputs, floors, strict=False)
        if floor
    ]
    if isinstance(link, Shares):
        parts.append(f"The outputs {', '.join(o.name for o in outputs)} add to one at every point.")
    if kinks:
        parts.append(
            f"Smooth but for kinks that the author named: {', '.join(k.text for k in kinks)}."
        )
    return " ".join(p for p in parts if p)


def describe_validation(process: bool, relative: Mapping[str, float]) -> str:
    """The note below the figures, with the relative errors of labels by the outputs."""
    parts = [
        "Every row predicted without itself, by lengths and a kernel that were chosen for the "
        "smallest such errors: those of rows that no choice has seen are somewhat larger."
        if process
        else "Rows of the table drawn at random."
    ]
    parts += [
        f"The labels of {n} carry errors of {100 * share:.2g} % (median), which the errors and the "
        "uncertainty include."
        for n, share in relative.items()
    ]
    return " ".join(parts)


def check_excursions(
    predict: Callable[[Array], Array],
    inputs: tuple[Input, ...],
    region: tuple[Surface, ...],
    outputs: Sequence[Output],
    columns: Mapping[str, Any],
    seed: int,
) -> list[Check]:
    """Positive where the table is, and no excursion between the rows."""
    points = uniform(inputs, 20_000, seed, region)
    found = predict(points)

    logs = [k for k, o in enumerate(outputs) if o.scale == "log"]
    made = [positive(lambda x: predict(x)[:, logs].min(axis=1), points)] if logs else []
    for k, output in enumerate(outputs):
        rows = np.asarray(columns[output.name])
        if output.scale == "log":
            rows, values = np.log(rows), np.log(np.maximum(found[:, k], 1e-300))
        else:
            values = found[:, k]
        span = float(np.ptp(rows)) or 1.0
        worst = float(max(values.max() - rows.max(), rows.min() - values.min(), 0.0) / span)
        made.append(
            Check(
                name=f"{output.name} stays within the table",
                passed=bool(np.isfinite(values).all() and worst <= 0.1),
                figure=(
                    f"{100 * worst:.2g} % of the table's range beyond it, at worst of "
                    f"{len(points)} points"
                ),
                criterion="at most 10 % of the range between its smallest and its largest label"
                + (", in logarithms" if output.scale == "log" else ""),
            )
        )
    return made
