from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost
from conversions import POINTS, converted, difference
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    Matern,
    RationalQuadratic,
    WhiteKernel,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVR, LinearSVC
from sklearn.tree import DecisionTreeRegressor
from threadpoolctl import threadpool_limits

from lhnets_training.importing.errors import ModelError, UntrustedFormatError
from lhnets_training.importing.frameworks.sklearn import from_file, from_object

RNG = np.random.default_rng(5)
COLUMNS = ["m_go", "m_sq", "m_n1", "tan_beta"]
X = RNG.uniform(0.1, 1.0, (300, 4))
TARGET = np.exp(-3 * X[:, 0]) * (1 + X[:, 1] ** 2) + 0.1 * X[:, 2] + 0.02 * X[:, 3]
TWO = np.column_stack([TARGET, 1e3 * TARGET**2])
CLASSES = np.digitize(TARGET, [0.25, 0.45])


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


ALMOST = slice(300, 600)
"""Where `points` holds points one unit of rounding beside rows of the training."""


def points(seed: int = 1) -> np.ndarray[Any, Any]:
    """Points of the region, some of them on and right beside the rows of the training, where a cast
    goes wrong first."""
    found = np.random.default_rng(seed).uniform(0.1, 1.0, (POINTS, 4))
    found[:300], found[ALMOST], found[600:900] = X, np.nextafter(X, 2), X.astype(np.float32)
    return found


def parity(model: Any, target: Any = TARGET) -> float:
    return difference(from_object(model.fit(X, target)), points())


def transformed_parity(model: Any) -> float:
    """Behind a transformation points that near to a row are the same point."""
    return difference(from_object(model.fit(X, TARGET)), np.delete(points(), ALMOST, axis=0))


def network(**settings: Any) -> MLPRegressor:
    return MLPRegressor(
        hidden_layer_sizes=(12, 7), max_iter=60, tol=1e9, random_state=1, **settings
    )


@pytest.mark.parametrize(
    "scaler",
    [
        StandardScaler(),
        StandardScaler(with_mean=False),
        MinMaxScaler((-1, 1)),
        MinMaxScaler(clip=True),
        MaxAbsScaler(),
        RobustScaler(),
        PCA(3, whiten=True),
        PowerTransformer(),
        PowerTransformer(method="box-cox", standardize=False),
        QuantileTransformer(n_quantiles=40),
        PolynomialFeatures(3),
        PolynomialFeatures(2, include_bias=False),
        FunctionTransformer(np.log),
        FunctionTransformer(np.log10),
        FunctionTransformer(np.log1p),
        FunctionTransformer(),
        FunctionTransformer(np.exp2),
        FeatureUnion([("a", StandardScaler()), ("b", PCA(2))], transformer_weights={"b": 2.0}),
    ],
    ids=lambda s: type(s).__name__,
)
def test_pipelines_with_a_network(scaler: Any) -> None:
    assert parity(make_pipeline(scaler, network())) < 1e-9


def test_power_transforms_follow_negative_numbers() -> None:
    model = make_pipeline(PowerTransformer(), LinearRegression()).fit(X - 0.4, TARGET)
    assert difference(from_object(model), points() - 0.4) < 1e-9


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_networks_with_several_outputs(activation: str) -> None:
    source = from_object(
        make_pipeline(StandardScaler(), network(activation=activation)).fit(X, TWO)
    )
    assert source.outputs[0].shape == ("N", 2)
    assert source.method == f"StandardScaler, network, 12-7 {activation} (MLPRegressor)"
    assert difference(source, points()) < 1e-9


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeRegressor(),
        RandomForestRegressor(8),
        GradientBoostingRegressor(n_estimators=40),
        GradientBoostingRegressor(n_estimators=40, init="zero", loss="huber"),
        HistGradientBoostingRegressor(max_iter=40),
        HistGradientBoostingRegressor(max_iter=40, loss="gamma"),
        make_pipeline(StandardScaler(), RandomForestRegressor(5)),
        lightgbm.LGBMRegressor(n_estimators=30, n_jobs=1, verbose=-1),
    ],
    ids=str,
)
def test_no_point_takes_another_branch(model: Any) -> None:
    assert parity(model) < 1e-9


@pytest.mark.parametrize(
    "scaler", [StandardScaler(), PowerTransformer(), FunctionTransformer(np.log), PCA(3)], ids=str
)
@pytest.mark.parametrize(
    "trees",
    [
        HistGradientBoostingRegressor(max_iter=40),
        lightgbm.LGBMRegressor(n_estimators=30, n_jobs=1, verbose=-1),
        GradientBoostingRegressor(n_estimators=40),
    ],
    ids=lambda t: type(t).__name__,
)
def test_rows_of_the_training_keep_their_branches_behind_a_transformation(
    scaler: Any, trees: Any
) -> None:
    assert transformed_parity(make_pipeline(scaler, trees)) < 1e-9


