"""Small tanh networks between features and a link, fitted by Levenberg-Marquardt, with a head for
their own error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lhnets.format import Input
from lhnets_training.data.sample import Surface, uniform
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.coordinates import Coordinates
from lhnets_training.fit.features import FeatureTerms, Standard
from lhnets_training.fit.left_out import measure_left_out, plan_again
from lhnets_training.fit.links import Invertible, Positive
from lhnets_training.fit.local_error import Residuals, measure_growth
from lhnets_training.fit.model import Errors, Model
from lhnets_training.fit.neighbourhoods import Part
from lhnets_training.fit.support import SPREAD, Support
from lhnets_training.fit.tanh_network import Shape, forward, last_hidden
from lhnets_training.fit.uncertainty import ErrorModel, maximise_likelihood
from lhnets_training.onnx.builder import Affine
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.recipe import Fitted, Run
from lhnets_training.split import Split

Array = NDArray[np.float64]


@dataclass(frozen=True)
class HiddenLayers:
    """The hidden layers of a network over the inputs; the last is the basis of its heads and of its
    own error."""

    terms: FeatureTerms
    features: Standard
    shape: Shape
    theta: torch.Tensor

    def __call__(self, x: Array) -> Array:
        """The last hidden layer (N, q) at points (N, n), or its mean over the images of each
        point."""
        return last_hidden(self.shape, self.theta, self.standardise(self.terms.values(x))).numpy()

    def standardise(self, raw: Array) -> torch.Tensor:
        """What the network sees of raw features (N, r)."""
        return torch.from_numpy(self.features(self.terms.seen(raw)))

    def combine(self, graph: NetworkGraph, weights: Array, bias: Array) -> Affine:
        """The last hidden layer times ``weights`` (q, k), plus ``bias`` (k,)."""
        images = len(self.terms.images)
        return Affine(((self.build(graph), np.tile(weights / images, (images, 1))),), bias)

    def build(self, graph: NetworkGraph) -> str:
        """The last hidden layers of all images side by side, the standardisation folded into the
        first."""
        w1, b1, w2, b2, _, _ = (t.numpy() for t in self.shape.unpack(self.theta))
        images = self.terms.images / self.features.std @ w1
        first = (
            np.concatenate(list(images), axis=1),
            np.tile(b1 - self.features.mean / self.features.std @ w1, len(images)),
        )
        return graph.tanh_core_of_images(self.terms.build(graph), first, (w2, b2), len(images))


@dataclass(frozen=True)
class TanhNetwork:
    """Heads = network * std + mean + raw features @ prefactor."""

    hidden: HiddenLayers
    heads: Standard
    prefactor: Array

    def __call__(self, x: Array) -> Array:
        """Heads (N, h) at points (N, n)."""
        raw, hidden = self.hidden.terms.values(x), self.hidden
        core = forward(hidden.shape, hidden.theta, hidden.standardise(raw)).numpy()
        return np.asarray(core * self.heads.std + self.heads.mean + raw @ self.prefactor)

    def build(self, graph: NetworkGraph) -> Affine:
        """The last layer, and the prefactor if there is one."""
        *_, w3, b3 = (t.numpy() for t in self.hidden.shape.unpack(self.hidden.theta))
        raw = self.hidden.terms.build(graph)
        last = self.hidden.combine(
            graph, w3 * self.heads.std, b3 * self.heads.std + self.heads.mean
        )
        return Affine(
            (*(((raw, self.prefactor),) if self.prefactor.any() else ()), *last.terms), last.bias
        )


def fit_network(
    x: Array,
    y: Array,
    split: Split,
    run: Run,
    *,
    inputs: tuple[Input, ...],
    region: tuple[Surface, ...],
    terms: FeatureTerms,
    link: Invertible,
    plan: lm.FitPlan,
    noise: Array | None = None,
    coordinates: Coordinates | None = None,
) -> Fitted:
    """Fit the heads by Levenberg-Marquardt, and distil the errors of the outputs on the validation
    rows into the error model.

    ``noise`` (N, h) are standard deviations of the heads of noisy labels: residuals count by their
    inverse. With ``coordinates`` the network knows its rows: the reach is above 1 where there are
    none, and errors grow there as those of further fits do that leave out neighbourhoods of rows.
    """
    raw = terms.values(x)
    target = link.targets(y)
    prefactor = terms.skip(raw[split.train], target[split.train])
    target = target - raw @ prefactor
    seen = terms.seen(raw)
    features, heads = Standard.of(seen[split.train]), Standard.of(target[split.train])
    z, scaled = torch.from_numpy(features(seen)), torch.from_numpy(heads(target))
    shuffled = np.random.default_rng(run.seed).permutation(split.train)
    weight = (
        None
        if noise is None
        else torch.from_numpy(np.sqrt(1 / np.mean(1 / noise**2, axis=0)) / noise)
    )
    train, validation = (
        lm.FitRows(z[rows], scaled[rows], None if weight is None else weight[rows])
        for rows in (shuffled, split.validation)
    )
    plan = lm.scaled(plan, run.effort)
    found = lm.fit(train, validation, plan, run.console, run.out)

    def finish(fit: lm.Fit) -> TanhNetwork:
        return TanhNetwork(HiddenLayers(terms, features, fit.shape, fit.theta), heads, prefactor)

    def leave_out(part: Part, number: int) -> Array:
        """Errors at a part of the training rows of a fit to the others, as if it were as good."""
        others = _others(split.train, part, run.seed)
        kept = lm.FitRows(z[others], scaled[others], None if weight is None else weight[others])
        again = lm.fit(kept, validation, plan_again(plan, number), run.console)
        rows = split.train[part]
        return _residuals(finish(again), link, x[rows], y[rows]) * min(
            found.validation / again.validation, 1.0
        )

    core = finish(found)
    base = _error_model(core, link, x[split.validation], y[split.validation])
    error: Errors = base
    support = None
    if coordinates is not None:
        spread = uniform(inputs, SPREAD, run.seed, region)
        support = Support.of(x[split.train], coordinates, spread)
        near = Residuals(
            x[split.validation],
            _residuals(core, link, x[split.validation], y[split.validation]),
            support.remoteness(x[split.validation]),
        )
        left_out = measure_left_out(support, x[split.train], leave_out, run.seed)
        error = measure_growth(base, support, near, left_out)
    model = Model(core, link, error, support)
    ending = "" if isinstance(link, Positive) else f"{type(link).__name__.lower()} at its end, "
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method=f"network, tanh {plan.first}-{plan.second}, {ending}with a head for its own error",
        framework="torch",
        framework_version=str(torch.__version__),
        seconds=found.seconds,
        hyperparameters=lm.hyperparameters(plan, found, "standard deviation of the target"),
        reach=None if support is None else support.reach,
        region=() if support is None else (support.constraint(x[split.train], inputs),),
    )


def _error_model(core: TanhNetwork, link: Invertible, x: Array, y: Array) -> ErrorModel:
    residual = _residuals(core, link, x, y)
    return ErrorModel(core.hidden, maximise_likelihood(core.hidden(x), residual))


def _residuals(core: TanhNetwork, link: Invertible, x: Array, y: Array) -> Array:
    """Errors (N, k) at rows in units of the link."""
    t = core(x)
    return np.asarray((link.values(t) - y) / link.unit(t))


def _others(train: NDArray[np.int64], part: Part, seed: int) -> NDArray[np.int64]:
    """The training rows but a part of them, shuffled."""
    return np.random.default_rng(seed).permutation(np.delete(train, part))
