"""Networks for the difference of a likelihood to a profile with linear nuisances: both together are
zero without signal, exactly.

The profile knows the shape; what is left is small and smooth. The region is where -2 ln L of the
profile is not too large, since a box of yields says nothing if regions are many.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from lhnets.format import Depth, Input
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.features import FeatureTerms, Standard
from lhnets_training.fit.linear_profile import LinearProfile
from lhnets_training.fit.links import ColumnLinks
from lhnets_training.fit.model import Model
from lhnets_training.fit.network import HiddenLayers, TanhNetwork
from lhnets_training.fit.uncertainty import ErrorModel, maximise_likelihood
from lhnets_training.labels.likelihoods.directions import DEEPEST, LARGEST, find_depth
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.recipe import Fitted, Run
from lhnets_training.split import Split

Array = NDArray[np.float64]

NOISE, RELATIVE = 0.03, 0.01
"""Errors of ln L that count as equal: at its largest value, and in proportion to its size."""
FEWEST = 0.1
"""Events that a background counts as at least, in the logarithms that the network sees."""
REGION = Depth(
    largest=DEEPEST,
    meaning=(
        f"-2 ln L of data or Asimov data, by the profile with linear nuisances in the graph, at "
        f"most {DEEPEST:g}, and of both at most {LARGEST:g}"
    ),
)


def fit_difference(
    x: Array,
    y: Array,
    split: Split,
    run: Run,
    *,
    inputs: tuple[Input, ...],
    profile: LinearProfile,
    plan: lm.FitPlan,
) -> Fitted:
    """A network for ln L (N, 2) minus that of ``profile`` at yields x (N, n)."""
    plan = lm.scaled(plan, run.effort)
    terms = make_terms(profile)
    raw = terms.values(x)
    left = y - raw @ _base(raw.shape[1])
    features, heads = Standard.of(raw[split.train]), Standard.of(left[split.train])
    z, target = torch.from_numpy(features(raw)), torch.from_numpy(heads(left))
    noise = (NOISE + RELATIVE * np.abs(y)) / heads.std
    weight = torch.from_numpy(np.sqrt(1 / np.mean(1 / noise**2, axis=0)) / noise)
    shuffled = np.random.default_rng(run.seed).permutation(split.train)
    train, validation = (
        lm.FitRows(z[rows], target[rows], weight[rows]) for rows in (shuffled, split.validation)
    )
    found = lm.fit(train, validation, plan, run.console, run.out)
    hidden = HiddenLayers(terms, features, found.shape, found.theta)
    core = TanhNetwork(hidden, heads, _base(raw.shape[1]))
    nothing = core(np.zeros((1, x.shape[1])))[0]
    core = TanhNetwork(hidden, Standard(heads.mean - nothing, heads.std), core.prefactor)
    last = hidden(x[split.validation])
    residual = core(x[split.validation]) - y[split.validation]
    model = Model(
        core,
        ColumnLinks(("linear", "linear"), (0.0, 0.0)),
        ErrorModel(hidden, maximise_likelihood(last, residual)),
    )

    def export(scale: Array) -> bytes:
        graph = NetworkGraph(inputs)
        model.link.build(graph, core.build(graph), model.error.build(graph, scale))
        graph.reach(build_depth(graph, profile))
        return graph.serialize(2)

    return Fitted(
        predict=model.predict,
        export=export,
        method=(
            f"profile over {len(profile.shifts)} linear nuisances by {profile.steps} Newton steps "
            f"in the graph, and a network, tanh {plan.first}-{plan.second}, for the difference, "
            "with a head for its own error"
        ),
        framework="torch",
        framework_version=str(torch.__version__),
        seconds=found.seconds,
        hyperparameters=lm.hyperparameters(plan, found, "standard deviation of the difference"),
        reach=lambda points: find_depth(profile(points)),
        region=(REGION,),
    )


def make_terms(profile: LinearProfile) -> FeatureTerms:
    """What the network sees: ln L of the profile, and for each region s / sqrt(b + 1) and
    ln(1 + s / b)."""
    background = profile.background[profile.place]
    root, floor = 1 / np.sqrt(background + 1), 1 / np.maximum(background, FEWEST)

    def values(x: Array) -> Array:
        return np.concatenate([profile(x), x * root, np.log1p(x * floor)], axis=1)

    def build(graph: NetworkGraph) -> str:
        ratio = graph.node("Mul", PARAMETERS, graph.constant(floor))
        logs = graph.node("Log", graph.node("Add", ratio, graph.constant(np.array(1.0))))
        scaled = graph.node("Mul", PARAMETERS, graph.constant(root))
        return graph.node("Concat", profile.build(graph), scaled, logs, axis=1)

    return FeatureTerms(values, build, np.eye(2 + 2 * len(background)))


def build_depth(graph: NetworkGraph, profile: LinearProfile) -> str:
    """`find_depth` as nodes: a tensor (N, 1)."""
    twice = graph.node("Mul", profile.build(graph), graph.constant(np.array(-2.0)))
    axis = graph.constant(np.array([1]))
    parts = [
        graph.node("Div", graph.node(op, twice, axis, keepdims=1), graph.constant(np.array(most)))
        for op, most in (("ReduceMin", DEEPEST), ("ReduceMax", LARGEST))
    ]
    return graph.node("Max", *parts)


def _base(columns: int) -> Array:
    """The prefactor that makes the profile part of the heads."""
    return np.eye(columns, 2)
