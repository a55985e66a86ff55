"""Outputs of a table as logarithms of cross sections, and the common end of the graphs that compute them.

A small shift may vanish or have a kink where the envelope of the scale choices changes; the cross section at the shifted
scale stays smooth. Such outputs are fitted as that cross section, and the shift is a difference of two heads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets_training.onnx.export import Graph

Array = NDArray[np.float64]
Direction: TypeAlias = Literal["up", "down"]

FLOOR = 0.05
"""Residuals below this share of the median count as that share: a residual is zero by chance now and then."""
RIDGE = 1e-2


@dataclass(frozen=True)
class Heads:
    """How the outputs come from heads t (N, k): exp(t), or for a shift its difference to the head of its central value.

    ``shifts`` gives for the number of an output the number of its central value and the direction of the shift.
    """

    count: int
    shifts: Mapping[int, tuple[int, Direction]]

    @classmethod
    def of(cls, names: Sequence[str], shifts: Mapping[str, tuple[str, Direction]]) -> Heads:
        """From the names of the outputs."""
        number = {name: k for k, name in enumerate(names)}
        return cls(len(names), {number[name]: (number[of], way) for name, (of, way) in shifts.items()})

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


@dataclass(frozen=True)
class Spread:
    """log(spread / exp(head)) as a quadratic in the logarithms of the inputs, written as squares of linear maps.

    (log x @ maps + offsets)^2 @ weights + bias, of shapes (n, s), (s,), (s, k), (k,).
    """

    maps: Array
    offsets: Array
    weights: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        """The logarithm (N, k) at points (N, n)."""
        return np.asarray(squares(x, self.maps, self.offsets) @ self.weights + self.bias)


def fit_spread(x: Array, residual: Array) -> Spread:
    """From residuals (N, k), relative to exp(head), of rows that the model had not seen."""
    size = np.abs(residual)
    logs = np.log(np.maximum(size, FLOOR * np.median(size, axis=0) + 1e-12))
    maps, offsets = _square_maps(x)
    terms = squares(x, maps, offsets)
    mean, std = terms.mean(axis=0), terms.std(axis=0)
    scaled = (terms - mean) / std
    normal = scaled.T @ scaled + RIDGE * len(x) * np.eye(scaled.shape[1])
    weights = np.linalg.solve(normal, scaled.T @ (logs - logs.mean(axis=0))) / std[:, None]
    return Spread(maps, offsets, weights, logs.mean(axis=0) - mean @ weights)


def squares(x: Array, maps: Array, offsets: Array) -> Array:
    """(log x @ maps + offsets)^2, shape (N, s)."""
    return np.asarray((np.log(x) @ maps + offsets) ** 2)


def finish(graph: Graph, heads: str, kinds: Heads, spread: Spread, scale: Array, logs: str) -> bytes:
    """Append `value`, `uncertainty` (the spread times ``scale`` (k,)) and `reach`, and give the model.

    ``heads`` names the tensor of heads (N, k), ``logs`` that of the logarithms of the inputs.
    """
    maps = np.concatenate([spread.maps, np.zeros((len(spread.maps), 1))], axis=1)
    mapped = graph.affine(logs, maps, np.append(spread.offsets, 1.0))
    weights = np.concatenate([spread.weights, (spread.bias + np.log(scale))[None]])
    graph.node("Exp", graph.affine(graph.node("Mul", mapped, mapped), weights, heads), output="uncertainty")
    if kinds.shifts:
        mixed = graph.affine(graph.node("Exp", heads), kinds.matrix, np.zeros(kinds.count))
        graph.node("Relu", mixed, output="value")
    else:
        graph.node("Exp", heads, output="value")
    graph.reach()
    return graph.serialize(kinds.count)


def _square_maps(x: Array) -> tuple[Array, Array]:
    """Linear maps whose squares, with a constant, span the quadratics: z_i + 1, z_i - 1, and z_i + z_j for pairs."""
    logs = np.log(x)
    mean, std = logs.mean(axis=0), logs.std(axis=0)
    unit = np.diag(1 / std)
    pairs = [unit[i] + unit[j] for i, j in combinations(range(len(unit)), 2)]
    maps = np.stack([*unit, *unit, *pairs], axis=1)
    ones = np.ones(len(unit))
    return maps, np.concatenate([ones, -ones, np.zeros(len(pairs))]) - mean @ maps
