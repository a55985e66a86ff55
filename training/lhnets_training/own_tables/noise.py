"""Errors of labels that a table states: as a fit sees them, and whether the labels scatter by
them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit.baselines import interpolate_cubic
from lhnets_training.fit.cross_validation import predict_folds, tenths
from lhnets_training.fit.links import Invertible, Shares
from lhnets_training.own_tables.cells import Numbers
from lhnets_training.own_tables.choice import ColumnChoice
from lhnets_training.own_tables.errors import TableDataError

Array = NDArray[np.float64]

LEAST = 0.1
"""Of the median error of the labels of an output: what smaller ones count as."""
NEIGHBOURS = 64
JUDGED = 2000
"""Rows that are compared with an interpolation of the others."""
CONTRADICTED = 0.25
"""Scatter over stated error below which the errors are not those of independent labels."""
NORMAL_MEDIAN = 0.6745
"""The median size of a normal number of unit variance."""


def find_head_errors(
    columns: Mapping[str, Array], targets: Sequence[str], choice: ColumnChoice, link: Invertible
) -> Array | None:
    """Standard deviations of the heads (N, h) of the outputs ``targets``; None without any, zero
    for a head without.

    Labels whose errors are far below the others', as those of a count of zero are, count as if
    theirs were `LEAST` of the median.

    Raises
    ------
    TableDataError
        If errors are stated for what is not an output, or are not positive.
    """
    stated = choice.errors
    unknown = sorted(set(stated) - set(choice.outputs))
    if unknown:
        raise TableDataError(
            f"--noise names {unknown}, which are none of the outputs {', '.join(choice.outputs)}"
        )
    if not stated:
        return None
    y = np.stack([columns[n] for n in targets], axis=1)
    errors = np.zeros_like(y)
    for name, error in stated.items():
        errors[:, targets.index(name)] = _read_errors(columns[error], error)
    if isinstance(link, Shares):
        return _raise_small(_of_ratios(errors / y, link.reference))
    unit = link.unit(link.targets(y))
    return _raise_small(errors / unit)


def convert_percent(numbers: Numbers, choice: ColumnChoice) -> Numbers:
    """Errors in the units of their outputs, where the heading says that they are in percent."""
    converted = {
        error: numbers.columns[error] * np.abs(numbers.columns[name]) / 100
        for name, error in choice.errors.items()
        if name in numbers.columns
        and numbers.sheet.column(error).unit == "%" != numbers.sheet.column(name).unit
    }
    return replace(numbers, columns={**numbers.columns, **converted})


def _read_errors(values: Array, name: str) -> Array:
    if (values < 0).any() or not values.any():
        raise TableDataError(
            f"the column {name!r} holds no standard deviations: expected numbers of zero or more"
        )
    return values


def _of_ratios(relative: Array, reference: int) -> Array:
    """Errors of the logarithms of ratios to the reference, from relative errors (N, k)."""
    own = np.delete(relative, reference, axis=1)
    return np.hypot(own, relative[:, [reference]])


def _raise_small(errors: Array) -> Array:
    for k in range(errors.shape[1]):
        if errors[:, k].any():
            least = LEAST * np.median(errors[errors[:, k] > 0, k])
            errors[:, k] = np.maximum(errors[:, k], least)
    return errors


def refuse_contradicted_errors(
    x: Array,
    t: Array,
    errors: Array,
    features: Callable[[Array], Array],
    names: Sequence[str],
    seed: int,
) -> None:
    """That the labels scatter about a curve through the others by about their errors, not far less.

    Parameters
    ----------
    x, t, errors : points (N, n), heads (N, h) and their standard deviations
    features : the coordinates in which the heads are smooth
    names : what each head is called

    Raises
    ------
    TableDataError
        If the errors of a head are many times its scatter.
    """
    fit = interpolate_cubic(features, degree=1, neighbours=NEIGHBOURS)
    some = np.random.default_rng(seed).permutation(len(x))[:JUDGED]
    chosen = np.sort(some) if len(x) > JUDGED else np.arange(len(x))
    x, t, errors = x[chosen], t[chosen], errors[chosen]
    found = predict_folds(tenths(len(x), seed), lambda kept, held: fit(x[kept], t[kept])(x[held]))
    for k, name in enumerate(names):
        if not errors[:, k].any():
            continue
        scatter = float(np.median(np.abs(found[:, k] - t[:, k]) / errors[:, k])) / NORMAL_MEDIAN
        if scatter < CONTRADICTED:
            raise TableDataError(_contradiction(name, float(np.median(errors[:, k])), scatter))


def _contradiction(name: str, error: float, scatter: float) -> str:
    return (
        f"the column given by --noise says that the labels of {name} err by {100 * error:.2g} % "
        "(median), each on its own, but they scatter about a smooth curve by "
        f"{100 * error * scatter:.1g} %: these are no independent errors of labels. If they are "
        "uncertainties of the truth (scale, PDF, parametric), which move all rows together, give "
        "them by --theory, such as --theory scale=COLUMN; else leave out --noise"
    )


def describe_errors(columns: Mapping[str, Array], choice: ColumnChoice) -> dict[str, float]:
    """The median of the relative error of the labels of each output that has one."""
    return {
        n: float(np.median(columns[e] / np.maximum(np.abs(columns[n]), 1e-300)))
        for n, e in choice.errors.items()
    }


def name_heads(link: Invertible, outputs: Sequence[str]) -> list[str]:
    """What each head of a link is the transform of."""
    if isinstance(link, Shares):
        return [n for k, n in enumerate(outputs) if k != link.reference]
    return list(outputs)
