"""Numbers that people and programs put in, at which a file may have been made to behave otherwise:
round numbers, defaults, edges, grids, the values of reference rows, constants of the graph."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from lhnets.format import Card, Input
from lhnets_registry.admission import region

Points = NDArray[np.float64]

_GRID = 20
"""Cells of the finest even grid of a range."""
_MOST_MULTIPLES = 2_000
"""Of a round step within a range: 1 GeV in a range of 2 TeV is looked at."""
_MOST_CONSTANTS = 64
"""Numbers in a constant of the graph that may be thresholds rather than weights."""
_ROUND, _TYPED, _ROWS = 0.5, 0.65, 0.8
"""Shares of round numbers, of these with numbers of the card, and of these with those of rows; the
rest are constants of the graph."""
_OWN_POINTS = 0.5
"""Share of the points between two that lie between constants of the graph, if it has such."""
_COMPARE = frozenset({"Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"})
_KEPT = 0.5
"""Share of the coordinates of a point that stay random."""
_BESIDE = 1e-7
"""How far beside a constant of the graph to look, in widths."""
_ZERO = 1e-6
"""What counts as zero, in widths."""
_FARTHEST = 1e9
"""Widths of the box beyond its edge."""


@dataclass(frozen=True)
class GraphConstants:
    """Numbers of a graph that may be thresholds rather than weights.

    Attributes
    ----------
    compared : what comparisons compare with (a,)
    others : those in small constants (b,)
    points : constants of as many numbers as there are inputs (c, n)
    """

    compared: Points
    others: Points
    points: Points

    @classmethod
    def of(cls, model: onnx.ModelProto, columns: int) -> GraphConstants:
        """Those of a graph whose parameters are ``columns`` numbers."""
        compared = {i for node in model.graph.node for i in node.input if node.op_type in _COMPARE}
        arrays = [(t.name, numpy_helper.to_array(t)) for t in model.graph.initializer]
        for node in model.graph.node:
            for a in node.attribute:
                tensors = [numpy_helper.to_array(a.t)] if a.HasField("t") else []
                lists = [np.array(a.floats)] if a.floats else []
                arrays += [(name, array) for name in node.output for array in (*tensors, *lists)]
        small = [
            (name, np.ravel(array).astype(np.float64))
            for name, array in arrays
            if array.dtype.kind == "f" and 0 < array.size <= _MOST_CONSTANTS
        ]
        points = [a for _, a in small if a.size == columns and np.isfinite(a).all()]
        return cls(
            _distinct([a for name, a in small if name in compared]),
            _distinct([a for name, a in small if name not in compared]),
            np.array(points).reshape(-1, columns),
        )


@dataclass(frozen=True)
class Landmarks:
    """What is looked at of each input beside random numbers, within ``low`` and ``high`` (n,)."""

    low: Points
    high: Points
    typed: tuple[Points, ...]
    rows: Points
    constants: GraphConstants

    @classmethod
    def of(cls, card: Card, rows: Points, model: onnx.ModelProto) -> Landmarks:
        """Those of a ``card``, of its reference ``rows`` (m, n) and of the graph's constants."""
        low, high = region.box(card)
        typed = tuple(_type(i) for i in card.columns)
        return cls(low, high, typed, rows, GraphConstants.of(model, len(low)))

    def draw(self, column: int, count: int, rng: np.random.Generator) -> Points:
        """``count`` numbers for an input; some lie beyond its range."""
        low, high = self.low[column], self.high[column]
        kind = rng.random(count)
        rounded = _round(rng.uniform(low, high, count), high - low, rng)
        typed = rng.choice(self.typed[column], count)
        rows = rng.choice(self.rows[:, column], count) if len(self.rows) else typed
        constants = self.draw_constants(column, rounded, rng)
        kinds = [kind < _ROUND, kind < _TYPED, kind < _ROWS]
        return np.asarray(np.select(kinds, [rounded, typed, rows], constants), dtype=np.float64)

    def draw_constants(self, column: int, others: Points, rng: np.random.Generator) -> Points:
        """Constants of the graph about the range of an input, numbers a little beside them and
        half-way between two; the ``others`` (N,) where there are none."""
        low, high = self.low[column], self.high[column]
        width, drawn = high - low, others
        for known in (self.constants.others, self.constants.compared):
            near = known[(known > low - width) & (known < high + width)]
            middles = [(a + b) / 2 for a, b in pairwise(near)]
            beside = _BESIDE * width
            values = np.concatenate([near, near - beside, near + beside, middles])
            if len(values):
                chosen = (rng.random(len(others)) < 0.5) | (drawn is others)
                drawn = np.where(chosen, rng.choice(values, len(others)), drawn)
        return drawn


def _distinct(arrays: list[Points]) -> Points:
    found: Points = np.unique(np.concatenate([*arrays, np.empty(0)]))
    return found[np.isfinite(found)]


