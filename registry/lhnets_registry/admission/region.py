"""Random points of a card's region, on its edge and beyond it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Card, Depth, UnitVector

_ATTEMPTS = 64
_STEPS = (1e-6, 1e-2, 1.0)
"""How far beyond an edge to look, in widths of the box."""

_HALVINGS = 20
_DEEPER = (1e-3, 0.1, 1.0)
"""How far beyond the edge of a depth to look, as a share of the signal there."""

Points = NDArray[np.float64]


def inside(card: Card, count: int, rng: np.random.Generator) -> Points:
    """Up to ``count`` points of shape (count, n) in the region: half uniform, half uniform in the
    logarithm.

    Fewer come back where the half-spaces leave almost nothing of the box.
    """
    found: list[Points] = []
    missing = count
    for _ in range(_ATTEMPTS):
        points = project(card, _in_box(card, count, rng))
        found.append(points[~violates(card, points)][:missing])
        missing -= len(found[-1])
        if not missing:
            break
    return np.concatenate(found)


def edge(card: Card, points: Points) -> Points:
    """The ``points`` moved onto each face of the box in turn, where that is still in the region."""
    low, high = box(card)
    moved = []
    for column in range(len(low)):
        for bound in (low[column], high[column]):
            copy = points.copy()
            copy[:, column] = bound
            moved.append(copy)
    all_moved = np.concatenate(moved)
    return all_moved[~violates(card, all_moved)]


def outside(card: Card, points: Points) -> Points:
    """The ``points`` of the region moved beyond each face of the box and each half-space, by little
    and by much."""
    low, high = box(card)
    width = high - low
    moved = []
    for step in _STEPS:
        for column in range(len(low)):
            for bound, sign in ((low[column], -1.0), (high[column], 1.0)):
                copy = points.copy()
                copy[:, column] = bound + sign * step * width[column]
                moved.append(copy)
        for normal, bound in _half_spaces(card):
            scale = float(np.abs(normal) @ width)
            lacking = bound + step * scale - points @ normal
            moved.append(points + np.outer(lacking / (normal @ normal), normal))
    return np.concatenate(moved)


def pure(card: Card, points: Points) -> Points:
    """The ``points`` (N, n) with rows of mixing matrices replaced by pure states: each row in turn
    with one element 1 and the others 0, and all rows together.

    There couplings vanish, and with them terms of a value and of its uncertainty.
    """
    groups = _mixing_rows(card)
    if not groups:
        return points[:0]
    found = []
    for chosen in product(*([None, *range(g.size)] for g in groups)):
        copy = points.copy()
        for group, element in zip(groups, chosen, strict=True):
            if element is not None:
                copy[:, group] = np.eye(group.size)[element]
        found.append(copy)
    return np.concatenate(found[1:])


def _mixing_rows(card: Card) -> list[NDArray[np.int64]]:
    """The columns of each unit vector of the region and of each row of a mixing matrix."""
    rows: dict[tuple[object, ...], list[int]] = {}
    for k, i in enumerate(card.columns):
        if i.slha is not None and i.slha.block.endswith("MIX"):
            rows.setdefault((i.slha.block, i.slha.entry[0]), []).append(k)
    vectors = [np.flatnonzero(columns) for columns, _ in _unit_vectors(card)]
    known = {tuple(v) for v in vectors}
    mixing = [np.array(r) for r in rows.values() if len(r) > 1 and tuple(r) not in known]
    return [*vectors, *mixing]


def scale_to_edge(card: Card, points: Points, reach: Callable[[Points], Points]) -> Points:
    """The ``points`` (N, n) of the box moved towards no signal until their reach is at most 1, if
    the card's region ends at a depth; else as they are."""
    if not any(isinstance(c, Depth) for c in card.region):
        return points
    low, high = np.zeros(len(points)), np.ones(len(points))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        held = reach(middle[:, None] * points) <= 1
        low, high = np.where(held, middle, low), np.where(held, high, middle)
    return np.where(reach(points) <= 1, 1.0, low)[:, None] * points


def beyond_depth(edges: Points) -> Points:
    """Points (N, n) at the edge of a depth moved away from no signal."""
    return np.concatenate([(1 + step) * edges for step in _DEEPER])


def _in_box(card: Card, count: int, rng: np.random.Generator) -> Points:
    low, high = box(card)
    points = rng.uniform(low, high, (count, len(low)))
    positive = low > 0
    half = count // 2
    points[:half, positive] = np.exp(
        rng.uniform(np.log(low[positive]), np.log(high[positive]), (half, positive.sum()))
    )
    clipped: Points = np.clip(rng.permutation(points), low, high)
    return clipped


def box(card: Card) -> tuple[Points, Points]:
    """The lower and upper edges (n,) of the ranges of all columns."""
    low = np.array([i.low for i in card.columns], dtype=np.float64)
    return low, np.array([i.high for i in card.columns], dtype=np.float64)


def _half_spaces(card: Card) -> list[tuple[Points, float]]:
    names = [i.name for i in card.columns]
    return [
        (np.array([h.coefficients.get(name, 0.0) for name in names]), h.bound)
        for h in card.half_spaces
        if any(h.coefficients.get(name) for name in names)
    ]


def _unit_vectors(card: Card) -> list[tuple[NDArray[np.bool_], float]]:
    """Which columns are elements of each unit vector of the region, and its tolerance."""
    return [
        (np.array([i.name in c.inputs for i in card.columns]), c.tolerance)
        for c in card.region
        if isinstance(c, UnitVector)
    ]


def project(card: Card, points: Points) -> Points:
    """The points with each unit vector of the region divided by its length."""
    for part, _ in _unit_vectors(card):
        length = np.sqrt((points[:, part] ** 2).sum(axis=1, keepdims=True))
        points = np.where(part, points / np.where(length > 0, length, 1.0), points)
    return points


def violates(card: Card, points: Points) -> NDArray[np.bool_]:
    """Which points lie beyond the box or a half-space, or off a unit vector."""
    low, high = box(card)
    beyond = np.asarray(((points < low) | (points > high)).any(axis=1))
    for part, tolerance in _unit_vectors(card):
        beyond |= np.abs((points[:, part] ** 2).sum(axis=1) - 1) > tolerance
    for normal, bound in _half_spaces(card):
        beyond |= points @ normal > bound
    return beyond
