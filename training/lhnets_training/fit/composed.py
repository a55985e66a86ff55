"""Small tanh networks between `Terms` and an `End`, fitted by Levenberg-Marquardt, with a head for their own error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lhnets.format import HalfSpace, Input
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.spread import Spread, fit_spread
from lhnets_training.fit.tanh_network import Shape, forward, last_hidden
from lhnets_training.fit.terms import End, Terms
from lhnets_training.onnx.export import Graph
from lhnets_training.recipe import Fitted, Run
from lhnets_training.split import Split

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Standard:
    """Mean and standard deviation of columns; one where a column is constant."""

    mean: Array
    std: Array

    @classmethod
    def of(cls, columns: Array) -> Standard:
        """From columns (N, c), or (N, g, c) where each row has g images."""
        rows = columns.reshape(-1, columns.shape[-1])
        std = rows.std(axis=0)
        return cls(rows.mean(axis=0), np.where(std > 0, std, 1.0))

    def __call__(self, columns: Array) -> Array:
        """Standardised columns, of the same shape."""
        return np.asarray((columns - self.mean) / self.std)


@dataclass(frozen=True)
class ComposedModel:
    """A fitted model in float64."""

    terms: Terms
    end: End
    prefactor: Array
    features: Standard
    heads: Standard
    shape: Shape
    theta: torch.Tensor
    spread: Spread

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Value and uncalibrated spread, both (N, k), at points (N, n)."""
        raw = self.terms.values(x)
        z = torch.from_numpy(self.features(self.terms.seen(raw)))
        t = forward(self.shape, self.theta, z).numpy() * self.heads.std + self.heads.mean + raw @ self.prefactor
        last = last_hidden(self.shape, self.theta, z).numpy()
        spread = np.exp(last @ self.spread.weights + self.spread.bias)
        return self.end.values(t), self.end.unit(t) * spread

    def export(self, inputs: tuple[Input, ...], region: tuple[HalfSpace, ...], scale: Array) -> bytes:
        """The ONNX model in float64 throughout, its spread multiplied by ``scale`` (k,)."""
        w1, b1, w2, b2, w3, b3 = (t.numpy() for t in self.shape.unpack(self.theta))
        graph = Graph(inputs, region)
        raw = self.terms.build(graph)
        images = self.terms.images / self.features.std @ w1
        first = (
            np.concatenate(list(images), axis=1),
            np.tile(b1 - self.features.mean / self.features.std @ w1, len(images)),
        )
        core = graph.tanh_core_of_images(raw, first, (w2, b2), len(images))
        offset = b3 * self.heads.std + self.heads.mean
        skip = graph.affine(raw, self.prefactor, offset) if self.prefactor.any() else offset
        heads = graph.affine(core, mean_over(len(images), w3 * self.heads.std), skip)
        own_error = mean_over(len(images), self.spread.weights), self.spread.bias + np.log(scale)
        spread = graph.node("Exp", graph.affine(core, *own_error))
        self.end.build(graph, heads, spread)
        graph.reach()
        return graph.serialize(len(scale))


def mean_over(images: int, weights: Array) -> Array:
    """Weights (g q, k) that do to g blocks side by side what ``weights`` (q, k) do to their mean."""
    return np.tile(weights / images, (images, 1))


def fit_composed(
    x: Array,
    y: Array,
    split: Split,
    run: Run,
    *,
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...],
    terms: Terms,
    end: End,
    plan: lm.Plan,
    noise: Array | None = None,
) -> Fitted:
    """Fit the heads by Levenberg-Marquardt, and distil the errors of the outputs on the validation rows into the spread.

    ``noise`` (N, h) are standard deviations of the heads of noisy labels: residuals count by their inverse.
    """
    raw = terms.values(x)
    target = end.targets(y)
    prefactor = terms.skip(raw[split.train], target[split.train])
    target = target - raw @ prefactor
    seen = terms.seen(raw)
    features, heads = Standard.of(seen[split.train]), Standard.of(target[split.train])
    z, scaled = torch.from_numpy(features(seen)), torch.from_numpy(heads(target))
    shuffled = np.random.default_rng(run.seed).permutation(split.train)
    weight = None if noise is None else torch.from_numpy(np.sqrt(1 / np.mean(1 / noise**2, axis=0)) / noise)
    train, validation = (
        lm.Rows(z[rows], scaled[rows], None if weight is None else weight[rows])
        for rows in (shuffled, split.validation)
    )
    plan = lm.scaled(plan, run.effort)
    found = lm.fit(train, validation, plan, run.console, run.out)
    t = forward(found.shape, found.theta, validation.z).numpy() * heads.std + heads.mean
    t += raw[split.validation] @ prefactor
    residual = (end.values(t) - y[split.validation]) / end.unit(t)
    spread = fit_spread(last_hidden(found.shape, found.theta, validation.z), torch.from_numpy(residual))
    ending = type(end).__name__.lower()
    model = ComposedModel(terms, end, prefactor, features, heads, found.shape, found.theta, spread)
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method=f"network, tanh {plan.first}-{plan.second}, {ending} at its end, with a head for its own error",
        framework="torch",
        framework_version=str(torch.__version__),
        seconds=found.seconds,
        hyperparameters=lm.hyperparameters(plan, found, "standard deviation of the target"),
    )