def test_xgboost_in_a_pipeline() -> None:
    assert parity(make_pipeline(StandardScaler(), xgboost.XGBRegressor(n_estimators=20))) < 5e-6


def test_trees_with_several_outputs() -> None:
    assert parity(RandomForestRegressor(4), TWO) < 1e-9


@pytest.mark.parametrize(
    "model",
    [HistGradientBoostingRegressor(max_iter=20), RandomForestRegressor(5)],
    ids=["histogram", "forest"],
)
def test_missing_numbers_go_the_way_that_was_learnt(model: Any) -> None:
    gaps = np.where(np.random.default_rng(3).random(X.shape) < 0.2, np.nan, X)
    asked = np.where(np.random.default_rng(4).random((POINTS, 4)) < 0.2, np.nan, points())
    assert difference(from_object(model.fit(gaps, TARGET)), asked) < 1e-9


@pytest.mark.parametrize("labels", [CLASSES > 0, CLASSES], ids=["two classes", "three classes"])
@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(),
        MLPClassifier(max_iter=20, tol=1e9),
        GaussianNB(),
        RandomForestClassifier(5),
        ExtraTreesClassifier(5),
        GradientBoostingClassifier(n_estimators=10),
        HistGradientBoostingClassifier(max_iter=10),
    ],
    ids=lambda m: type(m).__name__,
)
def test_classifiers_give_all_their_probabilities(model: Any, labels: Any) -> None:
    source = from_object(make_pipeline(StandardScaler(), model).fit(X, labels))
    assert source.outputs[0].shape == ("N", len(np.unique(labels)))
    asked = np.delete(points(), ALMOST, axis=0)
    np.testing.assert_allclose(
        converted(source, {"x": asked})["prediction"].sum(axis=1), 1.0, atol=1e-9
    )
    assert difference(source, asked) < 1e-9


def test_exponential_loss_has_its_own_link() -> None:
    assert (
        parity(GradientBoostingClassifier(n_estimators=10, loss="exponential"), CLASSES > 0) < 1e-9
    )


@pytest.mark.parametrize(
    "model",
    [
        TransformedTargetRegressor(
            make_pipeline(StandardScaler(), network()), func=np.log, inverse_func=np.exp
        ),
        TransformedTargetRegressor(
            network(), func=np.log10, inverse_func=np.square, check_inverse=False
        ),
        TransformedTargetRegressor(RandomForestRegressor(3), transformer=StandardScaler()),
        TransformedTargetRegressor(Ridge(), transformer=MinMaxScaler()),
        TransformedTargetRegressor(Ridge(), transformer=RobustScaler()),
        TransformedTargetRegressor(
            Ridge(),
            transformer=make_pipeline(FunctionTransformer(np.log, np.exp), StandardScaler()),
        ),
        make_pipeline(
            StandardScaler(),
            TransformedTargetRegressor(network(), func=np.log1p, inverse_func=np.expm1),
        ),
        GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 1.0]}, cv=2),
        VotingRegressor([("a", Ridge()), ("b", RandomForestRegressor(3))], weights=[1, 3]),
        StackingRegressor(
            [("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=4))], passthrough=True, cv=2
        ),
        BaggingRegressor(DecisionTreeRegressor(max_depth=5), 4, max_features=2),
    ],
    ids=lambda m: type(m).__name__,
)
def test_composites_by_their_own_parts(model: Any) -> None:
    assert parity(model) < 1e-9


def test_columns_are_known_by_name() -> None:
    table = pd.DataFrame(X, columns=COLUMNS)
    parts = [
        ("log", FunctionTransformer(np.log), ["m_go"]),
        ("rest", "passthrough", ["tan_beta", "m_sq"]),
    ]
    model = make_pipeline(ColumnTransformer(parts), HistGradientBoostingRegressor(max_iter=10)).fit(
        table, TARGET
    )
    source = from_object(model)
    assert source.columns == tuple(COLUMNS)
    assert difference(source, np.delete(points(), ALMOST, axis=0)) < 1e-9


KERNELS = [
    RBF([0.5, 0.7, 0.9, 2.0]),
    Matern(0.8, nu=0.5),
    Matern(0.8, nu=1.5),
    Matern([0.5, 0.7, 0.9, 2.0], nu=2.5),
    Matern(0.8, nu=np.inf),
    RationalQuadratic(0.7, alpha=1.3),
    DotProduct(0.4) ** 2,
    RBF(0.6) * DotProduct(0.4) + Matern(2.0),
]


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize("pipeline", [False, True], ids=["alone", "in a pipeline"])
def test_gaussian_processes_bring_their_standard_deviation(kernel: Any, pipeline: bool) -> None:
    noisy = ConstantKernel(0.9) * kernel + WhiteKernel(0.01)
    process = GaussianProcessRegressor(noisy, optimizer=None, normalize_y=True)
    model = make_pipeline(MinMaxScaler(), process) if pipeline else process
    source = from_object(model.fit(X[:80], TWO[:80] if pipeline else TARGET[:80]))
    assert source.spreads == ("spread",)
    assert [o.shape for o in source.outputs] == [("N", 1 + pipeline)] * 2
    assert difference(source, points()) < 1e-9


