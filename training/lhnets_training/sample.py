"""Designs: where in the region the labels are computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lhnets._card import HalfSpace, Input
from lhnets._errors import Error

Array = NDArray[np.float64]


class DesignError(Error, ValueError):
    """A design that the region does not allow."""


def inside(x: Array, inputs: Sequence[Input], region: Iterable[HalfSpace] = ()) -> NDArray[np.bool_]:
    """Which of the points (N, n) lie in the box of the inputs and in every half-space. Shape (N,)."""
    low, high = box(inputs)
    held = ((x >= low) & (x <= high)).all(axis=1)
    for half_space in region:
        held &= x @ coefficients(half_space, inputs) <= half_space.bound
    return np.asarray(held)


def box(inputs: Sequence[Input]) -> tuple[Array, Array]:
    """Lower and upper edges of the inputs, each of shape (n,).

    Raises
    ------
    DesignError
        where an input has no range.
    """
    open_ended = [i.name for i in inputs if i.low is None or i.high is None]
    if open_ended:
        raise DesignError(f"the inputs {', '.join(open_ended)} have no range; give low and high")
    return np.array([i.low for i in inputs], dtype=float), np.array([i.high for i in inputs], dtype=float)


def coefficients(half_space: HalfSpace, inputs: Sequence[Input]) -> Array:
    """The coefficients of a half-space in the order of the inputs, shape (n,)."""
    return np.array([half_space.coefficients.get(i.name, 0.0) for i in inputs])


def sobol(
    inputs: Sequence[Input],
    rows: int,
    seed: int,
    *,
    region: Iterable[HalfSpace] = (),
    log: Sequence[str] = (),
    edges: float = 0.0,
    digits: int | None = None,
) -> Array:
    """A scrambled Sobol design of ``rows`` points (rows, n) inside the region.

    Parameters
    ----------
    log : names of the inputs that are spread evenly in their logarithm
    edges : 0 for even spread; towards 1, a share of the points moves towards the edges (the arcsine law at 1)
    digits : significant digits that are kept, so that the labels belong to short numbers exactly

    Raises
    ------
    DesignError
        where the region fills less than a thousandth of its box.
    """
    from scipy.stats import qmc

    region = tuple(region)
    low, high = box(inputs)
    is_log = np.array([i.name in log for i in inputs])
    start, end = (
        np.where(is_log, np.log(np.where(is_log, low, 1.0)), low),
        np.where(is_log, np.log(np.where(is_log, high, 1.0)), high),
    )
    engine = qmc.Sobol(len(inputs), seed=seed)
    kept: list[Array] = []
    found = drawn = 0
    while found < rows:
        u = engine.random_base2(int(np.ceil(np.log2(max(rows, 64)))) if not drawn else int(np.log2(drawn)))
        drawn += len(u)
        u = (1 - edges) * u + edges * (0.5 - 0.5 * np.cos(np.pi * u))
        x = start + (end - start) * u
        x = np.where(is_log, np.exp(np.where(is_log, x, 0.0)), x)
        x = np.clip(_rounded(x, digits), low, high)
        kept.append(x[inside(x, inputs, region)])
        found += len(kept[-1])
        if drawn > 1000 * max(rows, 64):
            raise DesignError(f"only {found} of {drawn} points of the box lie in the region; give a tighter box")
    return np.concatenate(kept)[:rows]


def uniform(inputs: Sequence[Input], rows: int, seed: int, region: Iterable[HalfSpace] = ()) -> Array:
    """``rows`` random points (rows, n) of the region, for checks of a network on points that no design knows."""
    low, high = box(inputs)
    rng = np.random.default_rng(seed)
    region = tuple(region)
    kept: list[Array] = []
    while sum(map(len, kept)) < rows:
        x = rng.uniform(low, high, (2 * rows, len(inputs)))
        kept.append(x[inside(x, inputs, region)])
    return np.concatenate(kept)[:rows]


def _rounded(x: Array, digits: int | None) -> Array:
    if digits is None:
        return x
    power = 10.0 ** (digits - 1 - np.floor(np.log10(np.abs(x))))
    return np.asarray(np.round(x * power) / power)
