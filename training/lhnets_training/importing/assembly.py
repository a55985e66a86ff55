"""The graph of an imported network: standardisation in float64, the core as it came, the outputs in
physical units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from lhnets.format import Input
from lhnets_training.data.sample import Surface
from lhnets_training.importing.normalisation.columns import LN10, Array, Head, Normalisation
from lhnets_training.importing.source import ConvertedModel, Tensor
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph

TYPES = {"float64": TensorProto.DOUBLE, "float32": TensorProto.FLOAT, "int64": TensorProto.INT64,
          "int32": TensorProto.INT32, "bool": TensorProto.BOOL}  # fmt: skip


@dataclass(frozen=True)
class Spread:
    """One standard deviation: ``scale`` (k,) times the model's own where it has one, else relative
    |value| + absolute."""

    relative: Array
    absolute: Array
    own: bool = False

    def __call__(self, value: Array, own: Array | None) -> Array:
        """Shape (N, k), for values (N, k) and the model's own standard deviations (N, k)."""
        base = own if self.own and own is not None else np.abs(value)
        return np.asarray(base * self.relative + self.absolute)

    def scaled(self, scale: Array) -> Spread:
        """The same, wider by ``scale`` (k,)."""
        return Spread(self.relative * scale, self.absolute * scale, self.own)


def assemble(
    source: ConvertedModel,
    reading: Normalisation,
    spread: Spread,
    inputs: Sequence[Input],
    outputs: Sequence[str],
    region: Sequence[Surface] = (),
) -> bytes:
    """The ONNX model `parameters` -> `value`, `uncertainty`, `reach`.

    Raises
    ------
    ExportError
        If the core is of an older opset, or the region is empty.
    """
    graph = NetworkGraph(inputs, region)
    columns = _standardised(graph, reading, [i.name for i in inputs])
    given = _tensors(graph, columns, source.inputs)
    finish(graph, source, graph.splice(source.model, given), reading, spread, outputs)
    graph.reach()
    return graph.serialize(len(outputs))


def finish(
    graph: NetworkGraph,
    source: ConvertedModel,
    given: Sequence[str],
    reading: Normalisation,
    spread: Spread,
    outputs: Sequence[str],
) -> None:
    """`value` and `uncertainty` of the ``outputs`` from the tensors ``given`` by the core."""
    heads = _heads(graph, source.outputs, given)
    made = _physical(graph, heads, reading)
    value = _picked(
        graph,
        made,
        [_number(reading, n, spread=False) for n in outputs],
        len(reading.heads),
        "value",
    )
    _uncertainty(
        graph, _own(graph, heads, value, reading, outputs) if spread.own else value, spread
    )


def _standardised(graph: NetworkGraph, reading: Normalisation, names: Sequence[str]) -> str:
    """(N, columns) in float64, in the order of the model."""
    order = [names.index(c.name) for c in reading.columns]
    x = PARAMETERS
    if order != list(range(len(names))):
        x = graph.node("Gather", x, graph.constant(np.array(order)), axis=1)
    u = _logarithms(graph, x, reading)
    shift, width = (
        np.array([getattr(c, part) for c in reading.columns]) for part in ("shift", "width")
    )
    z = graph.node("Sub", u, graph.constant(shift)) if shift.any() else u
    z = graph.node("Div", z, graph.constant(width)) if (width != 1).any() else z
    masks = np.array([np.nan if c.mask is None else c.mask for c in reading.columns])
    if np.isfinite(masks).any():
        absent = graph.node("Equal", x, graph.constant(masks))
        z = graph.node(
            "Where", absent, graph.constant(np.array([c.masked for c in reading.columns])), z
        )
    return z


def _logarithms(graph: NetworkGraph, x: str, reading: Normalisation) -> str:
    kinds = [c.log for c in reading.columns]
    if set(kinds) == {"none"}:
        return x
    logs = graph.node("Log", x)
    if "log10" in kinds:
        logs = graph.node(
            "Div", logs, graph.constant(np.array([LN10 if k == "log10" else 1.0 for k in kinds]))
        )
    if "none" in kinds:
        logs = graph.node("Where", graph.constant(np.array([k != "none" for k in kinds])), logs, x)
    return logs


