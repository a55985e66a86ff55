import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from lhnets_training.judging.cost import BATCH, measure_cost


@pytest.fixture
def model():
    """x (N, P, 3) times a matrix (3, 5), summed over P."""
    weight = numpy_helper.from_array(np.ones((3, 5), dtype=np.float32), "w")
    axis = numpy_helper.from_array(np.array([1], dtype=np.int64), "axis")
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("ReduceSum", ["h", "axis"], ["y"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ("N", "P", 3))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("N", 5))],
        [weight, axis],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    return made.SerializeToString()


def test_parameters_and_operations_are_counted(model):
    cost = measure_cost(model, 7)
    assert cost.parameters == 15
    assert cost.flops == 2 * 7 * 3 * 5
    assert cost.microseconds is None


def test_a_batch_is_timed_on_a_named_machine(model):
    cost = measure_cost(model, 7, lambda: sum(range(10 * BATCH)), "onnxruntime 1")
    assert 0 < cost.microseconds < 1e4
    assert cost.measured_on.endswith("onnxruntime 1")


def test_a_shape_that_is_not_known_gives_no_number_of_operations(model):
    changed = onnx.load_from_string(model)
    changed.graph.node.insert(0, helper.make_node("NonZero", ["x"], ["z"]))
    changed.graph.node.insert(1, helper.make_node("Cast", ["z"], ["f"], to=TensorProto.FLOAT))
    changed.graph.node.append(helper.make_node("MatMul", ["f", "f"], ["q"]))
    assert measure_cost(changed.SerializeToString(), 7).flops is None
