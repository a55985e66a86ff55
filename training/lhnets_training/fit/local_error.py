"""Errors by place: their local size near the rows, and how they grow with the distance to them.

Both are measured on rows that were held out: single rows tell the size near each centre of the
`Support`, and whole neighbourhoods of rows how errors grow if rows are missing. They multiply an
error model over the inputs, which knows the trends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial import KDTree

from lhnets_training.fit.support import Support, choose_evenly
from lhnets_training.fit.uncertainty import ErrorModel
from lhnets_training.onnx.builder import Affine
from lhnets_training.onnx.export import NetworkGraph

Array = NDArray[np.float64]
FitError: TypeAlias = Callable[[Array, Array], ErrorModel]
"""An error model from points (N, n) and residuals (N, k)."""

KNOTS = np.array([0.0, 0.7, 1.4, 2.1])
"""Remoteness between which the logarithm of errors grows evenly."""
BEYOND = 1.0
"""The least growth where no neighbourhood was held out that far: about the root of the distance."""
FEWEST = 20
"""Residuals from which a power is measured."""
NEIGHBOURS = (4, 8, 16, 32, 64)
"""Residuals that a local size is made of: the number that tells held-out residuals best."""
WIDE, FEWEST_PLACES, MOST_PLACES = 32, 2, 32
"""Residuals of which 68 % shall lie within the local size: how many, in how many places."""
ONE_SIGMA = 0.68
PRIOR = 2.0
"""Residuals of typical size that are added to each local size."""
LEAST = 0.05
"""Of the typical residual: smaller ones count as that."""
GAIN = 0.02
"""By how much the log-likelihood of a residual must rise for local sizes to be taken."""


@dataclass(frozen=True)
class Residuals:
    """Errors at points x (N, n) of models that had not seen them, in units of the link (N, k), and
    the remoteness (N,) of the points from the rows that these models had seen."""

    x: Array
    size: Array
    remote: Array

    def take(self, rows: NDArray[np.bool_]) -> Residuals:
        """Those of some rows."""
        return Residuals(self.x[rows], self.size[rows], self.remote[rows])


@dataclass(frozen=True)
class LocalError:
    """An error model times factors of place and of distance.

    ``places`` (M, k) are logarithms at the centres of the support, ``powers`` (knots, k) those of
    the distance, between each knot and the next.
    """

    base: ErrorModel
    support: Support
    places: Array
    powers: Array

    def __call__(self, x: Array) -> Array:
        """Sizes (N, k) at points (N, n)."""
        return np.asarray(self.nearby(x) * np.exp(grow(self.support.remoteness(x), self.powers)))

    def nearby(self, x: Array) -> Array:
        """The same as if rows were near."""
        return np.asarray(self.base(x) * np.exp(self.support.near(x) @ self.places))

    def build(self, graph: NetworkGraph, scale: Array) -> Affine:
        """The logarithm of the sizes times ``scale`` (k,)."""
        base, nodes = self.base.build(graph, scale), self.support.build(graph)
        beyond = graph.node(
            "Relu", graph.node("Sub", nodes.remoteness, graph.constant(KNOTS[None]))
        )
        terms = [(beyond, np.diff(self.powers, axis=0, prepend=0.0))]
        if self.places.any():
            terms.append((nodes.near, self.places))
        return Affine((*base.terms, *terms), base.bias)


def grow(remote: Array, powers: Array) -> Array:
    """The logarithm (N, k) of the growth of errors at points of this remoteness (N,)."""
    return _segments(remote) @ powers


def measure_growth(
    base: ErrorModel, support: Support, single: Residuals, held: Residuals
) -> LocalError:
    """Errors that are ``base`` near the rows and grow as those at ``held`` rows do, by `BEYOND` at
    least."""
    places = np.zeros((support.centres, held.size.shape[1]))
    placed = LocalError(base, support, places, np.zeros((len(KNOTS), held.size.shape[1])))
    return replace(placed, powers=np.maximum(_find_powers(placed, single, held), BEYOND))


def localise(
    fit_base: FitError, support: Support, single: Residuals, held: Residuals
) -> LocalError:
    """Local sizes from errors at ``single`` rows, growth also from ``held`` neighbourhoods."""
    counts = choose_neighbours(fit_base, support, single)
    placed = place(fit_base, support, single, counts)
    return replace(placed, powers=_find_powers(placed, single, held))


def choose_neighbours(fit_base: FitError, support: Support, single: Residuals) -> tuple[int, ...]:
    """For each output the residuals that tell that of a row near them best, 0 for no local size."""
    ratio = _find_ratios(fit_base(single.x, single.size)(single.x), single.size)
    points = support.whole.scaled(support.coordinates(single.x))
    most = [count for count in NEIGHBOURS if count < len(points) // 2]
    if not most:
        return tuple(0 for _ in ratio.T)
    near = KDTree(points).query(points, most[-1] + 1)[1][:, 1:]
    loss = np.array([_find_losses(_average(ratio, near[:, :count]), ratio) for count in most])
    plain = _find_losses(ratio.mean(axis=0), ratio)
    best = loss.argmin(axis=0)
    gained = loss.min(axis=0) < plain - GAIN
    return tuple(most[k] if gain else 0 for k, gain in zip(best, gained, strict=True))


def place(
    fit_base: FitError, support: Support, single: Residuals, counts: tuple[int, ...]
) -> LocalError:
    """Local sizes without growth, each output's from ``counts`` residuals near a centre."""
    base = fit_base(single.x, single.size)
    ratio = _find_ratios(base(single.x), single.size)
    points = support.whole.scaled(support.coordinates(single.x))
    tree, even = KDTree(points), choose_evenly(points)
    wide = _find_width(len(even))
    centres = support.whole.centres / support.whole.unit
    around = tree.query(points, max(*counts, 1) + 1)[1][:, 1:]
    near = tree.query(centres, max(*counts, 2))[1]
    spread = even[KDTree(points[even]).query(centres, max(wide, 2))[1]]
    places = np.zeros((support.centres, len(counts)))
    for k, count in enumerate(counts):
        score = ratio[:, k]
        if count:
            places[:, k] = np.log(_average(ratio, near[:, :count])[:, k])
            score = score / _average(ratio, around[:, :count])[:, k]
        if wide:
            level = np.quantile(score[spread], ONE_SIGMA, axis=1)
            places[:, k] += np.log(level / np.quantile(score[even], ONE_SIGMA))
    return LocalError(base, support, places, np.zeros((len(KNOTS), len(counts))))


