"""Axes of a figure in SVG: scales, ticks, frames and what is drawn in them. Colours come from the
page's style sheet."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup, escape
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


NARROWEST = 1e-5
"""Relative to its values, how narrow an axis may be, so that its labels stay short."""


LAST_DECADE = 290.0
"""Ranges below 10 to minus this, or above 10 to this, are beyond what can be divided into ticks."""


class Scale(Struct, frozen=True):
    """One axis: its range, and whether it is logarithmic."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def around(cls, values: Array, *, log: bool = False, margin: float = 0.04) -> Scale:
        """A scale that holds all finite ``values``, which are positive where it is logarithmic."""
        finite = values[np.isfinite(values) & ((values > 0) | (not log))]
        if not len(finite):
            return cls(1.0, 10.0, log)
        low, high = (float(v) for v in (finite.min(), finite.max()))
        if log:
            low, high = math.log10(low), math.log10(high)
        size = 1.0 if log else max(abs(low), abs(high))
        pad = margin * (high - low) if high - low > NARROWEST * size else NARROWEST * size or 1.0
        low, high = low - pad, high + pad
        return (
            cls(10.0 ** max(low, -LAST_DECADE), 10.0 ** min(high, LAST_DECADE), True)
            if log
            else cls(low, high)
        )

    def at(self, values: Array) -> Array:
        """Where values stand, 0 at the lower and 1 at the upper end."""
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                values, low, high = np.log10(values), math.log10(self.low), math.log10(self.high)
        else:
            low, high = self.low, self.high
        return np.asarray((values - low) / (high - low))

    @classmethod
    def both_sides(cls, size: float) -> Scale:
        """A linear scale from minus to plus a round number of at least ``size``."""
        power = 10.0 ** math.floor(math.log10(size))
        edge = next(m * power for m in (1, 2, 5, 10) if m * power >= size * 0.999)
        return cls(-edge, edge)

    def ticks(self, count: int = 5) -> list[tuple[float, str]]:
        """Values to mark, about ``count`` of them, with their labels; unlabelled ones have an empty
        label."""
        if not 10.0**-LAST_DECADE < self.high - self.low <= 10.0**LAST_DECADE:
            return []
        return (
            _log_ticks(self.low, self.high)
            if self.log
            else _linear_ticks(self.low, self.high, count)
        )


class SvgFigure:
    """An SVG with one pair of axes.

    Parameters
    ----------
    x, y
        The scales.
    title
        What the figure shows, read aloud by screen readers.
    x_label, y_label
        Beside the axes; Markup where it is SVG already.
    size
        Width and height in units of its own coordinates.
    """

    def __init__(
        self,
        x: Scale,
        y: Scale,
        title: str,
        x_label: str = "",
        y_label: str = "",
        size: tuple[int, int] = (440, 270),
    ) -> None:
        self.x, self.y = x, y
        self.width, self.height = size
        self.left, self.right, self.top, self.bottom = 58, 10, 12 + 14 * bool(y_label), 42
        self._head = (title, x_label, y_label)
        self._parts: list[str] = []
        self._notes: list[str] = []

    def band(self, x: Array, low: Array, high: Array, name: str) -> None:
        """The area between two curves; gaps where a number is not finite."""
        for part in _runs(np.isfinite(low) & np.isfinite(high)):
            edge = np.concatenate([low[part], high[part][::-1]])
            path = self._path(np.concatenate([x[part], x[part][::-1]]), edge)
            self._parts.append(f'<path class="{name}" d="{path}Z"/>')

    def line(self, x: Array, y: Array, name: str) -> None:
        """A curve; gaps where a number is not finite."""
        path = "".join(self._path(x[part], y[part]) for part in _runs(np.isfinite(y)))
        self._parts.append(f'<path class="{name}" d="{path}"/>')

    def bars(self, edges: Array, heights: Array, name: str) -> None:
        """A histogram as one path."""
        x = np.repeat(edges, 2)
        y = np.concatenate([[self.y.low], np.repeat(heights, 2), [self.y.low]])
        self._parts.append(f'<path class="{name}" d="{self._path(x, y)}Z"/>')

    def points(self, x: Array, y: Array, name: str) -> None:
        """Dots, in one path."""
        spots = "".join(
            f"M{_spell(a)} {_spell(b)}h0" for a, b in zip(self._across(x), self._up(y), strict=True)
        )
        self._parts.append(f'<path class="{name}" d="{spots}"/>')

    def shade(self, low: float, high: float, name: str = "outside") -> None:
        """The part of the frame between two values of x."""
        a, b = (float(v) for v in self._across(np.array([low, high])))
        tall = self.height - self.top - self.bottom
        self._parts.append(
            f'<rect class="{name}" x="{a:.1f}" y="{self.top}" width="{b - a:.1f}" height="{tall}"/>'
        )

    def mark(self, value: float, label: str, row: int = 0) -> None:
        """A vertical line at ``value`` of x with a label at its upper end, in one of several
        rows."""
        x = float(self._across(np.array([value]))[0])
        anchor, shift = ("end", -4) if x > self.width - self.right - 60 else ("start", 4)
        self._parts.append(
            f'<path class="mark" d="M{x:.1f} {self.top}V{self.height - self.bottom}"/>'
        )
        self._notes.append(
            f'<text class="note" x="{x + shift:.1f}" y="{self.top + 11 + 13 * row}" '
            f'text-anchor="{anchor}">'
            f"{escape(label)}</text>"
        )

    def svg(self) -> Markup:
        """The figure."""
        title, x_label, y_label = (escape(text) for text in self._head)
        wide, tall = self.width - self.left - self.right, self.height - self.top - self.bottom
        return Markup(
            f'<svg class="figure" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-label="{title}">{self._grid()}<svg x="{self.left}" y="{self.top}" '
            f'width="{wide}" height="{tall}" viewBox="{self.left} {self.top} {wide} '
            f'{tall}">{"".join(self._parts + self._notes)}</svg><rect class="frame" '
            f'x="{self.left}" y="{self.top}" width="{wide}" height="{tall}"/><text class="label" '
            f'x="{self.left + wide / 2}" y="{self.height - 6}" '
            f'text-anchor="middle">{x_label}</text><text class="label" x="2" '
            f'y="14">{y_label}</text></svg>'
        )

    def _grid(self) -> str:
        foot = self.height - self.bottom
        across, up = self.x.ticks(), self.y.ticks(5 if self.height > 160 else 2)
        at = self._across(np.array([v for v, _ in across]))
        high = self._up(np.array([v for v, _ in up]))
        ticks = "".join(
            f"M{x:.1f} {foot}v{5 if label else 3}" for x, (_, label) in zip(at, across, strict=True)
        )
        lines = "".join(
            f"M{self.left} {y:.1f}h{self.width - self.left - self.right}"
            for y, (_, label) in zip(high, up, strict=True)
            if label
        )
        below = "".join(
            f'<text x="{x:.1f}" y="{foot + 18}" text-anchor="middle">{label}</text>'
            for x, (_, label) in zip(at, across, strict=True)
            if label
        )
        beside = "".join(
            f'<text x="{self.left - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
            for y, (_, label) in zip(high, up, strict=True)
            if label
        )
        return f'<path class="grid" d="{lines}"/><path class="tick" d="{ticks}"/>{below}{beside}'

    def _across(self, values: Array) -> Array:
        return self.left + self.x.at(values) * (self.width - self.left - self.right)

    def _up(self, values: Array) -> Array:
        inner = self.height - self.top - self.bottom
        return self.top + (1 - np.clip(self.y.at(values), -1.0, 2.0)) * inner

    def _path(self, x: Array, y: Array) -> str:
        pairs = zip(self._across(x), self._up(y), strict=True)
        return "".join(
            f"{'L' if k else 'M'}{_spell(a)} {_spell(b)}" for k, (a, b) in enumerate(pairs)
        )


