"""Makes tagger.onnx and generator.onnx, the event networks of the client's tests: run with the
extra [registry].

tagger: s = sum of p_T of the constituents that the mask keeps, l = (s - 500)/100 * mu + sum of the
leptons, value = (1/(1 + exp(-l)), 1/(1 + exp(l))), uncertainty 0.01, reach = max(p_T)/1000.
generator: value = m * (1 + noise @ W), uncertainty m/100, reach of 10 < m < 100.
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
FLOAT, DOUBLE, BOOL = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.BOOL
node, info = helper.make_node, helper.make_tensor_value_info


def save(name, nodes, inputs, outputs, tensors):
    answers = [info(n, DOUBLE, ["N", outputs]) for n in ("value", "uncertainty")] + [
        info("reach", DOUBLE, ["N"])
    ]
    constants = [numpy_helper.from_array(np.asarray(v), k) for k, v in tensors.items()]
    graph = helper.make_graph(nodes, name, inputs, answers, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())


save(
    "tagger",
    [
        node("Gather", ["constituents", "transverse"], ["xy"], axis=2),
        node("ReduceL2", ["xy", "last"], ["pt_all"], keepdims=0),
        node("Cast", ["mask"], ["kept"], to=FLOAT),
        node("Mul", ["pt_all", "kept"], ["pt"]),
        node("ReduceSum", ["pt", "one"], ["s32"], keepdims=1),
        node("Cast", ["s32"], ["s"], to=DOUBLE),
        node("Sub", ["s", "middle"], ["d"]),
        node("Div", ["d", "width"], ["scaled"]),
        node("Mul", ["scaled", "parameters"], ["l_jet"]),
        node("ReduceSum", ["leptons", "both"], ["l32"], keepdims=0),
        node("Cast", ["l32"], ["l_flat"], to=DOUBLE),
        node("Unsqueeze", ["l_flat", "one"], ["l_leptons"]),
        node("Add", ["l_jet", "l_leptons"], ["l"]),
        node("Mul", ["l", "signs"], ["both_signs"]),
        node("Sigmoid", ["both_signs"], ["value"]),
        node("Mul", ["value", "zero"], ["nothing"]),
        node("Add", ["nothing", "hundredth"], ["uncertainty"]),
        node("ReduceMax", ["pt", "one"], ["hardest32"], keepdims=0),
        node("Cast", ["hardest32"], ["hardest"], to=DOUBLE),
        node("Div", ["hardest", "thousand"], ["reach"]),
    ],
    [
        info("parameters", DOUBLE, ["N", 1]),
        info("constituents", FLOAT, ["N", "P", 4]),
        info("mask", BOOL, ["N", "P"]),
        info("leptons", FLOAT, ["N", 2, 3]),
    ],
    2,
    {
        "transverse": [1, 2],
        "last": [2],
        "one": [1],
        "both": [1, 2],
        "middle": 500.0,
        "width": 100.0,
        "signs": [[1.0, -1.0]],
        "zero": 0.0,
        "hundredth": 0.01,
        "thousand": 1000.0,
    },
)
save(
    "generator",
    [
        node("MatMul", ["z", "W"], ["moved32"]),
        node("Cast", ["moved32"], ["moved"], to=DOUBLE),
        node("Add", ["moved", "unit"], ["relative"]),
        node("Mul", ["relative", "parameters"], ["value"]),
        node("Div", ["parameters", "hundred"], ["share"]),
        node("Mul", ["share", "ones"], ["uncertainty"]),
        node("Sub", ["parameters", "centre"], ["off"]),
        node("Abs", ["off"], ["distance"]),
        node("Div", ["distance", "half"], ["box"]),
        node("Squeeze", ["box", "one"], ["reach"]),
    ],
    [info("parameters", DOUBLE, ["N", 1]), info("z", FLOAT, ["N", 3])],
    2,
    {
        "W": np.array([[0.1, 0.0], [0.0, 0.2], [0.05, 0.05]], dtype=np.float32),
        "unit": 1.0,
        "hundred": 100.0,
        "ones": [[1.0, 1.0]],
        "centre": 55.0,
        "half": 45.0,
        "one": [1],
    },
)
