"""Error models: the size of a model's own errors, relative to the unit of its link, before
calibration.

The logarithm of the size is linear in a few functions of the inputs, a `Basis`: the last hidden
layer of a network, squares and products of features, or none. It is fitted to residuals of rows
that the model had not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lhnets_training.onnx.builder import Affine
from lhnets_training.onnx.export import NetworkGraph

Array = NDArray[np.float64]

RIDGE, ITERATIONS = 1e-3, 200
"""Of the fit by likelihood."""
FLOOR, REGRESSION_RIDGE = 0.05, 1e-2
"""Of the regression: residuals below this share of the median count as that share, for one is zero
by chance now and then."""


class Basis(Protocol):
    """Functions of the inputs by numpy, and their linear combinations as nodes."""

    def __call__(self, x: Array) -> Array:
        """The functions (N, c) at points (N, n)."""
        ...

    def combine(self, graph: NetworkGraph, weights: Array, bias: Array) -> Affine:
        """The functions times ``weights`` (c, k), plus ``bias`` (k,)."""
        ...


@dataclass(frozen=True)
class LogLinear:
    """exp(columns @ weights + bias), of shapes (c, k) and (k,)."""

    weights: Array
    bias: Array

    def __call__(self, columns: Array) -> Array:
        """Sizes (N, k) for columns (N, c)."""
        return np.asarray(np.exp(columns @ self.weights + self.bias))


@dataclass(frozen=True)
class ErrorModel:
    """Sizes of errors over the inputs."""

    basis: Basis
    law: LogLinear

    def __call__(self, x: Array) -> Array:
        """Sizes (N, k) at points (N, n)."""
        return self.law(self.basis(x))

    def build(self, graph: NetworkGraph, scale: Array) -> Affine:
        """The logarithm of the sizes times ``scale`` (k,)."""
        return self.basis.combine(graph, self.law.weights, self.law.bias + np.log(scale))


@dataclass(frozen=True)
class Nowhere:
    """No function at all: the error is the same everywhere."""

    def __call__(self, x: Array) -> Array:
        """Shape (N, 0)."""
        return np.empty((len(x), 0))

    def combine(self, graph: NetworkGraph, weights: Array, bias: Array) -> Affine:
        """The bias alone."""
        return Affine((), bias)


def fit_constant(residual: Array, least: float) -> ErrorModel:
    """The root mean square of residuals (N, k), not below ``least``."""
    size = np.maximum(np.sqrt((residual**2).mean(axis=0)), least)
    return ErrorModel(Nowhere(), LogLinear(np.empty((0, len(size))), np.log(size)))


@dataclass(frozen=True)
class LogSquares:
    """(log x @ maps + offsets)^2 (N, s), which span the quadratics in log x with a constant."""

    maps: Array
    offsets: Array

    @classmethod
    def of(cls, x: Array) -> LogSquares:
        """Of standardised logarithms z: z_i + 1, z_i - 1, and z_i + z_j for pairs."""
        logs = np.log(x)
        mean, std = logs.mean(axis=0), logs.std(axis=0)
        unit = np.diag(1 / std)
        pairs = [unit[i] + unit[j] for i, j in combinations(range(len(unit)), 2)]
        maps = np.stack([*unit, *unit, *pairs], axis=1)
        ones = np.ones(len(unit))
        return cls(maps, np.concatenate([ones, -ones, np.zeros(len(pairs))]) - mean @ maps)

    def __call__(self, x: Array) -> Array:
        """The squares at points (N, n)."""
        return np.asarray((np.log(x) @ self.maps + self.offsets) ** 2)

    def combine(self, graph: NetworkGraph, weights: Array, bias: Array) -> Affine:
        """The bias is the weight of one more square, that of one."""
        logs = graph.coordinates([True] * len(self.maps))
        maps = np.concatenate([self.maps, np.zeros((len(self.maps), 1))], axis=1)
        mapped = graph.affine(logs, maps, np.append(self.offsets, 1.0))
        squares = graph.node("Mul", mapped, mapped)
        return Affine(((squares, np.concatenate([weights, bias[None]])),), np.zeros(len(bias)))


def fit_log_squares(x: Array, residual: Array) -> ErrorModel:
    """An error model over the logarithms of the inputs, from points (N, n) and residuals (N, k)."""
    basis = LogSquares.of(x)
    return ErrorModel(basis, regress(basis(x), residual, 1e-12))


def regress(columns: Array, residual: Array, least: float = 1e-300) -> LogLinear:
    """Ridge regression of the logarithms of the sizes of residuals (N, k) on columns (N, c)."""
    size = np.abs(residual)
    logs = np.log(np.maximum(size, FLOOR * np.median(size, axis=0) + least))
    mean, std = columns.mean(axis=0), columns.std(axis=0)
    scaled = (columns - mean) / std
    normal = scaled.T @ scaled + REGRESSION_RIDGE * len(columns) * np.eye(scaled.shape[1])
    weights = np.linalg.solve(normal, scaled.T @ (logs - logs.mean(axis=0))) / std[:, None]
    return LogLinear(weights, logs.mean(axis=0) - mean @ weights)


def maximise_likelihood(columns: Array, residual: Array) -> LogLinear:
    """Maximum likelihood of Laplace residuals (N, k) whose scale varies with columns (N, c).

    Laplace, because a few large residuals must not widen the interval everywhere; a small ridge
    keeps it smooth.
    """
    import torch

    last, size = torch.from_numpy(columns), torch.from_numpy(residual).abs().clamp_min(1e-300)
    mean = last.mean(dim=0)
    weights = torch.zeros(last.shape[1], size.shape[1], dtype=torch.float64, requires_grad=True)
    bias = size.mean(dim=0).log().clone().requires_grad_()
    optimiser = torch.optim.LBFGS(
        [weights, bias], max_iter=ITERATIONS, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        log_scale = (last - mean) @ weights + bias
        loss = (log_scale + size * torch.exp(-log_scale)).mean() + RIDGE * (weights**2).mean()
        torch.autograd.backward(loss)
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    found = weights.detach()
    return LogLinear(found.numpy(), (bias.detach() - mean @ found).numpy())
