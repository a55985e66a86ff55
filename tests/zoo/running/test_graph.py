"""The reader of graphs, against the library onnx."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets import NetworkFileError
from lhnets._running.graph import in_double_precision, read_graph

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper  # noqa: E402


def a_model(*initializers, nodes=None):
    nodes = nodes or [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)]
    x = helper.make_tensor_value_info("x", TensorProto.DOUBLE, ["N", 2])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2])
    graph = helper.make_graph(nodes, "g", [x], [y], list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i4", "i8", "u1", "i1", "u8", "?"])
def test_tensors_in_raw_bytes_and_in_typed_fields(dtype, raw):
    array = np.array([[0, 1, 2], [3, 100, 7]]).astype(dtype)
    code = helper.np_dtype_to_tensor_dtype(array.dtype)
    values = array.tobytes() if raw else array.ravel().tolist()
    model = a_model(helper.make_tensor("c", code, array.shape, values, raw=raw))
    found = read_graph(model.SerializeToString()).constants["c"]
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_nodes_attributes_inputs_and_opsets():
    nodes = [
        helper.make_node(
            "Any", ["x", ""], ["y"], f=0.5, i=-3, s="text", fs=[1.0, 2.0], ints=[-1, 2], none=0
        )
    ]
    graph = read_graph(a_model(nodes=nodes).SerializeToString())
    node = graph.nodes[0]
    assert (node.operator, node.inputs, node.outputs) == ("Any", ("x", ""), ("y",))
    assert node.attributes == {
        "f": 0.5,
        "i": -3,
        "s": "text",
        "fs": [1.0, 2.0],
        "ints": [-1, 2],
        "none": 0,
    }
    assert graph.inputs[0] == ("x", np.dtype("f8"), ("N", 2))
    assert (graph.outputs, graph.opsets) == (("y",), {"": 18})


def test_double_precision_widens_constants_and_casts():
    model = a_model(helper.make_tensor("c", TensorProto.FLOAT, [1], [0.5]))
    wide = in_double_precision(read_graph(model.SerializeToString()))
    assert wide.constants["c"].dtype == np.float64
    assert wide.nodes[0].attributes["to"] == TensorProto.DOUBLE


def test_tensors_that_lie_about_their_size_are_refused():
    tensor = helper.make_tensor("c", TensorProto.FLOAT, [2], [1.0, 2.0])
    tensor.dims[0] = 10**15
    with pytest.raises(NetworkFileError, match=r"'c' of shape .* needs 1000000000000000 elements"):
        read_graph(a_model(tensor).SerializeToString())


def test_subgraphs_and_external_data_are_refused():
    branch = a_model().graph
    node = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    with pytest.raises(NetworkFileError, match="branch"):
        read_graph(a_model(nodes=[node]).SerializeToString())
    tensor = TensorProto(name="c", data_type=1, dims=[1], data_location=TensorProto.EXTERNAL)
    with pytest.raises(NetworkFileError, match="external"):
        read_graph(a_model(tensor).SerializeToString())


@given(st.data())
def test_damaged_files_are_refused_or_read_but_never_crash(data):
    content = bytearray(a_model(helper.make_tensor("c", 1, [2], [1.0, 2.0])).SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(content)))
    with contextlib.suppress(NetworkFileError):
        read_graph(bytes(content[:end]))
