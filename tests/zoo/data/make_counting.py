"""Makes counting.onnx, the likelihood of the client's tests: run with the extra [registry], which
brings onnx.

Two regions with known backgrounds B: ln L = sum_i n_i log(1 + s_i / B_i) - s_i, for n observed and
for n = B.
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

B = np.array([6.0, 10.0])
N = np.array([10.0, 7.0])
HIGH = np.array([80.0, 80.0])

tensors = {
    "inverse": np.diag(1 / B),
    "one": np.ones(2),
    "counts": np.stack([N, B], axis=1),
    "minus": -np.ones((2, 2)),
    "error": np.full(2, 0.01),
    "zero": np.array(0.0),
    "box": np.concatenate([np.diag(2 / HIGH), -np.diag(2 / HIGH)], axis=1),
    "middle": np.array([-1.0, -1.0, 1.0, 1.0]),
    "axis": np.array([1]),
}
nodes = [
    helper.make_node("Gemm", ["parameters", "inverse", "one"], ["grown"]),
    helper.make_node("Log", ["grown"], ["logs"]),
    helper.make_node("Gemm", ["parameters", "minus"], ["lost"]),
    helper.make_node("Gemm", ["logs", "counts", "lost"], ["value"]),
    helper.make_node("Mul", ["value", "zero"], ["nothing"]),
    helper.make_node("Add", ["nothing", "error"], ["uncertainty"]),
    helper.make_node("Gemm", ["parameters", "box", "middle"], ["bounds"]),
    helper.make_node("ReduceMax", ["bounds", "axis"], ["reach"], keepdims=0),
]
graph = helper.make_graph(
    nodes,
    "counting",
    [helper.make_tensor_value_info("parameters", TensorProto.DOUBLE, ["N", 2])],
    [
        helper.make_tensor_value_info("value", TensorProto.DOUBLE, ["N", 2]),
        helper.make_tensor_value_info("uncertainty", TensorProto.DOUBLE, ["N", 2]),
        helper.make_tensor_value_info("reach", TensorProto.DOUBLE, ["N"]),
    ],
    [numpy_helper.from_array(np.ascontiguousarray(v), k) for k, v in tensors.items()],
)
model = helper.make_model(
    graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10, producer_name="lhnets"
)
Path(__file__).with_name("counting.onnx").write_bytes(model.SerializeToString())