def test_a_standard_deviation_that_rounding_moves_is_left_out() -> None:
    model = GaussianProcessRegressor(RBF(3.0), alpha=1e-13, optimizer=None).fit(X[:80], TARGET[:80])
    source = from_object(model)
    assert source.spreads == ()
    assert "the standard deviation of the Gaussian process is not taken" in source.note
    assert "WhiteKernel" in source.note


@pytest.mark.parametrize(
    "model",
    [
        SVR(),
        SVR(kernel="linear"),
        SVR(kernel="poly", degree=2),
        SVR(kernel="sigmoid"),
        KernelRidge(kernel="rbf", gamma=2.0),
        KernelRidge(kernel="polynomial", degree=2),
        KernelRidge(),
    ],
    ids=str,
)
def test_kernel_models(model: Any) -> None:
    assert parity(make_pipeline(StandardScaler(), model)) < 1e-9


def test_a_matrix_beyond_the_limit_of_a_file_is_left_out() -> None:
    rows = RNG.uniform(size=(1100, 1))
    model = GaussianProcessRegressor(RBF(0.1) + WhiteKernel(0.01), optimizer=None).fit(
        rows, np.sin(rows[:, 0])
    )
    source = from_object(model)
    assert source.spreads == ()
    assert "needs a matrix of 1,100 x 1,100 numbers" in source.note


def own(x: Any) -> Any:
    return x


@pytest.mark.parametrize(
    ("model", "target", "message"),
    [
        (KNeighborsRegressor(), TARGET, "KNeighborsRegressor needs Scan.*distil"),
        (AdaBoostRegressor(n_estimators=3), TARGET, "compared and summed in float32.*use a forest"),
        (LinearSVC(), CLASSES, "labels and no probabilities.*Calibrated"),
        (
            make_pipeline(FunctionTransformer(own), Ridge()),
            TARGET,
            "'own' is Python code.*expected one of numpy.log",
        ),
        (
            TransformedTargetRegressor(Ridge(), func=own, inverse_func=own),
            TARGET,
            "'own' is Python code",
        ),
        (
            TransformedTargetRegressor(Ridge(), transformer=PowerTransformer()),
            TARGET,
            "inverse is not converted",
        ),
        (
            make_pipeline(
                QuantileTransformer(n_quantiles=9, output_distribution="normal"), Ridge()
            ),
            TARGET,
            "inverse of the normal distribution.*uniform",
        ),
        (
            GaussianProcessRegressor(ExpSineSquared() + WhiteKernel(50.0), optimizer=None),
            TARGET,
            "ExpSineSquared.*expected sums",
        ),
        (
            GaussianProcessRegressor(Matern(nu=0.7) + WhiteKernel(), optimizer=None),
            TARGET,
            "nu=0.7 needs Bessel",
        ),
        (GradientBoostingRegressor(n_estimators=2, init=Ridge()), TARGET, "starts from a Ridge"),
        (
            HistGradientBoostingRegressor(max_iter=2, categorical_features=[3]),
            TARGET,
            "splits on categories",
        ),
        (StandardScaler(), None, "only transforms"),
    ],
    ids=lambda v: type(v).__name__,
)
def test_what_cannot_be_exact_is_refused(model: Any, target: Any, message: str) -> None:
    rows = np.column_stack([X[:, :3], CLASSES])
    with pytest.raises(ModelError, match=message):
        from_object(model.fit(rows, target))


def test_a_model_that_is_not_fitted_is_refused() -> None:
    with pytest.raises(ModelError, match="is not fitted; fit it"):
        from_object(make_pipeline(StandardScaler(), Ridge()))


def test_a_skops_file_is_read_without_running_it(tmp_path: Path) -> None:
    model = make_pipeline(StandardScaler(), GradientBoostingRegressor(n_estimators=10)).fit(
        X, TARGET
    )
    skops.io.dump(model, tmp_path / "model.skops")
    source = from_file(tmp_path / "model.skops")
    assert (source.framework, source.method) == (
        "scikit-learn",
        "StandardScaler, GradientBoostingRegressor, 10 trees",
    )
    assert difference(source, points()) < 1e-9


def test_a_skops_file_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    model = make_pipeline(FunctionTransformer(own), Ridge()).fit(X, TARGET)
    skops.io.dump(model, tmp_path / "model.skops")
    with pytest.raises(UntrustedFormatError, match=r"names .*own.*may run code"):
        from_file(tmp_path / "model.skops")


def test_a_damaged_skops_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ModelError, match="skops cannot read"):
        from_file(tmp_path / "model.skops")
