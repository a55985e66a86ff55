"""Links: how outputs follow from the heads of a model, and what their errors are relative to.

A model is features -> core -> heads -> link -> outputs, plus an error model
(`lhnets_training.fit.model`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets_training.onnx.builder import Affine, GraphBuilder

Array = NDArray[np.float64]
Direction: TypeAlias = Literal["up", "down"]
Scale: TypeAlias = Literal["log", "linear", "floored"]


class Link(ABC):
    """How outputs y (N, k) follow from heads t (N, h)."""

    @abstractmethod
    def values(self, t: Array) -> Array:
        """Outputs of heads."""

    @abstractmethod
    def unit(self, t: Array) -> Array:
        """What the spread of the outputs is relative to, (N, k), positive."""

    @abstractmethod
    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Append `value`, and `uncertainty` = unit * ``spread``, a tensor (N, k)."""

    def build(self, graph: GraphBuilder, heads: Affine, error: Affine) -> None:
        """Append `value`, and `uncertainty` = unit * exp(``error``)."""
        self.append(graph, heads.build(graph), error.build_exp(graph))


class Invertible(Link):
    """A link whose heads follow from the outputs, so that a model may be fitted to them."""

    @abstractmethod
    def targets(self, y: Array) -> Array:
        """Heads of given outputs."""


