"""Cores made by hand: a short ONNX graph between named inputs and outputs, at the opset of the
network files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper

from lhnets_training.importing.source import DTYPES, Tensor
from lhnets_training.onnx.builder import IR_VERSION, ML_DOMAIN, OPSET, GraphBuilder
from lhnets_training.onnx.forest import TREES_SINCE

ELEMENT_TYPES = {name: number for number, name in DTYPES.items()}


class CoreGraph(GraphBuilder):
    """The graph of a core under construction, between any inputs and outputs."""

    def append_to(self, graph: onnx.GraphProto) -> None:
        """Append what was made to another graph."""
        graph.node.extend(self._nodes)
        graph.initializer.extend(self._constants)

    def width(self, name: str, given: Tensor) -> int:
        """Columns of the tensor ``name``, found by running what there is so far on one row of
        ones."""
        import onnxruntime

        graph = helper.make_graph(
            self._nodes,
            "core",
            [value_info(given)],
            [onnx.ValueInfoProto(name=name)],
            self._constants,
        )
        model = helper.make_model(graph, opset_imports=opsets(self._nodes), ir_version=IR_VERSION)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
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
    classical = (
        [helper.make_opsetid(ML_DOMAIN, TREES_SINCE)]
        if any(n.domain == ML_DOMAIN for n in nodes)
        else []
    )
    return [helper.make_opsetid("", OPSET), *classical]


def single_and_back(graph: GraphBuilder, x: str) -> str:
    """Float64 ``x`` rounded to float32 precision: what a model sees that reads its points in single
    precision."""
    return graph.node("Cast", graph.node("Cast", x, to=TensorProto.FLOAT), to=TensorProto.DOUBLE)
