"""Sizes that follow from lengths are admitted; those that follow from values, or grow, are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lhnets_registry.admission.limits import Limits
from lhnets_registry.admission.tensor_sizes import size_problems

MOST = Limits().elements


def model(*nodes: Any, **constants: Any) -> onnx.ModelProto:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "P", 4])
    kept = [numpy_helper.from_array(np.asarray(v), name=k) for k, v in constants.items()]
    last = onnx.ValueInfoProto(name=nodes[-1].output[0])
    graph = helper.make_graph(
        [
            helper.make_node("Shape", ["x"], ["s"]),
            helper.make_node("Gather", ["s", "first"], ["n"]),
            helper.make_node("Gather", ["s", "second"], ["p"]),
            *nodes,
        ],
        "g",
        [x],
        [last],
        initializer=[
            *kept,
            numpy_helper.from_array(np.array([0]), name="first"),
            numpy_helper.from_array(np.array([1]), name="second"),
            *(numpy_helper.from_array(np.int64(k), name=f"n{k}") for k in (0, 1)),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def places(limit: str) -> list[Any]:
    """0, 1, … to before the length of an axis."""
    return [
        helper.make_node("Squeeze", [limit, "first"], ["limit"]),
        helper.make_node("Range", ["n0", "limit", "n1"], ["places"]),
    ]


def pairs() -> onnx.ModelProto:
    return model(
        *places("p"),
        helper.make_node("Concat", ["n", "p", "p"], ["all"], axis=0),
        helper.make_node("Expand", ["places", "all"], ["y"]),
    )


def neighbours_in_one_batch() -> onnx.ModelProto:
    """Numbers of constituents of all events one after the other, as ParticleNet has them."""
    return model(
        helper.make_node("Mul", ["n", "p"], ["total"]),
        *places("total"),
        helper.make_node("Identity", ["places"], ["y"]),
    )


def counted_ones() -> onnx.ModelProto:
    one = helper.make_tensor("v", TensorProto.INT64, [1], [1])
    return model(
        helper.make_node("ConstantOfShape", ["p"], ["ones"], value=one),
        helper.make_node("NonZero", ["ones"], ["y"]),
    )


@pytest.mark.parametrize("make", [pairs, neighbours_in_one_batch, counted_ones])
def test_sizes_from_lengths_are_admitted(make: Any) -> None:
    problems, largest = size_problems(make(), MOST)
    assert problems == []
    assert largest >= 64


def squared_rows() -> onnx.ModelProto:
    return model(
        helper.make_node("Concat", ["n", "n"], ["all"], axis=0),
        helper.make_node("ConstantOfShape", ["all"], ["y"]),
    )


def fourth_power_of_the_length() -> onnx.ModelProto:
    return model(
        helper.make_node("Concat", ["p", "p", "p", "p"], ["all"], axis=0),
        helper.make_node("ConstantOfShape", ["all"], ["y"]),
    )


def huge_for_seven_rows() -> onnx.ModelProto:
    return model(
        helper.make_node("Equal", ["n", "seven"], ["is_seven"]),
        helper.make_node("Where", ["is_seven", "huge", "one"], ["much"]),
        helper.make_node("ConstantOfShape", ["much"], ["y"]),
        seven=np.array([7]),
        huge=np.array([10**12]),
        one=np.array([1]),
    )


def huge_for_one_constituent() -> onnx.ModelProto:
    return model(
        helper.make_node("Div", ["huge", "p"], ["much"]),
        helper.make_node("ConstantOfShape", ["much"], ["y"]),
        huge=np.array([2**21]),
    )


def counted_values() -> onnx.ModelProto:
    return model(helper.make_node("NonZero", ["x"], ["y"]))


def size_from_values() -> onnx.ModelProto:
    return model(
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Range", ["n0", "whole", "n1"], ["y"]),
    )


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (squared_rows, "grows faster than the rows"),
        (fourth_power_of_the_length, "would hold 16,777,216 numbers"),
        (huge_for_seven_rows, "grows faster than the rows"),
        (huge_for_one_constituent, "would hold 2,097,152 numbers"),
        (counted_values, "a size that depends on values"),
        (size_from_values, "a size that depends on values"),
    ],
)
def test_hostile_sizes_are_refused(make: Any, problem: str) -> None:
    problems, _ = size_problems(make(), MOST)
    assert any(problem in p for p in problems), problems
