"""What XGBoost and LightGBM have in common: a sum of trees and the link of an objective, as nodes
of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets_training.importing.core import single_and_back
from lhnets_training.importing.errors import ModelError
from lhnets_training.onnx.builder import GraphBuilder
from lhnets_training.onnx.forest import Rule, Tree, forest, loosened


@dataclass(frozen=True)
class Boosting:
    """Trees that add to ``offset`` (k,), and the ``link`` from their sum to the prediction."""

    trees: tuple[Tree, ...]
    offset: NDArray[np.float64]
    rule: Rule
    link: str
    rounded: bool = False
    """Whether the points are read in float32."""

    @property
    def outputs(self) -> int:
        """Columns of the prediction."""
        return len(self.offset)

    def build(
        self, graph: GraphBuilder, x: str, *, both_classes: bool = False, exact: bool = True
    ) -> str:
        """The prediction (N, k) at float64 points ``x`` (N, n); both probabilities of a binary
        model if asked for.

        ``exact`` says that ``x`` are the very numbers that the model sees, not the results of a
        transformation.
        """
        points = single_and_back(graph, x) if self.rounded else x
        trees = self.trees if self.rounded or exact else loosened(self.trees)
        found = _linked(graph, forest(graph, points, trees, self.offset, self.rule), self.link)
        if not both_classes:
            return found
        other = graph.node("Sub", graph.constant(np.array(1.0)), found)
        return graph.node("Concat", other, found, axis=1)


def named_link(objective: str, links: Mapping[str, str], framework: str) -> str:
    """The link of an objective.

    Raises
    ------
    ModelError
        If the objective is unknown here.
    """
    if objective not in links:
        raise ModelError(
            f"the objective {objective!r} of {framework} has no known link here; expected one of "
            f"{', '.join(links)}. Train with one of these, or import the raw score under such an "
            "objective and say so in the card"
        )
    return links[objective]


def _linked(graph: GraphBuilder, margin: str, link: str) -> str:
    if link == "identity":
        return margin
    if link == "softmax":
        return graph.node("Softmax", margin, axis=1)
    if link == "step":
        above = graph.node("Greater", margin, graph.constant(np.array(0.0)))
        return graph.node(
            "Where", above, graph.constant(np.array(1.0)), graph.constant(np.array(0.0))
        )
    if link == "signed square":
        return graph.node("Mul", margin, graph.node("Abs", margin))
    if link == "log1p exp":
        return graph.node(
            "Log", graph.node("Add", graph.node("Exp", margin), graph.constant(np.array(1.0)))
        )
    if link.startswith("sigmoid "):
        steepness = graph.constant(np.array(float(link.removeprefix("sigmoid "))))
        return graph.node("Sigmoid", graph.node("Mul", margin, steepness))
    return graph.node({"exp": "Exp", "sigmoid": "Sigmoid"}[link], margin)
