from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from scipy.special import erf

from lhnets_training.importing.frameworks.double_operators import with_kernels

Array = np.ndarray[Any, Any]
X = np.concatenate([np.linspace(-40, 40, 4001), np.linspace(-1e-3, 1e-3, 101), [0.0]])


def one_node(op: str, kind: int = TensorProto.DOUBLE, **attributes: Any) -> onnx.ModelProto:
    x, y = (helper.make_tensor_value_info(n, kind, ["N"]) for n in "xy")
    graph = helper.make_graph([helper.make_node(op, ["x"], ["y"], **attributes)], "g", [x], [y])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def softplus(x: Array) -> Array:
    return np.logaddexp(0, x)


def elu(alpha: float) -> Callable[[Array], Array]:
    return lambda x: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@pytest.mark.parametrize(
    ("op", "attributes", "formula"),
    [
        ("Erf", {}, erf),
        ("Gelu", {}, lambda x: x * (1 + erf(x / np.sqrt(2))) / 2),
        (
            "Gelu",
            {"approximate": "tanh"},
            lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        ),
        ("Softplus", {}, softplus),
        ("Mish", {}, lambda x: x * np.tanh(softplus(x))),
        ("Elu", {"alpha": 0.7}, elu(0.7)),
        ("Selu", {}, lambda x: 1.0507009873554805 * elu(1.6732632423543772)(x)),
        ("LeakyRelu", {"alpha": 0.1}, lambda x: np.where(x > 0, x, 0.1 * x)),
    ],
    ids=["erf", "gelu", "gelu tanh", "softplus", "mish", "elu", "selu", "leaky relu"],
)
def test_activations_are_exact_in_float64(
    op: str, attributes: dict[str, Any], formula: Callable[[Array], Array]
) -> None:
    model = with_kernels(one_node(op, **attributes))
    onnx.checker.check_model(model, full_check=True)
    found = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    ).run(None, {"x": X})[0]
    np.testing.assert_allclose(found, formula(X), rtol=1e-14, atol=1e-14)


def test_float32_is_left_alone() -> None:
    model = one_node("Erf", TensorProto.FLOAT)
    assert with_kernels(model) is model
