"""Models of scikit-learn: any fitted regressor, or classifier with probabilities, in Python or in a
skops file.

A skops file is read without running any code of it: types outside scikit-learn, NumPy and SciPy are
refused. Pickles and joblib files come by way of `frameworks.pickle`, in a child process and only
with ``--trust``.
"""

from __future__ import annotations

import math
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_registry.admission.limits import Limits
from lhnets_training.importing.core import CoreGraph
from lhnets_training.importing.errors import ModelError, UntrustedFormatError
from lhnets_training.importing.frameworks import sklearn_kernels
from lhnets_training.importing.frameworks.sklearn_graph import steps_before_last, write
from lhnets_training.importing.source import BATCH, Arrays, ConvertedModel, Tensor, framework

X, Y, SPREAD = "x", "prediction", "spread"

_PARTS = frozenset(
    f"sklearn.{name}"
    for name in (
        "calibration._CalibratedClassifier",
        "calibration._SigmoidCalibration",
        "ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "neural_network._stochastic_optimizers.AdamOptimizer",
        "neural_network._stochastic_optimizers.SGDOptimizer",
        "tree._tree.Tree",
        "utils._bunch.Bunch",
        *(
            f"gaussian_process.kernels.{kernel}"
            for kernel in (
                "ConstantKernel",
                "DotProduct",
                "Exponentiation",
                "Matern",
                "Product",
                "RBF",
                "RationalQuadratic",
                "Sum",
                "WhiteKernel",
            )
        ),
    )
)
"""Classes that fitted models of scikit-learn hold and skops does not list: plain data, without code
of their own to run."""

Predict = Callable[[NDArray[np.float64]], Sequence[Any]]


def from_file(path: Path, wanted: Sequence[Tensor] = ()) -> ConvertedModel:
    """The model in a skops file.

    Raises
    ------
    UntrustedFormatError
        If it names types that skops does not know to be harmless.
    ModelError
        If it cannot be read, or holds what `from_object` refuses.
    """
    io = framework("skops.io", "skops")
    try:
        named = set(io.get_untrusted_types(file=path))
        unknown = named - _PARTS
        if unknown:
            raise UntrustedFormatError(
                f"{path.name} names {', '.join(sorted(unknown)[:5])}, which may run code when it "
                "is loaded; nothing of it was. Build the model of scikit-learn's own parts only, "
                "or export it to ONNX where its parts are installed"
            )
        model = io.load(path, trusted=sorted(named))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError) as error:
        if isinstance(error, UntrustedFormatError):
            raise
        raise ModelError(
            f"skops cannot read {path.name}: {error}. Save it again: skops.io.dump(model, path)"
        ) from error
    return from_object(model, wanted)


