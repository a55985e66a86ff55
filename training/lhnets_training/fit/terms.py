"""What a network sees and what it ends in, for outputs that are not simply positive: shares, sums, floors, signs, phases.

A model is heads t = core(z) std + mean + raw @ prefactor, with z = (raw @ features - mean) / std; `Terms` says what raw is,
an `End` how outputs follow from heads, and what their spread is relative to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input
from lhnets_training.data.sample import box
from lhnets_training.onnx.export import Graph

Array = NDArray[np.float64]
Values: TypeAlias = Callable[[Array], Array]
"""Raw features (N, r) of points (N, n)."""
Build: TypeAlias = Callable[[Graph], str]
"""The nodes that compute the same; gives the name of their tensor."""


@dataclass(frozen=True)
class Terms:
    """Raw features by numpy and as nodes, and their linear maps to features (r, f) and to a prefactor (r, h).

    With ``linear`` the prefactor is the least-squares fit of the heads by the raw features, and the core learns the rest.
    ``features`` (g, r, f) gives the features of g images of a point under a symmetry: the core is its mean over them, and
    so has the symmetry exactly. The prefactor must have it too.
    """

    values: Values
    build: Build
    features: Array
    prefactor: Array | None = None
    linear: bool = False

    @property
    def images(self) -> Array:
        """The map to the features of each image, (g, r, f); of one where there is no symmetry."""
        return self.features.reshape(-1, *self.features.shape[-2:])

    def seen(self, raw: Array) -> Array:
        """The features of raw features (N, r): of shape (N, f), or (N, g, f) with more than one image."""
        return np.moveaxis(raw @ self.features, 0, 1) if self.features.ndim == 3 else raw @ self.features

    def skip(self, raw: Array, heads: Array) -> Array:
        """The prefactor (r, h) for raw features (N, r) and heads (N, h) of the training rows."""
        if self.linear:
            design = np.concatenate([raw, np.ones((len(raw), 1))], axis=1)
            return np.asarray(np.linalg.lstsq(design, heads, rcond=None)[0][:-1])
        return np.zeros((raw.shape[1], heads.shape[1])) if self.prefactor is None else self.prefactor


def powers(inputs: Sequence[Input], highest: int) -> Terms:
    """Logarithms of the inputs scaled to [-1, 1], and the powers 2 to ``highest`` of the first; linear."""
    low, high = (np.log(edge) for edge in box(inputs))
    scale, middle = np.diag(2 / (high - low)), -(high + low) / (high - low)
    exponents = np.arange(2.0, highest + 1)

    def values(x: Array) -> Array:
        z = np.log(x) @ scale + middle
        return np.concatenate([z, z[:, :1] ** exponents], axis=1)

    def build(graph: Graph) -> str:
        z = graph.affine(graph.coordinates([True] * len(inputs)), scale, middle)
        first = graph.node("Gather", z, graph.constant(np.array([0])), axis=1)
        return graph.node("Concat", z, graph.node("Pow", first, graph.constant(exponents)), axis=1)

    return Terms(values, build, np.eye(len(inputs) + len(exponents), len(inputs)), linear=True)


def with_products(terms: Terms, degree: int) -> Terms:
    """The raw features of ``terms`` and all their products of up to ``degree`` factors, so that the prefactor is a polynomial.

    The network sees what it saw. The features should be about as large as one.
    """
    count = len(terms.features)
    known: list[tuple[int, ...]] = [(k,) for k in range(count)]
    rounds = []
    while (reached := len(known[-1])) < degree:
        more = [
            product
            for factors in range(reached + 1, min(2 * reached, degree) + 1)
            for product in combinations_with_replacement(range(count), factors)
        ]
        halves = (slice(reached), slice(reached, None))
        chosen = ([known.index(product[half]) for product in more] for half in halves)
        rounds.append([np.eye(len(known))[:, columns] for columns in chosen])
        known += more

    def values(x: Array) -> Array:
        raw = terms.values(x)
        for left, right in rounds:
            raw = np.concatenate([raw, (raw @ left) * (raw @ right)], axis=1)
        return raw

    def build(graph: Graph) -> str:
        raw = terms.build(graph)
        for halves in rounds:
            factors = (graph.affine(raw, half, np.zeros(half.shape[1])) for half in halves)
            raw = graph.node("Concat", raw, graph.node("Mul", *factors), axis=1)
        return raw

    unseen = np.zeros((len(known) - count, terms.features.shape[1]))
    return Terms(values, build, np.concatenate([terms.features, unseen]), linear=terms.linear)


class End(Protocol):
    """How outputs y (N, k) follow from heads t (N, h)."""

    def targets(self, y: Array) -> Array:
        """Heads of given outputs."""
        ...

    def values(self, t: Array) -> Array:
        """Outputs of heads."""
        ...

    def unit(self, t: Array) -> Array:
        """What the spread of the outputs is relative to, (N, k), positive."""
        ...

    def build(self, graph: Graph, heads: str, spread: str) -> None:
        """Append `value`, and `uncertainty` = unit * ``spread``, a tensor (N, k)."""
        ...


@dataclass(frozen=True)
class Shares:
    """Shares that sum to one: a softmax over the heads and a zero for the share number ``reference``."""

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

    def build(self, graph: Graph, heads: str, spread: str) -> None:
        """One Softmax."""
        logits = graph.affine(heads, self.matrix, np.zeros(self.count))
        graph.node("Softmax", logits, output="value", axis=1)
        graph.node("Mul", "value", spread, output="uncertainty")


@dataclass(frozen=True)
class Sums:
    """Positive numbers and sums of them: y = exp(t) @ matrix, whose first h columns are the unit matrix."""

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

    def build(self, graph: Graph, heads: str, spread: str) -> None:
        """Exp and one Gemm."""
        graph.affine(graph.node("Exp", heads), self.matrix, np.zeros(self.matrix.shape[1]), output="value")
        graph.node("Mul", "value", spread, output="uncertainty")


@dataclass(frozen=True)
class Probability:
    """Numbers from 0 to 1: y = (1 + 2 floor) sigmoid(t) - floor, cut at 0 and 1.

    Relative errors of y and of 1 - y are alike all over the range, down to the ``floor``; below it they are absolute.
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

    def build(self, graph: Graph, heads: str, spread: str) -> None:
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
class Positive:
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

    def build(self, graph: Graph, heads: str, spread: str) -> None:
        """Exp."""
        graph.node("Exp", heads, output="value")
        graph.node("Mul", "value", spread, output="uncertainty")


@dataclass(frozen=True)
class Negative:
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

    def build(self, graph: Graph, heads: str, spread: str) -> None:
        """Exp and Neg."""
        size = graph.node("Exp", heads)
        graph.node("Neg", size, output="value")
        graph.node("Mul", size, spread, output="uncertainty")


@dataclass(frozen=True)
class Signed:
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

    def build(self, graph: Graph, heads: str, spread: str) -> None:
        """The heads as they are."""
        graph.node("Identity", heads, output="value")
        graph.node("Identity", spread, output="uncertainty")


@dataclass(frozen=True)
class Polar:
    """One complex number, whose outputs are its real and imaginary part: y = exp(t_0) (cos t_1, sin t_1).

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

    def build(self, graph: Graph, heads: str, spread: str) -> None:
        """Split, Exp, Cos, Sin."""
        log, angle = "log_modulus", "angle"
        graph.nodes("Split", [heads, graph.constant(np.array([1, 1]))], [log, angle], axis=1)
        modulus = graph.node("Exp", log)
        circle = graph.node("Concat", graph.node("Cos", angle), graph.node("Sin", angle), axis=1)
        graph.node("Mul", modulus, circle, output="value")
        graph.node("Mul", modulus, spread, output="uncertainty")
