"""The static look at operators between the parameters and the values."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from lhnets_registry.admission.switches import switches

from ..conftest import constant, small_card, small_model


def changed(*nodes: onnx.NodeProto, **constants: Any) -> onnx.ModelProto:
    """The small model with ``nodes`` between "y" and "z", whose exponential is the value."""
    model = small_model()
    kept = [n for n in model.graph.node if n.op_type != "Exp"]
    place = next(k for k, n in enumerate(model.graph.node) if n.op_type == "Exp")
    kept[place:place] = [*nodes, helper.make_node("Exp", ["z"], ["value"])]
    del model.graph.node[:]
    model.graph.node.extend(kept)
    model.graph.initializer.extend(constant(k, v) for k, v in constants.items())
    return model


node = helper.make_node


@pytest.mark.parametrize(
    ("model", "word"),
    [
        (changed(node("Floor", ["y"], ["z"])), "Floor"),
        (changed(node("Round", ["y"], ["z"])), "Round"),
        (changed(node("Mod", ["y", "step"], ["z"], fmod=1), step=5.0), "Mod"),
        (
            changed(
                node("Cast", ["y"], ["whole"], to=TensorProto.INT64),
                node("Cast", ["whole"], ["z"], to=TensorProto.DOUBLE),
            ),
            "drops the digits",
        ),
        (
            changed(
                node("Equal", ["parameters", "at"], ["same"]),
                node("Cast", ["same"], ["flat"], to=TensorProto.DOUBLE),
                node("ReduceMax", ["flat", "axes"], ["any"], keepdims=1),
                node("Add", ["y", "any"], ["z"]),
                at=np.array([1500.0, np.nan]),
            ),
            "single values",
        ),
    ],
)
def test_what_serves_grids_and_single_points_is_refused(model: onnx.ModelProto, word: str) -> None:
    finding = switches(model, small_card())
    assert finding.outcome == "fail"
    assert word in finding.figure


def test_comparisons_are_counted_and_left_to_the_search() -> None:
    model = changed(
        node("Greater", ["y", "zero"], ["above"]),
        node("Where", ["above", "y", "zero"], ["z"]),
        zero=0.0,
    )
    finding = switches(model, small_card())
    assert finding.outcome == "pass"
    assert finding.figure == "Greater 1, Where 1: left to the search for jumps"


def test_an_input_may_have_a_number_for_absent_that_is_not_in_its_range() -> None:
    model = changed(
        node("Equal", ["parameters", "absent"], ["same"]),
        node("Cast", ["same"], ["flat"], to=TensorProto.DOUBLE),
        node("ReduceMax", ["flat", "axes"], ["any"], keepdims=1),
        node("Add", ["y", "any"], ["z"]),
        absent=np.array([-999.0, np.nan]),
    )
    assert switches(model, small_card()).outcome == "pass"


def masked(absent: float, *more: onnx.NodeProto) -> onnx.ModelProto:
    """What a mask of Keras becomes: scaled parameters, cast to whole numbers, and compared."""
    return changed(
        node("Cast", ["u"], ["single"], to=TensorProto.FLOAT),
        node("Cast", ["single"], ["whole"], to=TensorProto.INT32),
        node("Equal", ["whole", "absent"], ["same"]),
        node("Not", ["same"], ["given"]),
        node("Cast", ["given"], ["flat"], to=TensorProto.DOUBLE),
        node("ReduceMax", ["flat", "axes"], ["any"], keepdims=1),
        *(more or [node("Mul", ["y", "any"], ["z"])]),
        absent=np.array(absent, dtype=np.int32),
    )


def test_a_mask_that_no_parameter_within_its_range_reaches_is_none() -> None:
    assert switches(masked(-999), small_card()).outcome == "pass"


@pytest.mark.parametrize("absent", [0, 1, -1])
def test_a_mask_within_the_ranges_picks_values(absent: int) -> None:
    finding = switches(masked(absent), small_card())
    assert finding.outcome == "fail"
    assert "single values" in finding.figure
    assert "drops the digits" in finding.figure


def test_whole_numbers_for_a_mask_serve_nothing_else() -> None:
    more = [
        node("Cast", ["whole"], ["steps"], to=TensorProto.DOUBLE),
        node("ReduceMax", ["steps", "axes"], ["step"], keepdims=1),
        node("Add", ["y", "step"], ["z"]),
    ]
    assert "drops the digits" in switches(masked(-999, *more), small_card()).figure


def test_the_path_to_the_reach_may_round() -> None:
    model = small_model()
    model.graph.node.extend([node("Floor", ["reach"], ["unused"])])
    assert switches(model, small_card()).figure == "none"
