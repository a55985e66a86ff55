"""Sizes worked out without running a graph, against ONNX Runtime, which runs it."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest

from lhnets._fetching.mirror import BUNDLED
from lhnets._running.graph import read_graph
from lhnets._running.sizes import find_sizes

pytest.importorskip("onnx")
from onnx import ModelProto, TensorProto, ValueInfoProto, helper, load_from_string, numpy_helper

ROWS, LENGTH = 3, 64


def model(*nodes: Any, **constants: Any) -> ModelProto:
    """Of one input ``x`` (N, P, 4)."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "P", 4])
    kept = [numpy_helper.from_array(np.asarray(v), name=k) for k, v in constants.items()]
    last = ValueInfoProto(name=nodes[-1].output[0])
    graph = helper.make_graph(nodes, "g", [x], [last], initializer=kept)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def run_everything(content: bytes, rows: int, length: int) -> dict[str, Any]:
    """All tensors of a graph, by ONNX Runtime without any optimisation."""
    graph, made = read_graph(content), load_from_string(content)
    have = {o.name for o in made.graph.output}
    names = [n for node in graph.nodes for n in node.outputs if n and n not in have]
    made.graph.output.extend([ValueInfoProto(name=n) for n in names])
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        made.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    feed = {
        i.name: np.ones(
            [rows, *(n if isinstance(n, int) else length for n in (i.dims or ())[1:])], i.dtype
        )
        for i in graph.inputs
    }
    return dict(zip((o.name for o in session.get_outputs()), session.run(None, feed), strict=True))


def assert_as_run(content: bytes, rows: int = ROWS, length: int = LENGTH) -> None:
    found = find_sizes(read_graph(content), {}, rows, length)
    assert not found.unknown
    assert not found.impossible
    for name, array in run_everything(content, rows, length).items():
        assert found.shapes[name] == np.shape(array), name
        if name in found.values:
            np.testing.assert_array_equal(found.values[name], array, err_msg=name)


@pytest.mark.parametrize("kind", ["classifier", "cs", "br", "efficiency"])
def test_sizes_of_bundled_networks_are_those_that_they_have(kind: str) -> None:
    for path in sorted(BUNDLED.rglob("blobs/sha256/*/*")):
        content = path.read_bytes()
        if f'"name":"{kind}-'.encode() in content.replace(b": ", b":"):
            assert_as_run(content)
            return
    pytest.skip(f"no bundled network of the kind {kind}")


def as_exporters_write() -> ModelProto:
    """Shape, Gather, Unsqueeze, Concat; then Range, Expand with Where, ConstantOfShape, NonZero,
    TopK and Reshape by what they give."""
    return model(
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "zero"], ["n"]),
        helper.make_node("Gather", ["s", "one"], ["p"]),
        helper.make_node("Unsqueeze", ["n", "axis"], ["n1"]),
        helper.make_node("Unsqueeze", ["p", "axis"], ["p1"]),
        helper.make_node("Concat", ["n1", "p1", "p1"], ["pairs"], axis=0),
        helper.make_node("Range", ["zero", "p", "one"], ["places"]),
        helper.make_node("ConstantOfShape", ["three"], ["ones"], value=helper.make_tensor(
            "v", TensorProto.INT64, [1], [1])),
        helper.make_node("Equal", ["pairs", "minus"], ["free"]),
        helper.make_node("Where", ["free", "ones", "pairs"], ["wanted"]),
        helper.make_node("Expand", ["places", "wanted"], ["indices"]),
        helper.make_node("ConstantOfShape", ["p1"], ["full"], value=helper.make_tensor(
            "w", TensorProto.FLOAT, [1], [1.0])),
        helper.make_node("NonZero", ["full"], ["found"]),
        helper.make_node("Squeeze", ["found", "axis"], ["again"]),
        helper.make_node("Gather", ["x", "again"], ["same"], axis=1),
        helper.make_node("Reshape", ["same", "flat"], ["rows"]),
        helper.make_node("Div", ["p", "two"], ["half"]),
        helper.make_node("Unsqueeze", ["half", "axis"], ["k"]),
        helper.make_node("ReduceSum", ["x", "last"], ["sums"], keepdims=0),
        helper.make_node("TopK", ["sums", "k"], ["best", "where"], axis=1),
        zero=np.int64(0), one=np.int64(1), two=np.int64(2), axis=np.array([0]),
        three=np.array([3]), minus=np.array([-1, -1, -1]), flat=np.array([-1, 4]),
        last=np.array([2]),
    )  # fmt: skip


@pytest.mark.parametrize(("rows", "length"), [(1, 3), (2, 7), (3, 64)])
def test_what_is_computed_from_shapes_is_followed(rows: int, length: int) -> None:
    assert_as_run(as_exporters_write().SerializeToString(), rows, length)


def test_layers_of_images_and_sequences_are_followed() -> None:
    weights = np.zeros((2, 5, 3, 3), np.float32)
    made = model(
        helper.make_node("Unsqueeze", ["x", "axis"], ["image"]),
        helper.make_node("Conv", ["image", "kernel"], ["c"], pads=[1, 1, 1, 1], strides=[2, 1]),
        helper.make_node("MaxPool", ["c"], ["m"], kernel_shape=[2, 2], ceil_mode=1),
        helper.make_node("ConvTranspose", ["m", "back"], ["t"], strides=[2, 2]),
        helper.make_node("GlobalAveragePool", ["t"], ["g"]),
        helper.make_node("Transpose", ["x"], ["steps"], perm=[1, 0, 2]),
        helper.make_node("LSTM", ["steps", "w", "r"], ["y", "h", "cell"], hidden_size=6),
        helper.make_node("Pad", ["x", "more"], ["padded"]),
        helper.make_node("Einsum", ["x", "x"], ["pairs"], equation="...im,...jm->...ij"),
        axis=np.array([1]), kernel=np.zeros((2, 1, 3, 3), np.float32), back=weights,
        w=np.zeros((1, 24, 4), np.float32), r=np.zeros((1, 24, 6), np.float32),
        more=np.array([0, 0, 0, 0, 2, 0]),
    )  # fmt: skip
    assert_as_run(made.SerializeToString())


def test_a_hostile_size_costs_nothing_to_work_out() -> None:
    made = model(
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Mul", ["s", "many"], ["large"]),
        helper.make_node("ConstantOfShape", ["large"], ["full"]),
        helper.make_node("NonZero", ["full"], ["found"]),
        many=np.array([10**6, 10**6, 10**6]),
    )
    found = find_sizes(read_graph(made.SerializeToString()), {}, 1, 64)
    assert found.largest == 256 * 10**18
    assert [n.operator for n in found.unknown] == ["NonZero"]


def test_operands_that_do_not_fit_are_told_from_unknown_ones() -> None:
    made = model(
        helper.make_node("ReduceSum", ["x", "last"], ["sums"], keepdims=0),
        helper.make_node("TopK", ["sums", "sixteen"], ["best", "where"], axis=1),
        helper.make_node("Neg", ["best"], ["after"]),
        last=np.array([2]), sixteen=np.array([16]),
    )  # fmt: skip
    graph = read_graph(made.SerializeToString())
    assert [n.operator for n in find_sizes(graph, {}, 1, 3).impossible] == ["TopK", "Neg"]
    assert not find_sizes(graph, {}, 1, 16).impossible
