"""Networks for polynomials in couplings, whose coefficients are smooth functions of a few masses
each.

y = exp(raw @ prefactor + constant) * sum_k monomial_k(x) head_k. The heads come in groups, each
from a small tanh network that sees no more than its group depends on, so that a function of two
masses is learnt as one. The coefficients are learnt from a formula without noise; labels of a
program, which have noise, then adjust one common factor, as in `quadratic_form`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import block_diag

from lhnets.format import HalfSpace, Input
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.features import FeatureTerms, Standard
from lhnets_training.fit.quadratic_form import VALIDATION, adjust
from lhnets_training.fit.tanh_network import Shape, forward, last_hidden
from lhnets_training.fit.uncertainty import LogLinear, maximise_likelihood
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.recipe import Fitted, Run
from lhnets_training.split import Split

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Monomials:
    """Products of couplings by numpy (N, k), and the nodes that compute the same."""

    values: Callable[[Array], Array]
    build: Callable[[NetworkGraph], str]


@dataclass(frozen=True)
class CoefficientGroup:
    """Coefficients (N, g) of a formula, in the order of the monomials, which depend on raw @
    ``features`` (r, f) alone.

    Their monomials are at most ``largest`` (N, g) at the points of the formula.
    """

    features: Array
    coefficients: Array
    largest: Array


@dataclass(frozen=True)
class CoefficientFormula:
    """Coefficients without noise at points x (N, n) of the inputs; of the couplings at x they do
    not depend.

    The first coefficient of the first group is positive; its logarithm, as a linear function of raw
    @ ``size`` (r, s), gives the common size of all.
    """

    x: Array
    size: Array
    groups: tuple[CoefficientGroup, ...]


@dataclass(frozen=True)
class GroupNetwork:
    """The network of a group: what it sees of raw features, and its weights."""

    features: Array
    standard: Standard
    shape: Shape
    theta: torch.Tensor

    def seen(self, raw: Array) -> torch.Tensor:
        """Standardised features (N, f)."""
        return torch.from_numpy(self.standard(raw @ self.features))

    @property
    def layers(self) -> tuple[Array, ...]:
        """W1 (r, p) and b1 on raw features, W2, b2, W3, b3."""
        w1, *rest, b3 = (t.numpy() for t in self.shape.unpack(self.theta))
        b1, w2, b2, w3 = rest
        scaled = w1 / self.standard.std[:, None]
        return self.features @ scaled, b1 - self.standard.mean @ scaled, w2, b2, w3, b3


@dataclass(frozen=True)
class CoefficientModel:
    """A fitted model in float64."""

    masses: FeatureTerms
    monomials: Monomials
    prefactor: Array
    constant: float
    blocks: tuple[GroupNetwork, ...]
    spread: LogLinear

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Value and uncalibrated spread, both (N, 1), at points (N, n)."""
        raw = self.masses.values(x)
        heads = np.concatenate(
            [forward(b.shape, b.theta, b.seen(raw)).numpy() for b in self.blocks], axis=1
        )
        size = np.exp(raw @ self.prefactor + self.constant)[:, None]
        value = size * (heads * self.monomials.values(x)).sum(axis=1, keepdims=True)
        return value, np.abs(value) * self.spread(self.last(raw).numpy())

    def last(self, raw: Array) -> torch.Tensor:
        """The last hidden layers of all blocks side by side."""
        return torch.cat([last_hidden(b.shape, b.theta, b.seen(raw)) for b in self.blocks], dim=1)

    def times(self, prefactor: Array, constant: float) -> CoefficientModel:
        """The model times exp(raw @ ``prefactor`` + ``constant``)."""
        return replace(
            self, prefactor=self.prefactor + prefactor, constant=self.constant + constant
        )

    def export(
        self, inputs: tuple[Input, ...], region: tuple[HalfSpace, ...], scale: Array
    ) -> bytes:
        """The ONNX model in float64 throughout, its spread multiplied by ``scale`` (1,)."""
        w1, b1, w2, b2, w3, b3 = zip(*(b.layers for b in self.blocks), strict=True)
        graph = NetworkGraph(inputs, region)
        raw = self.masses.build(graph)
        first, second = (np.hstack(w1), np.hstack(b1)), (block_diag(*w2), np.hstack(b2))
        core = graph.tanh_core(raw, (first, second), single=False)
        heads = graph.affine(core, block_diag(*w3), np.hstack(b3))
        terms = graph.node("Mul", heads, self.monomials.build(graph))
        form = graph.node("ReduceSum", terms, graph.constant(np.array([1])), keepdims=1)
        size = graph.node(
            "Exp", graph.affine(raw, self.prefactor[:, None], np.array([self.constant]))
        )
        graph.node("Mul", size, form, output="value")
        spread = graph.node(
            "Exp", graph.affine(core, self.spread.weights, self.spread.bias + np.log(scale))
        )
        graph.node("Mul", graph.node("Abs", "value"), spread, output="uncertainty")
        graph.reach()
        return graph.serialize(len(scale))


