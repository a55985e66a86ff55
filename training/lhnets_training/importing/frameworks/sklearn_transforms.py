"""Transformers of scikit-learn that skl2onnx leaves out or writes in float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lhnets_training.importing.errors import ModelError
from lhnets_training.onnx.builder import GraphBuilder

Step = Callable[[GraphBuilder, str], str]


def _chain(*steps: Step) -> Step:
    def apply(graph: GraphBuilder, x: str) -> str:
        for step in steps:
            x = step(graph, x)
        return x

    return apply


def _op(name: str) -> Step:
    return lambda graph, x: graph.node(name, x)


def _with(name: str, number: float) -> Step:
    return lambda graph, x: graph.node(name, x, graph.constant(np.array(number)))


FUNCTIONS: dict[Any, Step] = {
    None: _op("Identity"),
    np.log: _op("Log"),
    np.log2: _chain(_op("Log"), _with("Div", np.log(2.0))),
    np.log10: _chain(_op("Log"), _with("Div", np.log(10.0))),
    np.log1p: _chain(_with("Add", 1.0), _op("Log")),
    np.exp: _op("Exp"),
    np.exp2: lambda graph, x: graph.node("Pow", graph.constant(np.array(2.0)), x),
    np.expm1: _chain(_op("Exp"), _with("Sub", 1.0)),
    np.sqrt: _op("Sqrt"),
    np.square: lambda graph, x: graph.node("Mul", x, x),
    np.abs: _op("Abs"),
    np.negative: _op("Neg"),
    np.reciprocal: lambda graph, x: graph.node("Div", graph.constant(np.array(1.0)), x),
    np.tanh: _op("Tanh"),
    np.sin: _op("Sin"),
    np.cos: _op("Cos"),
}
"""Functions of NumPy that a FunctionTransformer may apply."""


def function(graph: GraphBuilder, found: Any, x: str) -> str:
    """A function of NumPy applied to each number.

    Raises
    ------
    ModelError
        If the function is the author's own.
    """
    if found not in FUNCTIONS:
        known = ", ".join(f"numpy.{f.__name__}" for f in FUNCTIONS if f is not None)
        raise ModelError(
            f"the function {getattr(found, '__qualname__', found)!r} is Python code and cannot be "
            f"read; expected one of {known}. Use one of these, or fit the model to the transformed "
            "numbers and say so in the card's normalisation"
        )
    return FUNCTIONS[found](graph, x)


def _function_transformer(graph: GraphBuilder, model: Any, x: str) -> str:
    if model.kw_args:
        raise ModelError(
            f"a FunctionTransformer with kw_args={model.kw_args} is not converted; drop them"
        )
    return function(graph, model.func, x)


def _polynomial(graph: GraphBuilder, model: Any, x: str) -> str:
    """Products of columns, with a column of ones for what a term of lower degree leaves open."""
    columns = model.n_features_in_
    powers = graph.node("Pow", _column(graph, x, 0), _number(graph, 0.0))
    wide = graph.node("Concat", x, powers, axis=1)
    slots = [np.repeat(np.arange(columns), powers) for powers in model.powers_]
    degree = max(max((len(s) for s in slots), default=1), 1)
    filled = np.array([np.pad(s, (0, degree - len(s)), constant_values=columns) for s in slots])
    found = graph.node("Gather", wide, graph.constant(filled[:, 0]), axis=1)
    for k in range(1, degree):
        found = graph.node(
            "Mul", found, graph.node("Gather", wide, graph.constant(filled[:, k]), axis=1)
        )
    return found


def _power(graph: GraphBuilder, model: Any, x: str) -> str:
    """Yeo-Johnson or Box-Cox, column by column, then the standardisation."""
    transform = _box_cox if model.method == "box-cox" else _yeo_johnson
    columns = [
        transform(graph, _column(graph, x, k), float(power))
        for k, power in enumerate(model.lambdas_)
    ]
    found = graph.node("Concat", *columns, axis=1)
    if not model.standardize:
        return found
    centred = graph.node(
        "Sub", found, graph.constant(np.asarray(model._scaler.mean_, dtype=np.float64))
    )
    return graph.node(
        "Div", centred, graph.constant(np.asarray(model._scaler.scale_, dtype=np.float64))
    )


def _box_cox(graph: GraphBuilder, x: str, power: float) -> str:
    if power == 0:
        return graph.node("Log", x)
    raised = graph.node("Sub", graph.node("Pow", x, _number(graph, power)), _number(graph, 1.0))
    return graph.node("Div", raised, _number(graph, power))


def _yeo_johnson(graph: GraphBuilder, x: str, power: float) -> str:
    """Box-Cox of 1 + x where x >= 0, of 1 - x with power 2 - ``power`` and the other sign below."""
    above = graph.node("Max", x, _number(graph, 0.0))
    below = graph.node("Neg", graph.node("Min", x, _number(graph, 0.0)))
    upper = _box_cox(graph, graph.node("Add", above, _number(graph, 1.0)), power)
    lower = _box_cox(graph, graph.node("Add", below, _number(graph, 1.0)), 2 - power)
    return graph.node("Sub", upper, lower)


def _quantile(graph: GraphBuilder, model: Any, x: str) -> str:
    """Ranks between 0 and 1: the mean of interpolating from the left and from the right, as
    scikit-learn has it."""
    if model.output_distribution != "uniform":
        raise ModelError(
            "a QuantileTransformer with output_distribution='normal' needs the inverse of the "
            "normal distribution, which ONNX lacks; fit with output_distribution='uniform', or a "
            "PowerTransformer"
        )
    reference = np.asarray(model.references_, dtype=np.float64)
    columns = []
    for k, quantiles in enumerate(np.asarray(model.quantiles_, dtype=np.float64).T):
        column = _column(graph, x, k)
        forward = _interpolate(graph, column, quantiles, reference)
        backward = _interpolate(
            graph, graph.node("Neg", column), -quantiles[::-1], -reference[::-1]
        )
        columns.append(graph.node("Mul", graph.node("Sub", forward, backward), _number(graph, 0.5)))
    return graph.node("Concat", *columns, axis=1)


def _interpolate(
    graph: GraphBuilder, x: str, nodes: np.ndarray[Any, Any], values: np.ndarray[Any, Any]
) -> str:
    """`numpy.interp` at a column (N, 1): between equal nodes the last counts."""
    at_least = graph.node("GreaterOrEqual", x, graph.constant(nodes[None]))
    counted = graph.node(
        "ReduceSum", graph.node("Cast", at_least, to=7), graph.constant(np.array([1])), keepdims=1
    )
    slope = np.zeros(len(nodes) + 1)
    width = np.diff(nodes)
    slope[1:-1] = np.divide(np.diff(values), width, out=np.zeros_like(width), where=width > 0)
    start = np.concatenate([nodes[:1], nodes])
    level = np.concatenate([values[:1], values])
    parts = [
        graph.node("Gather", graph.constant(table), counted, axis=0)
        for table in (slope, start, level)
    ]
    return graph.node("Add", parts[2], graph.node("Mul", parts[0], graph.node("Sub", x, parts[1])))


def _column(graph: GraphBuilder, x: str, k: int) -> str:
    return graph.node("Gather", x, graph.constant(np.array([k])), axis=1)


def _number(graph: GraphBuilder, value: float) -> str:
    return graph.constant(np.array(value, dtype=np.float64))


WRITERS: dict[str, Callable[[GraphBuilder, Any, str], str]] = {
    "FunctionTransformer": _function_transformer,
    "PolynomialFeatures": _polynomial,
    "PowerTransformer": _power,
    "QuantileTransformer": _quantile,
}
"""How each kind of transformer is written, by the name of its class."""