def _tensors(graph: NetworkGraph, columns: str, inputs: Sequence[Tensor]) -> dict[str, str]:
    """The columns as the inputs of the core, in its types."""
    given, start = {}, 0
    for tensor in inputs:
        part = columns
        if len(inputs) > 1:
            picked = graph.constant(np.arange(start, start + tensor.width))
            part = graph.node("Gather", columns, picked, axis=1)
        if len(tensor.shape) != 2:
            shape = [-1, *(n for n in tensor.shape[1:] if isinstance(n, int))]
            part = graph.node("Reshape", part, graph.constant(np.array(shape, dtype=np.int64)))
        given[tensor.name] = (
            part if tensor.dtype == "float64" else graph.cast(part, TYPES[tensor.dtype])
        )
        start += tensor.width
    return given


def _heads(graph: NetworkGraph, outputs: Sequence[Tensor], names: Sequence[str]) -> str:
    """(N, heads) in float64."""
    parts = []
    for tensor, name in zip(outputs, names, strict=True):
        part = name
        if len(tensor.shape) != 2:
            part = graph.node(
                "Reshape", part, graph.constant(np.array([-1, tensor.width], dtype=np.int64))
            )
        parts.append(part if tensor.dtype == "float64" else graph.cast(part, TensorProto.DOUBLE))
    return parts[0] if len(parts) == 1 else graph.node("Concat", *parts, axis=1)


def _physical(graph: NetworkGraph, heads: str, reading: Normalisation) -> str:
    """All heads with their transforms undone; those of spreads are left for `_own`."""
    decimal = np.array([LN10 if h.then == "10^" else 1.0 for h in reading.heads])
    width = np.array([h.width for h in reading.heads]) * decimal
    shift = np.array([h.shift for h in reading.heads]) * decimal
    y = graph.node("Mul", heads, graph.constant(width)) if (width != 1).any() else heads
    y = graph.node("Add", y, graph.constant(shift)) if shift.any() else y
    kinds = [h.then if not h.spread else "none" for h in reading.heads]
    made = y
    for then, op in (("exp", "Exp"), ("square", "Mul"), ("sigmoid", "Sigmoid")):
        chosen = np.array([k == then or (then == "exp" and k == "10^") for k in kinds])
        if not chosen.any():
            continue
        applied = graph.node(op, y, y) if op == "Mul" else graph.node(op, y)
        made = (
            applied if chosen.all() else graph.node("Where", graph.constant(chosen), applied, made)
        )
    times = np.array([1.0 if h.spread else h.times for h in reading.heads])
    return graph.node("Mul", made, graph.constant(times)) if (times != 1).any() else made


def _picked(
    graph: NetworkGraph, heads: str, order: Sequence[int], count: int, output: str | None
) -> str:
    if list(order) == list(range(count)):
        return graph.node("Identity", heads, output=output)
    return graph.node("Gather", heads, graph.constant(np.array(order)), axis=1, output=output)


def _own(
    graph: NetworkGraph, heads: str, value: str, reading: Normalisation, outputs: Sequence[str]
) -> str:
    """The model's own standard deviations (N, k) in physical units."""
    order = [_number(reading, n, spread=True) for n in outputs]
    chosen = [reading.heads[k] for k in order]
    sigma = graph.node("Abs", _picked(graph, heads, order, len(reading.heads), None))
    factor = np.array([_factor(h) for h in chosen])
    if (factor != 1).any():
        sigma = graph.node("Mul", sigma, graph.constant(factor))
    slopes: NDArray[np.bool_] = np.array([h.then in ("exp", "10^") for h in chosen])
    if not slopes.any():
        return sigma
    times_value = graph.node("Mul", sigma, graph.node("Abs", value))
    return (
        times_value
        if slopes.all()
        else graph.node("Where", graph.constant(slopes), times_value, sigma)
    )


def _factor(head: Head) -> float:
    if head.then in ("exp", "10^"):
        return abs(head.width) * (LN10 if head.then == "10^" else 1.0)
    return abs(head.width * head.times)


def _uncertainty(graph: NetworkGraph, base: str, spread: Spread) -> None:
    size = base if spread.own else graph.node("Abs", base)
    last = "uncertainty"
    if not spread.absolute.any():
        graph.node("Mul", size, graph.constant(spread.relative), output=last)
        return
    scaled = graph.node("Mul", size, graph.constant(spread.relative))
    graph.node("Add", scaled, graph.constant(spread.absolute), output=last)


def _number(reading: Normalisation, name: str, *, spread: bool) -> int:
    k = reading.head(name, spread=spread)
    assert k is not None
    return k
