"""Trees of scikit-learn as one TreeEnsemble: single trees, forests, gradient boosting and histogram
gradient boosting.

All but the histogram boosting read their points in float32 and compare with float64 thresholds; so
does the graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.trees.boosting import Boosting
from lhnets_training.onnx.builder import GraphBuilder
from lhnets_training.onnx.forest import Tree, read_histogram_trees


def _forest_regressor(graph: GraphBuilder, model: Any, x: str) -> str:
    members = _members(model)
    trees = [
        _tree(member.tree_, member.tree_.value[:, column, 0] / len(members), column)
        for member in members
        for column in range(member.n_outputs_)
    ]
    return Boosting(tuple(trees), np.zeros(model.n_outputs_), "<=", "identity", rounded=True).build(
        graph, x
    )


def _forest_classifier(graph: GraphBuilder, model: Any, x: str) -> str:
    """Probabilities of all classes; the first is what the others leave, so that its leaves need not
    be stored."""
    if model.n_outputs_ > 1:
        raise ModelError(
            f"the {type(model).__name__} has {model.n_outputs_} outputs; fit one classifier for "
            "each"
        )
    members = _members(model)
    trees = [
        _tree(member.tree_, member.tree_.value[:, 0, number] / len(members), number - 1)
        for member in members
        for number in range(1, len(model.classes_))
    ]
    found = Boosting(
        tuple(trees), np.zeros(len(model.classes_) - 1), "<=", "identity", rounded=True
    ).build(graph, x)
    total = graph.node("ReduceSum", found, graph.constant(np.array([1])), keepdims=1)
    return graph.node(
        "Concat", graph.node("Sub", graph.constant(np.array(1.0)), total), found, axis=1
    )


def _gradient_boosting(graph: GraphBuilder, model: Any, x: str) -> str:
    offset = np.zeros(model.estimators_.shape[1])
    if model.init_ != "zero":
        if type(model.init_).__name__ not in ("DummyRegressor", "DummyClassifier"):
            raise ModelError(
                f"the {type(model).__name__} starts from a {type(model.init_).__name__}; fit it "
                "with init=None or 'zero', or import the two models and add them"
            )
        offset = model._raw_predict_init(np.zeros((1, model.n_features_in_), dtype=np.float32))[
            0
        ].astype(np.float64)
    trees = tuple(
        _tree(member.tree_, model.learning_rate * member.tree_.value[:, 0, 0], target)
        for stage in model.estimators_
        for target, member in enumerate(stage)
    )
    classifier = hasattr(model, "classes_")
    link = _class_link(model.loss, len(offset)) if classifier else "identity"
    boosting = Boosting(trees, offset, "<=", link, rounded=True)
    return boosting.build(graph, x, both_classes=classifier and len(offset) == 1)


def _histogram_boosting(graph: GraphBuilder, model: Any, x: str) -> str:
    if model.is_categorical_ is not None and np.any(model.is_categorical_):
        raise ModelError(
            f"the {type(model).__name__} splits on categories; inputs of a network are numbers. "
            "Encode the categories as numbers (0 and 1 each) before training, with "
            "categorical_features=None"
        )
    trees = read_histogram_trees(model)
    offset = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1)
    classifier = hasattr(model, "classes_")
    link = _class_link("log_loss", len(offset)) if classifier else _HISTOGRAM_LINKS[model.loss]
    boosting = Boosting(trees, offset, "<=", link)
    return boosting.build(
        graph, x, both_classes=classifier and len(offset) == 1, exact=graph.is_input(x)
    )


_HISTOGRAM_LINKS = {
    "squared_error": "identity",
    "absolute_error": "identity",
    "quantile": "identity",
    "poisson": "exp",
    "gamma": "exp",
}


def _class_link(loss: str, outputs: int) -> str:
    if loss == "exponential":
        return "sigmoid 2"
    return "sigmoid" if outputs == 1 else "softmax"


def _members(model: Any) -> list[Any]:
    return list(getattr(model, "estimators_", [model]))


def _tree(tree: Any, value: np.ndarray[Any, Any], target: int) -> Tree:
    missing = getattr(tree, "missing_go_to_left", None)
    return Tree(
        feature=tree.feature.astype(np.int64),
        threshold=tree.threshold.astype(np.float64),
        left=tree.children_left.astype(np.int64),
        right=tree.children_right.astype(np.int64),
        missing_left=np.zeros(tree.node_count, dtype=bool)
        if missing is None
        else missing.astype(bool),
        value=np.asarray(value, dtype=np.float64),
        target=target,
    )


WRITERS: dict[str, Callable[[GraphBuilder, Any, str], str]] = {
    "DecisionTreeRegressor": _forest_regressor,
    "ExtraTreeRegressor": _forest_regressor,
    "RandomForestRegressor": _forest_regressor,
    "ExtraTreesRegressor": _forest_regressor,
    "DecisionTreeClassifier": _forest_classifier,
    "ExtraTreeClassifier": _forest_classifier,
    "RandomForestClassifier": _forest_classifier,
    "ExtraTreesClassifier": _forest_classifier,
    "GradientBoostingRegressor": _gradient_boosting,
    "GradientBoostingClassifier": _gradient_boosting,
    "HistGradientBoostingRegressor": _histogram_boosting,
    "HistGradientBoostingClassifier": _histogram_boosting,
}
"""How each kind of estimator is written, by the name of its class."""
