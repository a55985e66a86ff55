"""Gaussian processes for smooth functions of either sign over counts, written as short graphs: exact in float64.

The coordinates are z = sqrt(x + offset), in which a likelihood of counts varies evenly, and the process has a trend of z and
z^2 with free weights. What it says of a row without that row follows from one matrix (O. Dubrule, Mathematical Geology 15
(1983) 687), so every row serves for the figures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from lhnets.format import HalfSpace, Input
from lhnets_training.fit.cross_validation import predict_folds, tenths
from lhnets_training.onnx.export import PARAMETERS, Graph
from lhnets_training.recipe import Fitted, HeldOut, Run

Array = NDArray[np.float64]

NUGGET = 1e-11
"""Added to the unit diagonal of the kernel, for the rounding of the matrix."""
FLOOR, RIDGE = 0.05, 1e-2
EVALUATIONS = 80


@dataclass(frozen=True)
class Process:
    """A conditioned process: kernel exp(-|z - rows|^2 / 2 length^2) @ weights + z @ first + z^2 @ second + constant."""

    offset: Array
    rows: Array
    length: Array
    weights: Array
    first: Array
    second: Array
    constant: Array

    def __call__(self, x: Array) -> Array:
        """Values (N, k) at points (N, n)."""
        z = np.sqrt(x + self.offset)
        return np.asarray(
            kernel(z, self.rows, self.length) @ self.weights + z @ self.first + z**2 @ self.second + self.constant
        )


@dataclass(frozen=True)
class Spread:
    """The logarithm of a residual's size: z @ first + z^2 @ second + constant, of shapes (n, k), (n, k), (k,)."""

    offset: Array
    first: Array
    second: Array
    constant: Array

    def __call__(self, x: Array) -> Array:
        """The size (N, k) at points (N, n)."""
        z = np.sqrt(x + self.offset)
        return np.asarray(np.exp(z @ self.first + z**2 @ self.second + self.constant))


@dataclass(frozen=True)
class Conditioned:
    """The process of rows at given lengths: weights of kernel and trend, in standardised targets, and the shares of the rows."""

    z: Array
    length: Array
    mean: Array
    scale: Array
    weights: Array
    trend: Array
    share: Array
    curved: NDArray[np.bool_]

    @property
    def residuals(self) -> Array:
        """Truth minus what the process says of each row without it, shape (N, k)."""
        return np.asarray(self.weights / self.share[:, None] * self.scale)

    def process(self, offset: Array) -> Process:
        """The process of all rows."""
        slopes = self.trend * self.scale
        middle, spread = self.z.mean(axis=0), self.z.std(axis=0)
        n = self.z.shape[1]
        first, second = slopes[1 : n + 1] / spread[:, None], np.zeros((n, slopes.shape[1]))
        second[self.curved] = slopes[n + 1 :] / spread[self.curved, None] ** 2
        constant = self.mean + slopes[0] - middle @ first + middle**2 @ second
        first = first - 2 * middle[:, None] * second
        return Process(offset, self.z, self.length, self.weights * self.scale, first, second, constant)


def kernel(z: Array, rows: Array, length: Array) -> Array:
    """The squared-exponential kernel (N, M) between coordinates (N, n) and (M, n)."""
    return np.asarray(np.exp(-0.5 * squares(z, rows, length)))


