"""What a model sees of its inputs: raw features by numpy and as nodes of a graph, and linear maps
of them.

The heads of a network are t = core(z) std + mean + raw @ prefactor, with z = (raw @ features -
mean) / std.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input
from lhnets_training.data.sample import box
from lhnets_training.onnx.export import NetworkGraph

Array = NDArray[np.float64]
Values: TypeAlias = Callable[[Array], Array]
"""Raw features (N, r) of points (N, n)."""
Build: TypeAlias = Callable[[NetworkGraph], str]
"""The nodes that compute the same; gives the name of their tensor."""


@dataclass(frozen=True)
class Standard:
    """Mean and standard deviation of columns; one where a column is constant."""

    mean: Array
    std: Array

    @classmethod
    def of(cls, columns: Array) -> Standard:
        """From columns (N, c), or (N, g, c) where each row has g images."""
        rows = columns.reshape(-1, columns.shape[-1])
        std = rows.std(axis=0)
        return cls(rows.mean(axis=0), np.where(std > 0, std, 1.0))

    def __call__(self, columns: Array) -> Array:
        """Standardised columns, of the same shape."""
        return np.asarray((columns - self.mean) / self.std)


@dataclass(frozen=True)
class FeatureTerms:
    """Raw features by numpy and as nodes, and their linear maps to features (r, f) and to a
    prefactor (r, h).

    With ``linear`` the prefactor is the least-squares fit of the heads by the raw features, and the
    core learns the rest. ``features`` (g, r, f) gives the features of g images of a point under a
    symmetry: the core is its mean over them, and so has the symmetry exactly. The prefactor must
    have it too.
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
        """The features of raw features (N, r): of shape (N, f), or (N, g, f) with more than one
        image."""
        return (
            np.moveaxis(raw @ self.features, 0, 1)
            if self.features.ndim == 3
            else raw @ self.features
        )

    def skip(self, raw: Array, heads: Array) -> Array:
        """The prefactor (r, h) for raw features (N, r) and heads (N, h) of the training rows."""
        if self.linear:
            design = np.concatenate([raw, np.ones((len(raw), 1))], axis=1)
            return np.asarray(np.linalg.lstsq(design, heads, rcond=None)[0][:-1])
        return (
            np.zeros((raw.shape[1], heads.shape[1])) if self.prefactor is None else self.prefactor
        )


def log_powers(
    inputs: Sequence[Input],
    features: Sequence[Mapping[str, float]],
    prefactor: Sequence[Mapping[str, float]],
) -> FeatureTerms:
    """Features and prefactors that are products of powers of the inputs, given by the names of
    these.

    feature_j = sum_i log x_i features[j][i]; one prefactor for each head, empty for none.
    """
    seen, taken_out = (
        np.array([[group.get(i.name, 0.0) for group in groups] for i in inputs])
        for groups in (features, prefactor)
    )
    return FeatureTerms(
        np.log, lambda graph: graph.coordinates([True] * len(inputs)), seen, taken_out
    )


def powers(inputs: Sequence[Input], highest: int) -> FeatureTerms:
    """Logarithms of the inputs scaled to [-1, 1], and the powers 2 to ``highest`` of the first;
    linear."""
    low, high = (np.log(edge) for edge in box(inputs))
    scale, middle = np.diag(2 / (high - low)), -(high + low) / (high - low)
    exponents = np.arange(2.0, highest + 1)

    def values(x: Array) -> Array:
        z = np.log(x) @ scale + middle
        return np.concatenate([z, z[:, :1] ** exponents], axis=1)

    def build(graph: NetworkGraph) -> str:
        z = graph.affine(graph.coordinates([True] * len(inputs)), scale, middle)
        first = graph.node("Gather", z, graph.constant(np.array([0])), axis=1)
        return graph.node("Concat", z, graph.node("Pow", first, graph.constant(exponents)), axis=1)

    return FeatureTerms(
        values, build, np.eye(len(inputs) + len(exponents), len(inputs)), linear=True
    )


def with_products(terms: FeatureTerms, degree: int) -> FeatureTerms:
    """The raw features of ``terms`` and all their products of up to ``degree`` factors, so that the
    prefactor is a polynomial.

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

    def build(graph: NetworkGraph) -> str:
        raw = terms.build(graph)
        for halves in rounds:
            factors = (graph.affine(raw, half, np.zeros(half.shape[1])) for half in halves)
            raw = graph.node("Concat", raw, graph.node("Mul", *factors), axis=1)
        return raw

    unseen = np.zeros((len(known) - count, terms.features.shape[1]))
    return FeatureTerms(
        values, build, np.concatenate([terms.features, unseen]), linear=terms.linear
    )


@dataclass(frozen=True)
class TanhMap:
    """Coordinates tanh(log x @ weights + bias) (N, p), with weights (n, p) and bias (p,).

    A ratio of masses saturates where a particle decouples.
    """

    weights: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        """The coordinates of points (N, n)."""
        return np.asarray(np.tanh(np.log(x) @ self.weights + self.bias))

    def build(self, graph: NetworkGraph) -> str:
        """The same as nodes."""
        logs = graph.coordinates([True] * len(self.weights))
        return graph.node("Tanh", graph.affine(logs, self.weights, self.bias))

    @classmethod
    def mass_and_ratio(cls, middle: float) -> TanhMap:
        """For two masses m and M: tanh(0.3 log(m / ``middle``)) and tanh(log(m / M))."""
        return cls(np.array([[0.3, 1.0], [0.0, -1.0]]), np.array([-0.3 * np.log(middle), 0.0]))
