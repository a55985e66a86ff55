"""A network drawn over the range of one of its inputs, with rows of its data set beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.drawing import Axis, FigureLabels, TruthPoints, draw, label_input
from lhnets._answers.prediction import Prediction
from lhnets.errors import MissingExtraError, ParameterError
from lhnets.extras import NAMES_GROUP, added, load_added
from lhnets.format import Card

Array = NDArray[np.float64]
Asks = Callable[[dict[str, Any]], Prediction]

NEAR = 0.02
"""Rows of the data set are shown if each other input lies as near to the fixed value, over its
range."""
_ON_CURVE = 1e-9


def plot_over(
    card: Card, name: str, params: dict[str, float], points: int, ask: Asks, truth: bool
) -> Any:
    """The figure of `Network.plot`; ``ask`` answers for parameters.

    Raises
    ------
    ParameterError
        If the input is unknown, has no range, or is given as a parameter too.
    """
    column = next((i for i in card.columns if i.name == name), None)
    if column is None or column.low is None or column.high is None:
        known = ", ".join(i.name for i in card.columns if i.low is not None)
        raise ParameterError(f"{card.name} has no input {name!r} with a range; it has {known}")
    if name in params:
        raise ParameterError(f"{name} is on the axis of the plot: give the other inputs only")
    x = np.linspace(column.low, column.high, points)
    answer = ask({**params, name: x})
    fixed = ", ".join(f"{k} = {v:g}" for k, v in params.items())
    labels = FigureLabels(
        f"{card.identity}{f' at {fixed}' if fixed else ''}",
        label_input(answer.output.name, answer.unit),
        answer.output.scale == "log",
    )
    rows = _find_rows(card, name, answer, ask) if truth else None
    return draw(answer, Axis(name, x, label_input(name, column.unit)), labels, rows)


def _find_rows(card: Card, name: str, answer: Prediction, ask: Asks) -> TruthPoints:
    """Rows of the data set beside the curve ``answer``, and what the network gives at them."""
    if card.data is None:
        raise ParameterError(f"{card.identity} names no data set: plot without truth=True")
    table = _load_rows(card.data.name)
    lacking = [n for n in (answer.output.name, *answer.params) if n not in table]
    if lacking:
        raise ParameterError(
            f"the data set {card.data.name} has no column {', '.join(lacking)}: plot without "
            "truth=True"
        )
    distance = np.zeros(len(table[name]))
    for column in card.columns:
        if column.name != name:
            fixed = float(np.ravel(answer.params[column.name])[0])
            width = (column.high or 0.0) - (column.low or 0.0) or max(abs(fixed), 1.0)
            distance = np.maximum(distance, np.abs(table[column.name] - fixed) / width)
    near = {n: v[distance <= NEAR] for n, v in table.items()}
    given = ask({i.name: near[i.name] for i in card.columns})
    on_curve = distance[distance <= NEAR] <= _ON_CURVE
    return TruthPoints(near[name], near[answer.output.name], np.asarray(given.value), on_curve)


def _load_rows(data_set: str) -> dict[str, Array]:
    """The columns of a data set that hold numbers."""
    entry_point = added(NAMES_GROUP).get("dataset")
    if entry_point is None:
        raise MissingExtraError(
            "`plot(truth=True)` needs the extra [datasets], which is not installed. Install it: "
            "pip install 'lhnets[datasets]'"
        )
    table = load_added(entry_point)(data_set).table()
    columns = {n: np.asarray(table[n]) for n in table.column_names}
    return {n: v.astype(np.float64) for n, v in columns.items() if v.dtype.kind in "fiu"}
