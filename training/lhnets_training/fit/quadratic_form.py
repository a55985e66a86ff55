"""Networks for positive quadratic forms in couplings, whose matrix is a smooth function of masses.

y = g G g with g the couplings at a point and G = L D L^T: y = sum_i exp(d_i) (g_i + sum_j l_ij
g_j)^2, where d and l are the heads of a network in the masses. So couplings enter exactly, y is
positive, and where terms of g G g cancel no digits are lost. The matrices are learnt from a formula
that gives them without noise; labels of a program, which have noise, then adjust one common factor,
by as few terms as cross-validation wants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets.format import Input
from lhnets_training.data.sample import Surface
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.cross_validation import Mask, predict_folds, tenths
from lhnets_training.fit.features import FeatureTerms, Standard
from lhnets_training.fit.tanh_network import Shape, forward, last_hidden
from lhnets_training.fit.uncertainty import LogLinear, maximise_likelihood
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.recipe import Fitted, Run
from lhnets_training.split import Split

Array = NDArray[np.float64]

VALIDATION = 0.1
"""Share of the points of the formula that choose the best fit."""
ROUNDING = 1e-9
"""Of entries of L that must be zero, in units of those that need not."""


class FormError(Error, ValueError):
    """Matrices that are no positive quadratic form in the couplings."""


@dataclass(frozen=True)
class Couplings:
    """Couplings g by numpy (N, k), and the nodes that compute the same, which may start from the
    raw features of the masses.

    ``links`` are the pairs i < j whose l_ij is not zero: all of them, or fewer where G falls into
    blocks.
    """

    values: Callable[[Array], Array]
    build: Callable[[NetworkGraph, str], str]
    count: int
    links: tuple[tuple[int, int], ...]

    @property
    def picked(self) -> Array:
        """Selects g_j of each link, (k, q)."""
        return np.eye(self.count)[:, [j for _, j in self.links]]

    @property
    def added(self) -> Array:
        """Adds each link to its g_i, (q, k)."""
        return np.eye(self.count)[[i for i, _ in self.links]]


@dataclass(frozen=True)
class MatrixFormula:
    """Matrices G (N, k, k) without noise, at points x (N, n) of the inputs; of the couplings at x
    they do not depend."""

    x: Array
    matrices: Array

    def heads(self, couplings: Couplings) -> tuple[Array, Array]:
        """d and l (N, k + q), and by how much at most a relative change of y exceeds a change of
        each.

        Raises
        ------
        FormError
            If a matrix is not positive definite, or has more links than ``couplings`` say.
        """
        try:
            root = np.linalg.cholesky(self.matrices)
        except np.linalg.LinAlgError as error:
            raise FormError(
                "a matrix of the formula is not positive definite; give independent couplings, and "
                "quadrature with enough nodes"
            ) from error
        size = np.einsum("nii->ni", root)
        lower = np.swapaxes(root / size[:, None, :], 1, 2)
        rows, columns = np.array(couplings.links, dtype=int).reshape(-1, 2).T
        linked = np.abs(np.triu(lower, 1)).max(axis=0) > ROUNDING * np.abs(lower).max()
        linked[rows, columns] = False
        if linked.any():
            raise FormError(
                f"the formula also links the couplings {np.argwhere(linked).tolist()}; add these "
                "pairs to `links`"
            )
        heads = np.concatenate([2 * np.log(size), lower[:, rows, columns]], axis=1)
        return heads, np.concatenate([np.ones_like(size), size[:, rows] / size[:, columns]], axis=1)


@dataclass(frozen=True)
class FormModel:
    """A fitted model in float64: heads = raw @ prefactor + constant + scale * network."""

    masses: FeatureTerms
    couplings: Couplings
    prefactor: Array
    constant: Array
    scale: Array
    features: Standard
    shape: Shape
    theta: torch.Tensor
    spread: LogLinear

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Value and uncalibrated spread, both (N, 1), at points (N, n)."""
        raw = self.masses.values(x)
        z = self.standard(raw)
        heads = (
            raw @ self.prefactor
            + self.constant
            + self.scale * forward(self.shape, self.theta, z).numpy()
        )
        logs, links = np.split(heads, [self.couplings.count], axis=1)
        g = self.couplings.values(x)
        mixed = g + (links * (g @ self.couplings.picked)) @ self.couplings.added
        value = (np.exp(logs) * mixed**2).sum(axis=1, keepdims=True)
        last = last_hidden(self.shape, self.theta, z).numpy()
        return value, value * self.spread(last)

    def standard(self, raw: Array) -> torch.Tensor:
        """What the network sees of raw features (N, r)."""
        return torch.from_numpy(self.features(raw @ self.masses.features))

    def times(self, prefactor: Array, constant: float) -> FormModel:
        """The model times exp(raw @ ``prefactor`` + ``constant``), with a prefactor (r,)."""
        logs = np.arange(len(self.constant)) < self.couplings.count
        return replace(
            self,
            prefactor=self.prefactor + np.outer(prefactor, logs),
            constant=self.constant + constant * logs,
        )

    def export(self, inputs: tuple[Input, ...], region: tuple[Surface, ...], scale: Array) -> bytes:
        """The ONNX model in float64 throughout, its spread multiplied by ``scale`` (1,)."""
        w1, b1, w2, b2, w3, b3 = (t.numpy() for t in self.shape.unpack(self.theta))
        graph = NetworkGraph(inputs, region)
        raw = self.masses.build(graph)
        first = (
            self.masses.features / self.features.std @ w1,
            b1 - self.features.mean / self.features.std @ w1,
        )
        core = graph.tanh_core(raw, (first, (w2, b2)), single=False)
        halved = np.where(np.arange(len(self.constant)) < self.couplings.count, 0.5, 1.0)
        skip = graph.affine(
            raw, self.prefactor * halved, (self.constant + self.scale * b3) * halved
        )
        heads = graph.affine(core, w3 * self.scale * halved, skip)
        sizes = graph.constant(np.array([self.couplings.count, len(self.couplings.links)]))
        graph.nodes("Split", [heads, sizes], ["half_logs", "links"], axis=1)
        g = self.couplings.build(graph, raw)
        others = graph.affine(g, self.couplings.picked, np.zeros(len(self.couplings.links)))
        mixed = graph.affine(graph.node("Mul", "links", others), self.couplings.added, g)
        roots = graph.node("Mul", graph.node("Exp", "half_logs"), mixed)
        squares = graph.node("Mul", roots, roots)
        graph.node("ReduceSum", squares, graph.constant(np.array([1])), output="value", keepdims=1)
        spread = graph.node(
            "Exp", graph.affine(core, self.spread.weights, self.spread.bias + np.log(scale))
        )
        graph.node("Mul", "value", spread, output="uncertainty")
        graph.reach()
        return graph.serialize(len(scale))