def from_object(model: Any, wanted: Sequence[Tensor] = ()) -> ConvertedModel:
    """A fitted model: a regressor, or a classifier that gives probabilities.

    A Gaussian process, alone or at the end of a pipeline, brings its standard deviation as a second
    output, unless rounding would change it; the note then says so.

    Raises
    ------
    ModelError
        If it is not fitted, gives no numbers, or has a part that cannot be converted exactly.
    """
    sklearn = framework("sklearn", "scikit-learn")
    _require_fitted(model)
    width = int(model.n_features_in_)
    graph = CoreGraph()
    inputs = (Tensor(X, "float64", (BATCH, width)),)
    last, features = steps_before_last(graph, model, X)
    with_spread, note = _spread(last)
    found = write(graph, last, features)
    graph.node("Identity", found, output=Y)
    if with_spread:
        graph.node("Identity", sklearn_kernels.process_spread(graph, last, features), output=SPREAD)
    names = (Y, SPREAD) if with_spread else (Y,)
    predict = _predict(model, with_spread)
    outputs = tuple(
        Tensor(name, "float64", (BATCH, graph.width(name, inputs[0]))) for name in names
    )

    def original(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        rows = np.asarray(arrays[X], dtype=np.float64)
        return {name: _matrix(a, len(rows)) for name, a in zip(names, predict(rows), strict=True)}

    return ConvertedModel(
        model=graph.model(inputs, outputs),
        predict=original,
        inputs=inputs,
        outputs=outputs,
        framework="scikit-learn",
        version=str(sklearn.__version__),
        method=describe(model),
        columns=tuple(str(name) for name in getattr(model, "feature_names_in_", ())),
        spreads=(SPREAD,) if with_spread else (),
        note=note,
    )


def describe(model: Any) -> str:
    """What a model is, in words: its parts in order, and the sizes that matter."""
    name = type(model).__name__
    if name == "Pipeline":
        return ", ".join(
            describe(step)
            for _, step in model.steps
            if step is not None and not isinstance(step, str)
        )
    if name == "TransformedTargetRegressor":
        return f"{describe(model.regressor_)} of a transformed target"
    if hasattr(model, "best_estimator_"):
        return describe(model.best_estimator_)
    if hasattr(model, "hidden_layer_sizes"):
        widths = "-".join(str(w) for w in np.atleast_1d(model.hidden_layer_sizes))
        return f"network, {widths} {model.activation} ({name})"
    if hasattr(model, "_predictors"):
        return f"{name}, {sum(len(stage) for stage in model._predictors)} trees"
    members = getattr(model, "estimators_", None)
    if members is not None and hasattr(np.ravel(np.array(members, dtype=object))[0], "tree_"):
        return f"{name}, {np.size(np.array(members, dtype=object))} trees"
    if hasattr(model, "X_train_"):
        return f"{name} on {len(model.X_train_)} rows, kernel {model.kernel_}"
    return name


def _require_fitted(model: Any) -> None:
    check_is_fitted = framework("sklearn.utils.validation", "scikit-learn").check_is_fitted
    not_fitted = framework("sklearn.exceptions", "scikit-learn").NotFittedError
    name = type(model).__name__
    try:
        check_is_fitted(model)
    except not_fitted as error:
        raise ModelError(f"the {name} is not fitted; fit it before it is imported") from error
    except TypeError as error:
        raise ModelError(
            f"a {name} is not an estimator of scikit-learn ({error}); expected a regressor or "
            "classifier"
        ) from error
    if not hasattr(model, "predict"):
        raise ModelError(
            f"a {name} only transforms; expected a regressor, or a classifier with probabilities"
        )
    if hasattr(model, "classes_") and not hasattr(model, "predict_proba"):
        raise ModelError(
            f"the classifier {name} gives labels and no probabilities; wrap it in a "
            "CalibratedClassifierCV with a LogisticRegression-like member, or use another "
            "classifier"
        )
    if not hasattr(model, "classes_") and not framework(
        "sklearn.base", "scikit-learn"
    ).is_regressor(model):
        raise ModelError(
            f"a {name} is neither a regressor nor a classifier; expected one that gives numbers to "
            "learn"
        )


def _spread(last: Any) -> tuple[bool, str]:
    """Whether the standard deviation comes along, and what there is to say of it."""
    if type(last).__name__ != "GaussianProcessRegressor":
        return False, ""
    rows, most = len(last.X_train_), math.isqrt(Limits().elements)
    if rows > most:
        return False, (
            "the standard deviation of the Gaussian process is not taken: it needs a matrix of "
            f"{rows:,} x {rows:,} numbers, and a network file holds at most {most:,} x {most:,}. "
            "Fit it to fewer rows to keep it; otherwise the uncertainty comes from the table of "
            "test points"
        )
    error = sklearn_kernels.spread_error(last)
    if error <= sklearn_kernels.SPREAD_TOLERANCE:
        return True, ""
    return False, (
        "the standard deviation of the Gaussian process is not taken: rounding moves it by "
        f"{error:.1g} of its largest value, more than {sklearn_kernels.SPREAD_TOLERANCE:g}, as "
        "happens with next to no noise. Fit with a WhiteKernel or a larger alpha to keep it; "
        "otherwise the uncertainty comes from the table of test points"
    )


def _predict(model: Any, with_spread: bool) -> Predict:
    """The model's own prediction; a table with its column names where it was fitted to one."""
    names = getattr(model, "feature_names_in_", None)
    pandas = framework("pandas") if names is not None else None

    def predict(rows: NDArray[np.float64]) -> Sequence[Any]:
        points = rows if pandas is None else pandas.DataFrame(rows, columns=names)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if with_spread:
                return tuple(model.predict(points, return_std=True))
            return (
                model.predict_proba(points)
                if hasattr(model, "classes_")
                else model.predict(points),
            )

    return predict


def _matrix(array: Any, rows: int) -> NDArray[np.float64]:
    return np.asarray(array, dtype=np.float64).reshape(rows, -1)
