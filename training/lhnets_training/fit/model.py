"""What every fit makes: a core that gives heads, a link that makes outputs of them, and a model of
its errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input
from lhnets_training.data.sample import Surface
from lhnets_training.fit.links import Link
from lhnets_training.fit.support import Support
from lhnets_training.onnx.builder import Affine
from lhnets_training.onnx.export import NetworkGraph

Array = NDArray[np.float64]


class Errors(Protocol):
    """Sizes of errors, by numpy and as nodes."""

    def __call__(self, x: Array) -> Array:
        """Sizes (N, k) at points (N, n), in units of the link."""
        ...

    def build(self, graph: NetworkGraph, scale: Array) -> Affine:
        """The logarithm of the sizes times ``scale`` (k,)."""
        ...


class Core(Protocol):
    """What is fitted: heads by numpy or its framework, and as nodes."""

    def __call__(self, x: Array) -> Array:
        """Heads (N, h) at points (N, n)."""
        ...

    def build(self, graph: NetworkGraph) -> Affine:
        """The heads as the last affine map of the graph, which other maps may be joined to."""
        ...


@dataclass(frozen=True)
class Model:
    """A fitted model in float64."""

    core: Core
    link: Link
    error: Errors
    support: Support | None = None
    """The rows that it rests on, if its reach is above 1 where there are none."""

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Value and uncalibrated spread, both (N, k), at points (N, n)."""
        t = self.core(x)
        return self.link.values(t), self.link.unit(t) * self.error(x)

    def export(self, inputs: tuple[Input, ...], region: tuple[Surface, ...], scale: Array) -> bytes:
        """The ONNX model in float64 throughout, its spread multiplied by ``scale`` (k,)."""
        graph = NetworkGraph(inputs, region)
        self.link.build(graph, self.core.build(graph), self.error.build(graph, scale))
        graph.reach(None if self.support is None else self.support.build(graph).reach)
        return graph.serialize(len(scale))