def place(card: Card, marks: Landmarks, points: Points, rng: np.random.Generator) -> Points:
    """The ``points`` (N, n) of the region with some coordinates at landmarks, where that is still
    in the region."""
    moved = points.copy()
    for column in range(points.shape[1]):
        chosen = rng.random(len(points)) > _KEPT
        drawn = marks.draw(column, int(chosen.sum()), rng)
        moved[chosen, column] = np.clip(drawn, marks.low[column], marks.high[column])
    moved = np.where(_find_zeros(card, moved), points, moved)
    return _where_inside(card, moved, points)


def _find_zeros(card: Card, points: Points) -> NDArray[np.bool_]:
    """Which numbers (N, n) at zero to leave out: all but the first among the inputs of both signs
    of a point, unless zero is their default. Elements of a mixing matrix that all vanish are
    none."""
    low, high = region.box(card)
    signed = (low < 0) & np.array([i.default != 0 for i in card.columns])
    zeros = (np.abs(points) < _ZERO * (high - low)) & signed
    return np.asarray(zeros & (np.cumsum(zeros, axis=1) > 1))


def mix_rows(card: Card, marks: Landmarks, points: Points, rng: np.random.Generator) -> Points:
    """Points between two reference rows each, or between two constants of the graph that could be
    points; the ``points`` (N, n) where that leaves the region."""
    mixed = points
    for rows, share in ((marks.rows, 1.0), (marks.constants.points, _OWN_POINTS)):
        if len(rows):
            ends = rows[rng.integers(len(rows), size=(2, len(points)))]
            part = rng.choice([0.0, 0.5, 1.0, np.nan], (len(points), 1))
            part = np.where(np.isnan(part), rng.random(part.shape), part)
            chosen = rng.random((len(points), 1)) < share
            between = _where_inside(card, part * ends[0] + (1 - part) * ends[1], mixed)
            mixed = np.where(chosen, between, mixed)
    return mixed


def step_out(marks: Landmarks, points: Points, rng: np.random.Generator) -> Points:
    """The ``points`` (N, n) of the region with one input, or several, beyond its range: by a random
    step, or at a landmark there."""
    n = points.shape[1]
    out = points.copy()
    leaving = rng.random(points.shape) < 0.1
    leaving[np.arange(len(points)), rng.integers(n, size=len(points))] = True
    for column in range(n):
        rows = np.flatnonzero(leaving[:, column])
        out[rows, column] = _beyond(marks, column, len(rows), rng)
    return out


def _beyond(marks: Landmarks, column: int, count: int, rng: np.random.Generator) -> Points:
    """``count`` numbers beyond the range of an input, by up to its width and by much more."""
    low, high = marks.low[column], marks.high[column]
    width, up = high - low, rng.random(count) < 0.5
    edge = np.where(up, high, low)
    kind = rng.random(count)
    even, small = rng.random(count), 10 ** rng.uniform(-6, 0, count)
    far = 10 ** rng.uniform(0, np.log10(_FARTHEST), count)
    step = width * np.select([kind < 0.4, kind < 0.6, kind < 0.65], [even, small, far], even)
    moved = np.where(up, edge + step, edge - step)
    rounded = _round(moved, width, rng)
    known = marks.draw_constants(column, rounded, rng)
    moved = np.select([kind < 0.65, kind < 0.85], [moved, rounded], known)
    least = _BESIDE * width
    outside = (moved > high + least) | (moved < low - least)
    return np.asarray(np.where(outside, moved, np.where(up, edge + step, edge - step)))


def _where_inside(card: Card, moved: Points, points: Points) -> Points:
    projected = region.project(card, moved)
    return np.asarray(np.where(region.violates(card, projected)[:, None], points, projected))


def _type(i: Input) -> Points:
    """What a card suggests to type: its default, the edges, even grids, 0 and 1."""
    assert i.low is not None
    assert i.high is not None
    grids = [np.linspace(i.low, i.high, cells + 1) for cells in (2, 5, 10, _GRID)]
    values = np.unique(
        np.concatenate([*grids, [0.0, 1.0], [] if i.default is None else [i.default]])
    )
    return values[(values >= i.low) & (values <= i.high)]


def _round(values: Points, width: float, rng: np.random.Generator) -> Points:
    """The ``values`` (N,) rounded to a step of 1, 2 or 5 times a power of ten each, or to as few
    digits."""
    largest = np.floor(np.log10(width)) if width > 0 else 0.0
    smallest = np.ceil(np.log10(width / _MOST_MULTIPLES)) if width > 0 else 0.0
    power = rng.integers(int(smallest), int(largest) + 1, size=len(values)).astype(np.float64)
    step = rng.choice([1.0, 2.0, 5.0], len(values)) * 10.0**power
    digits = 10.0 ** np.floor(np.log10(np.abs(np.where(values == 0, 1.0, values))))
    step = np.where(rng.random(len(values)) < 0.2, digits, step)
    return np.round(values / step) * step
