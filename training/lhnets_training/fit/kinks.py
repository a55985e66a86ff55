"""Coordinates of a table in which functions with kinks are smooth: logarithms, and a coordinate for
each kink.

A function that is smooth on either side of a surface d = 0 is smooth in its inputs and one more
number. Where it is continuous and its slope breaks (alpha_s at a quark mass, a clamped scale, the
larger of two terms), that number is max(0, d): every f(x) + |d| g(x) is f - d g + 2 max(0, d) g.
Where a phase space opens, it is sqrt(max(0, d)), whose odd powers are the d^(1/2) and d^(3/2) of S
and P waves. Where the function itself jumps, it is 1 above and 0 below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets_training.onnx.export import PARAMETERS, NetworkGraph

Array = NDArray[np.float64]
Form: TypeAlias = Literal["slope", "root", "jump"]


@dataclass(frozen=True)
class Kink:
    """The surface ``coefficients`` @ x = ``bound`` and what happens where the left side becomes the
    larger."""

    coefficients: Mapping[str, float]
    bound: float
    form: Form
    text: str

    def row(self, inputs: Sequence[str]) -> Array:
        """The coefficients (n,) in the order of the ``inputs``."""
        return np.array([self.coefficients.get(name, 0.0) for name in inputs])


@dataclass(frozen=True)
class KinkDistance:
    """d(x): ``row`` @ x - ``bound``, or where ``log`` the logarithm of the ratio of its positive
    part to its negative one.

    Both vanish on the same surface; the logarithm is even where the inputs span decades.
    """

    row: Array
    bound: float
    log: bool
    form: Form

    @property
    def sides(self) -> tuple[tuple[Array, float], tuple[Array, float]]:
        """Positive coefficients and constant of the two sides, whose difference is d."""
        return (np.maximum(self.row, 0), max(-self.bound, 0.0)), (
            np.maximum(-self.row, 0),
            max(self.bound, 0.0),
        )

    def __call__(self, x: Array) -> Array:
        """d (N,) at points (N, n)."""
        if not self.log:
            return np.asarray(x @ self.row - self.bound)
        above, below = (x @ row + constant for row, constant in self.sides)
        return np.asarray(np.log(above) - np.log(below))

    def feature(self, x: Array) -> Array:
        """What makes the function smooth (N,) at points (N, n)."""
        d = np.maximum(self(x), 0.0)
        return d if self.form == "slope" else np.sqrt(d) if self.form == "root" else np.sign(d)

    def build(self, graph: NetworkGraph) -> str:
        """The same as nodes (N, 1)."""
        if self.log:
            above, below = (
                graph.node("Log", graph.affine(PARAMETERS, row[:, None], np.array([constant])))
                for row, constant in self.sides
            )
            d = graph.node("Sub", above, below)
        else:
            d = graph.affine(PARAMETERS, self.row[:, None], np.array([-self.bound]))
        d = graph.node("Relu", d)
        return (
            d if self.form == "slope" else graph.node("Sqrt" if self.form == "root" else "Sign", d)
        )


@dataclass(frozen=True)
class Natural:
    """Coordinates (N, c) of points (N, n): the inputs, or their logarithms where marked, then the
    numbers of the kinks."""

    log: tuple[bool, ...]
    kinks: tuple[KinkDistance, ...] = ()
    bound: frozenset[int] = frozenset()
    """Inputs whose squares follow from those of others, as one of each unit vector does."""

    @classmethod
    def of(cls, inputs: Sequence[str], log: Sequence[bool], kinks: Sequence[Kink] = ()) -> Natural:
        """For the names of the inputs; a distance is logarithmic where all inputs in it are and
        both its sides positive."""
        made = []
        for kink in kinks:
            row = kink.row(inputs)
            linear = KinkDistance(row, kink.bound, False, kink.form)
            seen = all(marked for marked, c in zip(log, row, strict=True) if c)
            sided = all(side.any() or constant for side, constant in linear.sides)
            made.append(KinkDistance(row, kink.bound, seen and sided, kink.form))
        return cls(tuple(log), tuple(made))

    def __call__(self, x: Array) -> Array:
        """The coordinates (N, c)."""
        marked = np.array(self.log)
        plain = np.where(marked, np.log(np.where(marked, x, 1.0)), x)
        return np.column_stack([plain, *(kink.feature(x) for kink in self.kinks)])

    def build(self, graph: NetworkGraph) -> str:
        """The same as nodes."""
        plain = graph.coordinates(self.log)
        return (
            graph.node("Concat", plain, *(k.build(graph) for k in self.kinks), axis=1)
            if self.kinks
            else plain
        )

    @property
    def curved(self) -> NDArray[np.bool_]:
        """Which coordinates have a square of their own (c,): not those of jumps, nor bound ones."""
        inputs = [k not in self.bound for k in range(len(self.log))]
        return np.array(inputs + [k.form != "jump" for k in self.kinks])