def _runs(good: NDArray[np.bool_]) -> Iterable[slice]:
    """The stretches of at least two neighbours that are ``good``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]])))
    return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]


def _linear_ticks(low: float, high: float, count: int = 5) -> list[tuple[float, str]]:
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    values = np.arange(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1) * step
    return [(float(v), _label(float(v), step)) for v in values]


def _label(value: float, step: float) -> str:
    if value == 0 or abs(value) < 1e-9 * step:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if -3 <= exponent < 5:
        return f"{value:.{max(0, -math.floor(math.log10(step) + 1e-9))}f}".replace("-", "−")
    digits = max(0, exponent - math.floor(math.log10(step) + 1e-9))
    return (
        f"{value / 10.0**exponent:.{digits}f}".replace("-", "−")
        + f"×10{str(exponent).translate(_SUPERSCRIPTS)}"
    )


def _log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = math.log10(high) - math.log10(low)
    labelled: Sequence[int] = (
        (1,) if decades > 1.6 else (1, 2, 5) if decades > 0.7 else (1, 2, 3, 4, 5, 6, 7, 8)
    )
    if decades < 0.35:
        return [(v, label) for v, label in _linear_ticks(low, high) if v > 0]
    every = max(1, math.ceil(decades / 7))
    minor = range(2, 10) if decades < 8 else ()
    ticks = []
    for exponent in range(first, last + 1):
        for digit in (1, *minor):
            value = digit * 10.0**exponent
            if low <= value <= high:
                shown = digit in labelled and exponent % every == 0
                ticks.append((value, _power(digit, exponent) if shown else ""))
    return ticks


def _power(digit: int, exponent: int) -> str:
    if -2 <= exponent <= 4:
        return f"{digit * 10.0**exponent:g}"
    lead = "" if digit == 1 else f"{digit}×"
    return f"{lead}10{str(exponent).translate(_SUPERSCRIPTS)}"


def axis_label(name: str, unit: str) -> str:
    """Name and unit for an axis.

    >>> axis_label("p1sq", "GeV^2"), axis_label("kappa_w", "1")
    ('p1sq [GeV²]', 'kappa_w')
    """
    if unit == "1":
        return name
    powers = re.sub(r"\^(-?[0-9]+)", lambda m: m[1].translate(_SUPERSCRIPTS), unit)
    return f"{name} [{powers}]"


def _spell(place: float) -> str:
    """A coordinate to a tenth, as short as it goes: a page has thousands."""
    return f"{place:.1f}".removesuffix(".0")
