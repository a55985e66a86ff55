"""The trees of a LightGBM booster, from the description that LightGBM itself gives of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.trees.boosting import Boosting, named_link
from lhnets_training.onnx.forest import Tree

_LINKS = {
    "": "identity",
    "custom": "identity",
    "regression": "identity",
    "regression_l1": "identity",
    "huber": "identity",
    "fair": "identity",
    "quantile": "identity",
    "mape": "identity",
    "lambdarank": "identity",
    "rank_xendcg": "identity",
    "poisson": "exp",
    "gamma": "exp",
    "tweedie": "exp",
    "binary": "sigmoid",
    "multiclass": "softmax",
    "multiclassova": "sigmoid",
    "cross_entropy": "sigmoid",
    "cross_entropy_lambda": "log1p exp",
}


def lightgbm_boosting(booster: Any) -> Boosting:
    """The trees and the link of a ``lightgbm.Booster``, up to its best iteration, as its own
    `predict` has it.

    Raises
    ------
    ModelError
        for what a sum of trees with constant leaves cannot hold: linear leaves, categorical splits,
        zeros that stand for missing numbers, unknown objectives.
    """
    model = booster.dump_model()
    outputs = int(model["num_tree_per_iteration"])
    described = model["tree_info"]
    factor = outputs / max(len(described), 1) if model["average_output"] else 1.0
    trees = tuple(
        _tree(d["tree_structure"], k % outputs, factor, k) for k, d in enumerate(described)
    )
    return Boosting(trees, np.zeros(outputs), "<=", _link(model.get("objective", "")))


def _link(objective: str) -> str:
    """The link of an objective with its settings, such as ``binary sigmoid:1``."""
    name, *settings = objective.split() or [""]
    if name == "regression" and "sqrt" in settings:
        return "signed square"
    link = named_link(name, _LINKS, "LightGBM")
    steepness = next(
        (s.removeprefix("sigmoid:") for s in settings if s.startswith("sigmoid:")), "1"
    )
    return f"sigmoid {steepness}" if link == "sigmoid" and float(steepness) != 1.0 else link


def _tree(root: dict[str, Any], target: int, factor: float, number: int) -> Tree:
    """Nodes in the order in which they are met, the root first."""
    nodes, left, right = [root], [], []
    for node in nodes:
        leaf = "leaf_value" in node
        left.append(-1 if leaf else len(nodes))
        right.append(-1 if leaf else len(nodes) + 1)
        if not leaf:
            _require_plain(node, number)
            nodes += [node["left_child"], node["right_child"]]
        elif "leaf_const" in node:
            raise ModelError(f"tree {number} has linear leaves; train with linear_tree=False")
    return Tree(
        feature=np.array([n.get("split_feature", 0) for n in nodes], dtype=np.int64),
        threshold=np.array([float(n.get("threshold", 0.0)) for n in nodes]),
        left=np.array(left, dtype=np.int64),
        right=np.array(right, dtype=np.int64),
        missing_left=np.array([_missing_left(n) for n in nodes]),
        value=np.array([float(n.get("leaf_value", 0.0)) * factor for n in nodes]),
        target=target,
    )


def _require_plain(node: dict[str, Any], number: int) -> None:
    if node["decision_type"] != "<=":
        raise ModelError(
            f"tree {number} splits on categories ({node['decision_type']}); inputs of a network "
            "are numbers. Encode the categories as numbers (0 and 1 each) before training, "
            "without categorical_feature"
        )
    if node["missing_type"] == "Zero":
        raise ModelError(
            f"tree {number} takes zeros for missing numbers; train with zero_as_missing=False, so "
            "that 0 is a number"
        )


def _missing_left(node: dict[str, Any]) -> bool:
    """Where NaN goes: the way that was learnt, or that of zero where training saw nothing
    missing."""
    if "threshold" not in node:
        return False
    return (
        bool(node["default_left"])
        if node["missing_type"] == "NaN"
        else float(node["threshold"]) >= 0.0
    )
