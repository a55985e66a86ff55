"""The curves of a validation by figures, such as spectra of generated and simulated events."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhnets.format import AnyValidation, Curve, FigureValidation
from lhnets_registry.catalogue.axes import Scale, SvgFigure
from lhnets_registry.catalogue.figures import Captioned

Array = NDArray[np.float64]

LARGEST = 1e12
"""Numbers beyond are not drawn: a card is a stranger's."""
WIDE = 30.0
"""Ratio of largest to smallest from which an axis is logarithmic."""


class _Drawn(NamedTuple):
    """A curve as arrays."""

    label: str
    x: Array
    y: Array
    error: Array


def draw_curves(validation: AnyValidation) -> list[Captioned]:
    """A figure for all curves that share the part of their names before ``: ``, the first of them
    solid with a band of its errors, the others dashed."""
    if not isinstance(validation, FigureValidation):
        return []
    grouped: dict[str, list[tuple[str, Curve]]] = {}
    for name, curve in validation.curves.items():
        title, _, label = name.partition(": ")
        grouped.setdefault(title, []).append((label, curve))
    return [drawn for title, part in grouped.items() if (drawn := _draw(title, part))]


def _draw(title: str, named: list[tuple[str, Curve]]) -> Captioned | None:
    found = [d for label, curve in named if (d := _read(label, curve))]
    if not found:
        return None
    first, *others = found
    shown = np.concatenate([d.y for d in found])
    positive = shown[shown > 0]
    log = len(positive) == len(shown) and positive.max() / positive.min() > WIDE
    edges = np.concatenate([shown, first.y + first.error, first.y - first.error])
    edges = edges[edges > 0] if log else edges
    curve = named[0][1]
    figure = SvgFigure(
        Scale.around(np.concatenate([d.x for d in found]), margin=0.02),
        Scale.around(edges, log=log),
        title,
        curve.x_name,
        curve.y_name,
    )
    low = first.y - first.error
    figure.band(first.x, np.where(low > 0, low, first.y) if log else low, first.y + first.error,
                "band-68")  # fmt: skip
    for other in others:
        figure.line(other.x, other.y, "line baseline")
    figure.line(first.x, first.y, "line")
    dashed = "; ".join(d.label for d in others)
    caption = f"{title}: {first.label or curve.y_name}"
    return Captioned(figure.svg(), f"{caption}, dashed {dashed}." if dashed else f"{caption}.")


def _read(label: str, curve: Curve) -> _Drawn | None:
    """The curve, if its numbers can be drawn."""
    x, y = np.array(curve.x, dtype=np.float64), np.array(curve.y, dtype=np.float64)
    if not len(x) == len(y) > 1 or not (np.diff(x) > 0).all():
        return None
    error = np.array(curve.error if len(curve.error) == len(y) else np.zeros_like(y))
    numbers = np.abs(np.concatenate([x, y, error]))
    return _Drawn(label, x, y, error) if (numbers < LARGEST).all() else None
