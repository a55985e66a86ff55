"""Boosted trees of XGBoost (``.json``, ``.ubj``) and LightGBM (``.txt``), and their models in
Python.

Both become one TreeEnsemble in float64 and the link of their objective. XGBoost compares in float32
and sums in float32: the comparisons are kept, the sum is made in float64. A missing number (NaN)
takes the way that the model learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.importing.core import CoreGraph
from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.source import BATCH, Arrays, ConvertedModel, Tensor, framework
from lhnets_training.importing.trees.boosting import Boosting
from lhnets_training.importing.trees.lightgbm import lightgbm_boosting
from lhnets_training.importing.trees.xgboost import require_all_rounds, xgboost_boosting

X, Y = "x", "prediction"


def from_file(path: Path, wanted: object = None) -> ConvertedModel:
    """The model in a file: LightGBM's text, or XGBoost's JSON or UBJSON.

    A binary classifier gives one column, the probability of its second class.

    Raises
    ------
    ModelError
        If the file is neither, is damaged, or holds what `from_object` refuses.
    """
    return _lightgbm_file(path) if path.read_bytes()[:4] == b"tree" else _xgboost_file(path)


def from_object(model: Any, wanted: object = None) -> ConvertedModel:
    """A booster, or one of the models with scikit-learn's interface, whose classifiers give all
    their probabilities.

    Raises
    ------
    ModelError
        If it is not fitted, or holds what a sum of trees with constant leaves cannot: linear
        boosters and leaves, splits on categories, another number than NaN for what is missing,
        objectives without a known link.
    """
    if type(model).__module__.partition(".")[0] == "lightgbm" or hasattr(model, "booster_"):
        return _lightgbm_object(model)
    return _xgboost_object(model)


def boosting_of(model: Any) -> Boosting | None:
    """The trees of a model of XGBoost or LightGBM, such as a step of a pipeline; None for models of
    others."""
    package = type(model).__module__.partition(".")[0]
    if package == "xgboost":
        return xgboost_boosting(model if type(model).__name__ == "Booster" else _best_rounds(model))
    if package == "lightgbm":
        return lightgbm_boosting(
            model if type(model).__name__ == "Booster" else _fitted(model, "booster_")
        )
    return None


def _lightgbm_file(path: Path) -> ConvertedModel:
    lightgbm = framework("lightgbm")
    try:
        booster = lightgbm.Booster(model_file=str(path))
    except lightgbm.basic.LightGBMError as error:
        raise ModelError(
            f"LightGBM cannot read {path.name}: {error}. Save it again: booster.save_model"
        ) from error
    return _lightgbm_object(booster)


def _xgboost_file(path: Path) -> ConvertedModel:
    xgboost = framework("xgboost", "xgboost-cpu")
    try:
        booster = xgboost.Booster(model_file=bytearray(path.read_bytes()))
    except xgboost.core.XGBoostError as error:
        raise ModelError(
            f"XGBoost cannot read {path.name}: {str(error).splitlines()[0]}. Expected JSON or "
            "UBJSON: save it again with booster.save_model('model.json')"
        ) from error
    require_all_rounds(booster, path.name)
    return _xgboost_object(booster)


def _lightgbm_object(model: Any) -> ConvertedModel:
    lightgbm = framework("lightgbm")
    booster = model if isinstance(model, lightgbm.Booster) else _fitted(model, "booster_")
    names = tuple(booster.feature_name())
    unnamed = all(name == f"Column_{k}" for k, name in enumerate(names))
    return _source(
        lightgbm_boosting(booster),
        booster.predict,
        width=len(names),
        columns=() if unnamed else names,
        framework=("lightgbm", lightgbm.__version__),
        classifier=hasattr(model, "predict_proba"),
    )


def _xgboost_object(model: Any) -> ConvertedModel:
    xgboost = framework("xgboost", "xgboost-cpu")
    booster = model if isinstance(model, xgboost.Booster) else _best_rounds(model)
    return _source(
        xgboost_boosting(booster),
        lambda x: booster.inplace_predict(x, validate_features=False),
        width=booster.num_features(),
        columns=tuple(booster.feature_names or ()),
        framework=("xgboost", xgboost.__version__),
        classifier=hasattr(model, "predict_proba"),
    )


def _best_rounds(model: Any) -> Any:
    """The booster of a model with scikit-learn's interface, up to its best round, as its own
    `predict` has it."""
    if model.missing is not None and not np.isnan(model.missing):
        raise ModelError(
            f"the model takes {model.missing:g} for a missing number; expected NaN. Train with "
            "missing=float('nan') and put NaN where a number is missing"
        )
    booster = _fitted(model, "get_booster")()
    best = booster.attr("best_iteration")
    return booster if best is None else booster[: int(best) + 1]


def _fitted(model: Any, attribute: str) -> Any:
    """What a model has once it is fitted."""
    check_is_fitted = framework("sklearn.utils.validation", "scikit-learn").check_is_fitted
    not_fitted = framework("sklearn.exceptions", "scikit-learn").NotFittedError
    try:
        check_is_fitted(model)
        return getattr(model, attribute)
    except not_fitted as error:
        raise ModelError(
            f"the {type(model).__name__} is not fitted; fit it before it is imported"
        ) from error


def _source(
    boosting: Boosting,
    predict: Callable[[NDArray[np.float64]], NDArray[Any]],
    *,
    width: int,
    columns: tuple[str, ...],
    framework: tuple[str, str],
    classifier: bool,
) -> ConvertedModel:
    """The source of trees that read points of ``width`` numbers."""
    both = classifier and boosting.outputs == 1
    inputs = (Tensor(X, "float64", (BATCH, width)),)
    outputs = (Tensor(Y, "float64", (BATCH, 2 if both else boosting.outputs)),)
    graph = CoreGraph()
    graph.node("Identity", boosting.build(graph, X, both_classes=both), output=Y)

    def original(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        found = np.asarray(
            predict(np.asarray(arrays[X], dtype=np.float64)), dtype=np.float64
        ).reshape(len(arrays[X]), -1)
        return {Y: np.column_stack([1 - found, found]) if both else found}

    name, version = framework
    return ConvertedModel(
        model=graph.model(inputs, outputs),
        predict=original,
        inputs=inputs,
        outputs=outputs,
        framework=name,
        version=version,
        method=f"gradient boosting, {len(boosting.trees)} trees",
        columns=columns,
    )
