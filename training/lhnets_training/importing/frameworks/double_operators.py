"""Activations in float64 that ONNX Runtime has in float32 only, or whose slope ONNX keeps in
float32: by other operators.

The error function is a polynomial in an exponent (the form of W. H. Press et al., Numerical
Recipes, section 6.2), exact to 6e-16; the others are their definitions, arranged so that no
exponential overflows.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper
from scipy.special import erfcx

from lhnets_training.importing.core import CoreGraph

_TERMS = 28

Rewriting = Callable[[CoreGraph, str, dict[str, Any]], str]


def with_kernels(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with such nodes replaced; itself where it has none."""
    types = _element_types(model)
    chosen = [
        n.op_type in _REWRITINGS and types.get(n.input[0]) == TensorProto.DOUBLE
        for n in model.graph.node
    ]
    if not any(chosen):
        return model
    made = onnx.ModelProto()
    made.CopyFrom(model)
    del made.graph.node[:], made.graph.value_info[:]
    for number, (node, rewrite) in enumerate(zip(model.graph.node, chosen, strict=True)):
        if not rewrite:
            made.graph.node.add().CopyFrom(node)
            continue
        part = CoreGraph(prefix=f"double_{number}_")
        settings = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        found = _REWRITINGS[node.op_type](part, node.input[0], settings)
        part.node("Identity", found, output=node.output[0])
        part.append_to(made.graph)
    return made


def _element_types(model: onnx.ModelProto) -> dict[str, int]:
    graph = onnx.shape_inference.infer_shapes(model).graph
    known = {
        v.name: v.type.tensor_type.elem_type
        for v in (*graph.value_info, *graph.input, *graph.output)
    }
    return known | {t.name: t.data_type for t in graph.initializer}


@cache
def _erf_coefficients() -> NDArray[np.float64]:
    """Coefficients in u = 2 t - 1 of log(exp(z^2) erfc(z) / t), with t = 2 / (2 + z) and z >= 0."""

    def logarithm(u: NDArray[np.float64]) -> NDArray[np.float64]:
        t = (u + 1) / 2
        return np.asarray(np.log(erfcx(2 / t - 2) / t))

    fitted = np.polynomial.Chebyshev.interpolate(logarithm, _TERMS - 1)
    return np.asarray(np.polynomial.chebyshev.cheb2poly(fitted.coef))


def _erf(graph: CoreGraph, x: str, settings: dict[str, Any]) -> str:
    """sign(x) (1 - t exp(-z^2 + polynomial in t)), z = \\|x\\|."""
    z = graph.node("Abs", x)
    t = graph.node("Div", _number(graph, 2.0), graph.node("Add", z, _number(graph, 2.0)))
    u = graph.node("Sub", graph.node("Add", t, t), _number(graph, 1.0))
    *rest, total = (float(c) for c in _erf_coefficients())
    found = _number(graph, total)
    for coefficient in reversed(rest):
        found = graph.node("Add", graph.node("Mul", found, u), _number(graph, coefficient))
    exponent = graph.node("Sub", found, graph.node("Mul", z, z))
    rest_to_one = graph.node("Mul", t, graph.node("Exp", exponent))
    return graph.node(
        "Mul", graph.node("Sign", x), graph.node("Sub", _number(graph, 1.0), rest_to_one)
    )


def _gelu(graph: CoreGraph, x: str, settings: dict[str, Any]) -> str:
    if settings.get("approximate") == b"tanh":
        cube = graph.node("Mul", x, graph.node("Mul", x, x))
        inner = graph.node("Add", x, graph.node("Mul", cube, _number(graph, 0.044715)))
        step = graph.node("Tanh", graph.node("Mul", inner, _number(graph, np.sqrt(2 / np.pi))))
    else:
        step = _erf(graph, graph.node("Mul", x, _number(graph, np.sqrt(0.5))), {})
    both = graph.node("Mul", x, graph.node("Add", step, _number(graph, 1.0)))
    return graph.node("Mul", both, _number(graph, 0.5))


def _softplus(graph: CoreGraph, x: str, settings: dict[str, Any]) -> str:
    """max(x, 0) + log(1 + exp(-\\|x\\|))."""
    small = graph.node("Exp", graph.node("Neg", graph.node("Abs", x)))
    logarithm = graph.node("Log", graph.node("Add", small, _number(graph, 1.0)))
    return graph.node("Add", graph.node("Max", x, _number(graph, 0.0)), logarithm)


def _mish(graph: CoreGraph, x: str, settings: dict[str, Any]) -> str:
    return graph.node("Mul", x, graph.node("Tanh", _softplus(graph, x, settings)))


def _elu(graph: CoreGraph, x: str, settings: dict[str, Any]) -> str:
    return _scaled_elu(graph, x, _decimal(settings.get("alpha", 1.0)), 1.0)


def _leaky_relu(graph: CoreGraph, x: str, settings: dict[str, Any]) -> str:
    above = graph.node("Max", x, _number(graph, 0.0))
    below = graph.node(
        "Mul",
        graph.node("Min", x, _number(graph, 0.0)),
        _number(graph, _decimal(settings.get("alpha", 0.01))),
    )
    return graph.node("Add", above, below)


def _selu(graph: CoreGraph, x: str, settings: dict[str, Any]) -> str:
    alpha, gamma = 1.6732632423543772, 1.0507009873554805
    return _scaled_elu(graph, x, alpha, gamma)


def _scaled_elu(graph: CoreGraph, x: str, alpha: float, gamma: float) -> str:
    above = graph.node("Max", x, _number(graph, 0.0))
    below = graph.node(
        "Sub", graph.node("Exp", graph.node("Min", x, _number(graph, 0.0))), _number(graph, 1.0)
    )
    found = graph.node("Add", above, graph.node("Mul", below, _number(graph, alpha)))
    return found if gamma == 1.0 else graph.node("Mul", found, _number(graph, gamma))


def _decimal(attribute: float) -> float:
    """The short decimal number that a float32 attribute stands for: 0.1, not 0.10000000149."""
    return float(str(np.float32(attribute)))


def _number(graph: CoreGraph, value: float) -> str:
    return graph.constant(np.array(value, dtype=np.float64))


_REWRITINGS: dict[str, Rewriting] = {
    "Erf": _erf,
    "Gelu": _gelu,
    "Softplus": _softplus,
    "Mish": _mish,
    "Elu": _elu,
    "LeakyRelu": _leaky_relu,
    "Selu": _selu,
}
