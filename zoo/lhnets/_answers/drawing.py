"""Answers drawn over one of their inputs: values with bands, and the size of each source below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.display import NETWORK, speak_source
from lhnets._answers.quantity import Quantity
from lhnets._answers.uncertain import Uncertain
from lhnets._asking.units import factor
from lhnets.errors import ParameterError
from lhnets.extras import import_optional

Array = NDArray[np.float64]


class Axis(NamedTuple):
    """The input on the axis, its values (N,), and what to write beside it."""

    name: str
    values: Array
    label: str


class FigureLabels(NamedTuple):
    """The title of a figure, what its values are, and whether they are drawn on a log axis."""

    title: str
    value: str
    logarithmic: bool


class TruthPoints(NamedTuple):
    """Rows of the data set: their place on the axis, the truth, and what the network gives there,
    (M,) each; which of them lie on the drawn curve, bool (M,)."""

    x: Array
    truth: Array
    network: Array
    on_curve: NDArray[np.bool_]


def find_axis(params: Mapping[str, Any], over: str | None, units: Mapping[str, str]) -> Axis:
    """The input that varies, or the one that is named ``over``.

    Raises
    ------
    ParameterError
        If there is a single point, no such input, or none or several inputs vary.
    """
    flat = {n: np.ravel(np.asarray(v, dtype=np.float64)) for n, v in params.items()}
    varying = [n for n, v in flat.items() if v.size > 1 and np.any(v != v[0])]
    if over is None and len(varying) != 1:
        found = ", ".join(varying) if varying else "none"
        raise ParameterError(
            f"a plot needs one input that varies, got {found}: give an array for one input, or "
            "name the axis with over="
        )
    name = varying[0] if over is None else over
    if name not in flat:
        raise ParameterError(f"there is no input {name!r}; there are {', '.join(flat)}")
    return Axis(name, flat[name], label_input(name, units.get(name, "1")))


def label_input(name: str, unit: str) -> str:
    """A name with its unit, if it has one."""
    return name if unit == "1" else f"{name} [{unit}]"


def draw(
    answer: Uncertain, axis: Axis, labels: FigureLabels, truth: TruthPoints | None = None
) -> Any:
    """The figure: above the value with the band of all sources (68 %), below the size of each
    source over the value.

    Raises
    ------
    ParameterError
        If no value is a number.
    """
    if not np.isfinite(answer.value).any():
        raise ParameterError(
            f"nothing to draw over {axis.name}: no point lies inside the training region"
        )
    pyplot = import_optional("matplotlib.pyplot", "plot")
    figure, (above, below) = pyplot.subplots(
        2, 1, sharex=True, height_ratios=(2, 1), layout="constrained"
    )
    order = np.argsort(axis.values, kind="stable")
    _draw_values(above, axis.values, answer, order)
    _draw_sizes(below, axis.values, answer, order)
    if truth is not None:
        _draw_truth(above, below, truth)
    if labels.logarithmic and np.nanmin(answer.value) > 0:
        above.set_yscale("log")
    above.set_title(labels.title)
    above.set_ylabel(labels.value)
    below.set_ylabel("over value")
    below.set_xlabel(axis.label)
    above.legend()
    below.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _draw_values(axes: Any, x: Array, answer: Uncertain, order: NDArray[np.intp]) -> None:
    value = np.ravel(answer.value)
    up, down = (np.ravel(np.broadcast_to(s, np.shape(answer.value))) for s in answer.total())
    axes.fill_between(
        x[order], (value - down)[order], (value + up)[order], alpha=0.3, label="all sources, 68 %"
    )
    axes.plot(x[order], value[order], label="value")


def _draw_sizes(axes: Any, x: Array, answer: Uncertain, order: NDArray[np.intp]) -> None:
    """The size of each source over the value, on a log axis."""
    value = np.abs(np.ravel(answer.value))
    value = np.where(value > 0, value, np.nan)
    sizes: dict[str, Any] = {NETWORK: answer.uncertainty}
    for source, shift in answer.components.items():
        sizes[speak_source(source)] = np.maximum(*(np.abs(np.asarray(s)) for s in shift))
    for source, size in sizes.items():
        full = np.ravel(np.broadcast_to(size, np.shape(answer.value)))
        axes.plot(x[order], (full / value)[order], label=source)
    axes.set_yscale("log")


def _draw_truth(above: Any, below: Any, rows: TruthPoints) -> None:
    """The rows that lie on the curve above; how far the network is from each of them below,
    at the lower edge if it is nearer than the axis shows."""
    style = {"linestyle": "none", "marker": ".", "markersize": 3, "color": "black"}
    if rows.on_curve.any():
        above.plot(rows.x[rows.on_curve], rows.truth[rows.on_curve], label="truth", **style)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.abs(rows.network / rows.truth - 1)
    lowest = below.get_ylim()[0]
    shown = np.isfinite(error)
    if shown.any():
        places = np.maximum(error[shown], lowest)
        below.plot(rows.x[shown], places, label="|network - truth|", **style)
        below.set_ylim(bottom=lowest)


def draw_comparison(answers: Sequence[Quantity], axis: Axis) -> Any:
    """The figure: above the values with the bands of their own sources (68 %), below each over the
    first."""
    pyplot = import_optional("matplotlib.pyplot", "plot")
    figure, (above, below) = pyplot.subplots(
        2, 1, sharex=True, height_ratios=(2, 1), layout="constrained"
    )
    order = np.argsort(axis.values, kind="stable")
    first = np.ravel(answers[0].value)
    for answer in answers:
        scale = factor(answer.unit, answers[0].unit)
        value = scale * np.ravel(answer.value)
        up, down = (scale * np.ravel(np.broadcast_to(s, answer.shape)) for s in answer.total())
        for axes, over in ((above, 1.0), (below, first)):
            low, middle, high = ((x / over)[order] for x in (value - down, value, value + up))
            axes.plot(
                axis.values[order], middle, label=f"{answer.network}, {answer.order or 'value'}"
            )
            axes.fill_between(axis.values[order], low, high, alpha=0.2)
    if all(np.nanmin(np.ravel(a.value)) > 0 for a in answers):
        above.set_yscale("log")
    above.set_ylabel(f"[{answers[0].unit}]" if answers[0].unit != "1" else "value")
    below.set_ylabel("over the first")
    below.set_xlabel(axis.label)
    above.legend(fontsize="small")
    return figure
