"""Kernels of Gaussian processes, and processes through rows of a table as short graphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit.coordinates import Coordinates, Quadratics
from lhnets_training.onnx.builder import Affine
from lhnets_training.onnx.export import NetworkGraph

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Kernel:
    """A stationary kernel: ``of`` the squared distance in lengths times ``factor``, and ``build``
    from that product."""

    name: str
    factor: float
    of: Callable[[Array], Array]
    build: Callable[[NetworkGraph, str], str]
    needs_trend: bool = False
    """Whether it is positive definite beside a linear trend only."""

    def __call__(self, z: Array, rows: Array, length: Array) -> Array:
        """Values (N, M) between coordinates (N, c) and (M, c)."""
        return self.of(self.factor * squares(z, rows, length))


def squares(z: Array, rows: Array, length: Array) -> Array:
    """Squared distances (N, M) between coordinates (N, c) and (M, c), in lengths."""
    a, b = z / length, rows / length
    return np.asarray(
        np.maximum((a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T, 0.0)
    )


def _rough(scaled: Array) -> Array:
    r = np.sqrt(scaled)
    return np.asarray((1 + r) * np.exp(-r))


def _rough_nodes(graph: NetworkGraph, scaled: str) -> str:
    r = graph.node("Sqrt", graph.node("Relu", scaled))
    return graph.node(
        "Mul",
        graph.node("Add", r, graph.constant(np.array(1.0))),
        graph.node("Exp", graph.node("Neg", r)),
    )


SMOOTH = Kernel(
    "squared-exponential", -0.5, np.exp, lambda graph, scaled: graph.node("Exp", scaled)
)
"""Of functions with derivatives of all orders."""
ROUGH = Kernel("Matern 3/2", 3.0, _rough, _rough_nodes)
"""Of functions with one derivative, such as those with a kink that nobody named: (1 + r) exp(-r)
with r = sqrt(3) distance."""


def _cubic_nodes(graph: NetworkGraph, scaled: str) -> str:
    squared = graph.node("Relu", scaled)
    return graph.node("Mul", squared, graph.node("Sqrt", squared))


CUBIC = Kernel("cubic", 1.0, lambda squared: squared**1.5, _cubic_nodes, needs_trend=True)
"""Of functions with two derivatives: the cube of the distance, whose process over one coordinate is
a cubic spline."""


@dataclass(frozen=True)
class Process:
    """A conditioned process: heads = kernel(z, rows) @ weights + [z, z^2] @ trend + constant at
    coordinates z."""

    coordinates: Coordinates
    kernel: Kernel
    rows: Array
    length: Array
    weights: Array
    constant: Array
    trend: Array | None = None

    def __call__(self, x: Array) -> Array:
        """Posterior means (N, k) at points (N, n)."""
        z = self.coordinates(x)
        heads = self.kernel(z, self.rows, self.length) @ self.weights
        if self.trend is not None:
            first, second = np.split(self.trend, 2)
            heads = heads + z @ first + z**2 @ second
        return np.asarray(heads + self.constant)

    def build(self, graph: NetworkGraph) -> Affine:
        """One Gemm for the distances, the kernel, one Gemm for all heads."""
        terms = Quadratics(self.coordinates).build(graph)
        inverse = self.kernel.factor / self.length**2
        exponent = np.concatenate(
            [-2 * (self.rows * inverse).T, np.repeat(inverse[:, None], len(self.rows), axis=1)]
        )
        near = self.kernel.build(
            graph, graph.affine(terms, exponent, (self.rows**2 * inverse).sum(axis=1))
        )
        trend = () if self.trend is None else ((terms, self.trend),)
        return Affine((*trend, (near, self.weights)), self.constant)
