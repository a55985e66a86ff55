"""A finished graph in a smaller region: its `reach` is the larger of its own and the new one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

from lhnets.format import HalfSpace, Input
from lhnets_training.onnx.export import PARAMETERS, reach_rows

PREFIX = "narrowed_"


def narrow(model: bytes, inputs: Sequence[Input], region: Iterable[HalfSpace]) -> bytes:
    """The graph with a `reach` above 1 outside the box of ``inputs`` and the ``region``, too."""
    made = onnx.load_model_from_string(model)
    graph, before = made.graph, f"{PREFIX}before"
    for node in graph.node:
        node.output[:] = [before if name == "reach" else name for name in node.output]
    rows = dict(zip(("weights", "bias"), reach_rows(inputs, region), strict=True))
    rows["axis"] = np.array([1])
    for name, array in rows.items():
        tensor = numpy_helper.from_array(np.ascontiguousarray(array), PREFIX + name)
        graph.initializer.append(tensor)
    weights, bias, axis = (PREFIX + name for name in rows)
    made_rows, largest = f"{PREFIX}rows", f"{PREFIX}largest"
    graph.node.append(helper.make_node("Gemm", [PARAMETERS, weights, bias], [made_rows]))
    graph.node.append(helper.make_node("ReduceMax", [made_rows, axis], [largest], keepdims=0))
    graph.node.append(helper.make_node("Max", [before, largest], ["reach"]))
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))
