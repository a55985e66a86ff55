"""Two classes: from a logit to calibrated probabilities with their uncertainty, in numpy and as
nodes of a graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from lhnets_training.onnx.builder import GraphBuilder

Array = NDArray[np.float64]

MOST = 16.0
"""Largest size of a logit; keeps probabilities and their uncertainties off zero."""
LEAST = 1e-6
"""Smallest uncertainty of a probability."""


@dataclass(frozen=True)
class Platt:
    """The calibrated logit: ``slope * logit + offset``, and the factor that calibrates its
    spread."""

    slope: float
    offset: float
    spread: float


def fit_platt(logit: Array, signal: NDArray[np.bool_], spread: float = 1.0) -> Platt:
    """Slope and offset of the logit (N,) that minimise the log loss."""
    from sklearn.linear_model import LogisticRegression

    found = LogisticRegression(C=1e6).fit(logit[:, None], signal)
    return Platt(float(found.coef_[0, 0]), float(found.intercept_[0]), spread)


def answer(logit: Array, platt: Platt) -> tuple[Array, Array]:
    """Probabilities (N, 2) of signal and background and their spread, of a logit (N,) that is
    uncertain by ``platt.spread`` everywhere before the calibration of the slope."""
    p = 1 / (1 + np.exp(-np.clip(platt.slope * logit + platt.offset, -MOST, MOST)))
    moved = platt.spread * platt.slope * p * (1 - p) + LEAST
    return np.stack([p, 1 - p], axis=1), np.stack([moved, moved], axis=1)


def build_heads(graph: GraphBuilder, out: str, platt: Platt, least: float) -> None:
    """`value` and `uncertainty` (N, 2) from a logit and the logarithm of its spread, side by side
    in the tensor ``out`` (N, 2)."""
    node = graph.node
    double = graph.cast(out, TensorProto.DOUBLE)
    whole = graph.constant(np.array([1, 1], dtype=np.int64))
    graph.nodes("Split", [double, whole], ["logit", "log_spread"], axis=1)
    scaled = node("Mul", "logit", _number(graph, platt.slope))
    logit = node("Add", scaled, _number(graph, platt.offset))
    bounded = node("Clip", logit, _number(graph, -MOST), _number(graph, MOST))
    signs = graph.constant(np.array([[1.0, -1.0]]))
    node("Sigmoid", node("Mul", bounded, signs), output="value")
    clipped = node("Clip", "log_spread", _number(graph, -6.0), _number(graph, 3.0))
    spread = node("Exp", clipped)
    last = graph.constant(np.array([1], dtype=np.int64))
    slope = node("ReduceProd", "value", last, keepdims=1)
    moved = node("Mul", node("Mul", spread, slope), _number(graph, platt.slope * platt.spread))
    node("Add", moved, graph.constant(np.array([[least, least]])), output="uncertainty")


def build_even_heads(graph: GraphBuilder, logit: str, platt: Platt, least: float) -> None:
    """The same for a float64 ``logit`` (N, 1) that is equally uncertain everywhere."""
    none = graph.node("Mul", logit, _number(graph, 0.0))
    build_heads(graph, graph.node("Concat", logit, none, axis=1), platt, least)


def _number(graph: GraphBuilder, value: float) -> str:
    return graph.constant(np.array(value, dtype=np.float64))
