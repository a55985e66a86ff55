"""Networks for smooth positive functions of positive parameters: physics in the features, a small core, two heads.

log y = core(features) + prefactor, where features and prefactor are linear in the logarithms of the inputs (mass ratios,
powers of a mass). Both cost nothing in the exported graph. The second head gives the logarithm of the local relative
error from the same hidden layer; calibration scales it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lhnets.format import HalfSpace, Input
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.spread import Spread, fit_spread
from lhnets_training.fit.tanh_network import Shape, forward, last_hidden
from lhnets_training.onnx.export import Graph
from lhnets_training.recipe import Fitted, Run
from lhnets_training.split import Split

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Physics:
    """Features (n, f) and prefactor (n, k) as powers of the n inputs: feature_j = sum_i log x_i features[i, j]."""

    features: Array
    prefactor: Array

    @classmethod
    def of(
        cls, inputs: tuple[str, ...], features: tuple[dict[str, float], ...], prefactor: tuple[dict[str, float], ...]
    ) -> Physics:
        """From powers by the names of the inputs; one prefactor an output, empty for none."""
        table = [
            np.array([[powers.get(name, 0.0) for powers in group] for name in inputs])
            for group in (features, prefactor)
        ]
        return cls(table[0], table[1])


@dataclass(frozen=True)
class Scaling:
    """Means and standard deviations of features and of log y less the prefactor, over the training rows."""

    feature_mean: Array
    feature_std: Array
    target_mean: Array
    target_std: Array


class SmoothModel:
    """The fitted model in float64."""

    def __init__(self, physics: Physics, scaling: Scaling, shape: Shape, theta: torch.Tensor, spread: Spread) -> None:
        self.physics, self.scaling, self.shape, self.theta, self.spread = physics, scaling, shape, theta, spread

    def predict(self, x: Array) -> tuple[Array, Array]:
        """Value and uncalibrated spread, both (N, k), at points (N, n)."""
        logs = np.log(x)
        z = torch.from_numpy(standardised(logs, self.physics, self.scaling))
        core = forward(self.shape, self.theta, z).numpy()
        last = last_hidden(self.shape, self.theta, z).numpy()
        s = self.scaling
        value = np.exp(core * s.target_std + s.target_mean + logs @ self.physics.prefactor)
        return value, value * np.exp(last @ self.spread.weights + self.spread.bias)

    def export(self, inputs: tuple[Input, ...], region: tuple[HalfSpace, ...], scale: Array) -> bytes:
        """The ONNX model, its spread multiplied by ``scale`` (k,).

        All in float64: for one point as fast as a float32 core, which would lose 1e-6 in steep directions.
        """
        w1, b1, w2, b2, w3, b3 = (t.numpy() for t in self.shape.unpack(self.theta))
        s, outputs = self.scaling, self.shape.outputs
        first = (self.physics.features / s.feature_std @ w1, b1 - s.feature_mean / s.feature_std @ w1)
        value, offset = w3 * s.target_std, b3 * s.target_std + s.target_mean
        last = np.concatenate([value, value + self.spread.weights], axis=1)
        bias = np.concatenate([offset, offset + self.spread.bias + np.log(scale)])
        graph = Graph(inputs, region)
        log = [True] * len(inputs)
        logs = graph.coordinates(log)
        core = graph.tanh_core(logs, (first, (w2, b2)), single=False)
        prefactor = np.concatenate([self.physics.prefactor] * 2, axis=1)
        skip = graph.affine(logs, prefactor, bias) if prefactor.any() else bias
        graph.positive_heads(graph.affine(core, last, skip), outputs)
        graph.reach()
        return graph.serialize(outputs)


def standardised(logs: Array, physics: Physics, scaling: Scaling) -> Array:
    """Standardised features (N, f) from the logarithms (N, n) of the inputs."""
    return np.asarray((logs @ physics.features - scaling.feature_mean) / scaling.feature_std)


def fit_smooth(
    x: Array,
    y: Array,
    split: Split,
    run: Run,
    *,
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...],
    physics: Physics,
    plan: lm.Plan,
) -> Fitted:
    """Fit by Levenberg-Marquardt, and distil the errors on the validation rows into the second head."""
    logs = np.log(x)
    features, target = logs @ physics.features, np.log(y) - logs @ physics.prefactor
    t = split.train
    scaling = Scaling(features[t].mean(axis=0), features[t].std(axis=0), target[t].mean(axis=0), target[t].std(axis=0))
    z = torch.from_numpy(standardised(logs, physics, scaling))
    scaled = torch.from_numpy((target - scaling.target_mean) / scaling.target_std)
    shuffled = np.random.default_rng(run.seed).permutation(t)
    train, validation = (lm.Rows(z[rows], scaled[rows]) for rows in (shuffled, split.validation))
    plan = lm.scaled(plan, run.effort)
    found = lm.fit(train, validation, plan, run.console, run.out)
    residual = (forward(found.shape, found.theta, validation.z) - validation.target).numpy() * scaling.target_std
    spread = fit_spread(last_hidden(found.shape, found.theta, validation.z), torch.from_numpy(residual))
    model = SmoothModel(physics, scaling, found.shape, found.theta, spread)
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method=f"network, tanh {plan.first}-{plan.second}, with a head for its own error",
        framework="torch",
        framework_version=str(torch.__version__),
        seconds=found.seconds,
        hyperparameters=lm.hyperparameters(plan, found, "standard deviation of the target"),
    )
