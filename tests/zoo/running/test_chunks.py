"""How many rows are run at once: by the bytes of what goes in, and of what a graph makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from lhnets._running.chunks import CHUNK, TENSOR_BYTES, RowLimit, measure_row, rows_at_once
from lhnets._running.graph import read_graph

pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper


def pairs() -> bytes:
    """All products of constituents, and a constant that every row shares."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "P", 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", "P", "P"])
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["x", "t"], ["products"]),
        helper.make_node("Neg", ["large"], ["constant"]),
        helper.make_node("Identity", ["products"], ["y"]),
    ]
    large = numpy_helper.from_array(np.zeros(10**6, np.float32), name="large")
    graph = helper.make_graph(nodes, "g", [x], [y], [large])
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()


def jets(length: int) -> dict[str, np.ndarray]:
    return {"x": np.zeros((10, length, 4), np.float32)}


def test_a_row_counts_what_grows_with_it() -> None:
    found = measure_row(read_graph(pairs()), jets(100))
    assert found == (100 * 100, 4 * 100 + 2 * 100 * 100)


def test_long_jets_are_run_in_smaller_parts() -> None:
    limit = RowLimit(pairs())
    assert limit(jets(10)) == rows_at_once(jets(10))
    assert limit(jets(200)) == TENSOR_BYTES // (4 * 200 * 200)
    assert limit(jets(5000)) == 1


def test_points_and_what_cannot_be_read_go_by_their_own_bytes() -> None:
    assert RowLimit(b"")({"parameters": np.zeros((5000, 3))}) == CHUNK
    assert RowLimit(b"no graph")(jets(10)) == rows_at_once(jets(10))


def explodes_at(length: int) -> bytes:
    """A tensor of a million numbers a row for this number of constituents, of one for others."""
    numbers = {"one": [1], "million": [10**6], "bad": [length], "axes": [1, 2], "second": [1]}
    nodes = [
        helper.make_node("Shape", ["x"], ["p"], start=1, end=2),
        helper.make_node("Equal", ["p", "bad"], ["equal"]),
        helper.make_node("Cast", ["equal"], ["whether"], to=TensorProto.INT64),
        helper.make_node("Mul", ["whether", "million"], ["more"]),
        helper.make_node("Add", ["more", "one"], ["size"]),
        helper.make_node("ReduceSum", ["x", "axes"], ["sums"], keepdims=0),
        helper.make_node("Unsqueeze", ["sums", "second"], ["column"]),
        helper.make_node("Concat", ["one", "size"], ["shape"], axis=0),
        helper.make_node("Expand", ["column", "shape"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "P", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", None])],
        [numpy_helper.from_array(np.array(v), name=k) for k, v in numbers.items()],
    )
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()


def test_a_size_that_explodes_at_one_length_is_run_in_small_parts() -> None:
    limit = RowLimit(explodes_at(65))
    assert limit(jets(64)) == rows_at_once(jets(64))
    assert limit(jets(65)) == TENSOR_BYTES // (4 * (10**6 + 1))
