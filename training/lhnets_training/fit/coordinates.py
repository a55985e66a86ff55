"""Coordinates in which the functions of a table vary evenly, by numpy and as nodes of a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit.features import Standard
from lhnets_training.fit.kinks import Natural
from lhnets_training.fit.uncertainty import ErrorModel, regress
from lhnets_training.onnx.builder import Affine
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph

Array = NDArray[np.float64]


class Coordinates(Protocol):
    """In which the functions of a table vary evenly."""

    def __call__(self, x: Array) -> Array:
        """Coordinates (N, c) of points (N, n)."""
        ...

    def build(self, graph: NetworkGraph) -> str:
        """The same as nodes."""
        ...


@dataclass(frozen=True)
class Roots:
    """sqrt(x + offset) of counts x, in which a likelihood varies evenly."""

    offset: Array

    def __call__(self, x: Array) -> Array:
        """The roots (N, n)."""
        return np.asarray(np.sqrt(x + self.offset))

    def build(self, graph: NetworkGraph) -> str:
        """The same as nodes."""
        return graph.node("Sqrt", graph.node("Add", PARAMETERS, graph.constant(self.offset)))


@dataclass(frozen=True)
class Standardised:
    """Natural coordinates, standardised over the rows of a table."""

    natural: Natural
    standard: Standard

    @classmethod
    def of(cls, x: Array, natural: Natural) -> Standardised:
        """From the rows (N, n)."""
        return cls(natural, Standard.of(natural(x)))

    def __call__(self, x: Array) -> Array:
        """Coordinates (N, c) of points (N, n)."""
        return self.standard(self.natural(x))

    def build(self, graph: NetworkGraph) -> str:
        """The same as nodes."""
        mean, std = self.standard.mean, self.standard.std
        return graph.affine(self.natural.build(graph), np.diag(1 / std), -mean / std)


@dataclass(frozen=True)
class Quadratics:
    """Coordinates and their squares, of which a trend and the logarithm of an error are linear
    combinations."""

    coordinates: Coordinates

    def __call__(self, x: Array) -> Array:
        """Shape (N, 2 c) at points (N, n)."""
        z = self.coordinates(x)
        return np.concatenate([z, z**2], axis=1)

    def build(self, graph: NetworkGraph) -> str:
        """The same as nodes."""
        z = self.coordinates.build(graph)
        return graph.node("Concat", z, graph.node("Mul", z, z), axis=1)

    def combine(self, graph: NetworkGraph, weights: Array, bias: Array) -> Affine:
        """Times ``weights`` (2 c, k), plus ``bias`` (k,)."""
        return Affine(((self.build(graph), weights),), bias)

    def fit_error(self, x: Array, residual: Array) -> ErrorModel:
        """An error model from points (N, n) and residuals (N, k)."""
        return ErrorModel(self, regress(self(x), residual))
