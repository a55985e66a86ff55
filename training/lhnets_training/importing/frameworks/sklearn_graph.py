"""A fitted estimator of scikit-learn as nodes of a graph in float64.

Composites (pipelines, column transformers, transformed targets, votes) are walked here; trees,
kernel models and some transformers are written here, because skl2onnx writes them in float32 or not
at all; everything else is skl2onnx's.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from lhnets_registry.admission.operators import ALLOWED
from lhnets_training.importing.core import CoreGraph
from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.frameworks import sklearn_kernels, sklearn_transforms
from lhnets_training.importing.frameworks.boosting import boosting_of
from lhnets_training.importing.source import framework
from lhnets_training.importing.trees import sklearn as sklearn_trees
from lhnets_training.onnx.builder import ML_DOMAIN

Writer: TypeAlias = Callable[[CoreGraph, Any, str], str]


def write(graph: CoreGraph, model: Any, x: str) -> str:
    """What ``model`` makes of the float64 points ``x`` (N, n): features, predictions (N, k) or
    probabilities (N, classes).

    Raises
    ------
    ModelError
        for what cannot be converted exactly, with what the author can do.
    """
    boosting = boosting_of(model)
    if boosting is not None:
        both = hasattr(model, "predict_proba") and boosting.outputs == 1
        return boosting.build(graph, x, both_classes=both, exact=graph.is_input(x))
    name = type(model).__name__
    if type(model).__module__.partition(".")[0] == "sklearn":
        for writers in (
            _COMPOSITES,
            sklearn_trees.WRITERS,
            sklearn_kernels.WRITERS,
            sklearn_transforms.WRITERS,
        ):
            if name in writers:
                return writers[name](graph, model, x)
    return _by_skl2onnx(graph, model, x)


def steps_before_last(graph: CoreGraph, model: Any, x: str) -> tuple[Any, str]:
    """The last estimator of nested pipelines and searches, and the features that it sees."""
    while type(model).__name__ in ("Pipeline", *_SEARCHES):
        if type(model).__name__ == "Pipeline":
            for _, step in model.steps[:-1]:
                x = _step(graph, step, x)
            model = model.steps[-1][1]
        else:
            model = model.best_estimator_
    return model, x


def _pipeline(graph: CoreGraph, model: Any, x: str) -> str:
    last, features = steps_before_last(graph, model, x)
    return _step(graph, last, features)


def _step(graph: CoreGraph, step: Any, x: str) -> str:
    return x if step is None or isinstance(step, str) else write(graph, step, x)


def _search(graph: CoreGraph, model: Any, x: str) -> str:
    return write(graph, model.best_estimator_, x)


def _columns(graph: CoreGraph, model: Any, x: str) -> str:
    """The outputs of a ColumnTransformer's parts side by side."""
    parts = []
    for _, step, columns in model.transformers_:
        chosen = _positions(columns, model)
        if len(chosen) and not (isinstance(step, str) and step == "drop"):
            parts.append(
                _step(graph, step, graph.node("Gather", x, graph.constant(chosen), axis=1))
            )
    return graph.node("Concat", *parts, axis=1)


def _positions(columns: Any, model: Any) -> np.ndarray[Any, Any]:
    """Columns by name, number, slice or mask as numbers."""
    if isinstance(columns, str):
        columns = [columns]
    if not isinstance(columns, slice) and len(columns) and isinstance(columns[0], str):
        names = list(model.feature_names_in_)
        columns = [names.index(c) for c in columns]
    return np.atleast_1d(np.arange(model.n_features_in_)[columns]).astype(np.int64)


def _union(graph: CoreGraph, model: Any, x: str) -> str:
    weights = model.transformer_weights or {}
    parts = []
    for name, step in model.transformer_list:
        if isinstance(step, str) and step == "drop":
            continue
        found = _step(graph, step, x)
        weight = weights.get(name)
        parts.append(
            found
            if weight is None
            else graph.node("Mul", found, graph.constant(np.array(float(weight))))
        )
    return graph.node("Concat", *parts, axis=1)


def _transformed_target(graph: CoreGraph, model: Any, x: str) -> str:
    """The regressor, then the inverse of the target's transformation."""
    found = write(graph, model.regressor_, x)
    transformer = model.transformer_
    if type(transformer).__name__ == "FunctionTransformer":
        return sklearn_transforms.function(graph, transformer.inverse_func, found)
    return _inverse(graph, transformer, found)


def _inverse(graph: CoreGraph, transformer: Any, y: str) -> str:
    """`inverse_transform` of a scaler."""
    name = type(transformer).__name__
    if name == "Pipeline":
        for _, step in reversed(transformer.steps):
            y = _inverse(graph, step, y)
        return y
    if name == "FunctionTransformer":
        return sklearn_transforms.function(graph, transformer.inverse_func, y)
    if name not in ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler"):
        raise ModelError(
            f"the target is transformed by a {name}, whose inverse is not converted; expected "
            "StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler or a FunctionTransformer of "
            "NumPy's functions"
        )
    columns = np.atleast_1d(transformer.n_features_in_)[0]
    offset = transformer.inverse_transform(np.zeros((1, columns)))[0]
    if name == "MinMaxScaler":
        scale = 1 / transformer.scale_
    else:
        stated = getattr(transformer, "scale_", None)
        scale = np.ones(columns) if stated is None else stated
    return graph.node(
        "Add", graph.node("Mul", y, graph.constant(np.asarray(scale))), graph.constant(offset)
    )


