"""Nodes and constants of an ONNX graph under construction. Methods return the names of the tensors
that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
IR_VERSION = 10
ML_DOMAIN = "ai.onnx.ml"

Array: TypeAlias = NDArray[np.float64]


class GraphBuilder:
    """What is asked for twice is made once: the same operator on the same tensors is one node,
    equal arrays one constant.

    Names of tensors made here begin with ``prefix``.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._made: dict[bytes, str] = {}

    def node(
        self,
        op: str,
        *arguments: str,
        output: str | None = None,
        domain: str = "",
        **attributes: Any,
    ) -> str:
        """A node with one output; one that is there already, unless the ``output`` has a name of
        its own."""
        node = helper.make_node(op, arguments, [], domain=domain, **attributes)
        key = node.SerializeToString(deterministic=True)
        if key in self._made and output in (None, self._made[key]):
            return self._made[key]
        name = output or f"{self.prefix}{op.lower()}_{len(self._nodes)}"
        node.output.append(name)
        self._nodes.append(node)
        self._made[key] = name
        return name

    def nodes(
        self, op: str, arguments: Sequence[str], outputs: Sequence[str], **attributes: Any
    ) -> None:
        """A node with several outputs, named by the caller."""
        node = helper.make_node(op, arguments, outputs, **attributes)
        key = node.SerializeToString(deterministic=True)
        if key not in self._made:
            self._nodes.append(node)
            self._made[key] = outputs[0]

    def constant(self, array: NDArray[Any]) -> str:
        """A constant tensor with the type of ``array``."""
        tensor = numpy_helper.from_array(np.ascontiguousarray(array))
        key = tensor.SerializeToString(deterministic=True)
        if key not in self._made:
            tensor.name = self._made[key] = f"{self.prefix}constant_{len(self._constants)}"
            self._constants.append(tensor)
        return self._made[key]

    def affine(
        self, x: str, weights: NDArray[Any], bias: NDArray[Any] | str, output: str | None = None
    ) -> str:
        """``x @ weights + bias``; ``bias`` is an array or a tensor of the graph that has the shape
        of the result."""
        added = bias if isinstance(bias, str) else self.constant(bias)
        return self.node("Gemm", x, self.constant(weights), added, output=output)

    def cast(self, x: str, dtype: int = TensorProto.FLOAT) -> str:
        """``x`` in another type, float32 by default."""
        return self.node("Cast", x, to=dtype)

    def take(self) -> onnx.GraphProto:
        """The nodes and constants made so far, as a part of a graph."""
        return helper.make_graph(self._nodes, "part", [], [], self._constants)

    def is_input(self, x: str) -> bool:
        """Whether the tensor ``x`` is given, or a choice of columns of what is given."""
        made_by = {name: node for node in self._nodes for name in node.output}
        while x in made_by and made_by[x].op_type == "Gather":
            x = made_by[x].input[0]
        return x not in made_by

    def inline(self, graph: onnx.GraphProto, given: Mapping[str, str]) -> dict[str, str]:
        """Append another graph whose inputs are the tensors ``given``; the names that its tensors
        have here."""
        names, prefix = {"": "", **given}, f"part_{len(self._nodes)}/"
        for tensor in graph.initializer:
            names[tensor.name] = prefix + tensor.name
            copy = onnx.TensorProto()
            copy.CopyFrom(tensor)
            copy.name, copy.doc_string = names[tensor.name], ""
            self._constants.append(copy)
        for node in graph.node:
            names |= {name: prefix + name for name in node.output if name}
            made = onnx.NodeProto()
            made.CopyFrom(node)
            made.name = made.doc_string = ""
            made.domain = "" if node.domain == "ai.onnx" else node.domain
            del made.metadata_props[:]
            made.input[:], made.output[:] = (
                [names[n] for n in some] for some in (node.input, node.output)
            )
            self._nodes.append(made)
        return names


@dataclass(frozen=True)
class Affine:
    """The sum of tensors (N, r) times their weights (r, k), and a bias (k,) or a tensor (N, k), not
    yet in a graph."""

    terms: tuple[tuple[str, Array], ...]
    bias: Array | str

    def build(self, graph: GraphBuilder, output: str | None = None) -> str:
        """A Gemm for each tensor."""
        total = self.bias
        for number, (tensor, weights) in enumerate(self.terms, 1):
            total = graph.affine(
                tensor, weights, total, output if number == len(self.terms) else None
            )
        return total if isinstance(total, str) else graph.constant(total)

    def build_exp(self, graph: GraphBuilder, output: str | None = None) -> str:
        """The exponential."""
        if not self.terms and not isinstance(self.bias, str) and output is None:
            return graph.constant(np.exp(self.bias))
        return graph.node("Exp", self.build(graph), output=output)

    def beside_sum(self, other: Affine) -> Affine | None:
        """This and the sum with ``other`` side by side (N, 2 k), if ``other`` has no further
        tensors."""
        theirs = dict(other.terms)
        if (
            not theirs
            or theirs.keys() - dict(self.terms).keys()
            or isinstance(self.bias, str)
            or isinstance(other.bias, str)
        ):
            return None
        joined = ((x, np.concatenate([w, w + theirs.get(x, 0.0)], axis=1)) for x, w in self.terms)
        return Affine(tuple(joined), np.concatenate([self.bias, self.bias + other.bias]))
