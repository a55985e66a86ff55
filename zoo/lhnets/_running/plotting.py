"""A network over one of its inputs, drawn: value, its uncertainties as bands, their sizes below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lhnets._answers.display import speak_source
from lhnets._answers.prediction import Prediction
from lhnets.errors import ParameterError
from lhnets.extras import import_optional
from lhnets.format import Card


def plot_over(
    card: Card,
    name: str,
    params: dict[str, float],
    points: int,
    ask: Callable[[dict[str, Any]], Prediction],
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
    pyplot = import_optional("matplotlib.pyplot", "plot")
    figure, (above, below) = pyplot.subplots(
        2, 1, sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    _draw_values(above, x, answer)
    _draw_sizes(below, x, answer)
    fixed = ", ".join(f"{k} = {v:g}" for k, v in params.items())
    above.set_title(f"{card.identity}{f' at {fixed}' if fixed else ''}")
    unit = "" if answer.unit == "1" else f" [{answer.unit}]"
    above.set_ylabel(f"{answer.output.name}{unit}")
    below.set_ylabel("over value")
    below.set_xlabel(name if column.unit == "1" else f"{name} [{column.unit}]")
    above.legend()
    return figure


def _draw_values(axes: Any, x: Any, answer: Prediction) -> None:
    value = np.asarray(answer.value)
    up, down = answer.total()
    axes.fill_between(x, value - down, value + up, alpha=0.3, label="all sources, 68 %")
    axes.plot(x, value, label="value")
    if answer.output.scale == "log":
        axes.set_yscale("log")


def _draw_sizes(axes: Any, x: Any, answer: Prediction) -> None:
    """The size of each source over the value, on a log axis."""
    value = np.abs(np.asarray(answer.value))
    value = np.where(value > 0, value, np.nan)
    sizes = {"network": np.asarray(answer.uncertainty)}
    for source, shift in answer.components.items():
        sizes[speak_source(source)] = np.maximum(*(np.abs(np.asarray(s)) for s in shift))
    for source, size in sizes.items():
        axes.plot(x, size / value, label=source)
    axes.set_yscale("log")
    axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
