"""The trees of an XGBoost booster, from the JSON that XGBoost itself writes of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.trees.boosting import Boosting, named_link
from lhnets_training.onnx.forest import Tree

_LINKS = {
    "reg:squarederror": "identity",
    "reg:absoluteerror": "identity",
    "reg:pseudohubererror": "identity",
    "reg:squaredlogerror": "identity",
    "reg:quantileerror": "identity",
    "reg:expectileerror": "identity",
    "reg:logistic": "sigmoid",
    "reg:gamma": "exp",
    "reg:tweedie": "exp",
    "count:poisson": "exp",
    "binary:logistic": "sigmoid",
    "binary:logitraw": "identity",
    "binary:hinge": "step",
    "multi:softprob": "softmax",
    "rank:pairwise": "identity",
    "rank:ndcg": "identity",
    "rank:map": "identity",
}


def xgboost_boosting(booster: Any) -> Boosting:
    """The trees, the intercept and the link of an ``xgboost.Booster``.

    Raises
    ------
    ModelError
        for what one sum of scalar trees cannot hold: linear boosters, categorical splits, vector
        leaves, unknown objectives.
    """
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    objective = learner["objective"]["name"]
    if objective == "multi:softmax":
        raise ModelError(
            "the objective multi:softmax gives the number of a class, which is not a smooth "
            "quantity; call `booster.set_param({'objective': 'multi:softprob'})`, save the "
            "model again, and give each class an output"
        )
    link = named_link(objective, _LINKS, "XGBoost")
    base = _intercept(learner["learner_model_param"], link)
    model, factors = _trees(learner["gradient_booster"])
    targets = model["tree_info"]
    trees = tuple(
        _tree(tree, int(target), factor, number)
        for number, (tree, target, factor) in enumerate(
            zip(model["trees"], targets, factors, strict=True)
        )
    )
    return Boosting(trees, base, "<", link, rounded=True)


def require_all_rounds(booster: Any, name: str) -> None:
    """Refuse a file whose trees go on after the best round: who reads it by one class uses them, by
    another not.

    Raises
    ------
    ModelError
        If the file says that an earlier round was the best.
    """
    best = booster.attr("best_iteration")
    rounds = booster.num_boosted_rounds()
    if best is not None and int(best) + 1 < rounds:
        raise ModelError(
            f"{name} has {rounds} rounds and says that round {int(best) + 1} was the best: "
            "xgboost.Booster uses all of them, XGBRegressor and XGBClassifier only the best. Save "
            "what you mean: `booster[: booster.best_iteration + 1].save_model(...)`, or "
            "`booster.set_attr(best_iteration=None)` first"
        )


def _intercept(parameters: dict[str, str], link: str) -> NDArray[np.float64]:
    """The intercept (k,) of the sum of the trees; the file states it in units of the prediction,
    once or for each output."""
    stated = json.loads(parameters["base_score"])
    outputs = max(int(parameters["num_class"]), int(parameters["num_target"]), 1)
    base = np.broadcast_to(np.asarray(stated, dtype=np.float64).reshape(-1), outputs)
    if link == "sigmoid":
        return np.asarray(np.log(base / (1 - base)))
    return np.log(base) if link == "exp" else np.array(base)


def _trees(booster: dict[str, Any]) -> tuple[dict[str, Any], list[float]]:
    """The model of the trees, and the factor of each of them."""
    if booster["name"] == "gbtree":
        return booster["model"], [1.0] * len(booster["model"]["trees"])
    if booster["name"] == "dart":
        return booster["gbtree"]["model"], [float(f) for f in booster["weight_drop"]]
    raise ModelError(
        f"the XGBoost booster {booster['name']!r} has no trees; expected gbtree or dart. A linear "
        "booster is better imported as a linear model of scikit-learn"
    )


def _tree(tree: dict[str, Any], target: int, factor: float, number: int) -> Tree:
    if int(tree["tree_param"]["size_leaf_vector"]) > 1:
        raise ModelError(
            f"tree {number} has vector leaves (multi_strategy='multi_output_tree'); train with "
            "multi_strategy='one_output_per_tree', or one model for each output"
        )
    if any(tree["split_type"]):
        raise ModelError(
            f"tree {number} splits on categories; inputs of a network are numbers. Encode the "
            "categories as numbers (0 and 1 each) before training, with enable_categorical=False"
        )
    condition = np.asarray(tree["split_conditions"], dtype=np.float32).astype(np.float64)
    return Tree(
        feature=np.asarray(tree["split_indices"], dtype=np.int64),
        threshold=condition,
        left=np.asarray(tree["left_children"], dtype=np.int64),
        right=np.asarray(tree["right_children"], dtype=np.int64),
        missing_left=np.asarray(tree["default_left"], dtype=bool),
        value=condition * factor,
        target=target,
    )
