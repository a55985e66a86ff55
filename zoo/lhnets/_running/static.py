"""What a graph must not hold, looked for before ONNX Runtime sees it.

ONNX Runtime trusts its files: nested functions and deep trees overflow its stack, which ends the
process; loops may have no end; one small node can ask for any amount of memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lhnets._running.graph import Graph, read_graph
from lhnets._running.sizes import MAKERS, find_sizes
from lhnets.errors import NetworkFileError

MOST_NODES = 20_000
MOST_ELEMENTS = 2**27
"""Numbers in a tensor whose size stands in the file: 1 GiB in double precision."""
DEEPEST_TREE = 1000

_DOMAINS = frozenset({"", "ai.onnx.ml"})
_LENGTHS = ((1, 64), (2, 1), (3, 7))
"""Rows, and lengths of other free axes, at which the sizes are looked at."""


def require_harmless(content: bytes) -> None:
    """Refuse a file that could end the process, run without end or fill the memory.

    Parameters
    ----------
    content : bytes
        The whole file.

    Raises
    ------
    NetworkFileError
        If it holds functions, subgraphs (which loops need), sparse or external tensors, operators
        outside ONNX, too many nodes, trees that are too deep, or a tensor of a stated size that is
        too large.
    """
    graph = read_graph(content)
    for problem in _problems(graph):
        raise NetworkFileError(
            f"the graph {problem}, which lhnets does not run. Expected a plain graph of operators "
            "of ONNX; `lhnets check` names everything that a network file must not hold"
        )


def _problems(graph: Graph) -> Iterator[str]:
    if len(graph.nodes) > MOST_NODES:
        yield f"has {len(graph.nodes)} nodes, more than {MOST_NODES}"
        return
    for node in graph.nodes:
        if node.domain not in _DOMAINS:
            yield f"holds {node.operator[:60]!r} of the domain {node.domain[:60]!r}"
        if node.operator.startswith("TreeEnsemble") and _is_deep(node.attributes):
            yield f"holds a tree of more than {DEEPEST_TREE} levels"
    if any(node.operator in MAKERS for node in graph.nodes):
        yield from _size_problems(graph)


def _size_problems(graph: Graph) -> Iterator[str]:
    for rows, others in _LENGTHS:
        sizes = find_sizes(graph, {}, rows, others)
        if sizes.largest > MOST_ELEMENTS:
            yield f"asks for a tensor of {sizes.largest:.3g} numbers"
        for node in sizes.unknown:
            if node.operator in MAKERS:
                yield f"asks for a tensor whose size depends on values ({node.operator})"


def _is_deep(attributes: Mapping[str, Any]) -> bool:
    """Whether a tree of an ensemble has more than `DEEPEST_TREE` levels, or turns in a circle."""
    children = np.array([_children(attributes, side) for side in ("true", "false")], dtype=np.int64)
    if children.shape[1] <= DEEPEST_TREE:
        return False
    trees = np.asarray(attributes.get("nodes_treeids", ()), dtype=np.int64)
    first = attributes.get("tree_roots", np.unique(trees, return_index=True)[1])
    level = np.asarray(first, dtype=np.int64)
    for _ in range(DEEPEST_TREE):
        level = np.unique(children[:, level[level < children.shape[1]]])
        level = level[level >= 0]
        if not len(level):
            return False
    return True


def _children(attributes: Mapping[str, Any], side: str) -> list[int]:
    """The position of the child of each node on one side, -1 for a leaf."""
    ids = attributes.get(f"nodes_{side}nodeids", ())
    if "nodes_nodeids" not in attributes:
        leaves = attributes.get(f"nodes_{side}leafs", ())
        return [
            -1 if leaf or not 0 <= child < len(ids) else child
            for child, leaf in zip(ids, leaves, strict=False)
        ]
    trees, nodes = attributes.get("nodes_treeids", ()), attributes["nodes_nodeids"]
    place = {key: k for k, key in enumerate(zip(trees, nodes, strict=False))}
    modes = attributes.get("nodes_modes", ())
    return [
        -1 if mode == "LEAF" else place.get((tree, child), -1)
        for tree, child, mode in zip(trees, ids, modes, strict=False)
    ]
