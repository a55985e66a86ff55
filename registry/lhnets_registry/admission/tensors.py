"""Random inputs of an event network, as its card declares them: lengths, padding, masks, ranges,
types."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import NetworkFileError
from lhnets.format import Card, Input
from lhnets.networks import PARAMETERS, measure_row, read_graph
from lhnets_registry.admission import region

Arrays = dict[str, NDArray[Any]]

MOST_WORK = 2**33
"""Numbers that a graph makes of all random events together: seconds of one processor."""
_FEWEST = 64
_MOST_NUMBERS = 2**23
"""Of all random events together."""
_JITTER = 0.01


def affordable(content: bytes, inputs: Arrays, wanted: int) -> int:
    """How many of the ``wanted`` events a graph can be tried on: fewer where one event takes
    much."""
    try:
        total = measure_row(read_graph(content), inputs).total
    except NetworkFileError:
        return wanted
    return max(_FEWEST, min(wanted, MOST_WORK // max(total, 1)))


def sample(card: Card, reference: Arrays, count: int, rng: np.random.Generator) -> Arrays:
    """Up to ``count`` events: half near the ``reference`` ones, half drawn anew within the declared
    or seen ranges.

    Free axes have the lengths of the reference events; an event drawn anew has between one entry
    and all of them.
    """
    events = len(next(iter(reference.values())))
    size = sum(math.prod(a.shape[1:]) for a in reference.values())
    count = max(2, min(count, _MOST_NUMBERS // max(size, 1)))
    rows = rng.integers(events, size=count // 2)
    near = {name: _jittered(array[rows], rng) for name, array in reference.items()}
    drawn = _drawn(card, reference, count - count // 2, rng)
    for i in card.inputs:
        if i.mask_of or i.padding is not None or i.dtype in ("int64", "bool"):
            near[i.name] = (
                reference[i.name][rows]
                if i.padding is None
                else _repadded(reference[i.name][rows], near, i)
            )
    if PARAMETERS in reference:
        drawn[PARAMETERS] = region.inside(card, len(next(iter(drawn.values()))), rng)
        near[PARAMETERS] = reference[PARAMETERS][rows]
        kept = len(drawn[PARAMETERS])
        drawn = {name: array[:kept] for name, array in drawn.items()}
    return {name: np.concatenate([near[name], drawn[name]]) for name in reference}


def _drawn(card: Card, reference: Arrays, count: int, rng: np.random.Generator) -> Arrays:
    """Events anew: entries up to a random length, padding beyond, masks that say which is which."""
    lengths: dict[Any, NDArray[np.int64]] = {}
    made: Arrays = {}
    for i in card.inputs:
        if i.shape is None:
            continue
        seen = reference[i.name]
        shape = (count, *seen.shape[1:])
        axis = i.shape[1] if len(i.shape) > 1 else None
        if axis not in lengths:
            lengths[axis] = (
                rng.integers(1, max(shape[1], 1) + 1, size=count)
                if len(shape) > 1
                else np.ones(count, int)
            )
        present = (
            np.arange(shape[1]) < lengths[axis][:, None]
            if len(shape) > 1
            else np.ones((count, 0), bool)
        )
        if i.mask_of:
            made[i.name] = (present if i.mask_marks == "entries" else ~present).astype(i.dtype)
            continue
        values = _values(i, seen, shape, rng)
        if i.padding is not None:
            values[~present] = i.padding
        made[i.name] = values.astype(i.dtype)
    return made


def _values(
    i: Input, seen: NDArray[Any], shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[Any]:
    if i.noise == "normal":
        return rng.standard_normal(shape)
    if i.noise == "uniform":
        return rng.random(shape)
    if i.dtype == "bool":
        return rng.random(shape) < 0.5
    low, high = _ranges(i, seen)
    if i.dtype == "int64":
        return rng.integers(
            np.floor(low).astype(np.int64), np.ceil(high).astype(np.int64) + 1, size=shape
        )
    return rng.uniform(low, high, shape)


def _ranges(i: Input, seen: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges along the last axis: declared ones, else those of the reference events.

    Without features, an axis of two dimensions is that of the entries, and all of them have one
    range.
    """
    last = seen.reshape(-1, seen.shape[-1]) if seen.ndim > 2 or i.features else seen.reshape(-1, 1)
    entries = last if i.padding is None else last[(last != i.padding).any(axis=1)]
    entries = entries if len(entries) else last
    low, high = entries.min(axis=0).astype(np.float64), entries.max(axis=0).astype(np.float64)
    if i.low is not None and i.high is not None:
        low, high = np.full_like(low, i.low), np.full_like(high, i.high)
    for k, feature in enumerate(i.features):
        if feature.low is not None and feature.high is not None:
            low[k], high[k] = feature.low, feature.high
    return low, high


def _repadded(array: NDArray[Any], near: Arrays, i: Input) -> NDArray[Any]:
    """The jittered events with their padding as it was."""
    padded = (
        (array == i.padding).all(axis=-1, keepdims=True) if array.ndim > 2 else array == i.padding
    )
    return np.where(padded, array, near[i.name])


def _jittered(array: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    if array.dtype.kind != "f":
        return array
    return (array * (1 + _JITTER * rng.standard_normal(array.shape))).astype(array.dtype)