@dataclass(frozen=True)
class Adjustment:
    """The factor exp(raw @ prefactor + constant) that labels put to a formula: ``terms``
    parameters, prefactor (r,)."""

    terms: int
    prefactor: Array
    constant: float
    largest: float
    """Relative, among the rows that it comes from."""
    residuals: tuple[float, ...]
    """Root mean square of (label - model)/error on rows left out, for each choice of terms, none
    first."""

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """As the card says it."""
        return {
            "adjusted_terms": self.terms,
            "adjusted_by_at_most": float(f"{self.largest:.2g}"),
            "rms_pull_by_terms": [float(f"{r:.5g}") for r in self.residuals],
        }


def fit_form(
    x: Array,
    y: Array,
    split: Split,
    run: Run,
    *,
    noise: Array,
    formula: MatrixFormula,
    inputs: tuple[Input, ...],
    region: tuple[Surface, ...],
    masses: FeatureTerms,
    couplings: Couplings,
    plan: lm.FitPlan,
) -> Fitted:
    """Fit to the formula by Levenberg-Marquardt, then adjust to labels y (N, 1) of relative
    statistical error ``noise`` (N,).

    Raises
    ------
    FormError
        If the formula is not of the form that ``couplings`` say.
    """
    plan = lm.scaled(plan, run.effort)
    model, found = of_formula(formula, run, masses, couplings, plan)
    seen = np.sort(np.concatenate([split.train, split.validation]))
    adjustment = adjust(model, x[seen], y[seen], noise[seen], run.seed)
    model = model.times(adjustment.prefactor, adjustment.constant)
    value, _ = model.predict(x[split.validation])
    last = last_hidden(model.shape, model.theta, model.standard(masses.values(x[split.validation])))
    model = replace(
        model, spread=maximise_likelihood(last.numpy(), (value - y[split.validation]) / value)
    )
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method=f"prefactors of {len(model.prefactor)} terms and a network, tanh "
        f"{plan.first}-{plan.second}, for the matrix of a "
        "quadratic form in the couplings, fitted to a formula and adjusted to labels",
        framework="torch",
        framework_version=str(torch.__version__),
        seconds=found.seconds,
        hyperparameters={
            **lm.hyperparameters(plan, found, "relative change of the output"),
            "formula_points": len(formula.x),
            **adjustment.hyperparameters,
        },
    )


