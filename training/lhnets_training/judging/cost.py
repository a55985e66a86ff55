"""What an event costs: trained numbers, multiplications and additions, microseconds."""

from __future__ import annotations

import platform
from collections.abc import Callable
from math import prod
from time import perf_counter
from typing import Any, TypeAlias

import onnx
from onnx import ModelProto, NodeProto, TensorProto, shape_inference

from lhnets.format import Cost

BATCH = 64
"""Events of the batch that is timed."""
REPEATS = 5
Shape: TypeAlias = tuple[int, ...]
_TRAINED = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16}


def measure_cost(
    content: bytes,
    entries: int,
    run: Callable[[], Any] | None = None,
    runtime: str = "",
) -> Cost:
    """The cost of a network file.

    Parameters
    ----------
    content : bytes
        The file.
    entries : int
        Length of its free axes, such as the number of constituents.
    run : callable, optional
        Evaluates a batch of `BATCH` events, to be timed.
    runtime : str
        What evaluates them, such as ``"onnxruntime 1.31.1"``.
    """
    model = onnx.load_from_string(content)
    return Cost(
        parameters=count_parameters(model),
        flops=count_flops(model, entries),
        entries=entries,
        microseconds=None if run is None else _time(run),
        measured_on="" if run is None else f"{_name_processor()}, {runtime}".rstrip(", "),
    )


def count_parameters(model: ModelProto) -> int:
    """Real numbers that the graph holds as tensors of more than one element."""
    held = [*model.graph.initializer, *_constants(model)]
    sizes = (prod(t.dims) for t in held if t.data_type in _TRAINED)
    return sum(size for size in sizes if size > 1)


def _constants(model: ModelProto) -> list[TensorProto]:
    return [
        a.t
        for node in model.graph.node
        if node.op_type == "Constant"
        for a in node.attribute
        if a.name == "value"
    ]


def count_flops(model: ModelProto, entries: int) -> float | None:
    """Multiplications and additions of one event in MatMul, Gemm and Conv; None if a shape among
    them cannot be inferred."""
    fixed = ModelProto()
    fixed.CopyFrom(model)
    for tensor in fixed.graph.input:
        for k, dim in enumerate(tensor.type.tensor_type.shape.dim):
            if not dim.HasField("dim_value"):
                dim.dim_value = 1 if k == 0 else entries
    del fixed.graph.value_info[:]
    for output in fixed.graph.output:
        output.type.tensor_type.ClearField("shape")
    shapes = _find_shapes(shape_inference.infer_shapes(fixed, data_prop=True))
    total = 0.0
    for node in fixed.graph.node:
        if node.op_type in _COUNTED:
            a, b, out = (shapes.get(name) for name in (*node.input[:2], node.output[0]))
            if a is None or b is None or out is None:
                return None
            total += _COUNTED[node.op_type](node, a, b, out)
    return total


def _find_shapes(model: ModelProto) -> dict[str, Shape]:
    """The shapes of tensors that are known as numbers."""
    found: dict[str, Shape] = {t.name: tuple(t.dims) for t in model.graph.initializer}
    for value in (*model.graph.input, *model.graph.value_info, *model.graph.output):
        dims = value.type.tensor_type.shape.dim
        if value.type.tensor_type.HasField("shape") and all(d.HasField("dim_value") for d in dims):
            found[value.name] = tuple(d.dim_value for d in dims)
    for node in model.graph.node:
        for a in node.attribute:
            if node.op_type == "Constant" and a.name == "value":
                found[node.output[0]] = tuple(a.t.dims)
    return found


def _count_product(node: NodeProto, a: Shape, b: Shape, out: Shape) -> int:
    return 2 * prod(out) * a[-1]


def _count_gemm(node: NodeProto, a: Shape, b: Shape, out: Shape) -> int:
    transposed = any(x.name == "transA" and x.i for x in node.attribute)
    return 2 * prod(out) * a[0 if transposed else 1]


def _count_convolution(node: NodeProto, a: Shape, b: Shape, out: Shape) -> int:
    return 2 * prod(out) * prod(b[1:])


_COUNTED: dict[str, Callable[[NodeProto, Shape, Shape, Shape], int]] = {
    "MatMul": _count_product,
    "Gemm": _count_gemm,
    "Conv": _count_convolution,
}


def _time(run: Callable[[], Any]) -> float:
    """Microseconds an event, the least of some repeats."""
    run()
    times = []
    for _ in range(REPEATS):
        began = perf_counter()
        run()
        times.append(perf_counter() - began)
    return float(f"{1e6 * min(times) / BATCH:.3g}")


def _name_processor() -> str:
    return platform.processor() or platform.machine()