@dataclass(frozen=True)
class Positive(Invertible):
    """Positive numbers whose logarithm is smooth: y = exp(t)."""

    def targets(self, y: Array) -> Array:
        """log y."""
        return np.log(y)

    def values(self, t: Array) -> Array:
        """Always positive."""
        return np.exp(t)

    def unit(self, t: Array) -> Array:
        """The outputs themselves."""
        return np.exp(t)

    def build(self, graph: GraphBuilder, heads: Affine, error: Affine) -> None:
        """One Exp of both logarithms if they are maps of the same tensors."""
        both = heads.beside_sum(error)
        if both is None:
            super().build(graph, heads, error)
            return
        sizes = graph.constant(np.full(2, len(both.bias) // 2))
        graph.nodes("Split", [both.build_exp(graph), sizes], ["value", "uncertainty"], axis=1)

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Exp."""
        graph.node("Exp", heads, output="value")
        graph.node("Mul", "value", spread, output="uncertainty")


@dataclass(frozen=True)
class Shifted(Invertible):
    """Cross sections exp(t), and their shifts as differences to the head of their central value.

    A small shift may vanish or have a kink if the envelope of the scale choices changes; the cross
    section at the shifted scale stays smooth. ``shifts`` gives for the number of an output the
    number of its central value and the direction.
    """

    count: int
    shifts: Mapping[int, tuple[int, Direction]]

    @classmethod
    def of(cls, names: Sequence[str], shifts: Mapping[str, tuple[str, Direction]]) -> Shifted:
        """From the names of the outputs."""
        number = {name: k for k, name in enumerate(names)}
        return cls(
            len(names), {number[name]: (number[of], way) for name, (of, way) in shifts.items()}
        )

    def targets(self, y: Array) -> Array:
        """Heads (N, k) of outputs (N, k)."""
        t = np.log(np.where([k in self.shifts for k in range(self.count)], 1.0, y))
        for k, (of, way) in self.shifts.items():
            t[:, k] = np.log(y[:, of] + y[:, k] if way == "up" else y[:, of] - y[:, k])
        return t

    def values(self, t: Array) -> Array:
        """Outputs (N, k) of heads (N, k); a shift is not below zero."""
        return np.maximum(np.exp(t) @ self.matrix, 0.0)

    @property
    def matrix(self) -> Array:
        """The outputs as combinations (k, k) of the exponentials of the heads."""
        found = np.eye(self.count)
        for k, (of, way) in self.shifts.items():
            sign = 1.0 if way == "up" else -1.0
            found[k, k], found[of, k] = sign, -sign
        return found

    def unit(self, t: Array) -> Array:
        """The cross section at the shifted scale."""
        return np.exp(t)

    def build(self, graph: GraphBuilder, heads: Affine, error: Affine) -> None:
        """The heads are part of the logarithm of the uncertainty."""
        t = heads.build(graph)
        total = (
            t
            if isinstance(error.bias, str) or not error.bias.any()
            else graph.node("Add", t, graph.constant(error.bias))
        )
        Affine(error.terms, total).build_exp(graph, "uncertainty")
        self._append_value(graph, t)

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Exp, and for shifts one Gemm."""
        graph.node("Mul", graph.node("Exp", heads), spread, output="uncertainty")
        self._append_value(graph, heads)

    def _append_value(self, graph: GraphBuilder, heads: str) -> None:
        if not self.shifts:
            graph.node("Exp", heads, output="value")
            return
        mixed = graph.affine(graph.node("Exp", heads), self.matrix, np.zeros(self.count))
        graph.node("Relu", mixed, output="value")


@dataclass(frozen=True)
class ColumnLinks(Invertible):
    """Heads t (N, k) to outputs: exp(t), t, or max(exp(t) - floor, 0), each column by its own
    scale."""

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
        return np.asarray(
            np.where(self.is_log, np.log(np.where(self.is_log, y + self.floors, 1.0)), y)
        )

    def values(self, t: Array) -> Array:
        """Outputs of heads."""
        raised = np.where(self.is_log, np.exp(np.where(self.is_log, t, 0.0)) - self.floors, t)
        return np.asarray(np.maximum(raised, self.lowest))

    def unit(self, t: Array) -> Array:
        """What the spread is relative to: exp(t), or one."""
        return np.asarray(np.exp(np.where(self.is_log, t, 0.0)))

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """One node where all outputs are alike; else the logarithms are masked, raised, and mixed
        with the others."""
        if not self.is_log.any():
            graph.node("Identity", heads, output="value")
            graph.node("Identity", spread, output="uncertainty")
            return
        mask = self.is_log.astype(np.float64)
        everything = bool(self.is_log.all())
        unit = graph.node(
            "Exp", heads if everything else graph.node("Mul", heads, graph.constant(mask))
        )
        graph.node("Mul", unit, spread, output="uncertainty")
        raised = unit
        if not everything:
            linear = graph.node("Mul", heads, graph.constant(1 - mask))
            raised = graph.node("Add", graph.node("Mul", unit, graph.constant(mask)), linear)
        if any(self.floors):
            shifted = graph.node("Sub", raised, graph.constant(np.array(self.floors)))
            raised = graph.node("Max", shifted, graph.constant(self.lowest))
        graph.node("Identity", raised, output="value")


@dataclass(frozen=True)
class Shares(Invertible):
    """Shares that sum to one: a softmax over the heads and a zero for the share number
    ``reference``."""

    count: int
    reference: int = 0

    @property
    def matrix(self) -> Array:
        """Heads to logits, (count - 1, count)."""
        return np.delete(np.eye(self.count), self.reference, axis=0)

    def targets(self, y: Array) -> Array:
        """Logarithms of the ratios to the reference."""
        return np.log(np.delete(y, self.reference, axis=1) / y[:, [self.reference]])

    def values(self, t: Array) -> Array:
        """The shares; each row sums to one."""
        logits = t @ self.matrix
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def unit(self, t: Array) -> Array:
        """The shares themselves."""
        return self.values(t)

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """One Softmax."""
        logits = graph.affine(heads, self.matrix, np.zeros(self.count))
        graph.node("Softmax", logits, output="value", axis=1)
        graph.node("Mul", "value", spread, output="uncertainty")


@dataclass(frozen=True)
class Sums(Invertible):
    """Positive numbers and sums of them: y = exp(t) @ matrix, whose first h columns are the unit
    matrix."""

    matrix: Array

    def targets(self, y: Array) -> Array:
        """Logarithms of the first h outputs."""
        return np.log(y[:, : len(self.matrix)])

    def values(self, t: Array) -> Array:
        """The numbers, then the sums."""
        return np.asarray(np.exp(t) @ self.matrix)

    def unit(self, t: Array) -> Array:
        """The outputs themselves."""
        return self.values(t)

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Exp and one Gemm."""
        graph.affine(
            graph.node("Exp", heads), self.matrix, np.zeros(self.matrix.shape[1]), output="value"
        )
        graph.node("Mul", "value", spread, output="uncertainty")


@dataclass(frozen=True)
class Probability(Invertible):
    """Numbers from 0 to 1: y = (1 + 2 floor) sigmoid(t) - floor, cut at 0 and 1.

    Relative errors of y and of 1 - y are alike all over the range, down to the ``floor``; below it
    they are absolute.
    """

    floor: float

    def targets(self, y: Array) -> Array:
        """log((y + floor) / (1 - y + floor))."""
        return np.log((y + self.floor) / (1 - y + self.floor))

    def values(self, t: Array) -> Array:
        """Exactly 0 or 1 where the model is beyond the floor."""
        return np.clip((1 + 2 * self.floor) * _sigmoid(t) - self.floor, 0.0, 1.0)

    def unit(self, t: Array) -> Array:
        """dy/dt."""
        return np.asarray((1 + 2 * self.floor) * _sigmoid(t) * _sigmoid(-t))

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Two Sigmoids, Clip."""
        whole, floor = (graph.constant(np.array(v)) for v in (1 + 2 * self.floor, self.floor))
        above = graph.node("Mul", graph.node("Sigmoid", heads), whole)
        zero, one = graph.constant(np.array(0.0)), graph.constant(np.array(1.0))
        graph.node("Clip", graph.node("Sub", above, floor), zero, one, output="value")
        slope = graph.node("Mul", above, graph.node("Sigmoid", graph.node("Neg", heads)))
        graph.node("Mul", slope, spread, output="uncertainty")


def _sigmoid(t: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(t / 2)))


@dataclass(frozen=True)
class Negative(Invertible):
    """Negative numbers whose logarithm is smooth: y = -exp(t)."""

    def targets(self, y: Array) -> Array:
        """log(-y)."""
        return np.log(-y)

    def values(self, t: Array) -> Array:
        """Always negative."""
        return -np.exp(t)

    def unit(self, t: Array) -> Array:
        """The size of the outputs."""
        return np.exp(t)

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Exp and Neg."""
        size = graph.node("Exp", heads)
        graph.node("Neg", size, output="value")
        graph.node("Mul", size, spread, output="uncertainty")


@dataclass(frozen=True)
class Signed(Invertible):
    """Numbers of either sign, as they are."""

    def targets(self, y: Array) -> Array:
        """The outputs."""
        return y

    def values(self, t: Array) -> Array:
        """The heads."""
        return t

    def unit(self, t: Array) -> Array:
        """One: spreads are absolute."""
        return np.ones_like(t)

    def build(self, graph: GraphBuilder, heads: Affine, error: Affine) -> None:
        """The heads as they are."""
        heads.build(graph, "value")
        error.build_exp(graph, "uncertainty")

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Identities."""
        graph.node("Identity", heads, output="value")
        graph.node("Identity", spread, output="uncertainty")


@dataclass(frozen=True)
class Polar(Invertible):
    """One complex number, whose outputs are its real and imaginary part: y = exp(t_0) (cos t_1, sin
    t_1).

    Its argument must not cross the negative real axis. Spreads are relative to its modulus.
    """

    def targets(self, y: Array) -> Array:
        """Logarithm of the modulus, argument."""
        return np.column_stack([np.log(np.hypot(y[:, 0], y[:, 1])), np.arctan2(y[:, 1], y[:, 0])])

    def values(self, t: Array) -> Array:
        """Real and imaginary part."""
        return np.asarray(np.exp(t[:, :1]) * np.column_stack([np.cos(t[:, 1]), np.sin(t[:, 1])]))

    def unit(self, t: Array) -> Array:
        """The modulus, for both parts."""
        return np.exp(t[:, [0, 0]])

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Split, Exp, Cos, Sin."""
        log, angle = "log_modulus", "angle"
        graph.nodes("Split", [heads, graph.constant(np.array([1, 1]))], [log, angle], axis=1)
        modulus = graph.node("Exp", log)
        circle = graph.node("Concat", graph.node("Cos", angle), graph.node("Sin", angle), axis=1)
        graph.node("Mul", modulus, circle, output="value")
        graph.node("Mul", modulus, spread, output="uncertainty")


class Relative(Link):
    """Numbers as they are, whose errors are relative."""

    def values(self, t: Array) -> Array:
        """The heads (N, k) themselves."""
        return t

    def unit(self, t: Array) -> Array:
        """The sizes of the outputs."""
        return np.abs(self.values(t))

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Identity and Abs."""
        graph.node("Identity", heads, output="value")
        graph.node("Mul", graph.node("Abs", "value"), spread, output="uncertainty")


class Normalised(Relative):
    """Shares of the heads in their sum: branching ratios from partial widths."""

    def values(self, t: Array) -> Array:
        """Each row sums to one."""
        return np.asarray(t / t.sum(axis=1, keepdims=True))

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """One sum and one quotient."""
        total = graph.node("ReduceSum", heads, graph.constant(np.array([1])), keepdims=1)
        graph.node("Div", heads, total, output="value")
        graph.node("Mul", graph.node("Abs", "value"), spread, output="uncertainty")


class Optimised(Link):
    """One output: s5 / (2 sqrt(-s2s s2c)) of three heads, as the angular observable P5' of B -> K*
    mu mu."""

    def values(self, t: Array) -> Array:
        """Shape (N, 1), of heads (N, 3)."""
        return np.asarray(t[:, :1] / (2 * np.sqrt(-t[:, 1:2] * t[:, 2:3])))

    def unit(self, t: Array) -> Array:
        """Errors are absolute: the output crosses zero."""
        return np.ones((len(t), 1))

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Split, and the quotient."""
        graph.nodes(
            "Split", [heads, graph.constant(np.array([1, 1, 1]))], ["s5", "s2s", "s2c"], axis=1
        )
        below = graph.node("Sqrt", graph.node("Mul", graph.node("Neg", "s2s"), "s2c"))
        graph.node(
            "Mul", graph.node("Div", "s5", below), graph.constant(np.array(0.5)), output="value"
        )
        zero = graph.node("Mul", "value", graph.constant(np.array(0.0)))
        graph.node("Add", zero, spread, output="uncertainty")
