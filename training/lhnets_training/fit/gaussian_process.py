"""Gaussian processes through all rows of a table, written as short graphs: exact in float64.

The process has a quadratic trend with free weights. What it says of a row without that row follows
from one matrix (O. Dubrule, Mathematical Geology 15 (1983) 687), so every row serves for the
figures, and kernel, lengths and noise are those with the smallest errors on rows left out one by
one. Labels with errors of their own are smoothed in proportion to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from lhnets.format import Input
from lhnets_training.data.sample import Surface
from lhnets_training.fit.cross_validation import judge_heads, tenths
from lhnets_training.fit.features import Standard
from lhnets_training.fit.kinks import Natural
from lhnets_training.fit.links import Invertible, Signed
from lhnets_training.fit.model import Model
from lhnets_training.fit.uncertainty import ErrorModel, regress
from lhnets_training.onnx.builder import Affine
from lhnets_training.onnx.export import PARAMETERS, Graph
from lhnets_training.recipe import Fitted, Run

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

NUGGET = 1e-11
"""Added to the unit diagonal of the kernel, for the rounding of the matrix."""
EVALUATIONS = 80
TABLE_EVALUATIONS = 60, 15
"""Of the search for lengths, at least, and for each of them."""
BEGIN = (1.0, 2.0, 4.0, 8.0)
"""Lengths of all coordinates alike, the best of which the search begins with."""
LARGEST_NUGGET = 10.0
TOLERANCES = {"xatol": 0.02, "fatol": 0.02}


class Coordinates(Protocol):
    """In which the functions of a table vary evenly."""

    def __call__(self, x: Array) -> Array:
        """Coordinates (N, c) of points (N, n)."""
        ...

    def build(self, graph: Graph) -> str:
        """The same as nodes."""
        ...


@dataclass(frozen=True)
class Roots:
    """sqrt(x + offset) of counts x, in which a likelihood varies evenly."""

    offset: Array

    def __call__(self, x: Array) -> Array:
        """The roots (N, n)."""
        return np.asarray(np.sqrt(x + self.offset))

    def build(self, graph: Graph) -> str:
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

    def build(self, graph: Graph) -> str:
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

    def build(self, graph: Graph) -> str:
        """The same as nodes."""
        z = self.coordinates.build(graph)
        return graph.node("Concat", z, graph.node("Mul", z, z), axis=1)

    def combine(self, graph: Graph, weights: Array, bias: Array) -> Affine:
        """Times ``weights`` (2 c, k), plus ``bias`` (k,)."""
        return Affine(((self.build(graph), weights),), bias)

    def fit_error(self, x: Array, residual: Array) -> ErrorModel:
        """An error model from points (N, n) and residuals (N, k)."""
        return ErrorModel(self, regress(self(x), residual))


@dataclass(frozen=True)
class Kernel:
    """A stationary kernel: ``of`` the squared distance in lengths times ``factor``, and ``build``
    from that product."""

    name: str
    factor: float
    of: Callable[[Array], Array]
    build: Callable[[Graph, str], str]

    def __call__(self, z: Array, rows: Array, length: Array) -> Array:
        """Values (N, M) between coordinates (N, c) and (M, c)."""
        return self.of(self.factor * squares(z, rows, length))


def squares(z: Array, rows: Array, length: Array) -> Array:
    """Squared distances (N, M) between coordinates (N, c) and (M, c), in lengths."""
    a, b = z / length, rows / length
    return np.asarray(
        np.maximum((a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T, 0.0)
    )


def _rough(scaled: Array) -> Array:
    r = np.sqrt(scaled)
    return np.asarray((1 + r) * np.exp(-r))


def _rough_nodes(graph: Graph, scaled: str) -> str:
    r = graph.node("Sqrt", graph.node("Relu", scaled))
    return graph.node(
        "Mul",
        graph.node("Add", r, graph.constant(np.array(1.0))),
        graph.node("Exp", graph.node("Neg", r)),
    )


SMOOTH = Kernel(
    "squared-exponential", -0.5, np.exp, lambda graph, scaled: graph.node("Exp", scaled)
)
"""Of functions with derivatives of all orders."""
ROUGH = Kernel("Matern 3/2", 3.0, _rough, _rough_nodes)
"""Of functions with one derivative, such as those with a kink that nobody named: (1 + r) exp(-r)
with r = sqrt(3) distance."""


@dataclass(frozen=True)
class Process:
    """A conditioned process: heads = kernel(z, rows) @ weights + [z, z^2] @ trend + constant at
    coordinates z."""

    coordinates: Coordinates
    kernel: Kernel
    rows: Array
    length: Array
    weights: Array
    constant: Array
    trend: Array | None = None

    def __call__(self, x: Array) -> Array:
        """Posterior means (N, k) at points (N, n)."""
        z = self.coordinates(x)
        heads = self.kernel(z, self.rows, self.length) @ self.weights
        if self.trend is not None:
            first, second = np.split(self.trend, 2)
            heads = heads + z @ first + z**2 @ second
        return np.asarray(heads + self.constant)

    def build(self, graph: Graph) -> Affine:
        """One Gemm for the distances, the kernel, one Gemm for all heads."""
        terms = Quadratics(self.coordinates).build(graph)
        inverse = self.kernel.factor / self.length**2
        exponent = np.concatenate(
            [-2 * (self.rows * inverse).T, np.repeat(inverse[:, None], len(self.rows), axis=1)]
        )
        near = self.kernel.build(
            graph, graph.affine(terms, exponent, (self.rows**2 * inverse).sum(axis=1))
        )
        trend = () if self.trend is None else ((terms, self.trend),)
        return Affine((*trend, (near, self.weights)), self.constant)


@dataclass(frozen=True)
class Conditioned:
    """The process of rows at given lengths: weights of kernel and trend, in standardised targets,
    and the shares of the rows."""

    kernel: Kernel
    z: Array
    length: Array
    mean: Array
    scale: Array
    weights: Array
    trend: Array
    share: Array
    curved: Mask

    @property
    def residuals(self) -> Array:
        """Truth minus what the process says of each row without it, shape (N, k)."""
        return np.asarray(self.weights / self.share[:, None] * self.scale)

    @property
    def error(self) -> float:
        """Logarithm of the mean square of the residuals, in the spread of the targets."""
        return float(np.log(((self.residuals / self.scale) ** 2).mean()))

    def process(self, coordinates: Coordinates) -> Process:
        """The process of all rows."""
        slopes = self.trend * self.scale
        middle, spread = self.z.mean(axis=0), self.z.std(axis=0)
        n = self.z.shape[1]
        first, second = slopes[1 : n + 1] / spread[:, None], np.zeros((n, slopes.shape[1]))
        second[self.curved] = slopes[n + 1 :] / spread[self.curved, None] ** 2
        constant = self.mean + slopes[0] - middle @ first + middle**2 @ second
        trend = np.concatenate([first - 2 * middle[:, None] * second, second])
        return Process(
            coordinates,
            self.kernel,
            self.z,
            self.length,
            self.weights * self.scale,
            constant,
            trend,
        )


def condition(
    z: Array,
    y: Array,
    length: Array,
    nugget: Array | float = NUGGET,
    curved: Mask | None = None,
    kernel: Kernel = SMOOTH,
) -> Conditioned:
    """The process of rows z (N, c), y (N, k) with given lengths; ``nugget`` adds to the unit
    variance, for each row or all.

    The trend has the squares of those coordinates that are marked in ``curved`` (c,), of all by
    default.
    """
    mean, scale = y.mean(axis=0), y.std(axis=0)
    marked = np.ones(z.shape[1], dtype=bool) if curved is None else curved
    target, trend = (y - mean) / scale, _trend(z, marked)
    factor = cho_factor(kernel(z, z, length) + nugget * np.eye(len(z)))
    solved = cho_solve(factor, np.concatenate([np.eye(len(z)), trend, target], axis=1))
    inverse, of_trend, of_target = np.split(solved, [len(z), len(z) + trend.shape[1]], axis=1)
    normal = trend.T @ of_trend
    slopes = np.linalg.solve(normal, trend.T @ of_target)
    share = np.diag(inverse) - (of_trend * np.linalg.solve(normal, of_trend.T).T).sum(axis=1)
    return Conditioned(
        kernel, z, length, mean, scale, of_target - of_trend @ slopes, slopes, share, marked
    )


def fit_process(
    x: Array,
    y: Array,
    run: Run,
    *,
    offset: Array,
    inputs: tuple[Input, ...],
    region: tuple[Surface, ...] = (),
) -> Fitted:
    """A process through counts x (N, n) and outputs of either sign y (N, k), in roots of the counts
    plus ``offset``."""
    roots = Roots(offset)
    z = roots(x)
    run.console.print(f"lengths of a Gaussian process of {len(x)} rows")
    found = condition(z, y, _lengths(z, y, run.steps(EVALUATIONS)))
    return _fitted(
        x, y, run, Signed(), roots, found, inputs, region,
        method="Gaussian process (posterior mean), squared-exponential kernel and quadratic trend "
               "in roots of counts",
        further={"offsets": [float(f"{v:.6g}") for v in offset], "nugget": NUGGET},
    )  # fmt: skip


def fit_table_process(
    x: Array,
    y: Array,
    run: Run,
    *,
    inputs: tuple[Input, ...],
    region: tuple[Surface, ...],
    natural: Natural,
    link: Invertible,
    noise: Array | None,
) -> Fitted:
    """A process through the rows x (N, n), y (N, k); ``noise`` (N, k) are standard deviations of
    the heads of noisy labels."""
    coordinates = Standardised.of(x, natural)
    z, t = coordinates(x), link.targets(y)
    run.console.print(f"lengths of a Gaussian process of {len(x)} rows")
    variances = None if noise is None else ((noise / t.std(axis=0)) ** 2).sum(axis=1)
    steps = run.steps(max(TABLE_EVALUATIONS[0], TABLE_EVALUATIONS[1] * (z.shape[1] + 1)))
    found = [_search(z, t, variances, natural.curved, kernel, steps) for kernel in (SMOOTH, ROUGH)]
    best, nugget = min(found, key=lambda pair: pair[0].error)
    return _fitted(
        x, y, run, link, coordinates, best, inputs, region,
        method=f"Gaussian process (posterior mean), {best.kernel.name} kernel and quadratic trend",
        further={"noise_over_amplitude": float(f"{np.sqrt(nugget):.4g}")},
    )  # fmt: skip


def _fitted(
    x: Array,
    y: Array,
    run: Run,
    link: Invertible,
    coordinates: Coordinates,
    found: Conditioned,
    inputs: tuple[Input, ...],
    region: tuple[Surface, ...],
    *,
    method: str,
    further: dict[str, Any],
) -> Fitted:
    t = link.targets(y) - found.residuals
    held_out, error = judge_heads(
        x, y, link, tenths(len(x), run.seed), t, Quadratics(coordinates).fit_error
    )
    model = Model(found.process(coordinates), link, error)
    return Fitted(
        predict=model.predict,
        export=partial(model.export, inputs, region),
        method=method,
        framework="scipy",
        framework_version=scipy.__version__,
        hyperparameters={
            "length_scales": [float(f"{v:.6g}") for v in found.length],
            **further,
            "chosen_by": "mean square error of every row, left out one by one",
        },
        held_out=held_out,
    )


def _lengths(z: Array, y: Array, evaluations: int) -> Array:
    """The lengths of a smooth kernel, without noise."""

    def error(logs: Array) -> float:
        return _error(lambda: condition(z, y, np.exp(logs)))

    found = minimize(
        error,
        np.log(z.std(axis=0)),
        method="Nelder-Mead",
        options={"maxfev": evaluations, **TOLERANCES},
    )
    return np.asarray(np.exp(found.x))


def _search(
    z: Array, t: Array, noise: Array | None, curved: Mask, kernel: Kernel, evaluations: int
) -> tuple[Conditioned, float]:
    """The lengths and the nugget of a kernel; ``noise`` (N,) are variances of the labels, up to a
    factor."""
    shape = np.ones(len(z)) if noise is None else noise / noise.mean()

    def made(logs: Array) -> tuple[Conditioned, float]:
        nugget = float(np.clip(np.exp(logs[-1]), NUGGET, LARGEST_NUGGET))
        return condition(z, t, np.exp(logs[:-1]), nugget * shape + NUGGET, curved, kernel), nugget

    def error(logs: Array) -> float:
        return _error(lambda: made(logs)[0])

    nugget = np.log(1e-9 if noise is None else 1e-2)
    begin = min(
        (np.append(np.full(z.shape[1], np.log(length)), nugget) for length in BEGIN), key=error
    )
    step = np.append(np.full(z.shape[1], 0.7), 3.0 if noise is None else 1.5)
    simplex = np.vstack([begin, begin + np.diag(step)])
    options = {"maxfev": evaluations, **TOLERANCES, "initial_simplex": simplex}
    return made(np.asarray(minimize(error, begin, method="Nelder-Mead", options=options).x))


def _error(made: Callable[[], Conditioned]) -> float:
    """The error of a process; infinite if its matrix is not positive definite to rounding."""
    try:
        return made().error
    except np.linalg.LinAlgError:
        return float("inf")


def _trend(z: Array, curved: Mask) -> Array:
    u = (z - z.mean(axis=0)) / z.std(axis=0)
    return np.concatenate([np.ones((len(z), 1)), u, u[:, curved] ** 2], axis=1)