def of_formula(
    formula: MatrixFormula, run: Run, masses: FeatureTerms, couplings: Couplings, plan: lm.FitPlan
) -> tuple[FormModel, lm.Fit]:
    """The model of a formula alone, its spread still even."""
    order = np.random.default_rng(run.seed).permutation(len(formula.x))
    held = round(VALIDATION * len(order))
    heads, weight = (found[order] for found in formula.heads(couplings))
    raw = masses.values(formula.x[order])
    design = np.concatenate([raw, np.ones((len(raw), 1))], axis=1)
    slopes = np.linalg.lstsq(design[held:], heads[held:], rcond=None)[0]
    left = heads - design @ slopes
    scale = left[held:].std(axis=0)
    features = Standard.of((raw @ masses.features)[held:])
    shape = Shape(masses.features.shape[1], plan.first, plan.second, heads.shape[1])
    even = LogLinear(np.zeros((shape.second, 1)), np.zeros(1))
    model = FormModel(
        masses,
        couplings,
        slopes[:-1],
        slopes[-1],
        scale,
        features,
        shape,
        shape.start(plan.seed),
        even,
    )
    z, target, weight_of = (
        model.standard(raw),
        torch.from_numpy(left / scale),
        torch.from_numpy(weight * scale),
    )
    train, validation = (
        lm.FitRows(z[r], target[r], weight_of[r]) for r in (slice(held, None), slice(held))
    )
    found = lm.fit(train, validation, plan, run.console, run.out)
    return replace(model, theta=found.theta), found


class Adjustable(Protocol):
    """A model that sees raw features of the masses."""

    @property
    def masses(self) -> FeatureTerms:
        """The raw features."""
        ...

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Value and spread, both (N, 1), at points (N, n)."""
        ...


def adjust(model: Adjustable, x: Array, y: Array, noise: Array, seed: int) -> Adjustment:
    """The smooth factor that takes ``model`` to labels y (N, 1) at x (N, n), whose relative errors
    are ``noise`` (N,).

    Choices: none, a constant, with it what the network sees of the masses. Each is judged on tenths
        of the rows by a fit to the
    other nine; the one of lowest residual is fitted to all.
    """
    raw = model.masses.values(x)
    excess = (y / model.predict(x)[0] - 1)[:, 0]
    fold = tenths(len(x), seed)
    choices: Sequence[Array | None] = (None, np.zeros((raw.shape[1], 0)), model.masses.features)

    def residual(features: Array | None) -> float:
        def factor(kept: Mask, held: Mask) -> Array:
            if features is None:
                return np.zeros(int(held.sum()))
            slopes = _slopes(raw[kept] @ features, excess[kept], noise[kept])
            return np.asarray(raw[held] @ features @ slopes[:-1] + slopes[-1])

        return float(np.sqrt(np.mean(((excess - predict_folds(fold, factor)) / noise) ** 2)))

    residuals = [residual(features) for features in choices]
    features = choices[int(np.argmin(residuals))]
    if features is None:
        return Adjustment(0, np.zeros(raw.shape[1]), 0.0, 0.0, tuple(residuals))
    slopes = _slopes(raw @ features, excess, noise)
    prefactor, constant = features @ slopes[:-1], float(slopes[-1])
    return Adjustment(
        len(slopes),
        prefactor,
        constant,
        float(np.abs(raw @ prefactor + constant).max()),
        tuple(residuals),
    )


def _slopes(columns: Array, excess: Array, noise: Array) -> Array:
    """Weighted least squares of ``excess`` (N,) by columns (N, c) and a constant, (c + 1,)."""
    design = np.concatenate([columns, np.ones((len(columns), 1))], axis=1)
    return np.asarray(np.linalg.lstsq(design / noise[:, None], excess / noise, rcond=None)[0])
