"""Makes exponential.onnx, the network of the client's tests: run with the extra [registry], which
brings onnx.

value_k = exp(x . W[:, k] + B[k]), uncertainty = value / 100, reach of the box and of m_a <= 0.1
sqrt_s.
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

W = np.array([[-2e-3] * 4, [1e-4] * 4, [0.25] * 4])
B = np.log([1.0, 1.5, 0.15, 0.10])
LOW, HIGH = np.array([100.0, 7000.0, 0.5]), np.array([1200.0, 14000.0, 2.0])

half = (HIGH - LOW) / 2
middle = (HIGH + LOW) / 2
box = np.diag(1 / half)
plane = np.array([[1.0], [-0.1], [0.0]]) / 1000
tensors = {
    "W": W,
    "B": B,
    "hundredth": np.array(0.01),
    "A": np.hstack([box, -box, plane]),
    "C": np.concatenate([-middle / half, middle / half, [1.0]]),
    "axis": np.array([1]),
}
nodes = [
    helper.make_node("Gemm", ["parameters", "W", "B"], ["logs"]),
    helper.make_node("Exp", ["logs"], ["value"]),
    helper.make_node("Mul", ["value", "hundredth"], ["uncertainty"]),
    helper.make_node("Gemm", ["parameters", "A", "C"], ["bounds"]),
    helper.make_node("ReduceMax", ["bounds", "axis"], ["reach"], keepdims=0),
]
graph = helper.make_graph(
    nodes,
    "exponential",
    [helper.make_tensor_value_info("parameters", TensorProto.DOUBLE, ["N", 3])],
    [
        helper.make_tensor_value_info("value", TensorProto.DOUBLE, ["N", 4]),
        helper.make_tensor_value_info("uncertainty", TensorProto.DOUBLE, ["N", 4]),
        helper.make_tensor_value_info("reach", TensorProto.DOUBLE, ["N"]),
    ],
    [numpy_helper.from_array(np.ascontiguousarray(v), k) for k, v in tensors.items()],
)
model = helper.make_model(
    graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10, producer_name="lhnets"
)
Path(__file__).with_name("exponential.onnx").write_bytes(model.SerializeToString())
