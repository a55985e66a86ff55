"""One figure for each network: over one of its inputs, or its curves on rows never seen.

A figure is drawn once for each version and kept beside the page, so that only new ones cost time.
"""

import textwrap
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import lhnets as ml
from lhnets.format import Curve, Input

POINTS = 120
TITLE_WIDTH = 75
ENOUGH = 0.5
"""Part of a line that lies inside the region, with which the search ends."""
TRIED = 12
"""Reference points that are tried for the inputs off the axis."""


class View(NamedTuple):
    """The call of `Network.plot` that draws a network, and how many of its points are inside."""

    inside: float
    axis: str
    fixed: dict[str, float]

    def __str__(self) -> str:
        fixed = "".join(f", {name}={value:g}" for name, value in self.fixed.items())
        return f'.plot("{self.axis}"{fixed})'


def draw_network(name: str, folder: Path) -> tuple[str, str] | None:
    """The name of the figure of a network in ``folder`` and the code that draws it; None if there
    is nothing to draw."""
    network = ml.load(name)
    view = None if network.card.tensors else choose_view(network)
    curves = {} if view else find_curves(network.card)
    if view is None and not curves:
        return None
    file = folder / f"{network.name.replace('@', '-')}.png"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        figure = network.plot(view.axis, **view.fixed) if view else draw_curves(curves)
        figure.set_size_inches(6.4, 4.4)
        title = figure.axes[0].get_title()
        figure.axes[0].set_title(textwrap.fill(title, TITLE_WIDTH), fontsize="small")
        figure.savefig(file, dpi=90)
        plt.close(figure)
    code = f'ml.load("{network.name}"){view}' if view else "curves of the card"
    return file.name, code


def choose_view(network: ml.Network) -> View:
    """The first input over which more than half of a line lies inside the region, the others at a
    reference point; else the line with the most points inside."""
    best = View(0.0, "", {})
    for axis in network.card.columns:
        if axis.low is None or axis.high is None:
            continue
        best = max(best, *find_views(network, axis), key=lambda view: view.inside)
        if best.inside > ENOUGH:
            break
    return best


def find_views(network: ml.Network, axis: Input) -> list[View]:
    """The lines over one input through reference points."""
    line = np.linspace(axis.low or 0.0, axis.high or 0.0, POINTS)
    views = []
    for point in network.file.reference.inputs["parameters"][:TRIED]:
        fixed = {
            i.name: float(f"{x:.6g}") if i.default is None else i.default
            for i, x in zip(network.card.columns, point, strict=True)
            if i is not axis
        }
        found = network({**fixed, axis.name: line}, outside="nan")
        views.append(View(float(np.isfinite(found.value).mean()), axis.name, fixed))
    return views


def find_curves(card: ml.Card) -> dict[str, Curve]:
    """The curves that a card states."""
    validation = card.validation
    own = getattr(validation, "classification", None) or validation
    curves: dict[str, Curve] = getattr(own, "curves", {})
    return dict(curves)


def draw_curves(curves: dict[str, Curve]) -> plt.Figure:
    """The curves side by side."""
    figure, axes = plt.subplots(1, len(curves), squeeze=False, layout="constrained")
    for place, (name, curve) in zip(axes[0], curves.items(), strict=True):
        place.plot(curve.x, curve.y)
        place.set_title(name)
        place.set_xlabel(curve.x_name)
        place.set_ylabel(curve.y_name)
    return figure
