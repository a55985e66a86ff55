"""A search for the worst: points of the region at which a network and its truth differ most.

Random rows judge what is common; a narrow corner of the region escapes them. The search begins with
rows of the data set and points near the edges, and goes on from the worst so far, in steps of all
sizes along single inputs, along differences of points, and towards the edges of the region
(hit-and-run moves in a convex region, R. L. Smith, Oper. Res. 32 (1984) 1296). It minimises nothing
smooth and needs no derivative; the truth is computed for many points at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Objective: TypeAlias = Callable[[Array], Array]
"""From points (N, n) to what is to be large, (N, objectives): |pull| and error."""
Project: TypeAlias = Callable[[Array], Array]
"""Points (N, n) brought to a surface that the inputs lie on, such as unit vectors."""

GENERATIONS = 25
KEPT = 0.1
"""Share of a generation that the next one goes on from, for each objective."""
FIRST = 0.3
"""Share of all points that begin the search."""
INSIDE = 1e-7
"""How far from an edge, in the way to it, the outermost points stay."""
MARGIN = 1e-10
"""How far from an edge a point must be, over the sizes of what is compared."""


@dataclass(frozen=True)
class Polytope:
    """All points with ``weights @ x <= bounds``, of shapes (m, n) and (m,)."""

    weights: Array
    bounds: Array

    def holds(self, x: Array) -> NDArray[np.bool_]:
        """Which points (N, n) lie in it, and not within rounding of an edge."""
        rounding = MARGIN * (np.abs(x) @ np.abs(self.weights.T))
        return np.asarray((x @ self.weights.T <= self.bounds - rounding).all(axis=1))

    def exits(self, x: Array, direction: Array) -> Array:
        """How far each point (N, n) can go along its direction (N, n), shape (N,)."""
        slack, speed = self.bounds - x @ self.weights.T, direction @ self.weights.T
        with np.errstate(divide="ignore", invalid="ignore"):
            times = np.where(speed > 0, slack / speed, np.inf)
        return np.asarray(np.maximum(times.min(axis=1), 0.0))


@dataclass(frozen=True)
class Searched:
    """All points (N, n) whose truth was computed, and the objectives (N, objectives) there."""

    x: Array
    found: Array

    def worst(self, objective: int) -> int:
        """The number of the point where an objective is largest."""
        return int(np.argmax(self.found[:, objective]))


def search(
    ask: Objective,
    region: Polytope,
    rows: Array,
    *,
    points: int,
    seed: int,
    project: Project | None = None,
) -> Searched:
    """Points of the region where the objectives are large.

    Parameters
    ----------
    ask : the objectives; a value that is not finite counts as none
    region : where to look
    rows : points (N, n) of the region to begin with
    points : how many points the truth may be computed for
    """
    rng = np.random.default_rng(seed)
    project = project or (lambda x: x)
    rows = rows[region.holds(rows)]
    size = int(FIRST * points)
    drawn = rows[rng.integers(len(rows), size=size)]
    moved = _move(drawn[: size // 2], rows, region, rng)
    x = _keep(np.concatenate([moved, drawn[size // 2 :]]), region, project)
    found = _ask(ask, x)
    each = (points - size) // GENERATIONS
    for _ in range(GENERATIONS):
        parents = _choose(x, found, each, rng)
        new = _keep(_move(parents, rows, region, rng), region, project)
        x, found = np.concatenate([x, new]), np.concatenate([found, _ask(ask, new)])
    return Searched(x, found)


def _ask(ask: Objective, x: Array) -> Array:
    return np.nan_to_num(ask(x), nan=-np.inf, posinf=-np.inf, neginf=-np.inf)


def _choose(x: Array, found: Array, count: int, rng: np.random.Generator) -> Array:
    """Points to go on from: the best of each objective, the better the likelier."""
    objectives = found.shape[1]
    chosen = []
    for k in range(objectives):
        best = np.argsort(-np.take(found, k, axis=1))[: max(2, int(KEPT * count))]
        rank = np.floor(len(best) * rng.random(count // objectives) ** 2).astype(np.int64)
        chosen.append(x[np.take(best, rank)])
    return np.concatenate(chosen)


def _move(x: Array, rows: Array, region: Polytope, rng: np.random.Generator) -> Array:
    """One step for each point, of any size up to the edge of the region."""
    count, n = x.shape
    single = np.take(np.eye(n), rng.integers(n, size=count), axis=0)
    other = rows[rng.integers(len(rows), size=count)] - x
    kinds = rng.integers(3, size=(count, 1))
    direction = np.select([kinds == 0, kinds == 1], [single, other], x)
    direction = direction * rng.choice([-1.0, 1.0], size=(count, 1))
    far = region.exits(x, direction)
    size = 10.0 ** rng.uniform(-5, 0, count)
    share = np.where(rng.random(count) < 0.5, size, 1 - np.maximum(size, INSIDE))
    share = np.where(rng.random(count) < 0.1, 1 - INSIDE, share)
    step = np.where(np.isfinite(far), far * share, size)
    return np.asarray(x + step[:, None] * direction)


def _keep(x: Array, region: Polytope, project: Project) -> Array:
    x = project(x)
    return x[region.holds(x)]
