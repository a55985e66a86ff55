from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from conversions import POINTS, converted, difference
from threadpoolctl import threadpool_limits

from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.frameworks.boosting import from_file, from_object

COLUMNS = ["m_go", "m_sq", "m_n1"]
RNG = np.random.default_rng(5)
X = RNG.uniform(0.1, 1.0, (800, 3))
TARGET = np.exp(-3 * X[:, 0]) * (1 + X[:, 1] ** 2) + 0.05 * X[:, 2]
CLASSES = np.digitize(TARGET, [0.25, 0.45])
POSITIVE = CLASSES > 0


SINGLE = 5e-6
"""XGBoost sums its trees in float32, which costs it this much of the spread; a wrong branch costs
1e-3 and more."""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def points(seed: int = 1) -> np.ndarray[Any, Any]:
    """Points of the region, some of them on and right beside the rows of the training, where a cast
    goes wrong first."""
    rng = np.random.default_rng(seed)
    found = rng.uniform(0.1, 1.0, (POINTS, 3))
    found[: len(X)] = X
    found[len(X) : 2 * len(X)] = np.nextafter(X, 2)
    found[2 * len(X) : 3 * len(X)] = X.astype(np.float32)
    return found


def xgboost_regressor(**settings: Any) -> xgboost.XGBRegressor:
    return xgboost.XGBRegressor(n_estimators=40, max_depth=4, **settings).fit(X, TARGET)


@pytest.mark.parametrize(
    "objective",
    [
        "reg:squarederror",
        "reg:absoluteerror",
        "reg:pseudohubererror",
        "reg:logistic",
        "reg:gamma",
        "reg:tweedie",
        "count:poisson",
        "binary:logistic",
        "binary:logitraw",
        "binary:hinge",
        "rank:pairwise",
    ],
)
def test_xgboost_by_its_objective(objective: str, tmp_path: Path) -> None:
    label = POSITIVE if objective.startswith(("binary", "rank")) else TARGET / 2
    booster = xgboost.train({"objective": objective, "max_depth": 4}, xgboost.DMatrix(X, label), 30)
    booster.save_model(tmp_path / "model.json")
    assert difference(from_file(tmp_path / "model.json"), points()) < SINGLE


def test_every_point_ends_in_the_leaves_that_xgboost_takes() -> None:
    booster = xgboost_regressor().get_booster()
    described = json.loads(bytes(booster.save_raw("json")))["learner"]
    leaves = booster.predict(xgboost.DMatrix(points()), pred_leaf=True).astype(int)
    trees = described["gradient_booster"]["model"]["trees"]
    conditions = [
        np.asarray(tree["split_conditions"], dtype=np.float32).astype(float) for tree in trees
    ]
    total = sum(condition[leaves[:, k]] for k, condition in enumerate(conditions))
    expected = total + json.loads(described["learner_model_param"]["base_score"])[0]
    found = converted(from_object(booster), {"x": points()})["prediction"]
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-13)


@pytest.mark.parametrize("suffix", ["json", "ubj"])
def test_xgboost_files_name_their_columns(suffix: str, tmp_path: Path) -> None:
    model = xgboost_regressor().fit(pd.DataFrame(X, columns=COLUMNS), TARGET)
    model.save_model(tmp_path / f"model.{suffix}")
    source = from_file(tmp_path / f"model.{suffix}")
    assert source.columns == tuple(COLUMNS)
    assert (source.framework, source.method) == ("xgboost", "gradient boosting, 40 trees")
    assert difference(source, points()) < SINGLE
    assert difference(from_object(model), points()) < SINGLE


@pytest.mark.parametrize(
    "settings",
    [
        {"booster": "dart", "rate_drop": 0.3},
        {"num_parallel_tree": 3, "subsample": 0.5},
        {"tree_method": "exact"},
        {"objective": "reg:quantileerror", "quantile_alpha": [0.16, 0.5, 0.84]},
    ],
    ids=lambda s: next(iter(s)),
)
def test_xgboost_variants(settings: dict[str, Any]) -> None:
    assert difference(from_object(xgboost_regressor(**settings)), points()) < SINGLE


def test_xgboost_with_several_outputs() -> None:
    model = xgboost.XGBRegressor(n_estimators=20).fit(X, np.column_stack([TARGET, TARGET**2]))
    source = from_object(model)
    assert source.outputs[0].shape == ("N", 2)
    assert difference(source, points()) < SINGLE


@pytest.mark.parametrize("labels", [POSITIVE, CLASSES], ids=["two classes", "three classes"])
def test_classifiers_give_all_their_probabilities(labels: Any) -> None:
    for kind in (xgboost.XGBClassifier, lightgbm.LGBMClassifier):
        silent = {"verbose": -1, "n_jobs": 1} if kind is lightgbm.LGBMClassifier else {}
        model = kind(n_estimators=20, **silent).fit(X, labels)
        source = from_object(model)
        found = converted(source, {"x": points()})["prediction"]
        np.testing.assert_allclose(
            found, model.predict_proba(points(), validate_features=False), atol=1e-6
        )
        np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-12)
        assert difference(source, points()) < SINGLE


def with_gaps(x: np.ndarray[Any, Any], seed: int) -> np.ndarray[Any, Any]:
    return np.where(np.random.default_rng(seed).random(x.shape) < 0.2, np.nan, x)


def test_missing_numbers_go_the_way_that_was_learnt() -> None:
    learnt, asked = with_gaps(X, 1), with_gaps(points(), 2)
    for model in (
        xgboost.XGBRegressor(n_estimators=30).fit(learnt, TARGET),
        lightgbm.LGBMRegressor(n_estimators=30, n_jobs=1, verbose=-1).fit(learnt, TARGET),
        lightgbm.LGBMRegressor(n_estimators=30, n_jobs=1, verbose=-1).fit(X - 0.5, TARGET),
    ):
        assert difference(from_object(model), asked) < SINGLE


