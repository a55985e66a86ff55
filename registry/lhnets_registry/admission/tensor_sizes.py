"""A bound on the tensors of a graph before it runs.

Two rules make the sizes that a trial sees the sizes that every user will see: no size may depend on
the *values* of an input, only on its shape; and the sizes, worked out by shape inference, stay
under a bound at one row and grow at most in proportion to the rows.
"""

from __future__ import annotations

import math

import onnx

from lhnets_registry.admission.operators import MAKERS, SIZE_OPERANDS

_FREE_AXIS = 64
"""Length given to the free axes of event networks, such as the number of constituents."""


def size_problems(model: onnx.ModelProto, most: int) -> tuple[list[str], int]:
    """What is wrong with the sizes of the tensors, and the size of the largest at one row."""
    problems = _sizes_from_values(model.graph) + _initialiser_problems(model.graph, most)
    if problems:
        return problems, 0
    one, two = _sizes(model, 1), _sizes(model, 2)
    for node in model.graph.node:
        for name in filter(None, node.output):
            if name not in one and node.op_type in MAKERS:
                problems.append(f"the size of {name[:60]!r} ({node.op_type}) cannot be worked out")
    problems += [f"{name[:60]!r} would hold {n:,} numbers" for name, n in one.items() if n > most]
    problems += [
        f"{n[:60]!r} grows faster than the rows"
        for n in one.keys() & two.keys()
        if two[n] > 2 * one[n]
    ]
    return problems, max(one.values(), default=0)


def _sizes_from_values(graph: onnx.GraphProto) -> list[str]:
    """Operands that decide a size and depend on the values of an input."""
    from_values = {v.name for v in graph.input}
    problems = []
    for node in graph.node:
        for position in SIZE_OPERANDS.get(node.op_type, ()):
            if position < len(node.input) and node.input[position] in from_values:
                problems.append(
                    f"the output of {node.op_type} {node.name[:60]!r} has a size that depends on "
                    "values"
                )
        if node.op_type not in ("Shape", "Size") and from_values.intersection(node.input):
            from_values.update(node.output)
    return problems


def _initialiser_problems(graph: onnx.GraphProto, most: int) -> list[str]:
    tensors = [
        *graph.initializer,
        *(a.t for node in graph.node for a in node.attribute if a.HasField("t")),
    ]
    return [
        f"the constant {tensor.name[:60]!r} has dimensions {list(tensor.dims)[:8]}"
        for tensor in tensors
        if any(d < 0 for d in tensor.dims) or math.prod(tensor.dims) > most
    ]


def _sizes(model: onnx.ModelProto, rows: int) -> dict[str, int]:
    """Numbers in each tensor whose shape is known when the inputs have ``rows`` rows."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    del fixed.graph.value_info[:]
    for value in fixed.graph.input:
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if axis == 0:
                dim.dim_value = rows
            elif not dim.HasField("dim_value"):
                dim.dim_value = _FREE_AXIS
    for value in fixed.graph.output:
        value.type.tensor_type.ClearField("shape")
    graph = onnx.shape_inference.infer_shapes(fixed, data_prop=True).graph
    sizes = {}
    for value in (*graph.value_info, *graph.output):
        tensor = value.type.tensor_type
        if tensor.HasField("shape") and all(d.HasField("dim_value") for d in tensor.shape.dim):
            sizes[value.name] = math.prod(d.dim_value for d in tensor.shape.dim)
    return sizes
