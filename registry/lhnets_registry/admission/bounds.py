"""Where the numbers lie that a network of plain parameters computes of one parameter each, before
its layers mix them: shifts, scales and casts, for parameters within their ranges."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from lhnets.format import Card

_SLACK = 1e-5
"""Of the larger bound: more than single precision rounds in a few steps."""
_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE)
_WHOLE = (TensorProto.INT32, TensorProto.INT64)
_LARGEST_WHOLE = 2**31 - 1
_KEPT = ("Identity",)
_OPERATIONS = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide}

Points = NDArray[np.float64]


class Bounds(NamedTuple):
    """Both (n,), of the columns of a tensor (rows, n); NaN where nothing is known."""

    low: Points
    high: Points

    def exclude(self, numbers: Points) -> bool:
        """Whether no column can be equal to its number, or to the one number."""
        slack = _SLACK * np.maximum(np.abs(self.low), np.abs(self.high))
        outside = (numbers < self.low - slack) | (numbers > self.high + slack) | np.isnan(numbers)
        return bool(outside.all())


def find_bounds(graph: onnx.GraphProto, card: Card) -> dict[str, Bounds]:
    """The bounds of the parameters and of each tensor that is made of them column by column."""
    columns = card.columns
    known = {t.name: t for t in graph.initializer}
    found = {
        "parameters": Bounds(
            np.array([c.low for c in columns], dtype=np.float64),
            np.array([c.high for c in columns], dtype=np.float64),
        )
    }
    for node in graph.node:
        bounds = _of_node(node, found, known, len(columns))
        if bounds is not None:
            found[node.output[0]] = bounds
    return found


def columns_of(tensor: TensorProto, count: int) -> Points | None:
    """The numbers of a constant that meets ``count`` columns with one number each, or with one for
    all; None for another shape."""
    array = numpy_helper.to_array(tensor)
    if array.size == 1 or (array.size == count and array.shape[-1] == count):
        return np.ravel(array).astype(np.float64)
    return None


def _of_node(
    node: onnx.NodeProto, found: dict[str, Bounds], known: dict[str, TensorProto], count: int
) -> Bounds | None:
    if node.op_type in _KEPT:
        return found.get(node.input[0])
    if node.op_type == "Cast" and node.input[0] in found:
        return _cast(found[node.input[0]], next(a.i for a in node.attribute if a.name == "to"))
    if node.op_type in _OPERATIONS:
        return _combined(node, found, known, count)
    return None


def _cast(bounds: Bounds, kind: int) -> Bounds | None:
    if kind in _FLOATS:
        return bounds
    slack = _SLACK * np.maximum(np.abs(bounds.low), np.abs(bounds.high))
    low, high = np.trunc(bounds.low - slack), np.trunc(bounds.high + slack)
    fits = (np.abs(low) < _LARGEST_WHOLE) & (np.abs(high) < _LARGEST_WHOLE)
    return Bounds(low, high) if kind in _WHOLE and fits.all() else None


def _combined(
    node: onnx.NodeProto, found: dict[str, Bounds], known: dict[str, TensorProto], count: int
) -> Bounds | None:
    """Of one operation between a tensor with bounds and a constant; a constant is not divided."""
    first, second = node.input
    swapped = first in known and second in found
    tensor, constant = (second, first) if swapped else (first, second)
    if tensor not in found or constant not in known or (swapped and node.op_type == "Div"):
        return None
    numbers = columns_of(known[constant], count)
    if numbers is None:
        return None
    operation = _OPERATIONS[node.op_type]
    with np.errstate(all="ignore"):
        ends = [
            operation(numbers, end) if swapped else operation(end, numbers) for end in found[tensor]
        ]
    return Bounds(np.minimum(*ends), np.maximum(*ends))
