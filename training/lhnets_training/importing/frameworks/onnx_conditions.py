"""Branches of an ONNX graph that are settled by lengths: exporters write them where an axis might
have length 1."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import onnx
from onnx import TensorProto, helper

from lhnets_training.importing.errors import ModelError

_LENGTHS = tuple(itertools.product((2, 7), (5, 64)))
"""Rows and other free lengths: none is 1, where an axis is like one that is not there."""
_MOST = 500
"""Branches in branches are settled one after the other; no honest graph has more."""


def settle_conditions(model: onnx.ModelProto) -> list[str]:
    """Put in place of every `If` the branch that it takes, where that follows from shapes and is
    the same at all lengths. Returns in words what was done.

    Raises
    ------
    ModelError
        If a branch differs between lengths.
    """
    count = 0
    while count < _MOST:
        node = next(_settled_by_shapes(model.graph), None)
        if node is None:
            break
        _inline(model.graph, node, _choose(model, node), count)
        count += 1
    return [f"{count} branches that lengths decide taken"] if count else []


def _settled_by_shapes(graph: onnx.GraphProto) -> Iterator[onnx.NodeProto]:
    """Each `If` whose condition does not depend on the values of an input."""
    from_values = {v.name for v in graph.input} - {t.name for t in graph.initializer}
    for node in graph.node:
        if node.op_type == "If" and node.input[0] not in from_values:
            yield node
        if node.op_type not in ("Shape", "Size") and from_values.intersection(_taken(node)):
            from_values.update(node.output)


def _taken(node: onnx.NodeProto) -> set[str]:
    """Names that a node needs, those in its branches included."""
    branches = (a.g for a in node.attribute if a.HasField("g"))
    return set(node.input).union(*(_outer_names(g) for g in branches))


def _outer_names(graph: onnx.GraphProto) -> set[str]:
    """Names that a branch takes from outside, and some of its own, which do no harm."""
    return {o.name for o in graph.output}.union(*(_taken(node) for node in graph.node))


def _choose(model: onnx.ModelProto, node: onnx.NodeProto) -> onnx.GraphProto:
    found = {rows_others: _condition(model, node, *rows_others) for rows_others in _LENGTHS}
    if len(set(found.values())) > 1:
        told = ", ".join(f"{v} for N = {n} and length {p}" for (n, p), v in found.items())
        raise ModelError(
            f"its If {node.name or node.output[0]!r} takes different branches at different lengths "
            f"({told}): export it with fixed lengths, or without a branch on them"
        )
    wanted = "then_branch" if next(iter(found.values())) else "else_branch"
    branch: onnx.GraphProto = next(a.g for a in node.attribute if a.name == wanted)
    return branch


def _condition(model: onnx.ModelProto, node: onnx.NodeProto, rows: int, others: int) -> bool:
    """What the part of the graph before a condition gives for inputs of these lengths."""
    import onnxruntime

    graph, needed, kept = model.graph, {node.input[0]}, []
    for earlier in reversed(graph.node):
        if needed.intersection(earlier.output):
            needed.update(_taken(earlier))
            kept.append(earlier)
    part = onnx.ModelProto()
    part.CopyFrom(model)
    del part.graph.node[:], part.graph.output[:], part.graph.value_info[:]
    part.graph.node.extend(reversed(kept))
    part.graph.output.append(helper.make_tensor_value_info(node.input[0], TensorProto.BOOL, None))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    known = {t.name for t in graph.initializer}
    given = {v.name: _ones(v, rows, others) for v in graph.input if v.name not in known}
    try:
        session = onnxruntime.InferenceSession(
            part.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        taken = {i.name for i in session.get_inputs()}
        (answer,) = session.run(None, {n: a for n, a in given.items() if n in taken})
    except Exception as error:
        line = " ".join(str(error).split())[:300]
        raise ModelError(
            f"the condition of its If {node.name or node.output[0]!r} cannot be worked out: {line}"
        ) from error
    return bool(np.ravel(answer)[0])


def _ones(value: onnx.ValueInfoProto, rows: int, others: int) -> np.ndarray:
    tensor = value.type.tensor_type
    shape = [d.dim_value or (others if k else rows) for k, d in enumerate(tensor.shape.dim)]
    return np.ones(shape, dtype=helper.tensor_dtype_to_np_dtype(tensor.elem_type))


def _inline(
    graph: onnx.GraphProto, node: onnx.NodeProto, branch: onnx.GraphProto, number: int
) -> None:
    """The nodes of a branch where its `If` stood; names of its own get a prefix."""
    own = {n for inner in branch.node for n in inner.output if n}
    own |= {t.name for t in branch.initializer}
    names = {n: f"branch_{number}_{n}" for n in own}
    for tensor in branch.initializer:
        graph.initializer.add().CopyFrom(tensor)
        graph.initializer[-1].name = names[tensor.name]
    nodes = [_renamed(inner, names) for inner in branch.node]
    nodes += [
        helper.make_node("Identity", [names.get(given.name, given.name)], [made])
        for given, made in zip(branch.output, node.output, strict=True)
    ]
    place = list(graph.node).index(node)
    before, after = list(graph.node)[:place], list(graph.node)[place + 1 :]
    del graph.node[:]
    graph.node.extend([*before, *nodes, *after])


def _renamed(node: onnx.NodeProto, names: dict[str, str]) -> onnx.NodeProto:
    made = onnx.NodeProto()
    made.CopyFrom(node)
    made.input[:] = [names.get(n, n) for n in node.input]
    made.output[:] = [names.get(n, n) for n in node.output]
    for attribute in made.attribute:
        if attribute.HasField("g"):
            inner = [_renamed(n, names) for n in attribute.g.node]
            del attribute.g.node[:]
            attribute.g.node.extend(inner)
            for output in attribute.g.output:
                output.name = names.get(output.name, output.name)
    return made