def test_the_best_round_counts_where_training_stopped_early(tmp_path: Path) -> None:
    noise = RNG.normal(size=len(X))
    model = xgboost.XGBRegressor(n_estimators=60, early_stopping_rounds=3)
    model.fit(X, TARGET, eval_set=[(X, TARGET + noise)], verbose=False)
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()
    found = converted(from_object(model), {"x": X})["prediction"]
    np.testing.assert_allclose(found[:, 0], model.predict(X), rtol=1e-5)
    model.save_model(tmp_path / "model.json")
    with pytest.raises(
        ModelError, match=r"says that round \d+ was the best.*booster\[: booster.best_iteration"
    ):
        from_file(tmp_path / "model.json")


@pytest.mark.parametrize(
    "objective",
    [
        "regression",
        "regression_l1",
        "huber",
        "fair",
        "quantile",
        "mape",
        "poisson",
        "gamma",
        "tweedie",
        "binary",
        "cross_entropy",
        "cross_entropy_lambda",
    ],
)
def test_lightgbm_by_its_objective(objective: str, tmp_path: Path) -> None:
    label = POSITIVE if objective == "binary" else TARGET / 3
    booster = lightgbm.train(
        {"objective": objective, "verbose": -1, "num_threads": 1}, lightgbm.Dataset(X, label), 30
    )
    booster.save_model(tmp_path / "model.txt")
    source = from_file(tmp_path / "model.txt")
    assert (source.framework, source.columns) == ("lightgbm", ())
    assert difference(source, points()) < 1e-9


@pytest.mark.parametrize(
    "settings",
    [
        {"reg_sqrt": True},
        {"boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1},
        {"boosting": "dart"},
        {"objective": "multiclass", "num_class": 3},
        {"objective": "multiclassova", "num_class": 3, "sigmoid": 0.7},
    ],
    ids=lambda s: str(next(iter(s.values()))),
)
def test_lightgbm_variants(settings: dict[str, Any], tmp_path: Path) -> None:
    label = CLASSES if "num_class" in settings else TARGET - 0.4
    data = lightgbm.Dataset(X, label, feature_name=COLUMNS)
    booster = lightgbm.train(
        {"objective": "regression", "verbose": -1, "num_threads": 1, **settings}, data, 20
    )
    booster.save_model(tmp_path / "model.txt")
    source = from_file(tmp_path / "model.txt")
    assert source.columns == tuple(COLUMNS)
    assert difference(source, points()) < 1e-9


def test_a_constant_model_is_a_constant() -> None:
    model = xgboost.XGBRegressor(n_estimators=3).fit(X, np.full(len(X), 2.5))
    np.testing.assert_allclose(converted(from_object(model), {"x": X})["prediction"], 2.5)


CATEGORY = pd.DataFrame({"a": X[:, 0], "b": pd.Categorical(CLASSES)})


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            lambda: xgboost.XGBRegressor(booster="gblinear", n_estimators=2).fit(X, TARGET),
            "'gblinear' has no trees",
        ),
        (
            lambda: xgboost.XGBRegressor(n_estimators=2, multi_strategy="multi_output_tree").fit(
                X, np.column_stack([TARGET, TARGET])
            ),
            "vector leaves.*one_output_per_tree",
        ),
        (
            lambda: xgboost.XGBRegressor(
                n_estimators=2, enable_categorical=True, max_cat_to_onehot=1
            ).fit(CATEGORY, TARGET),
            "splits on categories.*Encode",
        ),
        (
            lambda: xgboost.XGBRegressor(n_estimators=2, missing=-999.0).fit(X, TARGET),
            "takes -999 for a missing",
        ),
        (lambda: xgboost.XGBRegressor(n_estimators=2), "is not fitted; fit it"),
        (
            lambda: xgboost.train(
                {"objective": "multi:softmax", "num_class": 3}, xgboost.DMatrix(X, CLASSES), 2
            ),
            "multi:softmax gives the number of a class",
        ),
        (
            lambda: xgboost.train({"objective": "survival:cox"}, xgboost.DMatrix(X, TARGET), 1),
            "no known link",
        ),
        (lambda: lightgbm.LGBMRegressor(n_jobs=1, verbose=-1), "is not fitted; fit it"),
        (
            lambda: lightgbm.LGBMRegressor(
                n_estimators=2, n_jobs=1, verbose=-1, linear_tree=True
            ).fit(X, TARGET),
            "linear leaves",
        ),
        (
            lambda: lightgbm.LGBMRegressor(
                n_estimators=2, n_jobs=1, verbose=-1, zero_as_missing=True
            ).fit(np.where(X < 0.4, 0, X), TARGET),
            "zeros for missing numbers",
        ),
        (
            lambda: lightgbm.LGBMRegressor(n_estimators=2, n_jobs=1, verbose=-1).fit(
                CATEGORY, TARGET
            ),
            "splits on categories",
        ),
    ],
    ids=[
        "linear",
        "vector leaves",
        "categories",
        "missing",
        "unfitted",
        "softmax",
        "survival",
        "unfitted lightgbm",
        "linear leaves",
        "zeros",
        "lightgbm categories",
    ],
)
def test_what_trees_cannot_hold_is_refused(model: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        from_object(model())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"learner": {}}', "XGBoost cannot read"),
        (b'{"learner": ', "XGBoost cannot read"),
        (b"tree\nversion=v4\nnum_class=1\n", "LightGBM cannot read"),
        (b"nothing", "Expected JSON or UBJSON"),
    ],
)
def test_a_damaged_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=message):
        from_file(path)
