"""How many rows of a graph are evaluated at once, so that its tensors stay within a bound of
bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhnets._running.graph import Graph, read_graph
from lhnets._running.sizes import find_sizes
from lhnets.errors import NetworkFileError

CHUNK = 2048
"""Most rows evaluated at once: larger batches leave the processor's cache and run slower."""
CHUNK_BYTES = 2**20
"""Most bytes of input evaluated at once."""
FEWEST_ROWS = 16
TENSOR_BYTES = 2**24
"""Most bytes of the largest tensor that a graph of events makes, such as all pairs of the
constituents of a jet."""
_NUMBER = 4
"""Bytes of a number: event networks are in single precision."""

Inputs = Mapping[str, NDArray[Any]]


def rows_at_once(inputs: Inputs) -> int:
    """How many rows of ``inputs``, arrays with a common first axis, are evaluated at once, by their
    own bytes."""
    row = sum(array.nbytes // max(len(array), 1) for array in inputs.values())
    return min(CHUNK, max(FEWEST_ROWS, CHUNK_BYTES // max(row, 1)))


class Row(NamedTuple):
    """What one more row adds to the tensors of a graph.

    Attributes
    ----------
    largest : int
        Numbers in the largest of them.
    total : int
        Numbers in all of them.
    """

    largest: int
    total: int


def measure_row(graph: Graph, inputs: Inputs) -> Row:
    """The numbers of a row of ``inputs``, whose other axes have the lengths that they have."""
    lengths = {
        name: length
        for given in graph.inputs
        if given.name in inputs and given.dims is not None
        for name, length in zip(given.dims[1:], np.shape(inputs[given.name])[1:], strict=False)
        if isinstance(name, str)
    }
    one, two = (find_sizes(graph, lengths, rows) for rows in (1, 2))
    grown = [two.count(name) - one.count(name) for name in one.shapes]
    return Row(max(grown, default=0), sum(grown))


class RowLimit:
    """`rows_at_once`, and no more of a graph of events than `TENSOR_BYTES` allow; once for each
    choice of lengths."""

    __slots__ = ("_content", "_graph", "_known")

    def __init__(self, content: bytes) -> None:
        self._content: bytes | None = content
        self._graph: Graph | None = None
        self._known: dict[Any, int] = {}

    def __call__(self, inputs: Inputs) -> int:
        """The number of rows for ``inputs``."""
        if all(array.ndim <= 2 for array in inputs.values()):
            return rows_at_once(inputs)
        key = tuple(sorted((name, array.shape[1:]) for name, array in inputs.items()))
        if key not in self._known:
            self._known[key] = self._find(inputs)
        return self._known[key]

    def _find(self, inputs: Inputs) -> int:
        if self._graph is None and self._content is not None:
            try:
                self._graph = read_graph(self._content)
            except NetworkFileError:
                self._graph = None
            self._content = None
        rows = rows_at_once(inputs)
        if self._graph is None:
            return rows
        largest = measure_row(self._graph, inputs).largest
        return max(1, min(rows, TENSOR_BYTES // (_NUMBER * max(largest, 1))))
