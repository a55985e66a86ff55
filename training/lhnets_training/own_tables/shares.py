"""Outputs that are shares of one, such as branching ratios."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lhnets_training.own_tables.cells import Numbers, count
from lhnets_training.own_tables.choice import ColumnChoice
from lhnets_training.own_tables.errors import TableDataError

ROUNDED = 0.01
"""Largest distance of a sum to one that counts as rounding of the labels."""
EXACT = 1e-9
"""Largest one that counts as none."""
NEAR = 1e-3
"""Largest one at which outputs are taken for shares, where nobody says so."""


def settle_shares(numbers: Numbers, choice: ColumnChoice) -> tuple[Numbers, str]:
    """The outputs divided by their sums, and in words by how much; as they are if they are no
    shares.

    Raises
    ------
    TableDataError
        If they are said to add to one and do not, or an output is not positive.
    """
    outputs = np.stack([numbers.columns[n] for n in choice.outputs], axis=1)
    sums = outputs.sum(axis=1)
    off = float(np.abs(sums - 1).max())
    if not choice.sum_to_one:
        alike = len(choice.outputs) > 1 and off < NEAR and (outputs > 0).all()
        return numbers, _suggest(choice) if alike else ""
    _refuse_other(numbers, choice, outputs, sums)
    columns = {n: numbers.columns[n] / sums for n in choice.outputs}
    errors = {e: numbers.columns[e] / sums for e in choice.errors.values()}
    found = replace(numbers, columns={**numbers.columns, **columns, **errors})
    if off <= EXACT:
        return found, ""
    return found, (
        f"the outputs of a row add to {sums.min():.6g} to {sums.max():.6g} in the table and are "
        "divided by their sum"
    )


def _suggest(choice: ColumnChoice) -> str:
    return (
        f"the outputs {', '.join(choice.outputs)} add to one in every row; --sum-to-one makes "
        "those of the network do so"
    )


def _refuse_other(
    numbers: Numbers, choice: ColumnChoice, outputs: np.ndarray, sums: np.ndarray
) -> None:
    if len(choice.outputs) < 2 or choice.theory:
        raise TableDataError(
            "--sum-to-one is for several outputs without --theory: expected two or more columns "
            "that add to one in every row"
        )
    low = (outputs <= 0).any(axis=1)
    if low.any():
        row = int(np.flatnonzero(low)[0])
        name = choice.outputs[int(outputs[row].argmin())]
        raise TableDataError(
            f"--sum-to-one needs positive outputs, but {count(int(low.sum()), 'row')} have one of "
            f"zero or less: {numbers.place(row)}, {name} = {outputs[row].min():.6g}. Leave these "
            "rows or this output out"
        )
    wrong = np.abs(sums - 1) > ROUNDED
    if wrong.any():
        row = int(np.argmax(np.abs(sums - 1)))
        percent = np.abs(sums / 100 - 1).max() <= ROUNDED
        raise TableDataError(
            f"--sum-to-one expects outputs that add to one within {100 * ROUNDED:g} %, but those "
            f"of {count(int(wrong.sum()), 'row')} do not: {numbers.place(row)} adds to "
            f"{sums[row]:.6g}. "
            + ("They are in percent: divide them by 100" if percent else "Is an output missing?")
        )
