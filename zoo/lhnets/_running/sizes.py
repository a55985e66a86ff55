"""The sizes of all tensors of a graph for given lengths of its axes, without running it.

What depends on shapes and constants alone is computed; of everything else only shapes are followed.
Numbers are computed only of tensors whose size is known to be small, so that a hostile graph costs
no more than an honest one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhnets._running.graph import Graph, Node
from lhnets._running.interpret import prepare_step
from lhnets._running.namespaces.numpy_arrays import NumpyArrays
from lhnets._running.size_rules import RULES, Operands, Shape, UnknownSizeError
from lhnets.errors import NetworkFileError

MOST_KNOWN = 2**13
"""Numbers of a tensor that is computed."""

MAKERS = frozenset(
    {
        "ConstantOfShape",
        "Expand",
        "EyeLike",
        "NonZero",
        "OneHot",
        "Pad",
        "Range",
        "Resize",
        "Tile",
    }
)
"""Operators that make large tensors of small ones: their sizes must be known before it runs."""

_COMPUTED = frozenset(
    """
    Abs Add And Cast Ceil Concat Constant ConstantOfShape CumSum Div Equal Expand Flatten Floor
    Gather GatherElements Greater GreaterOrEqual Identity Less LessOrEqual Max Min Mod Mul Neg
    NonZero Not Or Range ReduceMax ReduceMin ReduceProd ReduceSum Reshape Slice Split Squeeze Sub
    Tile Transpose Unsqueeze Where Xor
    """.split()  # noqa: SIM905 - a table of names reads best as text
)
"""Operators that sizes are made with; their cost is that of their operands and results."""

_NUMPY = NumpyArrays()


class Sizes(NamedTuple):
    """What is known of the tensors of a graph.

    Attributes
    ----------
    shapes : mapping
        By the name of each tensor, as far as they follow from shapes and constants.
    values : mapping
        The numbers of small tensors that depend on shapes and constants alone.
    unknown : tuple of Node
        Nodes whose outputs have no known shape.
    impossible : tuple of Node
        Nodes whose operands do not fit together at these lengths, and those that need them.
    """

    shapes: Mapping[str, Shape]
    values: Mapping[str, NDArray[Any]]
    unknown: tuple[Node, ...]
    impossible: tuple[Node, ...]

    def count(self, name: str) -> int:
        """Numbers in a tensor; 0 if its shape is not known."""
        return math.prod(self.shapes[name]) if name in self.shapes else 0

    @property
    def largest(self) -> int:
        """Numbers in the largest tensor that a node gives."""
        return max((math.prod(s) for s in self.shapes.values()), default=0)


def find_sizes(graph: Graph, lengths: Mapping[str, int], rows: int, others: int = 1) -> Sizes:
    """The sizes at one choice of lengths.

    Parameters
    ----------
    graph : Graph
        What would be run.
    lengths : mapping
        The length of each free axis besides the first, by its name.
    rows : int
        The length of the first axis of every input.
    others : int
        The length of free axes that are not in ``lengths``.
    """
    walk = _Walk(graph)
    for given in graph.inputs:
        if given.dims is not None:
            inner = tuple(
                n if isinstance(n, int) else lengths.get(n, others) for n in given.dims[1:]
            )
            walk.shapes[given.name] = (rows, *inner) if given.dims else ()
    for node in graph.nodes:
        walk.follow(node)
    made = {n for node in graph.nodes for n in node.outputs}
    shapes = {n: s for n, s in walk.shapes.items() if n in made}
    return Sizes(shapes, walk.values, tuple(walk.unknown), tuple(walk.impossible))


class _Walk:
    """What is known so far, while the nodes are gone through in their order."""

    def __init__(self, graph: Graph) -> None:
        self.shapes: dict[str, Shape] = {n: a.shape for n, a in graph.constants.items()}
        self.values: dict[str, NDArray[Any]] = {
            n: a for n, a in graph.constants.items() if a.size <= MOST_KNOWN
        }
        self.unknown: list[Node] = []
        self.impossible: list[Node] = []
        self._broken: set[str] = set()

    def follow(self, node: Node) -> None:
        """Add what is known of the outputs of a node."""
        if self._broken.intersection(node.inputs):
            self._break(node)
            return
        values = tuple(self.values.get(n) for n in node.inputs)
        operands = Operands(node, tuple(self.shapes.get(n) for n in node.inputs), values)
        try:
            found = RULES[node.operator](operands)
        except (UnknownSizeError, KeyError):
            self.unknown.append(node)
            return
        except (ValueError, IndexError, TypeError, ArithmeticError):
            self._break(node)
            return
        self.shapes.update(zip(node.outputs, found, strict=False))
        if all(math.prod(s) <= MOST_KNOWN for s in found):
            self._compute(node, operands)

    def _break(self, node: Node) -> None:
        self.impossible.append(node)
        self._broken.update(filter(None, node.outputs))

    def _compute(self, node: Node, operands: Operands) -> None:
        """The numbers of small outputs, where those of the operands are known."""
        if node.operator in ("Shape", "Size"):
            self.values[node.outputs[0]] = _measure(node, operands.shape())
            return
        given = zip(node.inputs, operands.values, strict=True)
        if node.operator not in _COMPUTED or any(name and value is None for name, value in given):
            return
        try:
            step = prepare_step(node)
            with _NUMPY.quiet():
                made = step.operator.compute(_NUMPY, *operands.values, **step.attributes)
        except (NetworkFileError, ValueError, TypeError, IndexError, ArithmeticError):
            return
        several = made if isinstance(made, tuple) else (made,)
        self.values.update(
            {n: np.asarray(a) for n, a in zip(node.outputs, several, strict=False) if n}
        )


def _measure(node: Node, shape: Shape) -> NDArray[np.int64]:
    if node.operator == "Size":
        return np.asarray(math.prod(shape), np.int64)
    start, end = node.attributes.get("start", 0), node.attributes.get("end")
    return np.asarray(shape[start:end], np.int64)