def fit_coefficients(
    x: Array,
    y: Array,
    split: Split,
    run: Run,
    *,
    noise: Array,
    formula: CoefficientFormula,
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...],
    masses: FeatureTerms,
    monomials: Monomials,
    plan: lm.FitPlan,
) -> Fitted:
    """Fit to the formula by Levenberg-Marquardt, then adjust to labels y (N, 1) of relative
    statistical error ``noise`` (N,)."""
    plan = lm.scaled(plan, run.effort)
    model, found = of_formula(formula, run, masses, monomials, plan)
    seen = np.sort(np.concatenate([split.train, split.validation]))
    adjustment = adjust(model, x[seen], y[seen], noise[seen], run.seed)
    model = model.times(adjustment.prefactor, adjustment.constant)
    value, _ = model.predict(x[split.validation])
    error = (value - y[split.validation]) / np.abs(value)
    model = replace(
        model,
        spread=maximise_likelihood(model.last(masses.values(x[split.validation])).numpy(), error),
    )
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method=f"{len(found)} networks, tanh {plan.first}-{plan.second}, for the coefficients of a "
        "polynomial in the couplings, "
        "fitted to a formula and adjusted to labels",
        framework="torch",
        framework_version=str(torch.__version__),
        seconds=sum(f.seconds for f in found),
        hyperparameters={
            "groups": [lm.hyperparameters(plan, f, "size of the first coefficient") for f in found],
            "formula_points": len(formula.x),
            **adjustment.hyperparameters,
        },
    )


def of_formula(
    formula: CoefficientFormula,
    run: Run,
    masses: FeatureTerms,
    monomials: Monomials,
    plan: lm.FitPlan,
) -> tuple[CoefficientModel, Sequence[lm.Fit]]:
    """The model of a formula alone, its spread still even, and the fits of its groups."""
    order = np.random.default_rng(run.seed).permutation(len(formula.x))
    held = round(VALIDATION * len(order))
    raw = masses.values(formula.x[order])
    design = np.concatenate([raw @ formula.size, np.ones((len(raw), 1))], axis=1)
    first = np.log(formula.groups[0].coefficients[order, 0])
    slopes = np.linalg.lstsq(design[held:], first[held:], rcond=None)[0]
    size = np.exp(design @ slopes)[:, None]
    blocks, fits = [], []
    for group in formula.groups:
        standard = Standard.of((raw @ group.features)[held:])
        z = torch.from_numpy(standard(raw @ group.features))
        target, weight = (
            torch.from_numpy(v) for v in (group.coefficients[order] / size, group.largest[order])
        )
        train, validation = (
            lm.FitRows(z[r], target[r], weight[r]) for r in (slice(held, None), slice(held))
        )
        fits.append(lm.fit(train, validation, plan, run.console, run.out))
        blocks.append(GroupNetwork(group.features, standard, fits[-1].shape, fits[-1].theta))
    even = LogLinear(np.zeros((plan.second * len(blocks), 1)), np.zeros(1))
    prefactor = formula.size @ slopes[:-1]
    return CoefficientModel(
        masses, monomials, prefactor, float(slopes[-1]), tuple(blocks), even
    ), fits
