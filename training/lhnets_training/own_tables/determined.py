"""Whether the inputs determine the outputs: rows that repeat a point, and inputs that go
together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lhnets_training.own_tables.cells import Numbers, count, read_numbers
from lhnets_training.own_tables.choice import ColumnChoice
from lhnets_training.own_tables.errors import TableDataError

Array = NDArray[np.float64]
Pairs = Sequence[tuple[int, int]]

FLAT = 1e-4
"""Spread of a combination of inputs, in theirs, below which they count as bound to each other."""
TERM = 1e-3
"""Share of the largest coefficient below which an input has no part in a combination."""


def settle_repeats(numbers: Numbers, choice: ColumnChoice) -> tuple[Numbers, str]:
    """One row for each point, and what was done in words.

    Rows that are equal in everything count once; rows of one point whose labels have errors become
    their mean, weighed by the errors.

    Raises
    ------
    TableDataError
        If rows of one point have different outputs, without errors that would explain it.
    """
    x = np.stack([numbers.columns[n] for n in choice.inputs], axis=1)
    _, first, group = np.unique(x, axis=0, return_index=True, return_inverse=True)
    repeated = len(x) - len(first)
    if not repeated:
        return numbers, ""
    first = np.sort(first)
    kept = np.zeros(len(x), dtype=bool)
    kept[first] = True
    leader = np.empty(len(first), dtype=np.int64)
    leader[group[first]] = first
    leader = leader[group]
    noisy = [n for n in choice.outputs if n in choice.errors]
    exact = [n for n in choice.columns if n not in (*noisy, *(choice.errors[n] for n in noisy))]
    different = _pairs(numbers, exact, leader)
    if different:
        raise TableDataError(_contradiction(numbers, choice, exact, different, repeated))
    told = f"{count(repeated, 'row')} repeat the point of another row"
    if not noisy:
        return numbers.keep(kept), f"{told} and all its numbers: each point counts once"
    averaged = dict(numbers.columns)
    for name in noisy:
        error = choice.errors[name]
        averaged[name], averaged[error] = _mean(averaged[name], averaged[error], group, name)
    found = Numbers(numbers.sheet, averaged, numbers.rows, numbers.left_out)
    return found.keep(kept), f"{told}: the mean of their labels is taken, weighed by the errors"


def _pairs(numbers: Numbers, names: Sequence[str], leader: NDArray[np.int64]) -> Pairs:
    """Rows of one point that differ in a column, each with the first row of the point."""
    unlike = np.zeros(len(leader), dtype=bool)
    for name in names:
        unlike |= numbers.columns[name] != numbers.columns[name][leader]
    return [(int(leader[k]), int(k)) for k in np.flatnonzero(unlike)]


def _mean(values: Array, errors: Array, group: NDArray[np.intp], name: str) -> tuple[Array, Array]:
    if not (errors > 0).all():
        raise TableDataError(
            f"rows repeat a point, and some errors of {name!r} are not positive: the mean of the "
            "labels of a point cannot be weighed by them"
        )
    weight = np.bincount(group, 1 / errors**2)
    mean = np.bincount(group, values / errors**2) / weight
    return mean[group], np.sqrt(1 / weight)[group]


def _contradiction(
    numbers: Numbers, choice: ColumnChoice, names: Sequence[str], different: Pairs, repeated: int
) -> str:
    first, second = different[0]
    columns = numbers.columns
    point = ", ".join(f"{n} = {columns[n][first]:.6g}" for n in choice.inputs)
    apart = [n for n in names if columns[n][first] != columns[n][second]]
    values = ", ".join(f"{n} {columns[n][first]:.6g} and {columns[n][second]:.6g}" for n in apart)
    others = list(_explain(numbers, choice, different))
    hint = (
        f"{', '.join(others[:5])} differ between such rows: inputs that are missing? "
        if others
        else ""
    )
    return (
        f"{count(repeated, 'row')} repeat the inputs of another row, {len(different)} of them with "
        f"other numbers: {numbers.place(first)} and {numbers.place(second)} have {point}, but "
        f"{values}. The inputs do not determine the outputs. {hint}Name the missing inputs, keep "
        "one row of each point, or name the column of the errors of the labels by --noise"
    )


def _explain(numbers: Numbers, choice: ColumnChoice, different: Pairs) -> Iterator[str]:
    """Further columns of numbers that differ in nearly all pairs of rows."""
    first, second = np.array(different).T
    for column in numbers.sheet.columns:
        if column.name in choice.columns or not column.name:
            continue
        try:
            other = read_numbers(numbers.sheet, [column.heading], skip=True)
        except TableDataError:
            continue
        values = np.full(len(numbers.sheet.rows), np.nan)
        values[other.rows] = other.columns[column.heading]
        a, b = values[numbers.rows[first]], values[numbers.rows[second]]
        if (a != b).mean() > 0.9 and np.isfinite(a).all():
            yield column.name


def refuse_bound_inputs(x: Array, inputs: Sequence[str]) -> None:
    """That no combination of the inputs (N, n), or of their logarithms, is the same in every row.

    Raises
    ------
    TableDataError
        If one is: the rows then say nothing of most points of the box.
    """
    _refuse(x, inputs, "")
    if (x > 0).all():
        _refuse(np.log(x), inputs, "log ")


def _refuse(x: Array, inputs: Sequence[str], prefix: str) -> None:
    mean, spread = x.mean(axis=0), x.std(axis=0)
    _, sizes, rows = np.linalg.svd((x - mean) / spread, full_matrices=False)
    if len(inputs) < 2 or sizes[-1] / np.sqrt(len(x)) > FLAT:
        return
    weights = rows[-1] / spread
    weights = np.where(np.abs(rows[-1]) > TERM * np.abs(rows[-1]).max(), weights, 0.0)
    weights = weights / weights[np.flatnonzero(weights)[0]]
    terms = " ".join(f"{w:+.4g} {prefix}{n}" for n, w in zip(inputs, weights, strict=True) if w)
    terms = terms.replace("+1 ", "+ ").replace("-1 ", "- ").removeprefix("+ ")
    involved = [n for n, w in zip(inputs, weights, strict=True) if w]
    raise TableDataError(
        f"the inputs {', '.join(involved)} go together: {terms} is {mean @ weights:.4g} in every "
        "row, so that the rows say nothing of other points; leave one of them out"
    )
