"""Networks as short ONNX graphs: float64 `parameters` (N, n) to `value`, `uncertainty` (N, k) and
`reach` (N,).

Each node costs 0.5-1 us for a single point, so standardisation, prefactors and calibration are
folded into the weights of a few Gemm nodes. A core of any other kind (spline, trees, Gaussian
process) is built with `NetworkGraph.node` between the same ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from lhnets.errors import Error
from lhnets.format import HalfSpace, Input, UnitVector
from lhnets_training.data.sample import Surface, box, coefficients, members
from lhnets_training.onnx.builder import IR_VERSION, ML_DOMAIN, OPSET, GraphBuilder

Array = NDArray[np.float64]
Layers = Sequence[tuple[Array, Array]]
"""Weights (in, out) and biases (out,) of each layer."""

PARAMETERS = "parameters"

_ELEMENTS = {
    "float64": TensorProto.DOUBLE,
    "float32": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "bool": TensorProto.BOOL,
}


class ExportError(Error, ValueError):
    """A model that this graph cannot hold."""


class NetworkGraph(GraphBuilder):
    """The graph of a network file under construction."""

    def __init__(self, inputs: Sequence[Input], region: Iterable[Surface] = ()) -> None:
        super().__init__()
        self.inputs = tuple(inputs)
        self.region = tuple(region)
        self._versions = {"": OPSET}

    def splice(self, core: onnx.ModelProto, given: Mapping[str, str]) -> list[str]:
        """Put another model into the graph, its inputs being the tensors ``given``; the names of
        its outputs.

        Raises
        ------
        ExportError
            If it is of an older opset than the graph.
        """
        versions = {"" if o.domain == "ai.onnx" else o.domain: o.version for o in core.opset_import}
        if versions.get("", 0) < OPSET:
            raise ExportError(
                f"the core is of opset {versions.get('', 0)}, expected {OPSET} or later; convert "
                "it first"
            )
        self._versions = {
            d: max(v, self._versions.get(d, 0)) for d, v in (self._versions | versions).items()
        }

        names = self.inline(core.graph, given)
        return [names[o.name] for o in core.graph.output]

    def require(self, domain: str, version: int) -> None:
        """Use at least this version of the operators of a domain."""
        self._versions[domain] = max(version, self._versions.get(domain, 0))

    def make_part(self, name: str, width: int) -> onnx.ModelProto:
        """What there is so far as a model of its own, from the inputs to the float64 tensor
        ``name`` (N, width)."""
        found = helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["N", width])
        graph = helper.make_graph(self._nodes, "part", self._declared(), [found], self._constants)
        return helper.make_model(graph, opset_imports=self._opsets(), ir_version=IR_VERSION)

    def coordinates(self, log: Sequence[bool]) -> str:
        """Natural coordinates (N, n): the logarithm of each input marked in ``log``, the input
        itself elsewhere."""
        if all(log):
            return self.node("Log", PARAMETERS)
        if not any(log):
            return PARAMETERS
        parts = [
            self.node(
                "Log" if is_log else "Identity",
                self.node("Gather", PARAMETERS, self.constant(np.array([k])), axis=1),
            )
            for k, is_log in enumerate(log)
        ]
        return self.node("Concat", *parts, axis=1)

    def tanh_core(self, x: str, layers: Layers, *, single: bool = True) -> str:
        """Hidden tanh layers on the float64 tensor ``x``; the result is float64 of the width of the
        last layer.

        The first affine map is done in float64, so that no digit of the standardisation is lost;
        what follows is float32 where ``single``.
        """
        dtype = np.float32 if single else np.float64
        (first, bias), *rest = layers
        hidden = self.affine(x, first, bias)
        hidden = self.node("Tanh", self.cast(hidden) if single else hidden)
        for weights, bias in rest:
            hidden = self.node(
                "Tanh", self.affine(hidden, weights.astype(dtype), bias.astype(dtype))
            )
        return self.cast(hidden, TensorProto.DOUBLE) if single else hidden

    def tanh_core_of_images(
        self, x: str, first: tuple[Array, Array], second: tuple[Array, Array], images: int
    ) -> str:
        """Two tanh layers in float64 at ``images`` images of each point: the results side by side,
        (N, images q).

        ``first`` gives the first layer of all images side by side, (r, images p); ``second`` is (p,
        q), shared by them.
        """
        if images == 1:
            return self.tanh_core(x, (first, second), single=False)
        weights, _ = second
        hidden = self.node("Tanh", self.affine(x, *first))
        apart = self.node("Reshape", hidden, self.constant(np.array([-1, len(weights)])))
        hidden = self.node("Tanh", self.affine(apart, *second))
        return self.node(
            "Reshape", hidden, self.constant(np.array([-1, images * weights.shape[1]]))
        )

    def positive_heads(self, logs: str, outputs: int) -> None:
        """`value` and `uncertainty` from the logarithms of both, side by side in ``logs`` (N, 2
        k)."""
        sizes = self.constant(np.array([outputs, outputs]))
        self.nodes("Split", [self.node("Exp", logs), sizes], ["value", "uncertainty"], axis=1)

    def reach(self, further: str | None = None) -> None:
        """`reach`: the largest absolute box coordinate, for each half-space a row that is 1 on its
        plane, for each unit vector one that is 1 at its tolerance, and the column of the tensor
        ``further`` (N, 1), if there is one.

        Taken from the parameters themselves, so that it is a number for every finite point.
        """
        flat = [c for c in self.region if isinstance(c, HalfSpace)]
        rows = self.affine(PARAMETERS, *reach_rows(self.inputs, flat))
        columns = [self._leave(c) for c in self.region if isinstance(c, UnitVector)]
        columns += [] if further is None else [further]
        if columns:
            rows = self.node("Concat", rows, *columns, axis=1)
        axis = self.constant(np.array([1]))
        self.node("ReduceMax", rows, axis, output="reach", keepdims=0)

    def _leave(self, vector: UnitVector) -> str:
        """|sum of squares - 1| over the tolerance, (N, 1)."""
        squares = self.node("Mul", PARAMETERS, PARAMETERS)
        share = members(vector, self.inputs)[:, None] / vector.tolerance
        return self.node("Abs", self.affine(squares, share, np.array([-1 / vector.tolerance])))

    def serialize(self, outputs: int) -> bytes:
        """The checked ONNX model; `value`, `uncertainty` and `reach` must have been made."""
        made = {name for node in self._nodes for name in node.output}
        missing = [name for name in ("value", "uncertainty", "reach") if name not in made]
        if missing:
            raise ExportError(
                f"the graph has no {', '.join(missing)}; make them before it is serialized"
            )
        graph = helper.make_graph(
            self._nodes,
            "network",
            self._declared(),
            [
                helper.make_tensor_value_info("value", TensorProto.DOUBLE, ["N", outputs]),
                helper.make_tensor_value_info("uncertainty", TensorProto.DOUBLE, ["N", outputs]),
                helper.make_tensor_value_info("reach", TensorProto.DOUBLE, ["N"]),
            ],
            self._constants,
        )
        model = helper.make_model(
            graph,
            opset_imports=self._opsets(),
            ir_version=IR_VERSION,
            producer_name="lhnets",
            producer_version="",
        )
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))

    def _declared(self) -> list[onnx.ValueInfoProto]:
        """The inputs: `parameters` for the columns, and every tensor by its name."""
        columns = sum(i.shape is None for i in self.inputs)
        made = (
            [helper.make_tensor_value_info(PARAMETERS, TensorProto.DOUBLE, ["N", columns])]
            if columns
            else []
        )
        return made + [
            helper.make_tensor_value_info(i.name, _ELEMENTS[i.dtype], list(i.shape))
            for i in self.inputs
            if i.shape is not None
        ]

    def _opsets(self) -> list[onnx.OperatorSetIdProto]:
        used = {node.domain for node in self._nodes} | {""}
        versions = {ML_DOMAIN: 3} | self._versions
        return [
            helper.make_opsetid(domain, versions[domain])
            for domain in sorted(used & versions.keys())
        ]


def reach_rows(inputs: Sequence[Input], region: Iterable[HalfSpace]) -> tuple[Array, Array]:
    """Weights (n, rows) and biases (rows,) whose largest row is at most 1 inside the region.

    Raises
    ------
    ExportError
        If no point of the box meets a half-space.
    """
    low, high = box(inputs)
    middle, half = (low + high) / 2, (high - low) / 2
    weights, bias = [np.diag(1 / half), -np.diag(1 / half)], [-middle / half, middle / half]
    for half_space in region:
        row = coefficients(half_space, inputs)
        scale = half_space.bound - float(row @ np.where(row > 0, low, high))
        if scale <= 0:
            raise ExportError(f"no point of the box meets the half-space {half_space.meaning!r}")
        weights.append((row / scale)[:, None])
        bias.append(np.array([1 - half_space.bound / scale]))
    return np.concatenate(weights, axis=1), np.concatenate(bias)
