"""A finished graph with another `reach`; everything else stays bit for bit."""

from __future__ import annotations

from collections.abc import Callable

import onnx

from lhnets_training.onnx.builder import GraphBuilder

PREFIX = "reach/"


def replace_reach(model: bytes, build: Callable[[GraphBuilder], None]) -> bytes:
    """The graph with the `reach` that ``build`` makes of the graph's inputs; what served the
    earlier one alone is left out.

    Names of the new tensors begin with the prefix of the builder, so that a graph whose reach was
    replaced before takes another one.
    """
    made = onnx.load_model_from_string(model)
    graph, builder = made.graph, GraphBuilder(PREFIX)
    build(builder)
    kept = _find_used(graph, {o.name for o in graph.output} - {"reach"})
    nodes = [n for n in graph.node if any(name in kept for name in n.output)]
    part = builder.take()
    del graph.node[:]
    graph.node.extend([*nodes, *part.node])
    needed = {name for node in graph.node for name in node.input}
    constants = [t for t in graph.initializer if t.name in needed and t.name in kept]
    del graph.initializer[:]
    graph.initializer.extend([*constants, *part.initializer])
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))


def _find_used(graph: onnx.GraphProto, wanted: set[str]) -> set[str]:
    """The tensors that the ``wanted`` ones follow from, themselves included."""
    found = set(wanted)
    for node in reversed(graph.node):
        if found.intersection(node.output):
            found.update(node.input)
    return found
