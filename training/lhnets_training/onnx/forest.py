"""Decision trees as one TreeEnsemble of ONNX in float64: every comparison is the one that the
original makes.

The older TreeEnsembleRegressor compares and sums in float32, and sends some points down other
branches than the model does. A model that reads its points in float32 itself (scikit-learn,
XGBoost) gets them rounded in front of the trees (`core.single_and_back`), so that its own float64
or float32 thresholds stand unchanged in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper

from lhnets_training.onnx.builder import ML_DOMAIN, GraphBuilder

Rule: TypeAlias = Literal["<=", "<"]
"""Where a row goes left: its feature is at most the threshold, or below it."""

TREES_SINCE = 5
"""The first version of ai.onnx.ml with TreeEnsemble, whose thresholds and leaves may be float64."""
_MODES = {"<=": 0, "<": 1}
_SUM, _NO_TRANSFORM = 1, 0
_ROUNDING = 1e-13


@dataclass(frozen=True)
class Tree:
    """One decision tree that adds to one output. Arrays over its nodes, the root first; ``left`` is
    -1 in a leaf."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    missing_left: NDArray[np.bool_]
    """Whether a row without the feature (NaN) goes left."""
    value: NDArray[np.float64]
    """What a leaf adds."""
    target: int = 0
    """The column of the output."""

    @property
    def inner(self) -> NDArray[np.int64]:
        """The numbers of the nodes that are no leaves."""
        return np.flatnonzero(self.left >= 0)


def loosened(trees: Sequence[Tree]) -> tuple[Tree, ...]:
    """``trees`` with each threshold raised by a few units of rounding.

    Thresholds lie on rows of the training where these are dense. Behind a logarithm or a power,
    which two libraries round differently, such a row would fall on the other side of them; any
    other point is not touched.
    """
    largest: dict[int, float] = {}
    for tree in trees:
        for k in tree.inner:
            feature = int(tree.feature[k])
            largest[feature] = max(largest.get(feature, 0.0), abs(float(tree.threshold[k])))
    return tuple(
        replace(
            tree,
            threshold=tree.threshold
            + _ROUNDING * np.array([largest.get(int(f), 0.0) for f in tree.feature]),
        )
        for tree in trees
    )


def read_histogram_trees(model: Any) -> tuple[Tree, ...]:
    """The trees of a fitted HistGradientBoosting model of scikit-learn, without categories."""
    return tuple(
        Tree(
            feature=nodes["feature_idx"].astype(np.int64),
            threshold=nodes["num_threshold"].astype(np.float64),
            left=np.where(nodes["is_leaf"] != 0, -1, nodes["left"].astype(np.int64)),
            right=np.where(nodes["is_leaf"] != 0, -1, nodes["right"].astype(np.int64)),
            missing_left=nodes["missing_go_to_left"].astype(bool),
            value=nodes["value"].astype(np.float64),
            target=target,
        )
        for stage in model._predictors
        for target, nodes in enumerate(predictor.nodes for predictor in stage)
    )


def forest(
    graph: GraphBuilder, x: str, trees: Sequence[Tree], offset: NDArray[np.float64], rule: Rule
) -> str:
    """``offset`` (k,) plus the sum of ``trees`` at the float64 points ``x`` (N, n), of shape (N,
    k).

    A tree that is only a leaf is added to the offset.
    """
    total, grown = np.array(offset, dtype=np.float64), [t for t in trees if len(t.inner)]
    for stump in trees:
        if not len(stump.inner):
            total[stump.target] += stump.value[0]
    attributes = _attributes(grown or [_nothing()], len(total), rule)
    summed = graph.node("TreeEnsemble", x, domain=ML_DOMAIN, **attributes)
    return graph.node("Add", summed, graph.constant(total)) if total.any() else summed


def _nothing() -> Tree:
    """A tree that adds nothing, for a model without a single split."""
    none, leaf = np.array([0, 0, 0]), np.array([1, -1, -1])
    return Tree(none, np.zeros(3), leaf, np.array([2, -1, -1]), none.astype(bool), np.zeros(3))


def _attributes(trees: Sequence[Tree], targets: int, rule: Rule) -> dict[str, Any]:
    """The attributes of TreeEnsemble: inner nodes and leaves counted through all trees."""
    rows, roots, values, columns = [], [], [], []
    nodes = leaves = 0
    for tree in trees:
        inner, ends = tree.inner, np.flatnonzero(tree.left < 0)
        number = np.empty(len(tree.left), dtype=np.int64)
        number[inner] = nodes + np.arange(len(inner))
        number[ends] = leaves + np.arange(len(ends))
        left, right = tree.left[inner], tree.right[inner]
        rows.append(
            (tree.feature[inner], tree.threshold[inner], number[left], tree.left[left] < 0,
             number[right], tree.left[right] < 0, tree.missing_left[inner])
        )  # fmt: skip
        roots.append(nodes)
        values.append(tree.value[ends])
        columns.append(np.full(len(ends), tree.target))
        nodes, leaves = nodes + len(inner), leaves + len(ends)
    feature, threshold, true, true_leaf, false, false_leaf, missing = (
        np.concatenate(c) for c in zip(*rows, strict=True)
    )
    attributes = {
        "n_targets": targets,
        "aggregate_function": _SUM,
        "post_transform": _NO_TRANSFORM,
        "tree_roots": roots,
        "nodes_featureids": _integers(feature),
        "nodes_splits": numpy_helper.from_array(threshold.astype(np.float64), "splits"),
        "nodes_modes": numpy_helper.from_array(
            np.full(nodes, _MODES[rule], dtype=np.uint8), "modes"
        ),
        "nodes_truenodeids": _integers(true),
        "nodes_trueleafs": _integers(true_leaf),
        "nodes_falsenodeids": _integers(false),
        "nodes_falseleafs": _integers(false_leaf),
        "leaf_targetids": _integers(np.concatenate(columns)),
        "leaf_weights": numpy_helper.from_array(
            np.concatenate(values).astype(np.float64), "weights"
        ),
    }
    return attributes | (
        {"nodes_missing_value_tracks_true": _integers(missing)} if missing.any() else {}
    )


def _integers(numbers: NDArray[Any]) -> list[int]:
    return [int(n) for n in numbers]
