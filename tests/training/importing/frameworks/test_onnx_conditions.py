"""Branches that lengths decide are settled; those that differ or depend on values are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.frameworks.onnx import from_object
from lhnets_training.importing.frameworks.onnx_conditions import settle_conditions

OPSETS = (11, 13, 17)


def constant(name: str, value: Any) -> onnx.TensorProto:
    return numpy_helper.from_array(np.asarray(value), name)


def squeeze(opset: int, x: str, out: str) -> onnx.NodeProto:
    if opset < 13:
        return helper.make_node("Squeeze", [x], [out], axes=[1])
    return helper.make_node("Squeeze", [x, "axis"], [out])


def branch(name: str, *nodes: onnx.NodeProto, constants: Any = ()) -> onnx.GraphProto:
    out = onnx.ValueInfoProto(name=nodes[-1].output[0])
    return helper.make_graph(nodes, name, [], [out], initializer=constants)


def squeezed_if_one(opset: int, axis: int, condition: str = "is_one") -> onnx.ModelProto:
    """What exporters make of `x.squeeze(axis)` where they do not know the length."""
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "which"], ["length"]),
        helper.make_node("Equal", ["length", "one"], ["is_one"]),
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["any"], to=TensorProto.BOOL),
        helper.make_node(
            "If",
            [condition],
            ["inner"],
            then_branch=branch("then", squeeze(opset, "x", "dropped")),
            else_branch=branch(
                "else",
                helper.make_node("Mul", ["x", "half"], ["halved"]),
                constants=[constant("half", np.float32(0.5))],
            ),
        ),
        helper.make_node("Relu", ["inner"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 1, "P"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", "P"])],
        [constant("which", axis), constant("one", 1), constant("axis", [1])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)


@pytest.mark.parametrize("opset", OPSETS)
def test_the_branch_that_is_always_taken_stays(opset: int) -> None:
    source = from_object(squeezed_if_one(opset, axis=1), ())
    assert "If" not in {n.op_type for n in source.model.graph.node}
    assert source.note == "1 branches that lengths decide taken"
    x = np.random.default_rng(0).normal(size=(3, 1, 4)).astype(np.float32)
    session = onnxruntime.InferenceSession(source.model.SerializeToString())
    np.testing.assert_array_equal(session.run(None, {"x": x})[0], np.maximum(x[:, 0], 0))


def test_the_other_branch_brings_its_constants() -> None:
    made = squeezed_if_one(13, axis=2)
    assert settle_conditions(made) == ["1 branches that lengths decide taken"]
    assert [n.op_type for n in made.graph.node][-3:] == ["Mul", "Identity", "Relu"]
    assert "branch_0_half" in {t.name for t in made.graph.initializer}


def test_a_branch_in_a_branch() -> None:
    made = squeezed_if_one(13, axis=2)
    outer = next(n for n in made.graph.node if n.op_type == "If")
    inner = onnx.NodeProto()
    inner.CopyFrom(outer)
    inner.output[:] = ["deep"]
    for attribute in outer.attribute:
        attribute.g.CopyFrom(branch(attribute.name, inner))
    settle_conditions(made)
    onnx.checker.check_model(made)
    assert "If" not in {n.op_type for n in made.graph.node}


def test_a_branch_on_values_is_left_and_refused() -> None:
    made = squeezed_if_one(13, axis=1, condition="any")
    assert settle_conditions(made) == []
    with pytest.raises(ModelError, match="operators If"):
        from_object(made, ())


def test_a_branch_that_differs_between_lengths_is_refused() -> None:
    made = squeezed_if_one(13, axis=0)
    made.graph.initializer[1].CopyFrom(constant("one", 7))
    with pytest.raises(ModelError, match="takes different branches at different lengths"):
        settle_conditions(made)