def _mean(graph: CoreGraph, parts: Sequence[str], weights: Any) -> str:
    total = np.ones(len(parts)) if weights is None else np.asarray(weights, dtype=np.float64)
    scaled = [
        graph.node("Mul", p, graph.constant(np.array(w)))
        for p, w in zip(parts, total / total.sum(), strict=True)
    ]
    return graph.node("Sum", *scaled)


def _vote(graph: CoreGraph, model: Any, x: str) -> str:
    if getattr(model, "voting", "soft") != "soft":
        raise ModelError(
            "a VotingClassifier with voting='hard' has no probabilities; fit it with voting='soft'"
        )
    return _mean(graph, [write(graph, m, x) for m in model.estimators_], model._weights_not_none)


def _bag(graph: CoreGraph, model: Any, x: str) -> str:
    """The mean over the members, each of which sees its own columns."""
    if hasattr(model, "classes_"):
        for member in model.estimators_:
            if not hasattr(member, "predict_proba") or len(member.classes_) != len(model.classes_):
                raise ModelError(
                    "a BaggingClassifier is converted where each member gives the probabilities of "
                    "all classes"
                )
    chosen = [graph.constant(np.asarray(c, dtype=np.int64)) for c in model.estimators_features_]
    parts = [
        write(graph, member, graph.node("Gather", x, columns, axis=1))
        for member, columns in zip(model.estimators_, chosen, strict=True)
    ]
    return _mean(graph, parts, None)


def _several_outputs(graph: CoreGraph, model: Any, x: str) -> str:
    return graph.node("Concat", *(write(graph, m, x) for m in model.estimators_), axis=1)


def _stack(graph: CoreGraph, model: Any, x: str) -> str:
    parts = [write(graph, m, x) for m in model.estimators_]
    if model.passthrough:
        parts.append(x)
    return write(graph, model.final_estimator_, graph.node("Concat", *parts, axis=1))


def _dummy(graph: CoreGraph, model: Any, x: str) -> str:
    constant = np.asarray(model.constant_, dtype=np.float64).reshape(-1)
    return graph.node(
        "Gemm",
        x,
        graph.constant(np.zeros((model.n_features_in_, len(constant)))),
        graph.constant(constant),
    )


def _network(graph: CoreGraph, model: Any, x: str) -> str:
    """A multilayer perceptron; skl2onnx folds several outputs into one column."""
    for weights, bias in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        x = _activation(graph, model.activation, _affine(graph, x, weights, bias))
    found = _activation(
        graph, model.out_activation_, _affine(graph, x, model.coefs_[-1], model.intercepts_[-1])
    )
    if hasattr(model, "classes_") and model.n_outputs_ == 1:
        other = graph.node("Sub", graph.constant(np.array(1.0)), found)
        return graph.node("Concat", other, found, axis=1)
    return found


def _affine(graph: CoreGraph, x: str, weights: Any, bias: Any) -> str:
    constants = (graph.constant(np.asarray(a, dtype=np.float64)) for a in (weights, bias))
    return graph.node("Gemm", x, *constants)


def _activation(graph: CoreGraph, name: str, x: str) -> str:
    if name == "identity":
        return x
    if name == "softmax":
        return graph.node("Softmax", x, axis=1)
    return graph.node(
        {"relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid", "exp": "Exp"}[name], x
    )


def _by_skl2onnx(graph: CoreGraph, model: Any, x: str) -> str:
    """Convert one estimator by skl2onnx and append its nodes."""
    skl2onnx = framework("skl2onnx")
    types = framework("skl2onnx.common.data_types")
    refusals = _refusals()
    name = type(model).__name__
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            converted = skl2onnx.convert_sklearn(
                model,
                initial_types=[("x", types.DoubleTensorType([None, model.n_features_in_]))],
                target_opset={"": 18, ML_DOMAIN: 3},
                options={id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None,
            )
    except refusals as error:
        raise ModelError(
            f"a {name} is not converted: {str(error).splitlines()[0][:200]}. Use another "
            "estimator, or export the model to ONNX yourself and import that"
        ) from error
    trees = {n.op_type for n in converted.graph.node if n.op_type.startswith("TreeEnsemble")}
    used = sorted(
        {n.op_type for n in converted.graph.node if n.op_type not in ALLOWED.get(n.domain, ())}
    )
    if trees:
        raise ModelError(
            f"the trees inside a {name} would be compared and summed in float32, and some points "
            "take other branches; use a forest or gradient boosting, which are converted exactly"
        )
    if used:
        raise ModelError(
            f"a {name} needs {', '.join(used)}, which a network file may not hold; distil it into "
            "another estimator (fit one to its predictions), or use trees, a Gaussian process or "
            "a network"
        )
    return graph.inline(converted.graph, {"x": x})[converted.graph.output[-1].name]


def _refusals() -> tuple[type[Exception], ...]:
    """What skl2onnx raises for models that it does not know."""
    exceptions = framework("skl2onnx.common.exceptions")
    return (
        exceptions.MissingShapeCalculator,
        exceptions.MissingConverter,
        RuntimeError,
        NotImplementedError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
    )


_SEARCHES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")

_COMPOSITES: dict[str, Writer] = {
    "Pipeline": _pipeline,
    "ColumnTransformer": _columns,
    "FeatureUnion": _union,
    "TransformedTargetRegressor": _transformed_target,
    "VotingRegressor": _vote,
    "VotingClassifier": _vote,
    "BaggingRegressor": _bag,
    "BaggingClassifier": _bag,
    "MultiOutputRegressor": _several_outputs,
    "StackingRegressor": _stack,
    "DummyRegressor": _dummy,
    "MLPRegressor": _network,
    "MLPClassifier": _network,
    **dict.fromkeys(_SEARCHES, _search),
}
