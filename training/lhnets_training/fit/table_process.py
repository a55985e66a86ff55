"""Gaussian processes for small tables of any kind of output, over natural coordinates (`lhnets_training.fit.kinks`).

Kernel, lengths and noise have the smallest errors on rows left out one by one, which follow from one matrix
(`lhnets_training.fit.root_process`); labels with errors of their own are smoothed in proportion to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.optimize import minimize

from lhnets.format import HalfSpace, Input
from lhnets_training.fit.columns import Columns
from lhnets_training.fit.cross_validation import predict_folds, tenths
from lhnets_training.fit.kernels import ROUGH, SMOOTH, Kernel
from lhnets_training.fit.kinks import Natural
from lhnets_training.fit.root_process import NUGGET, Conditioned, Process, Spread, condition, fit_spread, squares
from lhnets_training.onnx.export import Graph
from lhnets_training.recipe import Fitted, HeldOut, Run

Array = NDArray[np.float64]

EVALUATIONS = 60, 15
"""Of the search for lengths, at least, and for each of them."""
BEGIN = (1.0, 2.0, 4.0, 8.0)
"""Lengths of all coordinates alike, the best of which the search begins with."""
LARGEST_NUGGET = 10.0


@dataclass(frozen=True)
class Coordinates:
    """Standardised coordinates: the natural ones, less ``mean``, over ``std``."""

    natural: Natural
    mean: Array
    std: Array

    @classmethod
    def of(cls, x: Array, natural: Natural) -> Coordinates:
        """From the rows (N, n) of a table."""
        raw = natural(x)
        return cls(natural, raw.mean(axis=0), raw.std(axis=0))

    def __call__(self, x: Array) -> Array:
        """Coordinates (N, c) of points (N, n)."""
        return np.asarray((self.natural(x) - self.mean) / self.std)


@dataclass(frozen=True)
class TableProcess:
    """A process through all rows, with the size of its errors."""

    coordinates: Coordinates
    process: Process
    kernel: Kernel
    spread: Spread
    end: Columns

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Value and uncalibrated spread, both (N, k), at points (N, n)."""
        z, p, s = self.coordinates(x), self.process, self.spread
        near = self.kernel.of(self.kernel.factor * squares(z, p.rows, p.length))
        t = near @ p.weights + z @ p.first + z**2 @ p.second + p.constant
        return self.end.values(t), self.end.unit(t) * sizes(s, z)

    def export(self, inputs: tuple[Input, ...], region: tuple[HalfSpace, ...], scale: Array) -> bytes:
        """The graph: one Gemm for the distances, the kernel, one Gemm for the heads, one for the spread."""
        c, p, s = self.coordinates, self.process, self.spread
        graph = Graph(inputs, region)
        z = graph.affine(c.natural.build(graph), np.diag(1 / c.std), -c.mean / c.std)
        terms = graph.node("Concat", z, graph.node("Mul", z, z), axis=1)
        inverse = self.kernel.factor / p.length**2
        exponent = np.concatenate([-2 * (p.rows * inverse).T, np.repeat(inverse[:, None], len(p.rows), axis=1)])
        near = self.kernel.build(graph, graph.affine(terms, exponent, (p.rows**2 * inverse).sum(axis=1)))
        heads = graph.affine(near, p.weights, graph.affine(terms, np.concatenate([p.first, p.second]), p.constant))
        logs = graph.affine(terms, np.concatenate([s.first, s.second]), s.constant + np.log(scale))
        self.end.build(graph, heads, graph.node("Exp", logs))
        graph.reach()
        return graph.serialize(len(scale))


def fit_table_process(
    x: Array,
    y: Array,
    run: Run,
    *,
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...],
    natural: Natural,
    end: Columns,
    noise: Array | None,
) -> Fitted:
    """A process through the rows x (N, n), y (N, k); ``noise`` (N, k) are standard deviations of the heads of noisy labels."""
    coordinates = Coordinates.of(x, natural)
    z, t = coordinates(x), end.targets(y)
    run.console.print(f"lengths of a Gaussian process of {len(x)} rows")
    variances = None if noise is None else ((noise / t.std(axis=0)) ** 2).sum(axis=1)
    steps = run.steps(max(EVALUATIONS[0], EVALUATIONS[1] * (z.shape[1] + 1)))
    found = [_best(z, t, variances, natural.curved, kernel, steps) for kernel in (SMOOTH, ROUGH)]
    best = min(found, key=lambda b: b.error)
    fitted = best.conditioned
    predicted = t - fitted.residuals
    value, unit = end.values(predicted), end.unit(predicted)
    residual = (value - y) / unit
    nowhere = np.zeros(z.shape[1])
    spread, fold = fit_spread(z, residual, nowhere), tenths(len(x), run.seed)
    guessed = unit * predict_folds(
        fold, lambda kept, held: sizes(fit_spread(z[kept], residual[kept], nowhere), z[held])
    )
    model = TableProcess(coordinates, fitted.process(nowhere), best.kernel, spread, end)
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method=f"Gaussian process (posterior mean), {best.kernel.name} kernel and quadratic trend",
        framework="scipy",
        framework_version=scipy.__version__,
        hyperparameters={
            "length_scales": [float(f"{v:.6g}") for v in fitted.length],
            "noise_over_amplitude": float(f"{np.sqrt(best.nugget):.4g}"),
            "chosen_by": "mean square error of every row, left out one by one",
        },
        held_out=HeldOut(rows=np.arange(len(x)), fold=fold, value=value, spread=guessed),
    )


def sizes(spread: Spread, z: Array) -> Array:
    """The size (N, k) of the errors at coordinates (N, n)."""
    return np.asarray(np.exp(z @ spread.first + z**2 @ spread.second + spread.constant))


@dataclass(frozen=True)
class _Best:
    """The process of a kernel whose rows have the least mean square error when left out; its logarithm is ``error``."""

    kernel: Kernel
    conditioned: Conditioned
    nugget: float
    error: float


def _best(
    z: Array, t: Array, noise: Array | None, curved: NDArray[np.bool_], kernel: Kernel, evaluations: int
) -> _Best:
    shape = np.ones(len(z)) if noise is None else noise / noise.mean()
    spread = t.std(axis=0)

    def between(a: Array, b: Array, length: Array) -> Array:
        return kernel.of(kernel.factor * squares(a, b, length))

    def made(logs: Array) -> tuple[Conditioned, float]:
        nugget = float(np.clip(np.exp(logs[-1]), NUGGET, LARGEST_NUGGET))
        return condition(z, t, np.exp(logs[:-1]), nugget * shape + NUGGET, curved, between), nugget

    def error(logs: Array) -> float:
        try:
            return float(np.log(((made(logs)[0].residuals / spread) ** 2).mean()))
        except np.linalg.LinAlgError:
            return float("inf")

    nugget = np.log(1e-9 if noise is None else 1e-2)
    begin = min((np.append(np.full(z.shape[1], np.log(length)), nugget) for length in BEGIN), key=error)
    step = np.append(np.full(z.shape[1], 0.7), 3.0 if noise is None else 1.5)
    simplex = np.vstack([begin, begin + np.diag(step)])
    options = {"maxfev": evaluations, "xatol": 0.02, "fatol": 0.02, "initial_simplex": simplex}
    found = minimize(error, begin, method="Nelder-Mead", options=options)
    return _Best(kernel, *made(np.asarray(found.x)), float(found.fun))
