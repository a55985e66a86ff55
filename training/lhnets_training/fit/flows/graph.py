"""The nodes of a flow: density of given coordinates, and coordinates from noise.

The bin of a number is found by comparisons with all knots, for a search cannot be exported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from onnx import TensorProto
from torch import nn

from lhnets_training.fit.flows.splines import LEAST, Flow
from lhnets_training.onnx.export import NetworkGraph


class Knots(NamedTuple):
    """Tensors (N, bins): left edges and sizes on both axes, and slopes at both knots."""

    x: str
    width: str
    z: str
    height: str
    left: str
    right: str


@dataclass(frozen=True)
class FlowGraph:
    """Makes the nodes of a flow in double precision."""

    graph: NetworkGraph
    flow: Flow

    def density(self, x: str, conditions: str) -> str:
        """The logarithm of the density (N, 1) at coordinates (N, d)."""
        logs = []
        for k in range(len(self.flow.networks)):
            one = self.column(x, k)
            before = [self.column(x, j) for j in range(k)]
            knots = self._knots(k, [conditions, *map(self._centre, before)])
            logs.append(self._node("Log", self._slope(one, self._choose(one, knots, knots.x))))
        return self._node("Sum", *logs)

    def sample(self, z: str, conditions: str) -> list[str]:
        """Coordinates, d tensors (N, 1), from uniform numbers (N, d)."""
        found: list[str] = []
        for k in range(len(self.flow.networks)):
            one = self.column(z, k)
            knots = self._knots(k, [conditions, *map(self._centre, found)])
            found.append(self._invert(one, self._choose(one, knots, knots.z)))
        return found

    def column(self, x: str, k: int) -> str:
        """One column (N, 1)."""
        return self._node("Gather", x, self.graph.constant(np.array([k])), axis=1)

    def number(self, value: float) -> str:
        """A constant."""
        return self.graph.constant(np.array(value))

    def _node(self, op: str, *arguments: str, **attributes: Any) -> str:
        return self.graph.node(op, *arguments, **attributes)

    def _centre(self, x: str) -> str:
        return self._node("Sub", self._node("Add", x, x), self.number(1.0))

    def _knots(self, k: int, seen: list[str]) -> Knots:
        hidden = self._node("Concat", *seen, axis=1) if len(seen) > 1 else seen[0]
        layers = [m for m in self.flow.networks[k].modules() if isinstance(m, nn.Linear)]
        for number, layer in enumerate(layers):
            weights, bias = (p.detach().numpy() for p in (layer.weight, layer.bias))
            hidden = self.graph.affine(hidden, weights.T, bias)
            if number < len(layers) - 1:
                hidden = self._node("Tanh", hidden)
        bins = self.flow.bins
        parts = [f"flow_{len(seen)}_{hidden}_{name}" for name in ("widths", "heights", "slopes")]
        sizes = self.graph.constant(np.array([bins, bins, bins + 1]))
        self.graph.nodes("Split", [hidden, sizes], parts, axis=1)
        width, height = (self._share(part) for part in parts[:2])
        before = self.graph.constant(np.triu(np.ones((bins, bins)), 1))
        slopes = self._node(
            "Add",
            self._node("Log", self._node("Add", self._node("Exp", parts[2]), self.number(1.0))),
            self.number(LEAST),
        )
        left, right = (
            self._node("Gather", slopes, self.graph.constant(np.arange(bins) + shift), axis=1)
            for shift in (0, 1)
        )
        x, z = (self._node("MatMul", part, before) for part in (width, height))
        return Knots(x, width, z, height, left, right)

    def _share(self, part: str) -> str:
        """Positive sizes of sum 1."""
        scaled = self._node(
            "Mul", self._node("Softmax", part, axis=1), self.number(1 - LEAST * self.flow.bins)
        )
        return self._node("Add", scaled, self.number(LEAST))

    def _choose(self, value: str, knots: Knots, edges: str) -> Knots:
        """The numbers (N, 1) of the bin that holds the value."""
        above = self.graph.cast(self._node("GreaterOrEqual", value, edges), TensorProto.DOUBLE)
        bins = self.flow.bins
        difference = np.eye(bins) - np.eye(bins, k=-1)
        chosen = self._node("MatMul", above, self.graph.constant(difference))
        axis = self.graph.constant(np.array([1]))
        return Knots(
            *(
                self._node("ReduceSum", self._node("Mul", chosen, part), axis, keepdims=1)
                for part in knots
            )
        )

    def _bend(self, b: Knots, mean: str) -> str:
        ends = self._node("Add", b.left, b.right)
        return self._node("Sub", ends, self._node("Add", mean, mean))

    def _slope(self, x: str, b: Knots) -> str:
        """dz/dx (N, 1)."""
        mean = self._node("Div", b.height, b.width)
        t = self._node("Div", self._node("Sub", x, b.x), b.width)
        u = self._node("Sub", self.number(1.0), t)
        tu = self._node("Mul", t, u)
        below = self._node("Add", mean, self._node("Mul", self._bend(b, mean), tu))
        above = self._node(
            "Sum",
            self._node("Mul", b.right, self._node("Mul", t, t)),
            self._node("Mul", self._node("Add", mean, mean), tu),
            self._node("Mul", b.left, self._node("Mul", u, u)),
        )
        share = self._node("Div", mean, below)
        return self._node("Mul", self._node("Mul", share, share), above)

    def _invert(self, z: str, b: Knots) -> str:
        """x (N, 1)."""
        mean = self._node("Div", b.height, b.width)
        dz = self._node("Sub", z, b.z)
        bent = self._node("Mul", dz, self._bend(b, mean))
        rest = self._node("Mul", b.height, self._node("Sub", mean, b.left))
        first = self._node("Add", rest, bent)
        second = self._node("Sub", self._node("Mul", b.height, b.left), bent)
        rise = self._node("Mul", mean, dz)
        twice = self._node("Add", rise, rise)
        product = self._node("Mul", first, self._node("Add", twice, twice))
        squared = self._node("Add", self._node("Mul", second, second), product)
        root = self._node("Sqrt", self._node("Max", squared, self.number(0.0)))
        t = self._node("Div", twice, self._node("Add", second, root))
        return self._node("Add", b.x, self._node("Mul", b.width, t))
