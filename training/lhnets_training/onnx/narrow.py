"""A finished graph in a smaller region: its `reach` is the larger of its own and the new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from lhnets.format import HalfSpace, Input, UnitVector
from lhnets_training.data.sample import Surface, members
from lhnets_training.onnx.export import PARAMETERS, reach_rows

Array = NDArray[np.float64]

PREFIX = "narrowed_"


def narrow(model: bytes, inputs: Sequence[Input], region: Iterable[Surface]) -> bytes:
    """The graph with a `reach` above 1 outside the box of ``inputs`` and the ``region``, too."""
    made = onnx.load_model_from_string(model)
    region = tuple(region)
    graph, before = made.graph, f"{PREFIX}before"
    for node in graph.node:
        node.output[:] = [before if name == "reach" else name for name in node.output]
    half_spaces = [c for c in region if isinstance(c, HalfSpace)]
    made_rows = _add_rows(graph, "rows", PARAMETERS, *reach_rows(inputs, half_spaces))
    parts = [before, _largest(graph, made_rows)]
    vectors = [c for c in region if isinstance(c, UnitVector)]
    if vectors:
        parts.append(_largest(graph, _leave_vectors(graph, inputs, vectors)))
    graph.node.append(helper.make_node("Max", parts, ["reach"]))
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))


def _leave_vectors(
    graph: onnx.GraphProto, inputs: Sequence[Input], vectors: Sequence[UnitVector]
) -> str:
    """|sum of squares - 1| over the tolerance of each unit vector, (N, vectors)."""
    tolerances = np.array([v.tolerance for v in vectors])
    weights = np.stack([members(v, inputs) / v.tolerance for v in vectors], axis=1)
    squares, size = f"{PREFIX}squares", f"{PREFIX}size"
    graph.node.append(helper.make_node("Mul", [PARAMETERS, PARAMETERS], [squares]))
    made = _add_rows(graph, "vectors", squares, weights, -1 / tolerances)
    graph.node.append(helper.make_node("Abs", [made], [size]))
    return size


def _add_rows(graph: onnx.GraphProto, name: str, x: str, weights: Array, bias: Array) -> str:
    """x (N, n) times weights (n, rows) plus bias (rows,)."""
    made = f"{PREFIX}{name}"
    constants = {f"{made}_weights": weights, f"{made}_bias": bias}
    for constant, array in constants.items():
        tensor = numpy_helper.from_array(np.ascontiguousarray(array), constant)
        graph.initializer.append(tensor)
    graph.node.append(helper.make_node("Gemm", [x, *constants], [made]))
    return made


def _largest(graph: onnx.GraphProto, rows: str) -> str:
    """The largest of the rows (N, rows), (N,)."""
    axis, largest = f"{rows}_axis", f"{rows}_largest"
    graph.initializer.append(numpy_helper.from_array(np.array([1]), axis))
    graph.node.append(helper.make_node("ReduceMax", [rows, axis], [largest], keepdims=0))
    return largest
