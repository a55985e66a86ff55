"""The network file of a flow of pairs: events from noise, and the density of given ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from lhnets.format import Input
from lhnets_training.fit.flows.graph import FlowGraph
from lhnets_training.fit.flows.pair import PairFlow, PairSpace
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph

COORDINATES, NOISE = "coordinates", "noise"
IMPOSSIBLE = -1e4
"""Logarithm of the density where the rapidity is beyond its limit."""


def export(pair: PairFlow, inputs: Sequence[Input]) -> bytes:
    """`parameters` (N, 1), `coordinates` (N, 4), `noise` (N, 4) -> `value` (N, 13): coordinates,
    momenta, log density."""
    graph = NetworkGraph(inputs)
    make = _PairGraph(graph, FlowGraph(graph, pair.flow), pair.space)
    graph.node("Concat", *make.sample(), make.log_density(), axis=1, output="value")
    graph.node("Mul", "value", make.number(0.0), output="uncertainty")
    make.reach(inputs)
    return graph.serialize(13)


@dataclass(frozen=True)
class _PairGraph:
    graph: NetworkGraph
    flow: FlowGraph
    space: PairSpace

    def number(self, value: float) -> str:
        return self.flow.number(value)

    def op(self, kind: str, *arguments: str | float) -> str:
        """A node; numbers become constants."""
        named = [a if isinstance(a, str) else self.number(a) for a in arguments]
        return self.graph.node(kind, *named)

    def energy(self) -> str:
        """The condition between -1 and 1."""
        low, high = self.space.energies
        return self.op("Div", self.op("Sub", PARAMETERS, (low + high) / 2), (high - low) / 2)

    def limit(self, mass: str) -> str:
        """The largest rapidity."""
        return self.op("Log", self.op("Div", PARAMETERS, mass))

    def sample(self) -> list[str]:
        """Coordinates and momenta, twelve tensors (N, 1)."""
        low, high = self.space.edges
        noise = self.op("Clip", NOISE, 0.0, 1.0)
        first, second, third = self.flow.sample(noise, self.energy())
        angle = self.op("Add", self.op("Mul", first, high - low), low)
        square = self.op("Mul", self._tan(angle), self.space.scale)
        mass = self.op("Sqrt", self.op("Add", square, self.space.centre))
        rapidity = self.op("Mul", self.limit(mass), self._signed(second))
        cosine = self._signed(third)
        phi = self.op("Mul", self._signed(self.flow.column(noise, 3)), float(np.pi))
        return [mass, rapidity, cosine, phi, *self._momenta(mass, rapidity, cosine, phi)]

    def _tan(self, angle: str) -> str:
        """By sine and cosine: runtimes have no tangent in double precision."""
        return self.op("Div", self.op("Sin", angle), self.op("Cos", angle))

    def _arctan(self, t: str) -> str:
        """In single precision, and a step of Newton's in double."""
        single = self.graph.node("Atan", self.graph.cast(t))
        angle = self.graph.cast(single, TensorProto.DOUBLE)
        cosine = self.op("Cos", angle)
        off = self.op("Mul", self.op("Sub", self._tan(angle), t), self.op("Mul", cosine, cosine))
        return self.op("Sub", angle, off)

    def _signed(self, u: str) -> str:
        return self.op("Sub", self.op("Add", u, u), 1.0)

    def _momenta(self, mass: str, rapidity: str, cosine: str, phi: str) -> list[str]:
        energy = self.op("Mul", mass, 0.5)
        light = self.space.particle_mass**2
        p = self.op("Sqrt", self.op("Sub", self.op("Mul", energy, energy), light))
        along = self.op("Mul", p, cosine)
        squared = self.op("Sub", 1.0, self.op("Mul", cosine, cosine))
        sine = self.op("Sqrt", self.op("Max", squared, 0.0))
        across = self.op("Mul", p, sine)
        x = self.op("Mul", across, self.op("Cos", phi))
        y = self.op("Mul", across, self.op("Sin", phi))
        up, down = self.op("Exp", rapidity), self.op("Exp", self.op("Neg", rapidity))
        cosh = self.op("Mul", self.op("Add", up, down), 0.5)
        sinh = self.op("Mul", self.op("Sub", up, down), 0.5)
        sums = [self.op("Mul", energy, cosh), self.op("Mul", energy, sinh)]
        shifts = [self.op("Mul", along, sinh), self.op("Mul", along, cosh)]
        found = []
        for kind, a, b in (("Add", x, y), ("Sub", self.op("Neg", x), self.op("Neg", y))):
            e, z = (self.op(kind, s, d) for s, d in zip(sums, shifts, strict=True))
            found += [e, a, b, z]
        return found

    def log_density(self) -> str:
        """Of the given coordinates (N, 1)."""
        low, high = self.space.edges
        mass, rapidity, cosine = (self.flow.column(COORDINATES, k) for k in range(3))
        t = self.op(
            "Div", self.op("Sub", self.op("Mul", mass, mass), self.space.centre), self.space.scale
        )
        first = self.op("Div", self.op("Sub", self._arctan(t), low), high - low)
        limit = self.limit(mass)
        share = self.op("Div", rapidity, limit)
        cube = [first, *(self.op("Mul", self.op("Add", a, 1.0), 0.5) for a in (share, cosine))]
        inside = [self.op("Clip", a, 0.0, 1.0) for a in cube]
        flow = self.flow.density(self.graph.node("Concat", *inside, axis=1), self.energy())
        slope = self.op("Mul", self.op("Add", self.op("Mul", t, t), 1.0), limit)
        volume = self.op("Div", mass, slope)
        scale = self.space.scale * (high - low) * 4 * np.pi
        logs = self.op("Add", flow, self.op("Log", self.op("Div", volume, float(scale))))
        possible = self.op("LessOrEqual", self.op("Abs", share), 1.0)
        return self.op("Where", possible, logs, IMPOSSIBLE)

    def reach(self, inputs: Sequence[Input]) -> None:
        """The largest box coordinate of the condition and of the given coordinates."""
        features = next(i for i in inputs if i.name == COORDINATES).features
        low, high = (np.array([getattr(f, e) for f in features]) for e in ("low", "high"))
        middle, half = (self.graph.constant(a) for a in ((low + high) / 2, (high - low) / 2))
        off = self.op("Abs", self.op("Div", self.op("Sub", COORDINATES, middle), half))
        every = self.graph.node("Concat", off, self.op("Abs", self.energy()), axis=1)
        axis = self.graph.constant(np.array([1]))
        self.graph.node("ReduceMax", every, axis, keepdims=0, output="reach")
