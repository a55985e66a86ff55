"""The reach that a card declares, by numpy: at most 1 inside its region, above 1 outside.

Exported graphs compute it by their own nodes; `lhnets_training.pipeline.parity` compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input, UnitVector
from lhnets_training.data.sample import Surface, box, coefficients, excess

Array = NDArray[np.float64]


def reach_of_points(x: Array, inputs: Sequence[Input], region: Iterable[Surface] = ()) -> Array:
    """The largest coordinate of each point (N, n), shape (N,).

    In the box it is -1 and 1 at the edges of an input. Across a half-space it is 0 at the corner of
    the box that lies deepest inside, and 1 on the plane. Off a unit vector it is the excess of the
    sum of squares over the tolerance.
    """
    low, high = box(inputs)
    parts = list(np.abs((x - (low + high) / 2) / ((high - low) / 2)).T)
    for constraint in region:
        if isinstance(constraint, UnitVector):
            parts.append(np.abs(excess(x, constraint, inputs)) / constraint.tolerance)
            continue
        row = coefficients(constraint, inputs)
        deepest = float(row @ np.where(row > 0, low, high))
        parts.append((x @ row - deepest) / (constraint.bound - deepest))
    return np.asarray(np.max(parts, axis=0))


def reach_of_events(arrays: Mapping[str, NDArray[Any]], inputs: Sequence[Input]) -> Array:
    """The largest box coordinate of the entries of each event whose ranges the card declares, shape
    (N,)."""
    parts = []
    for tensor in inputs:
        edges = find_ranges(tensor)
        if edges is None:
            continue
        low, high = edges
        with np.errstate(invalid="ignore"):
            middle = np.nan_to_num((low + high) / 2)
        size = np.abs((arrays[tensor.name].astype(np.float64) - middle) / ((high - low) / 2))
        present = find_entries(arrays, tensor, inputs)
        size = size if present is None else np.where(present, size, 0.0)
        parts.append(size.reshape(len(size), -1).max(axis=1))
    return np.asarray(np.max(parts, axis=0))


def find_ranges(tensor: Input) -> tuple[Array, Array] | None:
    """Declared edges along the last axis, infinite where there are none; None if the card declares
    none at all."""
    pairs = (
        [(f.low, f.high) for f in tensor.features]
        if tensor.features
        else [(tensor.low, tensor.high)]
    )
    pairs = [(tensor.low, tensor.high) if low is None else (low, high) for low, high in pairs]
    if all(low is None for low, _ in pairs) or tensor.dtype == "bool":
        return None
    low = np.array([-np.inf if p[0] is None else p[0] for p in pairs])
    high = np.array([np.inf if p[1] is None else p[1] for p in pairs])
    return low, high


def find_entries(
    arrays: Mapping[str, NDArray[Any]], tensor: Input, inputs: Sequence[Input]
) -> NDArray[np.bool_] | None:
    """Which entries are neither padding nor hidden by a mask, broadcastable to the tensor; None if
    all are entries."""
    x = arrays[tensor.name]
    inner = (1,) * (x.ndim - 2)
    for mask in inputs:
        if tensor.name in mask.mask_of:
            marks = arrays[mask.name].astype(bool)
            kept = marks if mask.mask_marks == "entries" else ~marks
            return np.asarray(kept.reshape(*kept.shape, *inner))
    if tensor.padding is None:
        return None
    differs = x != tensor.padding
    return np.asarray(differs.any(axis=-1, keepdims=True) if x.ndim > 2 else differs)
