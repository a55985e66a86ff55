"""The ONNX graph of classifiers of events with a tau pair: one tensor `event` in, class
probabilities out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import TensorProto

from lhnets.format import Input
from lhnets_training.fit.ditau.features import DitauFeatures
from lhnets_training.fit.ditau.network import DitauNetwork
from lhnets_training.fit.two_classes import Platt, build_even_heads
from lhnets_training.onnx.builder import ML_DOMAIN
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.onnx.forest import TREES_SINCE, Tree, forest, loosened
from lhnets_training.onnx.from_torch import export_module

Array = NDArray[np.float64]
EVENT = "event"


def export_network(
    network: DitauNetwork, platt: Platt, inputs: Sequence[Input], least: float
) -> bytes:
    """`event` (N, 16) -> `value` (N, 2): signal and background, `uncertainty`, `reach`."""
    graph = NetworkGraph(inputs)
    event = graph.cast(EVENT, TensorProto.DOUBLE)
    (logit,) = graph.splice(export_module(network, [EVENT], _examples(inputs)), {EVENT: event})
    return _finish(graph, event, logit, platt, least)


def export_trees(
    trees: Sequence[Tree], offset: Array, platt: Platt, inputs: Sequence[Input], least: float
) -> bytes:
    """The same for trees on the features, whose leaves add to a logit from ``offset`` (1,)."""
    graph = NetworkGraph(inputs)
    graph.require(ML_DOMAIN, TREES_SINCE)
    event = graph.cast(EVENT, TensorProto.DOUBLE)
    core = export_module(DitauFeatures(), [EVENT], _examples(inputs))
    (features,) = graph.splice(core, {EVENT: event})
    logit = forest(graph, features, loosened(trees), offset, "<=")
    return _finish(graph, event, logit, platt, least)


def _finish(graph: NetworkGraph, event: str, logit: str, platt: Platt, least: float) -> bytes:
    build_even_heads(graph, logit, platt, least)
    (tensor,) = graph.inputs
    low, high = (np.array([getattr(f, edge) for f in tensor.features]) for edge in ("low", "high"))
    middle, half = graph.constant((low + high) / 2), graph.constant((high - low) / 2)
    scaled = graph.node("Div", graph.node("Sub", event, middle), half)
    last = graph.constant(np.array([1], dtype=np.int64))
    graph.node("ReduceMax", graph.node("Abs", scaled), last, keepdims=0, output="reach")
    return graph.serialize(2)


def _examples(inputs: Sequence[Input]) -> list[torch.Tensor]:
    return [torch.ones(3, len(inputs[0].features), dtype=torch.float64)]
