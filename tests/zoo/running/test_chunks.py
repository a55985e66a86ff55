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