def _find_width(rows: int) -> int:
    """Rows of which 68 % shall lie within their sizes around each centre; 0 if there are few."""
    return 0 if rows < FEWEST_PLACES * WIDE else max(WIDE, rows // MOST_PLACES)


def _find_ratios(size: Array, residual: Array) -> Array:
    """Residuals (N, k) over what a model says of them."""
    ratio = np.abs(residual) / size
    return np.maximum(ratio, LEAST * np.median(ratio, axis=0) + np.finfo(float).tiny)


def _average(ratio: Array, near: NDArray[np.int64]) -> Array:
    """Mean ratios (M, k) of the rows ``near`` (M, count)."""
    total = ratio[near].sum(axis=1) + PRIOR * np.median(ratio, axis=0)
    return np.asarray(total / (near.shape[1] + PRIOR))


def _find_losses(size: Array, ratio: Array) -> Array:
    """Negative log-likelihoods (k,) of Laplace residuals of the size told."""
    return np.asarray((np.log(size) + ratio / size).mean(axis=0))


def _segments(remote: Array) -> Array:
    """How far each remoteness (N,) goes into the segments after the knots, shape (N, knots)."""
    width = np.append(np.diff(KNOTS), np.inf)
    return np.asarray(np.clip(remote[:, None] - KNOTS, 0.0, width))


def _find_powers(placed: LocalError, single: Residuals, held: Residuals) -> Array:
    """The likeliest powers (knots, k) for Laplace residuals; none is negative."""
    x = np.concatenate([single.x, held.x])
    depth = _segments(np.concatenate([single.remote, held.remote]))
    size = np.abs(np.concatenate([single.size, held.size])) / placed.nearby(x)
    known = (depth > 0).sum(axis=0) >= FEWEST
    powers = np.zeros((len(KNOTS), size.shape[1]))
    for k, ratio in enumerate(size.T):
        if known.any():
            powers[known, k] = _maximise(depth[:, known], ratio)
        for segment in np.flatnonzero(~known):
            powers[segment, k] = max(powers[segment - 1, k] if segment else 0.0, BEYOND)
    return powers


def _maximise(depth: Array, ratio: Array) -> Array:
    def loss(powers: Array) -> tuple[float, Array]:
        growth = depth @ powers
        scaled = ratio * np.exp(-growth)
        return float((growth + scaled).mean()), (1 - scaled) @ depth / len(ratio)

    start = np.ones(depth.shape[1])
    bounds = [(0.0, 50.0)] * len(start)
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)
