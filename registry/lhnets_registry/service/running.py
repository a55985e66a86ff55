"""Running a network under a deadline: in pieces, small ones first, each the sign that it is still
wanted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.networks import CHUNK, Arrays, LoadedNetwork
from lhnets_registry.service import metrics
from lhnets_registry.service.pool import Deadline

_SHORT = 0.02
"""Seconds: where a piece takes less, the next one is larger."""
_FIRST = 64
"""Rows of the first piece."""


def run(network: LoadedNetwork, inputs: dict[str, NDArray[Any]], deadline: Deadline) -> Arrays:
    """Evaluate arrays by the names of the graph's inputs, first axis the points.

    Raises
    ------
    BusyError
        If the deadline passes.
    """
    rows = len(next(iter(inputs.values())))
    if rows == 0:
        outputs = len(network.card.outputs)
        return Arrays(np.empty((0, outputs)), np.empty((0, outputs)), np.empty(0))
    parts = [
        network.session.run({k: v[piece] for k, v in inputs.items()})
        for piece in _pieces(rows, deadline)
    ]
    metrics.POINTS.inc(rows)
    return (
        parts[0]
        if len(parts) == 1
        else Arrays(*(np.concatenate(c) for c in zip(*parts, strict=True)))
    )


def _pieces(rows: int, deadline: Deadline) -> Iterator[slice]:
    start, size = 0, _FIRST
    while start < rows:
        deadline.check()
        began = time.monotonic()
        yield slice(start, start + size)
        start += size
        if time.monotonic() - began < _SHORT:
            size = min(2 * size, CHUNK)
