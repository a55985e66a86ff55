"""The rounding that an exact evaluation has: an uncertainty that is never zero."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

PREFIX = "rounding_"


def state_rounding(model: bytes, least: NDArray[np.float64]) -> bytes:
    """The graph with an uncertainty of at least ``least`` (k,)."""
    made = onnx.load_model_from_string(model)
    graph, before, name = made.graph, f"{PREFIX}before", f"{PREFIX}least"
    if any(before in node.output for node in graph.node):
        return model
    for node in graph.node:
        node.input[:] = [before if given == "uncertainty" else given for given in node.input]
        node.output[:] = [before if given == "uncertainty" else given for given in node.output]
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(least[None]), name))
    graph.node.append(helper.make_node("Max", [before, name], ["uncertainty"]))
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))
