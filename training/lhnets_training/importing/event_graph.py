"""The graph of an imported event network: tensors by the card's names, scaled where they hold
entries, the core, a reach.

Padding and entries that a mask hides are neither scaled nor counted in the reach; behind a mask
stands the padding, whatever was given there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from lhnets.format import Input
from lhnets_registry.cards.axes import Turn
from lhnets_training.importing.assembly import TYPES, Spread, finish
from lhnets_training.importing.normalisation.columns import Normalisation
from lhnets_training.importing.source import Arrays, ConvertedModel, Tensor
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.pipeline.reach import find_entries, find_ranges

Array = NDArray[np.float64]


class TakenTensor(NamedTuple):
    """The card's tensor for an input of the core, and how its axes get there."""

    card: Input
    turn: Turn


@dataclass(frozen=True)
class Scaling:
    """(x - shift) / width along the last axis of a tensor, both of shape (F,)."""

    shift: Array
    width: Array


def assemble_events(
    source: ConvertedModel,
    takes: Mapping[str, TakenTensor],
    scalings: Mapping[str, Scaling],
    reading: Normalisation,
    spread: Spread,
    inputs: Sequence[Input],
    outputs: Sequence[str],
) -> bytes:
    """The ONNX model from the card's tensors to `value`, `uncertainty`, `reach`; ``takes`` maps the
    core's inputs to them."""
    graph = NetworkGraph(inputs)
    present = {i.name: _present(graph, i, inputs) for i in inputs}
    given = {}
    for tensor in source.inputs:
        card, turn = takes[tensor.name]
        scaled = _scaled(graph, card, scalings.get(card.name), present[card.name], tensor)
        given[tensor.name] = _turned(graph, scaled, turn)
    finish(graph, source, graph.splice(source.model, given), reading, spread, outputs)
    _reach(graph, inputs, present)
    return graph.serialize(len(outputs))


def prepared(
    arrays: Arrays,
    takes: Mapping[str, TakenTensor],
    scalings: Mapping[str, Scaling],
    inputs: Sequence[Input],
    source: ConvertedModel,
) -> Arrays:
    """What the core takes for the card's tensors ``arrays``, by numpy."""
    made = {}
    for tensor in source.inputs:
        card, turn = takes[tensor.name]
        x, scaling = arrays[card.name], scalings.get(card.name)
        shown = find_entries(arrays, card, inputs)
        if shown is not None and card.padding is not None:
            x = np.where(shown, x, np.array(card.padding, dtype=x.dtype))
        if scaling is not None:
            z = (x.astype(np.float64) - scaling.shift) / scaling.width
            x = z if shown is None else np.where(shown, z, x)
        made[tensor.name] = np.ascontiguousarray(turn.array(x)).astype(tensor.dtype)
    return made


def _turned(graph: NetworkGraph, x: str, turn: Turn) -> str:
    """A tensor with its axes as the core has them."""
    if turn.order:
        x = graph.node("Transpose", x, perm=list(turn.order))
    if turn.inserted:
        x = graph.node("Unsqueeze", x, graph.constant(np.array(turn.inserted)))
    return x


def _present(graph: NetworkGraph, card: Input, inputs: Sequence[Input]) -> str | None:
    """As `find_entries`, in the graph."""
    axes = len(card.shape or ())
    for mask in inputs:
        if card.name in mask.mask_of:
            marks = mask.name if mask.dtype == "bool" else graph.cast(mask.name, TensorProto.BOOL)
            kept = marks if mask.mask_marks == "entries" else graph.node("Not", marks)
            return (
                kept
                if axes == 2
                else graph.node("Unsqueeze", kept, graph.constant(np.arange(2, axes)))
            )
    if card.padding is None:
        return None
    pad = graph.constant(np.array(card.padding, dtype=card.dtype))
    differs = graph.node("Not", graph.node("Equal", card.name, pad))
    if axes == 2:
        return differs
    any_ = graph.node(
        "ReduceMax", graph.cast(differs), graph.constant(np.array([axes - 1])), keepdims=1
    )
    return graph.cast(any_, TensorProto.BOOL)


def _scaled(
    graph: NetworkGraph, card: Input, scaling: Scaling | None, present: str | None, tensor: Tensor
) -> str:
    """A tensor of the card as the core takes it."""
    name = card.name
    if present is not None and card.padding is not None:
        pad = graph.constant(np.array(card.padding, dtype=card.dtype))
        name = graph.node("Where", present, name, pad)
    if scaling is None:
        return name if tensor.dtype == card.dtype else graph.cast(name, TYPES[tensor.dtype])
    x = name if card.dtype == "float64" else graph.cast(name, TensorProto.DOUBLE)
    z = graph.node(
        "Div", graph.node("Sub", x, graph.constant(scaling.shift)), graph.constant(scaling.width)
    )
    if present is not None:
        z = graph.node("Where", present, z, x)
    return z if tensor.dtype == "float64" else graph.cast(z, TYPES[tensor.dtype])


def _reach(graph: NetworkGraph, inputs: Sequence[Input], present: Mapping[str, str | None]) -> None:
    """The largest box coordinate of all entries whose ranges the card declares."""
    parts = []
    for card in inputs:
        edges = find_ranges(card)
        if edges is None:
            continue
        (low, high), axes = edges, len(card.shape or ())
        with np.errstate(invalid="ignore"):
            middle, half = np.nan_to_num((low + high) / 2), (high - low) / 2
        x = card.name if card.dtype == "float64" else graph.cast(card.name, TensorProto.DOUBLE)
        shifted = graph.node("Sub", x, graph.constant(middle))
        size = graph.node("Abs", graph.node("Div", shifted, graph.constant(half)))
        kept = present[card.name]
        if kept is not None:
            size = graph.node("Where", kept, size, graph.constant(np.array(0.0)))
        parts.append(graph.node("ReduceMax", size, graph.constant(np.arange(1, axes)), keepdims=0))
    graph.node("Max" if len(parts) > 1 else "Identity", *parts, output="reach")
