"""Parity of converted models with their originals, as the reference page shows it.

``python benchmarks/import_parity.py`` prints the table; with ``--write`` it goes into
docs/reference/what-can-be-imported.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lhnets_training.importing.source import ConvertedModel, Tensor
from lhnets_training.pipeline.exported import run_arrays

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "what-can-be-imported.md"
BEGIN, END = "<!-- parity: written by benchmarks/import_parity.py -->\n", "<!-- end of parity -->"
POINTS = 10_000
RNG = np.random.default_rng(5)
X = RNG.uniform(0.1, 1.0, (400, 4))
TARGET = np.exp(-3 * X[:, 0]) * (1 + X[:, 1] ** 2) + 0.1 * X[:, 2] + 0.02 * X[:, 3]
CLASSES = np.digitize(TARGET, [0.25, 0.45])


@dataclass(frozen=True)
class ImportCase:
    framework: str
    model: str
    source: Callable[[], ConvertedModel]


def parity(source: ConvertedModel) -> dict[str, float]:
    """Largest difference between core and original over the spread of each output, at 10,000 random
    points."""
    points = np.random.default_rng(1).uniform(0.1, 1.0, (POINTS, 4)).astype(source.inputs[0].dtype)
    given = {source.inputs[0].name: points}
    found, expected = run_arrays(source.model)(given), source.predict(given)
    return {n: float(np.max(np.abs(found[n] - e) / e.std(axis=0))) for n, e in expected.items()}


def sklearn(model: Any, target: Any = TARGET) -> Callable[[], ConvertedModel]:
    def convert() -> ConvertedModel:
        from lhnets_training.importing.frameworks.sklearn import from_object

        return from_object(model().fit(X, target))

    return convert


def boosted(model: Any, target: Any = TARGET) -> Callable[[], ConvertedModel]:
    def convert() -> ConvertedModel:
        from lhnets_training.importing.frameworks.boosting import from_object

        return from_object(model().fit(X, target))

    return convert


def torch_network(*, double: bool) -> ConvertedModel:
    import torch

    from lhnets_training.importing.frameworks.torch import from_object

    torch.manual_seed(1)
    layers = (
        torch.nn.Linear(4, 64),
        torch.nn.BatchNorm1d(64),
        torch.nn.GELU(),
        torch.nn.Linear(64, 64),
        torch.nn.Tanh(),
        torch.nn.Dropout(),
        torch.nn.Linear(64, 2),
    )
    model = torch.nn.Sequential(*layers)
    return from_object(
        model.double() if double else model, (Tensor("parameters", "float32", ("N", 4)),)
    )


def cases() -> list[ImportCase]:
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.ensemble import (
        GradientBoostingRegressor,
        HistGradientBoostingRegressor,
        RandomForestClassifier,
        RandomForestRegressor,
    )
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PowerTransformer, QuantileTransformer, StandardScaler
    from sklearn.svm import SVR
    from xgboost import XGBClassifier, XGBRegressor

    def network() -> Any:
        return MLPRegressor(hidden_layer_sizes=(32, 32), tol=1e9, random_state=1)

    def process(kernel: Any) -> Any:
        full = ConstantKernel(0.9) * kernel + WhiteKernel(0.01)
        return GaussianProcessRegressor(full, optimizer=None, normalize_y=True)

    anisotropic = [0.5, 0.7, 0.9, 2.0]
    return [
        ImportCase("torch", "network, float32", lambda: torch_network(double=False)),
        ImportCase("torch", "network, float64", lambda: torch_network(double=True)),
        ImportCase(
            "scikit-learn",
            "StandardScaler, MLPRegressor",
            sklearn(lambda: make_pipeline(StandardScaler(), network())),
        ),
        ImportCase(
            "scikit-learn",
            "QuantileTransformer, MLPRegressor",
            sklearn(lambda: make_pipeline(QuantileTransformer(n_quantiles=100), network())),
        ),
        ImportCase(
            "scikit-learn",
            "MLPRegressor of the logarithm (TransformedTargetRegressor)",
            sklearn(
                lambda: TransformedTargetRegressor(network(), func=np.log, inverse_func=np.exp)
            ),
        ),
        ImportCase(
            "scikit-learn",
            "RandomForestRegressor",
            sklearn(lambda: RandomForestRegressor(20, random_state=1)),
        ),
        ImportCase(
            "scikit-learn",
            "RandomForestClassifier, three classes",
            sklearn(lambda: RandomForestClassifier(20, random_state=1), CLASSES),
        ),
        ImportCase(
            "scikit-learn",
            "GradientBoostingRegressor",
            sklearn(lambda: GradientBoostingRegressor(random_state=1)),
        ),
        ImportCase(
            "scikit-learn",
            "HistGradientBoostingRegressor",
            sklearn(lambda: HistGradientBoostingRegressor(random_state=1)),
        ),
        ImportCase(
            "scikit-learn",
            "PowerTransformer, HistGradientBoostingRegressor",
            sklearn(
                lambda: make_pipeline(
                    PowerTransformer(), HistGradientBoostingRegressor(random_state=1)
                )
            ),
        ),
        ImportCase("scikit-learn", "SVR, rbf", sklearn(SVR)),
        ImportCase(
            "scikit-learn",
            "GaussianProcessRegressor, RBF",
            sklearn(lambda: process(RBF(anisotropic))),
        ),
        ImportCase(
            "scikit-learn",
            "GaussianProcessRegressor, Matern 5/2",
            sklearn(lambda: process(Matern(anisotropic, nu=2.5))),
        ),
        ImportCase(
            "XGBoost", "XGBRegressor", boosted(lambda: XGBRegressor(n_estimators=100, n_jobs=1))
        ),
        ImportCase(
            "XGBoost",
            "XGBClassifier, three classes",
            boosted(lambda: XGBClassifier(n_estimators=30, n_jobs=1), CLASSES),
        ),
        ImportCase(
            "LightGBM", "LGBMRegressor", boosted(lambda: LGBMRegressor(n_jobs=1, verbose=-1))
        ),
        ImportCase(
            "LightGBM",
            "LGBMClassifier, three classes",
            boosted(lambda: LGBMClassifier(n_estimators=30, n_jobs=1, verbose=-1), CLASSES),
        ),
    ]


def table() -> str:
    lines = ["| framework | model | output | largest difference |", "|---|---|---|---|"]
    with threadpool_limits(1):
        for case in cases():
            for output, worst in parity(case.source()).items():
                lines.append(f"| {case.framework} | {case.model} | {output} | {worst:.0e} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    text = table()
    if "--write" not in sys.argv:
        print(text)
        return
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + text + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
