"""Small tanh networks of Keras for tables in two dimensions: Adam, then a Levenberg-Marquardt
polish of the same weights.

Adam alone stops at relative errors of 1e-3 to 1e-2; the polish gains an order of magnitude or more
on a few hundred smooth rows. Both see the cross sections only. The last layer, which gives their
uncertainties as well, is linear in both hidden layers and is fitted by least squares with a small
ridge. All is done in float64.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lhnets.format import HalfSpace, Input
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.cross_validation import Fold, cross_fit
from lhnets_training.fit.features import Standard, TanhMap
from lhnets_training.fit.links import Shifted
from lhnets_training.fit.model import Model
from lhnets_training.fit.tanh_network import Shape
from lhnets_training.onnx.builder import Affine
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.recipe import Fitted, Run

Array = NDArray[np.float64]

LEARNING_RATE = 1e-2


@dataclass(frozen=True)
class KerasPlan:
    """Widths of the two hidden layers, steps of Adam and of Levenberg-Marquardt, ridge of the last
    layer."""

    first: int = 20
    second: int = 20
    adam: int = 1500
    polish: int = 300
    ridge: float = 1e-10


@dataclass(frozen=True)
class KerasNetwork:
    """A fitted Keras model between standardised coordinates and standardised heads."""

    coordinates: TanhMap
    features: Standard
    heads: Standard
    model: Any

    def __call__(self, x: Array) -> Array:
        """Heads (N, k) at points (N, n), by Keras."""
        z = self.features(self.coordinates(x))
        return np.asarray(self.model(z)) * self.heads.std + self.heads.mean

    def build(self, graph: NetworkGraph) -> Affine:
        """The standardisation is folded into the first and the last layer."""
        w1, b1, w2, b2, w3, b3 = (np.asarray(w, dtype=np.float64) for w in self.model.get_weights())
        mean, std = self.features.mean, self.features.std
        first = graph.node(
            "Tanh",
            graph.affine(self.coordinates.build(graph), w1 / std[:, None], b1 - mean / std @ w1),
        )
        second = graph.node("Tanh", graph.affine(first, w2, b2))
        both = graph.node("Concat", first, second, axis=1)
        return Affine(((both, w3 * self.heads.std),), b3 * self.heads.std + self.heads.mean)


def fit_keras(
    x: Array,
    y: Array,
    run: Run,
    *,
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...],
    link: Shifted,
    coordinates: TanhMap,
    central: Sequence[int],
    fold: Fold,
    plan: KerasPlan,
) -> Fitted:
    """Train on all rows and, for the figures, on all rows but each fold. The hidden layers see the
    heads in ``central``."""

    def train(rows: Array, t: Array) -> KerasNetwork:
        return _train(rows, t, list(central), coordinates, plan, run)

    held_out, error = cross_fit(x, y, link, fold, train, run)
    run.console.print("all rows")
    final = train(x, link.targets(y))

    model = Model(final, link, error)
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method=f"network, tanh {plan.first}-{plan.second}, in hyperbolic tangents of log masses",
        framework="keras",
        framework_version=_keras().__version__,
        hyperparameters={
            "hidden_layers": (
                "Adam with a cosine schedule in Keras, then Levenberg-Marquardt on "
                "the weights of the Keras model"
            ),
            "last_layer": "ridge regression on both hidden layers",
            "adam_steps": run.steps(plan.adam),
            "levenberg_marquardt_steps": run.steps(plan.polish),
            "ridge": plan.ridge,
            "parameters": int(final.model.count_params()),
            "dtype": "float64",
        },
        held_out=held_out,
    )


def _train(
    x: Array, t: Array, central: list[int], coordinates: TanhMap, plan: KerasPlan, run: Run
) -> KerasNetwork:
    """Both hidden layers, then the last layer, from these rows alone."""
    z = coordinates(x)
    features, heads = Standard.of(z), Standard.of(t)
    scaled, wanted = features(z), heads(t)
    rows = lm.FitRows(torch.from_numpy(scaled), torch.from_numpy(wanted[:, central]))
    model = _last(_hidden(rows, plan, run), scaled, wanted, plan.ridge)
    return KerasNetwork(coordinates, features, heads, model)


def _hidden(rows: lm.FitRows, plan: KerasPlan, run: Run) -> Any:
    """The Keras model of the cross sections after both optimisers."""
    shape = Shape(rows.z.shape[1], plan.first, plan.second, rows.target.shape[1])
    model = _build(shape, run.seed)
    _adam(model, rows.z.numpy(), rows.target.numpy(), run.steps(plan.adam))
    state = lm.FitState(
        torch.from_numpy(np.concatenate([np.ravel(w) for w in model.get_weights()]))
    )
    for after in lm.steps(shape, rows, rows, state, run.steps(plan.polish)):
        state = after
    model.set_weights([block.numpy() for block in shape.unpack(state.chosen)])
    return model


def _build(shape: Shape, seed: int) -> Any:
    """A Keras model of two tanh layers in float64."""
    keras = _keras()
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((shape.inputs,), dtype="float64"),
            layers.Dense(shape.first, activation="tanh", dtype="float64"),
            layers.Dense(shape.second, activation="tanh", dtype="float64"),
            layers.Dense(shape.outputs, dtype="float64"),
        ]
    )


def _last(model: Any, z: Array, wanted: Array, ridge: float) -> Any:
    """The Keras model with both hidden layers of ``model`` and a last layer for all heads (N,
    k)."""
    keras = _keras()
    first = model.layers[0](model.inputs[0])
    both = keras.layers.Concatenate(dtype="float64")([first, model.layers[1](first)])
    features = np.asarray(keras.Model(model.inputs[0], both)(z))
    design = np.concatenate([features, np.ones((len(z), 1))], axis=1)
    normal = design.T @ design + ridge * len(z) * np.eye(design.shape[1])
    solved = np.linalg.solve(normal, design.T @ wanted)
    last = keras.layers.Dense(wanted.shape[1], dtype="float64")
    complete = keras.Model(model.inputs[0], last(both))
    last.set_weights([solved[:-1], solved[-1]])
    return complete


def _adam(model: Any, z: Array, target: Array, steps: int) -> None:
    """Full-batch Adam, all steps in one compiled loop."""
    import tensorflow as tf

    keras = _keras()
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps, alpha=1e-3)
    optimizer = keras.optimizers.Adam(schedule)
    optimizer.build(model.trainable_variables)

    def go(inputs: Any, wanted: Any) -> None:
        for _ in tf.range(steps):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(model(inputs, training=True) - wanted))
            optimizer.apply_gradients(
                zip(
                    tape.gradient(loss, model.trainable_variables),
                    model.trainable_variables,
                    strict=True,
                )
            )

    tf.function(go)(tf.constant(z), tf.constant(target))


def _keras() -> Any:
    """Keras on TensorFlow, imported when it is needed: it takes seconds."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    import keras

    return keras