def squares(z: Array, rows: Array, length: Array) -> Array:
    """Squared distances (N, M) between coordinates (N, n) and (M, n), in lengths."""
    a, b = z / length, rows / length
    return np.asarray(np.maximum((a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T, 0.0))


def condition(
    z: Array,
    y: Array,
    length: Array,
    nugget: Array | float = NUGGET,
    curved: NDArray[np.bool_] | None = None,
    between: Callable[[Array, Array, Array], Array] = kernel,
) -> Conditioned:
    """The process of rows z (N, n), y (N, k) with given lengths; ``nugget`` adds to the unit variance, for each row or all.

    The trend has the squares of those coordinates that are marked in ``curved`` (n,), of all by default; ``between`` is the
    kernel of coordinates (N, n) and (M, n) at lengths (n,).
    """
    mean, scale = y.mean(axis=0), y.std(axis=0)
    marked = np.ones(z.shape[1], dtype=bool) if curved is None else curved
    target, trend = (y - mean) / scale, _trend(z, marked)
    factor = cho_factor(between(z, z, length) + nugget * np.eye(len(z)))
    solved = cho_solve(factor, np.concatenate([np.eye(len(z)), trend, target], axis=1))
    inverse, of_trend, of_target = np.split(solved, [len(z), len(z) + trend.shape[1]], axis=1)
    normal = trend.T @ of_trend
    slopes = np.linalg.solve(normal, trend.T @ of_target)
    share = np.diag(inverse) - (of_trend * np.linalg.solve(normal, of_trend.T).T).sum(axis=1)
    return Conditioned(z, length, mean, scale, of_target - of_trend @ slopes, slopes, share, marked)


def fit_process(
    x: Array, y: Array, run: Run, *, offset: Array, inputs: tuple[Input, ...], region: tuple[HalfSpace, ...] = ()
) -> Fitted:
    """A process through all rows; its lengths have the smallest errors on rows left out one by one."""
    z = np.sqrt(x + offset)
    run.console.print(f"lengths of a Gaussian process of {len(x)} rows")
    length = _lengths(z, y, run.steps(EVALUATIONS))
    fitted = condition(z, y, length)
    residuals, process = fitted.residuals, fitted.process(offset)
    spread, fold = fit_spread(z, residuals, offset), tenths(len(x), run.seed)
    sizes = predict_folds(fold, lambda kept, held: fit_spread(z[kept], residuals[kept], offset)(x[held]))
    return Fitted(
        predict=lambda points: (process(points), spread(points)),
        export=lambda scale: export(process, spread, inputs, region, scale),
        method="Gaussian process (posterior mean), squared-exponential kernel and quadratic trend in roots of counts",
        framework="scipy",
        framework_version=scipy.__version__,
        hyperparameters={
            "length_scales": [float(f"{v:.6g}") for v in length],
            "offsets": [float(f"{v:.6g}") for v in offset],
            "nugget": NUGGET,
            "chosen_by": "mean square error of every row, left out one by one",
        },
        held_out=HeldOut(rows=np.arange(len(x)), fold=fold, value=y - residuals, spread=sizes),
    )


def export(
    process: Process, spread: Spread, inputs: tuple[Input, ...], region: tuple[HalfSpace, ...], scale: Array
) -> bytes:
    """The graph: roots, one Gemm and Exp for kernel values and uncertainties, one Gemm for the values."""
    graph = Graph(inputs, region)
    z = graph.node("Sqrt", graph.node("Add", PARAMETERS, graph.constant(process.offset)))
    terms = graph.node("Concat", z, graph.node("Mul", z, z), axis=1)
    rows, inverse = process.rows, 1 / process.length**2
    exponent = np.concatenate([(rows * inverse).T, np.repeat(-0.5 * inverse[:, None], len(rows), axis=1)])
    exponent = np.concatenate([exponent, np.concatenate([spread.first, spread.second])], axis=1)
    bias = np.concatenate([-0.5 * (rows**2 * inverse).sum(axis=1), spread.constant + np.log(scale)])
    sizes = graph.constant(np.array([len(rows), len(scale)]))
    values = graph.node("Exp", graph.affine(terms, exponent, bias))
    graph.nodes("Split", [values, sizes], ["kernel", "uncertainty"], axis=1)
    trend = graph.affine(terms, np.concatenate([process.first, process.second]), process.constant)
    graph.affine("kernel", process.weights, trend, output="value")
    graph.reach()
    return graph.serialize(len(scale))


def fit_spread(z: Array, residuals: Array, offset: Array) -> Spread:
    """From residuals (N, k) of rows that were left out, by a ridge regression of the logarithms of their sizes."""
    size = np.abs(residuals)
    logs = np.log(np.maximum(size, FLOOR * np.median(size, axis=0) + 1e-300))
    terms = np.concatenate([z, z**2], axis=1)
    mean, std = terms.mean(axis=0), terms.std(axis=0)
    scaled = (terms - mean) / std
    normal = scaled.T @ scaled + RIDGE * len(z) * np.eye(scaled.shape[1])
    weights = np.linalg.solve(normal, scaled.T @ (logs - logs.mean(axis=0))) / std[:, None]
    n = z.shape[1]
    return Spread(offset, weights[:n], weights[n:], logs.mean(axis=0) - mean @ weights)


def _lengths(z: Array, y: Array, evaluations: int) -> Array:
    def error(logs: Array) -> float:
        try:
            return float(np.log(((condition(z, y, np.exp(logs)).residuals / y.std(axis=0)) ** 2).mean()))
        except np.linalg.LinAlgError:
            return float("inf")

    start = np.log(z.std(axis=0))
    found = minimize(error, start, method="Nelder-Mead", options={"maxfev": evaluations, "xatol": 0.02, "fatol": 0.02})
    return np.asarray(np.exp(found.x))


def _trend(z: Array, curved: NDArray[np.bool_]) -> Array:
    u = (z - z.mean(axis=0)) / z.std(axis=0)
    return np.concatenate([np.ones((len(z), 1)), u, u[:, curved] ** 2], axis=1)
