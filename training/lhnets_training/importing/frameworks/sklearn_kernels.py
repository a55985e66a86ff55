"""Kernel models of scikit-learn in float64: Gaussian processes with their standard deviation, ridge
and support vectors.

Distances are taken as differences, not through |x|^2 - 2 x.y + |y|^2: where a fit has next to no
noise its weights are large and cancel, and the digits that the short form loses would show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.importing.errors import ModelError
from lhnets_training.onnx.builder import GraphBuilder

Array = NDArray[np.float64]

SPREAD_TOLERANCE = 1e-6
"""How far rounding may move the standard deviation of a Gaussian process, over how much that
varies."""


def process(graph: GraphBuilder, model: Any, x: str) -> str:
    """The posterior mean (N, k) of a GaussianProcessRegressor."""
    values = covariance(graph, model.kernel_, x, model.X_train_)
    scale, mean = np.atleast_1d(model._y_train_std), np.atleast_1d(model._y_train_mean)
    weights = np.asarray(model.alpha_).reshape(len(model.X_train_), -1) * scale
    return graph.node(
        "Gemm",
        values,
        graph.constant(weights),
        graph.constant(np.broadcast_to(mean, weights.shape[1:])),
    )


def process_spread(graph: GraphBuilder, model: Any, x: str) -> str:
    """The posterior standard deviation (N, k), noise of the kernel included, as `return_std` has
    it."""
    values = covariance(graph, model.kernel_, x, model.X_train_)
    whitened = graph.node("MatMul", values, graph.constant(_inverse_factor(model).T))
    explained = graph.node(
        "ReduceSum",
        graph.node("Mul", whitened, whitened),
        graph.constant(np.array([1])),
        keepdims=1,
    )
    left = graph.node("Sub", prior_variance(graph, model.kernel_, x), explained)
    positive = graph.node("Max", left, graph.constant(np.array(0.0)))
    scale = graph.constant(np.atleast_1d(np.asarray(model._y_train_std, dtype=np.float64)))
    return graph.node("Mul", graph.node("Sqrt", positive), scale)


def spread_error(model: Any) -> float:
    """How far rounding moves the standard deviation, over how much that varies in the box of the
    training rows."""
    low, high = model.X_train_.min(axis=0), model.X_train_.max(axis=0)
    points = np.random.default_rng(0).uniform(low, high, (500, model.X_train_.shape[1]))
    whitened = model.kernel_(points, model.X_train_) @ _inverse_factor(model).T
    variance = np.maximum(model.kernel_.diag(points) - (whitened**2).sum(axis=1), 0.0)
    expected = np.asarray(model.predict(points, return_std=True)[1]).reshape(len(points), -1)
    found = np.sqrt(variance)[:, None] * np.atleast_1d(model._y_train_std)
    return float(np.max(np.abs(found - expected)) / max(expected.std(), 1e-300))


def covariance(graph: GraphBuilder, kernel: Any, x: str, rows: Array) -> str:
    """Values (N, M) of a kernel of `sklearn.gaussian_process.kernels` between points and training
    rows (M, n).

    Raises
    ------
    ModelError
        for kernels that need special functions or are no function of two points.
    """
    name = type(kernel).__name__
    if name in ("Sum", "Product"):
        both = covariance(graph, kernel.k1, x, rows), covariance(graph, kernel.k2, x, rows)
        return graph.node("Add" if name == "Sum" else "Mul", *both)
    if name == "Exponentiation":
        return graph.node(
            "Pow", covariance(graph, kernel.kernel, x, rows), _number(graph, kernel.exponent)
        )
    if name == "ConstantKernel":
        return _constant_rows(graph, x, np.full(len(rows), kernel.constant_value))
    if name == "WhiteKernel":
        return _constant_rows(graph, x, np.zeros(len(rows)))
    if name == "RBF" or (name == "Matern" and kernel.nu == np.inf):
        squares = _squares(graph, x, rows, kernel.length_scale)
        return graph.node("Exp", graph.node("Mul", squares, _number(graph, -0.5)))
    if name == "Matern":
        return _matern(graph, _squares(graph, x, rows, kernel.length_scale), kernel.nu)
    if name == "RationalQuadratic":
        scaled = _squares(graph, x, rows, kernel.length_scale * np.sqrt(2 * kernel.alpha))
        return graph.node(
            "Pow", graph.node("Add", scaled, _number(graph, 1.0)), _number(graph, -kernel.alpha)
        )
    if name == "DotProduct":
        return graph.node("Gemm", x, graph.constant(rows.T), _number(graph, kernel.sigma_0**2))
    raise ModelError(
        f"the kernel {name} of a Gaussian process is not converted; expected sums, products and "
        "powers of RBF, Matern, RationalQuadratic, DotProduct, ConstantKernel and WhiteKernel. "
        "Fit one of these"
    )


def prior_variance(graph: GraphBuilder, kernel: Any, x: str) -> str:
    """Variance of a kernel at each point, of shape (N, 1) or (1, 1)."""
    name = type(kernel).__name__
    if name in ("Sum", "Product"):
        both = prior_variance(graph, kernel.k1, x), prior_variance(graph, kernel.k2, x)
        return graph.node("Add" if name == "Sum" else "Mul", *both)
    if name == "Exponentiation":
        return graph.node(
            "Pow", prior_variance(graph, kernel.kernel, x), _number(graph, kernel.exponent)
        )
    if name == "DotProduct":
        squared = graph.node(
            "ReduceSum", graph.node("Mul", x, x), graph.constant(np.array([1])), keepdims=1
        )
        return graph.node("Add", squared, _number(graph, kernel.sigma_0**2))
    height = {"ConstantKernel": "constant_value", "WhiteKernel": "noise_level"}.get(name)
    return graph.constant(
        np.array([[getattr(kernel, height) if height else 1.0]], dtype=np.float64)
    )


def _matern(graph: GraphBuilder, squares: str, nu: float) -> str:
    if nu not in (0.5, 1.5, 2.5):
        raise ModelError(
            f"a Matern kernel with nu={nu:g} needs Bessel functions; fit it with nu=0.5, 1.5, 2.5 "
            "or infinity"
        )
    scaled = graph.node("Mul", graph.node("Sqrt", squares), _number(graph, np.sqrt(2 * nu)))
    decay = graph.node("Exp", graph.node("Neg", scaled))
    if nu == 0.5:
        return decay
    factor = graph.node("Add", scaled, _number(graph, 1.0))
    if nu == 2.5:
        third = graph.node("Mul", graph.node("Mul", scaled, scaled), _number(graph, 1 / 3))
        factor = graph.node("Add", factor, third)
    return graph.node("Mul", factor, decay)


def _kernel_ridge(graph: GraphBuilder, model: Any, x: str) -> str:
    rows = np.asarray(model.X_fit_, dtype=np.float64)
    gamma = 1.0 / rows.shape[1] if model.gamma is None else model.gamma
    values = _named_kernel(graph, model.kernel, x, rows, gamma, model.coef0, model.degree)
    weights = np.asarray(model.dual_coef_, dtype=np.float64).reshape(len(rows), -1)
    return graph.node("MatMul", values, graph.constant(weights))


def _support_vectors(graph: GraphBuilder, model: Any, x: str) -> str:
    rows = np.asarray(model.support_vectors_, dtype=np.float64)
    values = _named_kernel(graph, model.kernel, x, rows, model._gamma, model.coef0, model.degree)
    return graph.node(
        "Gemm", values, graph.constant(model.dual_coef_.T), graph.constant(model.intercept_)
    )


def _named_kernel(
    graph: GraphBuilder, kernel: Any, x: str, rows: Array, gamma: float, coef0: float, degree: float
) -> str:
    """Values (N, M) of a kernel that has a name."""
    if kernel == "rbf":
        return graph.node("Exp", graph.node("Neg", _squares(graph, x, rows, 1 / np.sqrt(gamma))))
    if kernel == "linear":
        return graph.node("MatMul", x, graph.constant(rows.T))
    if kernel in ("poly", "polynomial", "sigmoid"):
        inner = graph.node("Gemm", x, graph.constant(gamma * rows.T), _number(graph, coef0))
        return (
            graph.node("Tanh", inner)
            if kernel == "sigmoid"
            else graph.node("Pow", inner, _number(graph, degree))
        )
    raise ModelError(
        f"the kernel {kernel!r} is not converted; expected rbf, linear, poly or sigmoid. Fit one "
        "of these, or a GaussianProcessRegressor"
    )


def _squares(graph: GraphBuilder, x: str, rows: Array, length: Any) -> str:
    """Squared distances (N, M) in units of the lengths, from differences."""
    scale = np.broadcast_to(np.asarray(length, dtype=np.float64), rows.shape[1:])
    scaled = graph.node("Div", x, graph.constant(scale))
    wide = graph.node("Unsqueeze", scaled, graph.constant(np.array([1])))
    difference = graph.node("Sub", wide, graph.constant((rows / scale)[None]))
    return graph.node(
        "ReduceSum",
        graph.node("Mul", difference, difference),
        graph.constant(np.array([2])),
        keepdims=0,
    )


def _constant_rows(graph: GraphBuilder, x: str, row: Array) -> str:
    """``row`` (M,) for each point, of shape (1, M)."""
    return graph.constant(row[None].astype(np.float64))


def _inverse_factor(model: Any) -> Array:
    """The inverse of the Cholesky factor of the covariance of the training rows."""
    from scipy.linalg import solve_triangular

    return np.asarray(solve_triangular(model.L_, np.eye(len(model.L_)), lower=True))


def _number(graph: GraphBuilder, value: float) -> str:
    return graph.constant(np.array(value, dtype=np.float64))


WRITERS: dict[str, Callable[[GraphBuilder, Any, str], str]] = {
    "GaussianProcessRegressor": process,
    "KernelRidge": _kernel_ridge,
    "SVR": _support_vectors,
    "NuSVR": _support_vectors,
}
"""How each kind of estimator is written, by the name of its class."""
