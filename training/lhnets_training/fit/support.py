"""Where a model has rows: how far a point is from them, in their own spacing.

The distance to a row counts in the typical distance between that row and its neighbours, each
coordinate in units that make neighbours equally far along all of them. So a coarse grid, a cluster
and a random design are judged alike: a point is outside if it is farther from every row than rows
are from each other. Of many rows, those are kept that cover all others best (the k-centre problem,
T. F. Gonzalez, Theor. Comput. Sci. 38 (1985) 293).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from lhnets.format import Distance, Input
from lhnets_training.fit.coordinates import Coordinates, Quadratics
from lhnets_training.onnx.export import NetworkGraph

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

CENTRES, PAIR_CENTRES = 1024, 256
"""Rows that are kept to measure distances from, in all coordinates and in two of them."""
MARGIN = 1.1
"""How much farther from the rows a point may be than a row from the others (99 % of them)."""
CELL = 0.55
"""Times the root of the number of coordinates: beyond the middle of the cell of a grid, half its
diagonal."""
USUAL = 0.9
"""Share of the rows around which others are dense enough for errors not to be larger."""
ISOLATED = 0.95
"""Rows whose neighbours are farther than this share of rows have them count as near as theirs."""
NEAREST = 0.1
"""A reach that no point is below: distances that small are rounding."""
EMPTY = 0.02
"""Share of the region that two inputs leave empty for their plane to be looked at by itself."""
PLANES = 6
SPREAD = 4096
"""Points of the region that are looked at for places without rows."""
EVEN = 0.5
"""Share of the rows that volumes must count for if all rows shall serve."""
FEW = 5
"""A coordinate of fewer different values has names: a point between them is far from all rows."""
CLOSE = 0.01
"""Of the least difference of names: what counts as far."""
ROUNDS, SAMPLE, STRETCH = 6, 300, 50.0
"""Of the search for the units of the coordinates."""


@dataclass(frozen=True)
class Cover:
    """Rows in some of the ``columns``, and how much each coordinate counts around them."""

    columns: tuple[int, ...]
    rows: Rows
    """Their numbers, shape (M,)."""
    centres: Array
    weights: Array
    """Squares of inverse distances at which the reach is 1, shape (M, p)."""
    unit: Array
    """In which neighbours are equally far along each coordinate, shape (p,)."""
    usual: float
    """Minus the logarithm of the density of the others around most rows."""

    @classmethod
    def of(cls, z: Array, columns: tuple[int, ...], count: int) -> Cover:
        """Of the rows with coordinates z (N, c)."""
        points = z[:, list(columns)]
        unit = _separate_names(points, _find_units(points))
        _, first = np.unique(points / unit, axis=0, return_index=True)
        rows = np.sort(first)
        rows = rows[_choose_centres(points[rows] / unit, count)]
        scaled = points[rows] / unit
        spacing = _find_spacing(scaled)
        apart = _distances(scaled, scaled) / spacing
        np.fill_diagonal(apart, np.inf)
        limit = MARGIN * float(np.quantile(apart.min(axis=1), 0.99))
        if _is_grid(points):
            limit = max(limit, CELL * np.sqrt(len(columns)))
        weights = 1 / (limit * spacing[:, None] * unit) ** 2
        usual = float(np.quantile(_sum_logs((apart / limit) ** 2), USUAL))
        return cls(columns, rows, points[rows], weights, unit, usual)

    def squares(self, z: Array) -> Array:
        """Squared reaches (N, M) of points with coordinates z (N, c), of each centre by itself."""
        weights, bias = self.affine(z.shape[1])
        return np.maximum(np.concatenate([z, z**2], axis=1) @ weights + bias, 0.0)

    def scaled(self, z: Array) -> Array:
        """Its coordinates (N, p) of points with coordinates z (N, c), in their units."""
        return np.asarray(z[:, list(self.columns)] / self.unit)

    def affine(self, count: int) -> tuple[Array, Array]:
        """The same as weights (2 c, M) of ``count`` coordinates and their squares, and biases."""
        first, second = np.zeros((2, count, len(self.rows)))
        first[list(self.columns)] = -2 * (self.centres * self.weights).T
        second[list(self.columns)] = self.weights.T
        return np.concatenate([first, second]), (self.centres**2 * self.weights).sum(axis=1)


@dataclass(frozen=True)
class Support:
    """The rows of a model: in all coordinates, and in those planes of two that they leave empty
    in part, which many coordinates hide."""

    coordinates: Coordinates
    covers: tuple[Cover, ...]

    @classmethod
    def of(cls, x: Array, coordinates: Coordinates, region: Array) -> Support:
        """Of rows x (N, n); ``region`` (M, n) are points spread evenly over the region."""
        z, points = coordinates(x), coordinates(region)
        count = z.shape[1]
        covers = [Cover.of(z, tuple(range(count)), CENTRES)]
        if count > 2:
            planes = [Cover.of(z, pair, PAIR_CENTRES) for pair in combinations(range(count), 2)]
            empty = [float((c.squares(points).min(axis=1) > 1).mean()) for c in planes]
            order = np.argsort(empty)[::-1][:PLANES]
            covers += [planes[k] for k in order if empty[k] > EMPTY]
        return cls(coordinates, tuple(covers))

    @property
    def whole(self) -> Cover:
        """That of all coordinates."""
        return self.covers[0]

    @property
    def centres(self) -> int:
        """How many rows distances are measured from."""
        return len(self.whole.rows)

    def reach(self, x: Array) -> Array:
        """At most 1 where a row is near, shape (N,), at points (N, n)."""
        z = self.coordinates(x)
        nearest = [cover.squares(z).min(axis=1) for cover in self.covers]
        return np.asarray(np.sqrt(np.maximum(np.max(nearest, axis=0), NEAREST**2)))

    def constraint(self, x: Array, inputs: Sequence[Input]) -> Distance:
        """What a card says of it: the distance at which the reach is 1, around a typical row.

        ``x`` (N, n) are the rows.
        """
        whole = self.whole
        step = 1e-6 * np.abs(x[whole.rows]).max(axis=0)
        sizes = np.where(step > 0, step, 1e-6)
        changes = [self._change(x[whole.rows], k, size) for k, size in enumerate(sizes)]
        slopes = np.median(changes, axis=1)
        lengths = np.median(whole.weights, axis=0) ** -0.5 / slopes
        return Distance(
            lengths={i.name: float(f"{v:.3g}") for i, v in zip(inputs, lengths, strict=True)},
            largest=1.0,
            points=self.centres,
            meaning="no farther from the rows of the data set than these are from each other",
        )

    def _change(self, x: Array, column: int, step: float) -> Array:
        """By how much one coordinate changes with one input, shape (N,), at points (N, n)."""
        moved = x.copy()
        moved[:, column] += step
        change = self.coordinates(moved) - self.coordinates(x)
        return np.abs(np.asarray(change[:, column] / step))

    def remoteness(self, x: Array) -> Array:
        """0 where rows are as many and as near as around most rows, shape (N,), at points (N, n).

        The logarithm of 1 and by how much the logarithm of the density of rows is less than that.
        """
        z = self.coordinates(x)
        lack = [_sum_logs(cover.squares(z)) - cover.usual for cover in self.covers]
        return np.asarray(np.log1p(np.maximum(np.max(lack, axis=0), 0.0)))

    def near(self, x: Array) -> Array:
        """Weights (N, M) of the centres that are near points (N, n), which add to one."""
        squares = self.whole.squares(self.coordinates(x))
        weights = np.exp(squares.min(axis=1, keepdims=True) - squares)
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def without(self, x: Array, parts: Sequence[Rows]) -> Iterator[Array]:
        """For each of ``parts`` of the rows x (N, n): how remote its rows are from the others."""
        z = self.coordinates(x)
        for part in parts:
            lack = []
            for cover in self.covers:
                squares = cover.squares(z[part])
                squares[:, np.isin(cover.rows, part)] = np.inf
                lack.append(_sum_logs(squares) - cover.usual)
            yield np.log1p(np.maximum(np.max(lack, axis=0), 0.0))

    def build(self, graph: NetworkGraph) -> SupportNodes:
        """The nodes of reach, remoteness and weights."""
        terms = Quadratics(self.coordinates).build(graph)
        count, nearest, lack, near = self.whole.centres.shape[1], [], [], ""
        axis, one = graph.constant(np.array([1])), graph.constant(np.array(1.0))
        for cover in self.covers:
            squares = graph.node("Relu", graph.affine(terms, *cover.affine(count)))
            negative = graph.node("Neg", squares)
            near = near or graph.node("Softmax", negative, axis=1)
            nearest.append(graph.node("ReduceMin", squares, axis, keepdims=1))
            density = graph.node("ReduceLogSumExp", negative, axis, keepdims=1)
            lack.append(graph.node("Sub", graph.constant(np.array(-cover.usual)), density))
        reach = graph.node("Max", *nearest, graph.constant(np.array(NEAREST**2)))
        most = graph.node("Max", *lack, graph.constant(np.array(0.0)))
        return SupportNodes(
            near, graph.node("Sqrt", reach), graph.node("Log", graph.node("Add", most, one))
        )


@dataclass(frozen=True)
class SupportNodes:
    """Tensors of a graph: weights of the centres (N, M), and reach and remoteness (N, 1)."""

    near: str
    reach: str
    remoteness: str


def _sum_logs(squares: Array) -> Array:
    """-log sum exp(-squares) over the last axis."""
    least = squares.min(axis=-1, keepdims=True)
    return np.asarray(least[..., 0] - np.log(np.exp(least - squares).sum(axis=-1)))


def choose_evenly(points: Array) -> Rows:
    """Numbers of rows that are as dense everywhere, of scaled points (N, p): all of them, or as
    many as their volumes count for if a cluster has most of them."""
    volume = _find_spacing(points) ** min(points.shape[1], 2)
    count = int(volume.sum() ** 2 / (volume**2).sum())
    return _choose_centres(points, count if count < EVEN * len(points) else len(points))


def _find_units(z: Array) -> Array:
    """Units (p,) of coordinates z (N, p) in which neighbours are equally far along each of them."""
    std = z.std(axis=0)
    std = np.where(std > 0, std, 1.0)
    unit, rng = std.copy(), np.random.default_rng(0)
    if z.shape[1] == 1:
        return unit
    rows = z[rng.permutation(len(z))[:20_000]]
    for _ in range(ROUNDS):
        gaps = np.array([_find_gaps(rows, row, unit) for row in rows[:SAMPLE]])
        known = np.isfinite(gaps)
        seen = known.mean(axis=0) > 0.25
        if not seen.any():
            break
        logs = np.zeros(z.shape[1])
        logs[seen] = np.log([np.median(gaps[known[:, k], k]) for k in np.flatnonzero(seen)])
        logs[seen] -= logs[seen].mean()
        unit = np.clip(unit * np.exp(logs / 2), std / STRETCH, std * STRETCH)
    return unit


def _separate_names(z: Array, unit: Array) -> Array:
    """The units, those of coordinates with few values so small that no value is near another."""
    values = [np.unique(column) for column in z.T]
    names = np.array([1 < len(v) < FEW and len(v) < len(z) / 2 for v in values])
    if not names.any() or names.all():
        return unit
    others = np.flatnonzero(~names)
    sample = z[np.random.default_rng(0).permutation(len(z))[:SAMPLE]]
    gap = np.median(_find_spacing(sample[:, others] / unit[others]))
    unit = unit.copy()
    for k in np.flatnonzero(names):
        unit[k] = CLOSE * np.diff(values[k]).min() / gap
    return unit


def _find_gaps(rows: Array, row: Array, unit: Array) -> Array:
    """The distance of a row to the nearest other along each coordinate (p,), among those that are
    farther along it than along any other."""
    apart = np.abs(rows - row) / unit
    largest, along = apart.max(axis=1), apart.argmax(axis=1)
    gaps = np.full(rows.shape[1], np.inf)
    other = largest > 1e-9
    np.minimum.at(gaps, along[other], largest[other])
    return gaps


def _find_spacing(scaled: Array) -> Array:
    """The mean distance (M,) of each row (M, p) to its two neighbours for each coordinate."""
    count = min(2 * scaled.shape[1], len(scaled) - 1)
    found = KDTree(scaled).query(scaled, count + 1)[0][:, 1:].mean(axis=1)
    least, most = 1e-2 * np.median(found), np.quantile(found, ISOLATED)
    return np.asarray(np.clip(found, least, most))


def _choose_centres(points: Array, count: int) -> Rows:
    """Rows of points (N, p) that cover the others: each the farthest from those before it."""
    if len(points) <= count:
        return np.arange(len(points))
    chosen = [int(np.argmin(((points - points.mean(axis=0)) ** 2).sum(axis=1)))]
    nearest = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return np.sort(np.array(chosen))


def _distances(first: Array, second: Array) -> Array:
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2 * first @ second.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def _is_grid(points: Array) -> bool:
    """Whether the rows (N, p) are a good part of all combinations of their values."""
    values = [len(np.unique(column)) for column in points.T]
    return bool(np.prod(np.array(values, dtype=float)) <= 4 * len(points))
