"""Kernels of Gaussian processes over small tables, as functions of the squared distance in lengths, and as nodes of a graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets_training.onnx.export import Graph

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Kernel:
    """A stationary kernel: ``of`` the squared distance times ``factor``, and ``build`` from the tensor of that product."""

    name: str
    factor: float
    of: Callable[[Array], Array]
    build: Callable[[Graph, str], str]


def _rough(scaled: Array) -> Array:
    r = np.sqrt(scaled)
    return np.asarray((1 + r) * np.exp(-r))


def _rough_nodes(graph: Graph, scaled: str) -> str:
    r = graph.node("Sqrt", graph.node("Relu", scaled))
    return graph.node(
        "Mul", graph.node("Add", r, graph.constant(np.array(1.0))), graph.node("Exp", graph.node("Neg", r))
    )


SMOOTH = Kernel("squared-exponential", -0.5, np.exp, lambda graph, scaled: graph.node("Exp", scaled))
"""Of functions with derivatives of all orders."""
ROUGH = Kernel("Matern 3/2", 3.0, _rough, _rough_nodes)
"""Of functions with one derivative, such as those with a kink that nobody named: (1 + r) exp(-r) with r = sqrt(3) distance."""
