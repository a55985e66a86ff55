"""Where jets of a training lie, in quantities of the whole jet: for the card, in numpy and as nodes
of the graph.

Every quantity becomes a coordinate: at most 1 inside its window, growing with the distance from the
middle of the training. The reach of a jet is the largest. All constituents that are given count.
Jets of which only the hardest constituents are known carry less momentum: a jet with exactly that
many may be one, and only the momentum of its hardest is held to a window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from lhnets.format import EventRange
from lhnets.networks import HARD, TINY, measure_events
from lhnets_training.onnx.builder import GraphBuilder

Array = NDArray[np.float64]


@dataclass(frozen=True)
class JetRegion:
    """Windows of quantities of a jet; momenta and masses in GeV."""

    pt: tuple[float, float]
    """Of the whole jet."""
    kept_pt: tuple[float, float]
    """Of the `kept` hardest constituents together."""
    rapidity: float
    """Largest |y|."""
    mass: tuple[float, float]
    radius: float
    """Largest distance of a constituent with p_T above 1 GeV from the axis."""
    multiplicity: tuple[float, float]
    excess: float = 1e-3
    """Largest (|p| - E)/(|p| + |E|) of a constituent: what rounding may do."""
    kept: int = 32

    def ranges(self, tensor: str) -> tuple[EventRange, ...]:
        """What the card says of it."""
        (low, high), (kept_low, kept_high) = self.pt, self.kept_pt
        few, many = self.multiplicity
        return (
            EventRange(
                of=tensor, quantity="pt", low=low, high=high, unit="GeV", hardest=self.kept,
                whole=True, meaning=f"the p_T of the jet lies between {low:g} and {high:g} GeV",
            ),
            EventRange(
                of=tensor, quantity="kept_pt", low=kept_low, high=kept_high, unit="GeV",
                hardest=self.kept,
                meaning=f"the p_T of the {self.kept} hardest constituents together lies between "
                f"{kept_low:g} and {kept_high:g} GeV",
            ),
            EventRange(
                of=tensor, quantity="rapidity", low=-self.rapidity, high=self.rapidity, unit="1",
                meaning=f"|y| of the jet is at most {self.rapidity:g}",
            ),
            EventRange(
                of=tensor, quantity="mass", low=self.mass[0], high=self.mass[1], unit="GeV",
                meaning=f"the mass of the jet lies between {self.mass[0]:g} and "
                f"{self.mass[1]:g} GeV",
            ),
            EventRange(
                of=tensor, quantity="radius", low=0.0, high=self.radius, unit="1",
                meaning=f"constituents with p_T above {HARD:g} GeV lie within {self.radius:g} of "
                "the axis",
            ),
            EventRange(
                of=tensor, quantity="multiplicity", low=few, high=many, unit="1",
                meaning=f"the jet has {few:g} to {many:g} constituents",
            ),
            EventRange(
                of=tensor, quantity="excess", low=-1.0, high=self.excess, unit="1",
                meaning="E is at least |p| for every constituent, but for rounding",
            ),
        )  # fmt: skip

    def reach(self, events: Mapping[str, NDArray[Any]]) -> Array:
        """The reach (N,) of jets: `constituents` (N, P, 4) as (E, px, py, pz), `mask` (N, P)."""
        shown = events["constituents"].astype(np.float64) * events["mask"][..., None]
        found = measure_events(shown, self.kept)
        count = found["multiplicity"]
        coordinates = [
            np.where(count == self.kept, 0.0, _window(found["pt"], self.pt)),
            _window(found["kept_pt"], self.kept_pt),
            np.abs(found["rapidity"]) / self.rapidity,
            _window(np.log(found["mass"]), np.log(self.mass)),
            found["radius"] / self.radius,
            _window(np.log(np.maximum(count, 1)), np.log(self.multiplicity)),
            found["excess"] / self.excess,
        ]
        return np.asarray(np.max(coordinates, axis=0))


def _window(x: Array, edges: Any) -> Array:
    low, high = edges
    return np.asarray(np.abs(x - (low + high) / 2) / ((high - low) / 2))


class JetReach:
    """The nodes of the reach of a `JetRegion`, in double precision."""

    def __init__(self, graph: GraphBuilder, region: JetRegion) -> None:
        self.graph, self.region = graph, region
        self.node = graph.node

    def build(self, constituents: str, mask: str) -> None:
        """From `constituents` (N, P, 4) and `mask` (N, P) to the output `reach` (N,)."""
        node, region = self.node, self.region
        shown = node("Unsqueeze", self._double(mask), self._whole(2))
        p = node("Mul", self._double(constituents), shown)
        energy, px, py, pz = (self._column(p, k) for k in range(4))
        transverse = self._hypot(px, py)
        jet = node("ReduceSum", p, self._whole(1), keepdims=1)
        e, x, y, z = (self._column(jet, k) for k in range(4))
        count = node(
            "ReduceSum",
            self._double(node("Greater", energy, self._number(0.0))),
            self._whole(1),
            keepdims=1,
        )
        jet_pt, jet_y = self._hypot(x, y), self._rapidity(e, z)
        is_cut = node("Equal", count, self._number(float(region.kept)))
        whole = node("Where", is_cut, self._number(0.0), self._window(jet_pt, region.pt))
        squares = node("Add", node("Mul", jet_pt, jet_pt), node("Mul", z, z))
        mass_squared = node("Max", node("Sub", node("Mul", e, e), squares), self._number(TINY))
        log_mass = node("Log", node("Sqrt", mass_squared))
        turned = self._cosine(px, py, x, y, node("Mul", transverse, jet_pt))
        apart = self._twice_cosh(node("Sub", self._rapidity(energy, pz), jet_y))
        squared = node("Sub", apart, node("Mul", turned, self._number(2.0)))
        distance = node("Sqrt", node("Max", squared, self._number(0.0)))
        hard = self._double(node("Greater", transverse, self._number(HARD)))
        radius = self._largest(node("Mul", distance, hard))
        size = self._hypot(transverse, pz)
        total = node("Add", node("Add", size, node("Abs", energy)), self._number(TINY))
        excess = self._largest(node("Div", node("Sub", size, energy), total))
        log_count = node("Log", node("Max", count, self._number(1.0)))
        coordinates = [
            whole,
            self._window(self._kept_pt(p, transverse), region.kept_pt),
            self._over(node("Abs", jet_y), region.rapidity),
            self._window(log_mass, np.log(region.mass)),
            self._over(radius, region.radius),
            self._window(log_count, np.log(region.multiplicity)),
            self._over(excess, region.excess),
        ]
        together = node("Concat", *coordinates, axis=1)
        node("ReduceMax", together, self._whole(1, 2), keepdims=0, output="reach")

    def _kept_pt(self, p: str, transverse: str) -> str:
        """The p_T of the hardest constituents together (N, 1, 1)."""
        none = self.node(
            "Mul",
            self.node("ReduceSum", p, self._whole(1), keepdims=1),
            self.graph.constant(np.zeros((1, self.region.kept, 1))),
        )
        everyone = self.node("Concat", p, none, axis=1)
        pt = self._hypot(self._column(everyone, 1), self._column(everyone, 2))
        flat = self.node("Squeeze", pt, self._whole(2))
        names = [f"{self.graph.prefix}{n}" for n in ("kept_pt", "kept")]
        self.graph.nodes(
            "TopK", [flat, self._whole(self.region.kept)], names, axis=1, largest=1, sorted=1
        )
        index = self.node("Unsqueeze", names[1], self._whole(2))
        sums = [
            self.node(
                "ReduceSum",
                self.node("GatherElements", self._column(everyone, k), index, axis=1),
                self._whole(1),
                keepdims=1,
            )
            for k in (1, 2)
        ]
        return self._hypot(*sums)

    def _cosine(self, px: str, py: str, x: str, y: str, size: str) -> str:
        along = self.node("Add", self.node("Mul", px, x), self.node("Mul", py, y))
        return self.node("Div", along, self.node("Add", size, self._number(TINY)))

    def _twice_cosh(self, x: str) -> str:
        return self.node("Add", self.node("Exp", x), self.node("Exp", self.node("Neg", x)))

    def _rapidity(self, energy: str, pz: str) -> str:
        ends = [
            self.node("Log", self.node("Max", self.node(op, energy, pz), self._number(TINY)))
            for op in ("Add", "Sub")
        ]
        return self.node("Mul", self.node("Sub", *ends), self._number(0.5))

    def _window(self, x: str, edges: Any) -> str:
        low, high = edges
        moved = self.node("Abs", self.node("Sub", x, self._number((low + high) / 2)))
        return self._over(moved, (high - low) / 2)

    def _over(self, x: str, size: float) -> str:
        return self.node("Mul", x, self._number(1 / size))

    def _largest(self, x: str) -> str:
        return self.node("ReduceMax", x, self._whole(1), keepdims=1)

    def _hypot(self, x: str, y: str) -> str:
        return self.node("Sqrt", self.node("Add", self.node("Mul", x, x), self.node("Mul", y, y)))

    def _column(self, x: str, k: int) -> str:
        return self.node("Slice", x, self._whole(k), self._whole(k + 1), self._whole(2))

    def _double(self, x: str) -> str:
        return self.graph.cast(x, TensorProto.DOUBLE)

    def _number(self, value: float) -> str:
        return self.graph.constant(np.array(value, dtype=np.float64))

    def _whole(self, *values: int) -> str:
        return self.graph.constant(np.array(values, dtype=np.int64))
