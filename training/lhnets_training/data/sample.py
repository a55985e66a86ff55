"""Designs: where in the region the labels are computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets.format import HalfSpace, Input, UnitVector

Array = NDArray[np.float64]
Surface: TypeAlias = HalfSpace | UnitVector
"""A constraint besides the ranges of the inputs."""


STEP = 0.01
"""How far `draw_alike` moves a row along an input, as a share of all rows in its order."""


class DesignError(Error, ValueError):
    """A design that the region does not allow."""


def inside(x: Array, inputs: Sequence[Input], region: Iterable[Surface] = ()) -> NDArray[np.bool_]:
    """Which of the points (N, n) lie in the box of the inputs and in every half-space. Shape
    (N,)."""
    low, high = box(inputs)
    held = ((x >= low) & (x <= high)).all(axis=1)
    for constraint in region:
        if isinstance(constraint, UnitVector):
            held &= np.abs(excess(x, constraint, inputs)) <= constraint.tolerance
        else:
            held &= x @ coefficients(constraint, inputs) <= constraint.bound
    return np.asarray(held)


def excess(x: Array, constraint: UnitVector, inputs: Sequence[Input]) -> Array:
    """By how much the squares of the named inputs of points (N, n) add to more than one, (N,)."""
    return np.asarray((x**2)[:, members(constraint, inputs)].sum(axis=1) - 1)


def members(constraint: UnitVector, inputs: Sequence[Input]) -> NDArray[np.bool_]:
    """Which inputs (n,) are elements of the unit vector."""
    return np.array([i.name in constraint.inputs for i in inputs])


def project(x: Array, inputs: Sequence[Input], region: Iterable[Surface]) -> Array:
    """The points (N, n), with the inputs that make up unit vectors divided by their lengths."""
    for constraint in region:
        if isinstance(constraint, UnitVector):
            part = members(constraint, inputs)
            length = np.sqrt(1 + excess(x, constraint, inputs))[:, None]
            x = np.where(part, x / np.where(part & (length > 0), length, 1.0), x)
    return x


def box(inputs: Sequence[Input]) -> tuple[Array, Array]:
    """Lower and upper edges of the inputs, each of shape (n,).

    Raises
    ------
    DesignError
        If an input has no range.
    """
    open_ended = [i.name for i in inputs if i.low is None or i.high is None]
    if open_ended:
        raise DesignError(f"the inputs {', '.join(open_ended)} have no range; give low and high")
    return np.array([i.low for i in inputs], dtype=float), np.array(
        [i.high for i in inputs], dtype=float
    )


def coefficients(half_space: HalfSpace, inputs: Sequence[Input]) -> Array:
    """The coefficients of a half-space in the order of the inputs, shape (n,)."""
    return np.array([half_space.coefficients.get(i.name, 0.0) for i in inputs])


def sobol(
    inputs: Sequence[Input],
    rows: int,
    seed: int,
    *,
    region: Iterable[Surface] = (),
    log: Sequence[str] = (),
    edges: float = 0.0,
    digits: int | None = None,
) -> Array:
    """A scrambled Sobol design of ``rows`` points (rows, n) inside the region.

    Parameters
    ----------
    log
        Names of the inputs that are spread evenly in their logarithm.
    edges
        0 for even spread; towards 1, a share of the points moves towards the edges (the arcsine
        law at 1).
    digits
        Significant digits that are kept, so that the labels belong to short numbers exactly.

    Raises
    ------
    DesignError
        If the region fills less than a thousandth of its box.
    """
    from scipy.stats import qmc

    cube = _Cube(inputs, tuple(region), log, edges, digits)
    engine = qmc.Sobol(len(inputs), seed=seed)
    kept: list[Array] = []
    found = drawn = 0
    while found < rows:
        u = engine.random_base2(
            int(np.ceil(np.log2(max(rows, 64)))) if not drawn else int(np.log2(drawn))
        )
        drawn += len(u)
        kept.append(cube(u))
        found += len(kept[-1])
        _filled(found, drawn, rows)
    return np.concatenate(kept)[:rows]


def latin(
    inputs: Sequence[Input],
    rows: int,
    seed: int,
    *,
    region: Iterable[Surface] = (),
    log: Sequence[str] = (),
    edges: float = 0.0,
    digits: int | None = None,
) -> Array:
    """A Latin hypercube of ``rows`` points (rows, n): in a box, every input has one point in each
    of ``rows`` equal steps.

    In a region that is not a box it is what a larger hypercube has there. The parameters are those
    of `sobol`; unlike a Sobol design, a longer one does not begin with a shorter one.

    Raises
    ------
    DesignError
        If the region fills less than a thousandth of its box.
    """
    from scipy.stats import qmc

    cube = _Cube(inputs, tuple(region), log, edges, digits)
    drawn, kept = rows, np.empty((0, len(inputs)))
    while len(kept) < rows:
        kept = cube(qmc.LatinHypercube(len(inputs), seed=seed).random(drawn))
        _filled(len(kept), drawn, rows)
        drawn = int(1.05 * drawn * min(rows / max(len(kept), 1), 10.0)) + 1
    return kept[:rows]


@dataclass(frozen=True)
class _Cube:
    """From the unit cube to the points of the region, with the parameters of `sobol`."""

    inputs: Sequence[Input]
    region: tuple[Surface, ...]
    log: Sequence[str]
    edges: float
    digits: int | None

    def __call__(self, u: Array) -> Array:
        low, high = box(self.inputs)
        is_log = np.array([i.name in self.log for i in self.inputs])
        start, end = (
            np.where(is_log, np.log(np.where(is_log, edge, 1.0)), edge) for edge in (low, high)
        )
        u = (1 - self.edges) * u + self.edges * (0.5 - 0.5 * np.cos(np.pi * u))
        x = start + (end - start) * u
        x = np.where(is_log, np.exp(np.where(is_log, x, 0.0)), x)
        x = project(np.clip(_rounded(x, self.digits), low, high), self.inputs, self.region)
        return np.asarray(x[inside(x, self.inputs, self.region)])


def _filled(found: int, drawn: int, rows: int) -> None:
    if drawn > 1000 * max(rows, 64) and found < rows:
        raise DesignError(
            f"only {found} of {drawn} points of the box lie in the region; give a tighter box"
        )


def uniform(inputs: Sequence[Input], rows: int, seed: int, region: Iterable[Surface] = ()) -> Array:
    """``rows`` random points (rows, n) of the region, for checks of a network on points that no
    design knows."""
    low, high = box(inputs)
    rng = np.random.default_rng(seed)
    region = tuple(region)
    kept: list[Array] = []
    while sum(map(len, kept)) < rows:
        x = project(rng.uniform(low, high, (2 * rows, len(inputs))), inputs, region)
        kept.append(x[inside(x, inputs, region)])
    return np.concatenate(kept)[:rows]


def draw_alike(
    x: Array,
    count: int,
    rng: np.random.Generator,
    inputs: Sequence[Input],
    region: Iterable[Surface] = (),
) -> Array:
    """About ``count`` points of the region that are spread as the rows ``x`` (N, n) are.

    Each is a row moved along every input by up to `STEP` of the rows in its order, so that the
    spread of each input and their dependence stay.
    """
    chosen = rng.integers(len(x), size=count)
    drawn = np.empty((count, x.shape[1]))
    for k, column in enumerate(x.T):
        ordered = np.sort(column)
        place = np.searchsorted(ordered, column[chosen]) / (len(x) - 1)
        place = np.abs(place + rng.uniform(-STEP, STEP, count))
        place = 1 - np.abs(1 - place)
        drawn[:, k] = np.interp(place, np.linspace(0, 1, len(x)), ordered)
    region = tuple(region)
    drawn = project(drawn, inputs, region)
    return np.asarray(drawn[inside(drawn, inputs, region)])


def _rounded(x: Array, digits: int | None) -> Array:
    if digits is None:
        return x
    power = 10.0 ** (digits - 1 - np.floor(np.log10(np.abs(x))))
    return np.asarray(np.round(x * power) / power)
