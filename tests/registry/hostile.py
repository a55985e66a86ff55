"""Changes to a model that end a careless process."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

from .conftest import constant


def local_functions(model: onnx.ModelProto) -> None:
    """A chain of 3000 functions, each calling the next."""
    opset = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    for k in range(3000):
        node = helper.make_node(
            f"f{k + 1}" if k < 2999 else "Identity", ["x"], ["y"], domain="own" if k < 2999 else ""
        )
        model.functions.append(helper.make_function("own", f"f{k}", ["x"], ["y"], [node], opset))
    model.opset_import.append(helper.make_opsetid("own", 1))
    call = helper.make_node("f0", ["parameters"], ["called"], domain="own")
    _into_value(
        model, call, helper.make_node("ReduceMax", ["called", "axes"], ["extra"], keepdims=1)
    )


def bomb(model: onnx.ModelProto) -> None:
    """12 GB from 100 bytes."""
    model.graph.initializer.append(constant("shape", np.array([1_500_000_000])))
    ones = helper.make_tensor("ones", TensorProto.DOUBLE, [1], [1.0])
    large = helper.make_node("ConstantOfShape", ["shape"], ["large"], value=ones)
    _into_value(model, large, helper.make_node("ReduceMax", ["large"], ["extra"], keepdims=0))


def endless_loop(model: onnx.ModelProto) -> None:
    """While true: the shortest program that never ends."""
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Neg", ["x"], ["y"])],
        "body",
        [
            info("i", TensorProto.INT64, []),
            info("go", TensorProto.BOOL, []),
            info("x", TensorProto.DOUBLE, []),
        ],
        [info("on", TensorProto.BOOL, []), info("y", TensorProto.DOUBLE, [])],
    )
    model.graph.initializer.append(constant("true", True))
    _into_value(model, helper.make_node("Loop", ["", "true", "one"], ["extra"], body=body))


def _into_value(model: onnx.ModelProto, *nodes: onnx.NodeProto) -> None:
    """Make the value depend on `extra`, so that nothing is optimised away."""
    kept = list(model.graph.node)
    position = next(k for k, n in enumerate(kept) if n.op_type == "Exp")
    kept[position : position + 1] = [
        *nodes,
        helper.make_node("Exp", ["y"], ["plain"]),
        helper.make_node("Mul", ["plain", "extra"], ["value"]),
    ]
    del model.graph.node[:]
    model.graph.node.extend(kept)
