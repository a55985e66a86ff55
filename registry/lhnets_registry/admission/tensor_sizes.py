"""A bound on the tensors of a graph before it runs.

Two rules make the sizes that a trial sees the sizes that every user will see: no size may depend on
the *values* of an input, only on its shape; and the sizes, worked out at several lengths of the
axes as the client does it, stay under a bound at one row and grow at most in proportion to the
rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import onnx

from lhnets.errors import NetworkFileError
from lhnets.networks import MAKERS, Graph, Node, find_sizes, read_graph
from lhnets_registry.admission.operators import SIZE_OPERANDS

_FREE_LENGTHS = (64, 1, 3, 100)
"""Lengths given to the free axes of event networks, such as the number of constituents. The bound
is that of the first, and grows as all pairs do."""
_ROWS = (2, 3, 7, 100)


def size_problems(model: onnx.ModelProto, most: int) -> tuple[list[str], int]:
    """What is wrong with the sizes of the tensors, and the size of the largest at one row."""
    problems = _sizes_from_values(model.graph) + _initialiser_problems(model.graph, most)
    if problems:
        return problems, 0
    try:
        graph = read_graph(model.SerializeToString())
    except NetworkFileError as error:
        return [str(error)], 0
    free = any(isinstance(n, str) for i in graph.inputs for n in (i.dims or ())[1:])
    for others in _FREE_LENGTHS if free else _FREE_LENGTHS[:1]:
        problems += _problems_at(graph, others, most)
    return list(dict.fromkeys(problems)), find_sizes(graph, {}, 1, _FREE_LENGTHS[0]).largest


def _problems_at(graph: Graph, others: int, most: int) -> Iterator[str]:
    """Sizes at one length of the free axes, as the rows become more."""
    bound = most * max(1.0, (others / _FREE_LENGTHS[0]) ** 2)
    one = find_sizes(graph, {}, 1, others)
    open_ones = (*one.unknown, *(one.impossible if others == _FREE_LENGTHS[0] else ()))
    yield from _cannot_be_found(open_ones)
    for name, shape in one.shapes.items():
        if math.prod(shape) > bound:
            yield f"{name[:60]!r} would hold {math.prod(shape):,} numbers"
    for rows in _ROWS:
        found = find_sizes(graph, {}, rows, others)
        yield from _cannot_be_found(found.unknown)
        for name, shape in found.shapes.items():
            allowed = max(one.count(name), 1) if name in one.shapes else bound
            if math.prod(shape) > rows * allowed:
                yield f"{name[:60]!r} grows faster than the rows"


def _cannot_be_found(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        if node.operator in MAKERS:
            yield f"the size of {node.outputs[0][:60]!r} ({node.operator}) cannot be worked out"


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
