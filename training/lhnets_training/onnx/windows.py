"""A factor on the uncertainty of a finished graph that is large in parts of the region only.

Each part is a `Window`: one or two columns between bounds, inputs or values; without any, it is the
whole region. Its share is 1 within the bounds and falls to 0 evenly over a margin outside. The
factor is exp(sum of heights * shares).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from lhnets_training.onnx.export import PARAMETERS

Array = NDArray[np.float64]

PREFIX = "windows_"
BEFORE = f"{PREFIX}before"


@dataclass(frozen=True)
class Ramp:
    """The column, and where the share is 0 and where it is 1, on its way up and on its way down.

    Columns are numbered through inputs and values. None is open: 1 up to the edge of the region.
    """

    column: int
    up: tuple[float, float] | None
    down: tuple[float, float] | None

    def lines(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Slope and offset of both ways, to be cut at 0 and 1."""
        return _line(self.up), _line(self.down)


@dataclass(frozen=True)
class Window:
    """No ramp, one or the product of two, and the heights (k,) of the factor's logarithm there."""

    ramps: tuple[Ramp, ...]
    heights: Array


@dataclass(frozen=True)
class Windows:
    """The factor of all windows."""

    windows: tuple[Window, ...]

    def __call__(self, columns: Array) -> Array:
        """Factors (N, k) at inputs and values side by side (N, n + k)."""
        heights = np.stack([w.heights for w in self.windows])
        return np.asarray(np.exp(compute_shares(self.windows, columns) @ heights))

    def apply(self, model: bytes) -> bytes:
        """The graph with its uncertainty multiplied by the factor."""
        made = onnx.load_model_from_string(model)
        graph = made.graph
        _rename(graph, "uncertainty", BEFORE)
        columns = _node(graph, "Concat", [PARAMETERS, "value"], "columns", axis=1)
        limits = [_constant(graph, n, np.array(v)) for n, v in (("zero", 0.0), ("one", 1.0))]
        shares = []
        for place, (numbers, *ways) in enumerate(_arrange(self.windows)):
            number = _constant(graph, f"numbers_{place}", numbers)
            taken = _node(graph, "Gather", [columns, number], f"taken_{place}", axis=1)
            for way, (slope, offset) in zip(("up", "down"), ways, strict=True):
                name = f"{way}_{place}"
                weights = [_constant(graph, f"{w}_{name}", a)
                           for w, a in (("slope", slope), ("offset", offset))]  # fmt: skip
                scaled = _node(graph, "Mul", [taken, weights[0]], f"scaled_{name}")
                moved = _node(graph, "Add", [scaled, weights[1]], f"moved_{name}")
                shares.append(_node(graph, "Clip", [moved, *limits], name))
        total = shares[0]
        for step, share in enumerate(shares[1:]):
            total = _node(graph, "Mul", [total, share], f"share_{step}")
        heights = _constant(graph, "heights", np.stack([w.heights for w in self.windows]))
        log = _node(graph, "MatMul", [total, heights], "log")
        factor = _node(graph, "Exp", [log], "factor")
        graph.node.append(helper.make_node("Mul", [BEFORE, factor], ["uncertainty"]))
        onnx.checker.check_model(made, full_check=True)
        return bytes(made.SerializeToString(deterministic=True))


def remove_windows(model: bytes) -> bytes:
    """The graph without such a factor."""
    made = onnx.load_model_from_string(model)
    graph = made.graph
    if not any(BEFORE in node.output for node in graph.node):
        return model
    for part in (graph.node, graph.initializer):
        kept = [p for p in part if not _belongs(p)]
        del part[:]
        part.extend(kept)
    _rename(graph, BEFORE, "uncertainty")
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))


def compute_shares(windows: tuple[Window, ...], columns: Array) -> Array:
    """The shares (N, windows) at inputs and values side by side (N, n + k)."""
    total = np.ones((len(columns), len(windows)))
    for numbers, up, down in _arrange(windows):
        for slope, offset in (up, down):
            total *= np.clip(columns[:, numbers] * slope + offset, 0.0, 1.0)
    return total


def _arrange(
    windows: tuple[Window, ...],
) -> list[tuple[NDArray[np.int64], tuple[Array, Array], tuple[Array, Array]]]:
    """The first and the second ramps of all windows: columns, and slopes and offsets up and
    down."""
    always = Ramp(0, None, None)
    arranged = []
    for place in range(max(1, *(len(w.ramps) for w in windows))):
        ramps = [w.ramps[place] if place < len(w.ramps) else always for w in windows]
        lines = np.array([r.lines() for r in ramps])
        up, down = ((lines[:, way, 0], lines[:, way, 1]) for way in range(2))
        arranged.append((np.array([r.column for r in ramps]), up, down))
    return arranged


def _line(way: tuple[float, float] | None) -> tuple[float, float]:
    if way is None:
        return 0.0, 1.0
    zero, one = way
    slope = 1 / (one - zero)
    return slope, -zero * slope


def _belongs(part: onnx.NodeProto | onnx.TensorProto) -> bool:
    if isinstance(part, onnx.TensorProto):
        return part.name.startswith(PREFIX)
    return BEFORE in part.input or (part.output[0].startswith(PREFIX) and part.output[0] != BEFORE)


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    for node in graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
        node.output[:] = [new if name == old else name for name in node.output]


def _constant(graph: onnx.GraphProto, name: str, array: NDArray[np.generic]) -> str:
    tensor = numpy_helper.from_array(np.ascontiguousarray(array), PREFIX + name)
    graph.initializer.append(tensor)
    return str(tensor.name)


def _node(graph: onnx.GraphProto, op: str, inputs: list[str], name: str, **more: Any) -> str:
    graph.node.append(helper.make_node(op, inputs, [PREFIX + name], **more))
    return PREFIX + name
