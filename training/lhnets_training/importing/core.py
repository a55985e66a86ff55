"""Cores made by hand: a short ONNX graph between named inputs and outputs, at the opset of the network files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lhnets_training.export import IR_VERSION, OPSET
from lhnets_training.importing.source import DTYPES, Tensor

ML_DOMAIN = "ai.onnx.ml"
ML_OPSET = 5
"""The first with TreeEnsemble, whose thresholds and leaves may be float64."""

ELEMENT_TYPES = {name: number for number, name in DTYPES.items()}


class Builder(Protocol):
    """What takes nodes and constants and gives the names of their tensors."""

    def node(self, op: str, *arguments: str, output: str | None = None, domain: str = "", **attributes: Any) -> str:
        """Append a node with one output."""

    def constant(self, array: NDArray[Any]) -> str:
        """A constant tensor with the type of ``array``."""

    def is_input(self, x: str) -> bool:
        """Whether the tensor ``x`` is given, or a choice of columns of what is given."""


class Core:
    """A graph under construction; the names of its tensors begin with ``prefix``."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def node(self, op: str, *arguments: str, output: str | None = None, domain: str = "", **attributes: Any) -> str:
        """Append a node with one output."""
        name = output or f"{self._prefix}{op.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(op, list(arguments), [name], domain=domain, **attributes))
        return name

    def constant(self, array: NDArray[Any]) -> str:
        """A constant tensor with the type of ``array``."""
        name = f"{self._prefix}constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def is_input(self, x: str) -> bool:
        """Whether the tensor ``x`` is given, or a choice of columns of what is given."""
        made_by = {name: node for node in self._nodes for name in node.output}
        while x in made_by and made_by[x].op_type == "Gather":
            x = made_by[x].input[0]
        return x not in made_by

    def inline(self, graph: onnx.GraphProto, given: Mapping[str, str]) -> dict[str, str]:
        """Append another graph whose inputs are the tensors ``given``; the names that its tensors have here."""
        names = dict(given)
        prefix = f"part_{len(self._nodes)}_"
        for tensor in graph.initializer:
            names[tensor.name] = prefix + tensor.name
            self._constants.append(onnx.TensorProto())
            self._constants[-1].CopyFrom(tensor)
            self._constants[-1].name = names[tensor.name]
        for node in graph.node:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.name = ""
            names |= {name: prefix + name for name in node.output if name}
            copy.input[:] = [names[name] if name else "" for name in node.input]
            copy.output[:] = [names[name] if name else "" for name in node.output]
            self._nodes.append(copy)
        return names

    def append_to(self, graph: onnx.GraphProto) -> None:
        """Append what was made to another graph."""
        graph.node.extend(self._nodes)
        graph.initializer.extend(self._constants)

    def width(self, name: str, given: Tensor) -> int:
        """Columns of the tensor ``name``, found by running what there is so far on one row of ones."""
        import onnxruntime

        graph = helper.make_graph(
            self._nodes, "core", [value_info(given)], [onnx.ValueInfoProto(name=name)], self._constants
        )
        model = helper.make_model(graph, opset_imports=opsets(self._nodes), ir_version=IR_VERSION)
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        row = np.ones((1, given.width), dtype=given.dtype)
        return int(np.shape(session.run([name], {given.name: row})[0])[1])

    def model(self, inputs: Iterable[Tensor], outputs: Iterable[Tensor]) -> onnx.ModelProto:
        """The checked model between ``inputs`` and ``outputs``."""
        graph = helper.make_graph(
            self._nodes,
            "core",
            [value_info(t) for t in inputs],
            [value_info(t) for t in outputs],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=opsets(self._nodes), ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return model


def value_info(tensor: Tensor) -> onnx.ValueInfoProto:
    """``tensor`` as ONNX describes an input or an output."""
    return helper.make_tensor_value_info(tensor.name, ELEMENT_TYPES[tensor.dtype], tensor.shape)


def opsets(nodes: Sequence[onnx.NodeProto]) -> list[onnx.OperatorSetIdProto]:
    """The operator sets of nodes made here, each domain once."""
    classical = [helper.make_opsetid(ML_DOMAIN, ML_OPSET)] if any(n.domain == ML_DOMAIN for n in nodes) else []
    return [helper.make_opsetid("", OPSET), *classical]


def single_and_back(graph: Builder, x: str) -> str:
    """Float64 ``x`` rounded to float32 precision: what a model sees that reads its points in single precision."""
    return graph.node("Cast", graph.node("Cast", x, to=TensorProto.FLOAT), to=TensorProto.DOUBLE)
