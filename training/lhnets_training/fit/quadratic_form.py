"""Networks for positive quadratic forms in couplings, whose coefficients are smooth functions of masses, from noisy labels.

y = exp(raw @ prefactor + constant) * sum_k monomial_k(x) head_k(z): the couplings enter exactly, only a few functions of the
masses are learnt, and every label tells about all of them, so that the noise of the labels averages out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lhnets._card import HalfSpace, Input
from lhnets_training.export import Graph
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.composed import Standard
from lhnets_training.fit.spread import Spread, fit_spread
from lhnets_training.fit.tanh_network import Shape, forward, last_hidden
from lhnets_training.fit.terms import Terms
from lhnets_training.recipe import Fitted, Run
from lhnets_training.split import Split

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Monomials:
    """Products of couplings by numpy (N, k), and the nodes that compute the same."""

    values: Callable[[Array], Array]
    build: Callable[[Graph], str]


@dataclass(frozen=True)
class FormModel:
    """A fitted model in float64."""

    masses: Terms
    couplings: Monomials
    prefactor: Array
    constant: float
    features: Standard
    shape: Shape
    theta: torch.Tensor
    spread: Spread

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Value and uncalibrated spread, both (N, 1), at points (N, n)."""
        raw = self.masses.values(x)
        z = torch.from_numpy(self.features(raw @ self.masses.features))
        heads = forward(self.shape, self.theta, z).numpy()
        size = np.exp(raw @ self.prefactor + self.constant)
        value = size * (heads * self.couplings.values(x)).sum(axis=1, keepdims=True)
        last = last_hidden(self.shape, self.theta, z).numpy()
        return value, np.abs(value) * np.exp(last @ self.spread.weights + self.spread.bias)

    def export(self, inputs: tuple[Input, ...], region: tuple[HalfSpace, ...], scale: Array) -> bytes:
        """The ONNX model in float64 throughout, its spread multiplied by ``scale`` (1,)."""
        w1, b1, w2, b2, w3, b3 = (t.numpy() for t in self.shape.unpack(self.theta))
        graph = Graph(inputs, region)
        raw = self.masses.build(graph)
        first = self.masses.features / self.features.std @ w1, b1 - self.features.mean / self.features.std @ w1
        core = graph.tanh_core(raw, (first, (w2, b2)), single=False)
        terms = graph.node("Mul", graph.affine(core, w3, b3), self.couplings.build(graph))
        form = graph.node("ReduceSum", terms, graph.constant(np.array([1])), keepdims=1)
        size = graph.node("Exp", graph.affine(raw, self.prefactor, np.array([self.constant])))
        graph.node("Mul", size, form, output="value")
        spread = graph.node("Exp", graph.affine(core, self.spread.weights, self.spread.bias + np.log(scale)))
        graph.node("Mul", graph.node("Abs", "value"), spread, output="uncertainty")
        graph.reach()
        return graph.serialize(len(scale))


def fit_form(
    x: Array,
    y: Array,
    split: Split,
    run: Run,
    *,
    noise: Array,
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...],
    masses: Terms,
    couplings: Monomials,
    plan: lm.Plan,
) -> Fitted:
    """Fit by Levenberg-Marquardt to labels y (N, 1) of relative statistical error ``noise`` (N,).

    A residual over its own noisy label would pull the fit down by twice the square of the noise: the targets make up for that.
    """
    raw = masses.values(x)
    design = np.concatenate([raw, np.ones((len(raw), 1))], axis=1)
    slopes = np.linalg.lstsq(design[split.train], np.log(y[split.train]), rcond=None)[0]
    prefactor, constant = slopes[:-1], float(slopes[-1, 0])
    size = np.exp(raw @ prefactor + constant)
    features = Standard.of((raw @ masses.features)[split.train])
    z = torch.from_numpy(features(raw @ masses.features))
    target = torch.from_numpy((1 + 2 * noise[:, None] ** 2) / noise[:, None])
    mix = torch.from_numpy(couplings.values(x) * size / (y * noise[:, None]))
    shuffled = np.random.default_rng(run.seed).permutation(split.train)
    train, validation = (lm.Rows(z[r], target[r], None, mix[r]) for r in (shuffled, split.validation))
    plan = lm.scaled(plan, run.effort)
    found = lm.fit(train, validation, plan, run.console, run.out)
    model = FormModel(masses, couplings, prefactor, constant, features, found.shape, found.theta, _even(found.shape))
    value, _ = model.predict(x[split.validation])
    last = last_hidden(found.shape, found.theta, validation.z)
    spread = fit_spread(last, torch.from_numpy((value - y[split.validation]) / np.abs(value)))
    model = FormModel(masses, couplings, prefactor, constant, features, found.shape, found.theta, spread)
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method=f"network, tanh {plan.first}-{plan.second}, for the coefficients of a quadratic form in the couplings",
        framework="torch",
        framework_version=str(torch.__version__),
        seconds=found.seconds,
        hyperparameters=lm.hyperparameters(plan, found, "statistical error of a label"),
    )


def _even(shape: Shape) -> Spread:
    return Spread(np.zeros((shape.second, 1)), np.zeros(1))
