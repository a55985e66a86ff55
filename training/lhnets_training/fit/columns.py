"""Outputs of one table that differ in kind: positive ones as logarithms, signed ones as they are, counts from zero upwards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets_training.onnx.export import Graph

Array = NDArray[np.float64]
Scale: TypeAlias = Literal["log", "linear", "floored"]


@dataclass(frozen=True)
class Columns:
    """Heads t (N, k) to outputs: exp(t), t, or max(exp(t) - floor, 0), each column by its own scale."""

    scales: tuple[Scale, ...]
    floors: tuple[float, ...]
    """Positive where the scale is floored, else zero."""

    @cached_property
    def is_log(self) -> NDArray[np.bool_]:
        """Which heads are logarithms."""
        return np.array([scale != "linear" for scale in self.scales])

    @cached_property
    def lowest(self) -> Array:
        """The least value of each output."""
        return np.where(self.is_log, 0.0, -np.finfo(np.float64).max)

    def targets(self, y: Array) -> Array:
        """Heads of given outputs."""
        return np.asarray(np.where(self.is_log, np.log(np.where(self.is_log, y + self.floors, 1.0)), y))

    def values(self, t: Array) -> Array:
        """Outputs of heads."""
        raised = np.where(self.is_log, np.exp(np.where(self.is_log, t, 0.0)) - self.floors, t)
        return np.asarray(np.maximum(raised, self.lowest))

    def unit(self, t: Array) -> Array:
        """What the spread is relative to: exp(t), or one."""
        return np.asarray(np.exp(np.where(self.is_log, t, 0.0)))

    def build(self, graph: Graph, heads: str, spread: str) -> None:
        """One node where all outputs are alike; else the logarithms are masked, raised, and mixed with the others."""
        if not self.is_log.any():
            graph.node("Identity", heads, output="value")
            graph.node("Identity", spread, output="uncertainty")
            return
        mask = self.is_log.astype(np.float64)
        everything = bool(self.is_log.all())
        unit = graph.node("Exp", heads if everything else graph.node("Mul", heads, graph.constant(mask)))
        graph.node("Mul", unit, spread, output="uncertainty")
        raised = unit
        if not everything:
            linear = graph.node("Mul", heads, graph.constant(1 - mask))
            raised = graph.node("Add", graph.node("Mul", unit, graph.constant(mask)), linear)
        if any(self.floors):
            shifted = graph.node("Sub", raised, graph.constant(np.array(self.floors)))
            raised = graph.node("Max", shifted, graph.constant(self.lowest))
        graph.node("Identity", raised, output="value")
