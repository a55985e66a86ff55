"""Scales that follow from the numbers: logarithms, as they are, or relative above a floor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input
from lhnets_training.fit.links import Scale
from lhnets_training.own_tables.cells import Numbers, count
from lhnets_training.own_tables.choice import ColumnChoice
from lhnets_training.own_tables.errors import TableDataError

Array = NDArray[np.float64]

WIDE = 10.0
"""A positive input whose largest value is so many times its smallest may be seen through its
logarithm."""
FLOOR = 0.1
"""Of the median of the positive labels: where errors turn from relative to absolute for outputs
with zeros."""
FEW = 0.2
"""Share of rows of zero or less up to which an output is asked about."""
DECADES = 100.0
"""The largest over the smallest positive number from which on it is."""


def see_in_log(column: Input, values: Array, choice: ColumnChoice) -> bool:
    """Whether the author says so; else whether rows are spread more evenly in the logarithm, by
    their median, and over decades.

    Raises
    ------
    TableDataError
        If the author says so of an input that reaches zero or less.
    """
    low, high = float(column.low or 0.0), float(column.high or 0.0)
    if column.name in choice.log and low <= 0:
        raise TableDataError(
            f"the input {column.name!r} reaches {low:g}, so that it has no logarithm"
        )
    if column.name in choice.log or column.name in choice.linear or low <= 0 or high <= WIDE * low:
        return column.name in choice.log
    median = float(np.median(values))
    in_log = (np.log(median) - np.log(low)) / (np.log(high) - np.log(low))
    return abs(float(in_log) - 0.5) < abs((median - low) / (high - low) - 0.5)


def choose_scale(name: str, values: Array, choice: ColumnChoice) -> Scale:
    """The scale of an output with the labels ``values`` (N,).

    Raises
    ------
    TableDataError
        If the author asks for the logarithm of an output that reaches zero or less.
    """
    lowest = float(values.min())
    if name in choice.linear:
        return "linear"
    if lowest > 0 and name not in (choice.floors or {}):
        return "log"
    if name in choice.log and lowest <= 0:
        raise TableDataError(
            f"the output {name!r} reaches {lowest:g}, so that it has no logarithm; leave out --log "
            "for it, or its rows of zero and less by --zeros drop"
        )
    return "floored" if lowest >= 0 and (values > 0).any() else "linear"


def choose_floor(name: str, values: Array, choice: ColumnChoice) -> float:
    """Where the errors of an output turn from relative to absolute."""
    stated = (choice.floors or {}).get(name)
    return float(stated or f"{FLOOR * np.median(values[values > 0]):.3g}")


def settle_zeros(numbers: Numbers, choice: ColumnChoice) -> Numbers:
    """The rows without the few whose outputs are zero or less, where the author drops them.

    Raises
    ------
    TableDataError
        If there are such rows and the author has not chosen.
    """
    kept = np.ones(len(numbers.rows), dtype=bool)
    for name in choice.outputs:
        values = numbers.columns[name]
        low = values <= 0
        if name in choice.linear or name in (choice.floors or {}) or not low.any():
            continue
        if not _is_asked_about(values) and not (name in choice.log and choice.zeros == "drop"):
            continue
        if choice.zeros is None:
            raise TableDataError(_ask(name, numbers, low))
        if choice.zeros == "drop":
            kept &= ~low
    found = numbers.keep(kept)
    dropped = int((~kept).sum())
    if not dropped:
        return found
    return replace(found, left_out={**found.left_out, "output of zero or less": dropped})


def _is_asked_about(values: Array) -> bool:
    positive = values[values > 0]
    if not len(positive) or 1 - len(positive) / len(values) > FEW:
        return False
    return bool(positive.max() >= DECADES * positive.min())


def _ask(name: str, numbers: Numbers, low: NDArray[np.bool_]) -> str:
    values = numbers.columns[name]
    what = "zero" if values.min() == 0 else "zero or less"
    places = ", ".join(numbers.place(int(k)) for k in np.flatnonzero(low)[:5])
    rest = values[~low]
    return (
        f"the output {name!r} is {what} in {count(int(low.sum()), 'row')} of {len(values)} "
        f"({places}{', ...' if low.sum() > 5 else ''}) and spans {rest.min():.3g} to "
        f"{rest.max():.3g} in the others. With these rows its errors cannot be relative "
        "everywhere. Choose --zeros drop to leave them out, --zeros keep to count errors of small "
        f"values as absolute (or --floor {name}=VALUE to say below which value)"
    )
