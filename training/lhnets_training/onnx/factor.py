"""A factor on the uncertainty of a finished graph, as a small network over its hidden layers.

The size of errors is fitted with the model, to rows that are common. What a search finds in narrow
corners comes later: the factor is exp(tanh(h B + b) A + a) over the hidden layers h that the graph
has already, so that values stay bit for bit and the factor costs a few nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[np.float64]

PREFIX = "factor_"
BEFORE = f"{PREFIX}before"


@dataclass(frozen=True)
class Hidden:
    """A hidden layer of a graph: a tensor (N, images * width) of all images of a point."""

    name: str
    width: int
    images: int

    def tie(self, weights: Array) -> Array:
        """Weights (width, m) for each of the images, shape (images * width, m)."""
        return np.tile(weights, (self.images, 1))


@dataclass(frozen=True)
class Factor:
    """The weights of the factor over hidden layers side by side, each summed over its images."""

    hidden: tuple[Hidden, ...]
    first: Array
    bias: Array
    second: Array
    constant: Array

    def __call__(self, h: Array) -> Array:
        """Factors (N, k) from the layers (N, sum of widths)."""
        return np.asarray(np.exp(np.tanh(h @ self.first + self.bias) @ self.second + self.constant))

    def times(self, scale: Array) -> Factor:
        """The factor times ``scale`` (k,)."""
        return Factor(
            self.hidden, self.first, self.bias, self.second, self.constant + np.log(scale)
        )

    def apply(self, model: bytes) -> bytes:
        """The graph with its uncertainty multiplied by the factor."""
        made = onnx.load_model_from_string(model)
        graph = made.graph
        _rename(graph, "uncertainty", BEFORE)
        total = self._constant(graph, "bias", self.bias)
        starts = np.cumsum([0, *(h.width for h in self.hidden)])
        for k, layer in enumerate(self.hidden):
            tied = layer.tie(self.first[starts[k] : starts[k + 1]])
            weights = self._constant(graph, f"first_{k}", tied)
            total = _node(graph, "Gemm", [layer.name, weights, total], f"sum_{k}")
        tanh = _node(graph, "Tanh", [total], "tanh")
        second = self._constant(graph, "second", self.second)
        constant = self._constant(graph, "constant", self.constant)
        size = _node(
            graph, "Exp", [_node(graph, "Gemm", [tanh, second, constant], "log")], "factor"
        )
        graph.node.append(helper.make_node("Mul", [BEFORE, size], ["uncertainty"]))
        onnx.checker.check_model(made, full_check=True)
        return bytes(made.SerializeToString(deterministic=True))

    @staticmethod
    def _constant(graph: onnx.GraphProto, name: str, array: Array) -> str:
        tensor = numpy_helper.from_array(np.ascontiguousarray(array), PREFIX + name)
        graph.initializer.append(tensor)
        return str(tensor.name)


def find_hidden(model: bytes) -> tuple[Hidden, ...]:
    """The hidden tanh layers of a graph in float64; none if it has no such layers."""
    graph = onnx.load_model_from_string(model).graph
    constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    width = {n.output[0]: _width(n, constants) for n in graph.node}
    found: list[Hidden] = []
    for node in graph.node:
        if node.op_type != "Tanh":
            continue
        whole = width.get(node.input[0])
        after = [n for n in graph.node if n.op_type == "Reshape" and node.output[0] in n.input]
        if whole is None:
            return ()
        found.append(_layer(node.output[0], whole, after, constants))
    return tuple(found)


def has_factor(model: bytes) -> bool:
    """Whether the uncertainty of a graph is multiplied by a factor already."""
    graph = onnx.load_model_from_string(model).graph
    return any(BEFORE in node.output for node in graph.node)


def expose(model: bytes, layers: tuple[Hidden, ...]) -> bytes:
    """The graph with its hidden layers as further outputs."""
    made = onnx.load_model_from_string(model)
    for layer in layers:
        made.graph.output.append(
            helper.make_tensor_value_info(layer.name, TensorProto.DOUBLE, None)
        )
    return bytes(made.SerializeToString(deterministic=True))


def _layer(
    name: str, whole: int, after: list[onnx.NodeProto], constants: dict[str, NDArray[np.generic]]
) -> Hidden:
    """The layer in its form (N, images * width): before a reshape that takes images apart, or after
    one that puts them side by side."""
    for node in after:
        shape = constants[node.input[1]]
        if int(shape[1]) > whole:
            return Hidden(node.output[0], whole, int(shape[1]) // whole)
        return Hidden(name, int(shape[1]), whole // int(shape[1]))
    return Hidden(name, whole, 1)


def _width(node: onnx.NodeProto, constants: dict[str, NDArray[np.generic]]) -> int | None:
    weights = constants.get(node.input[1]) if node.op_type == "Gemm" else None
    return None if weights is None or weights.dtype != np.float64 else int(weights.shape[1])


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    for node in graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
        node.output[:] = [new if name == old else name for name in node.output]


def _node(graph: onnx.GraphProto, op: str, inputs: list[str], name: str) -> str:
    graph.node.append(helper.make_node(op, inputs, [PREFIX + name]))
    return PREFIX + name
