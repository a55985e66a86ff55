from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lhnets.format import Input
from lhnets_training.data.sample import uniform
from lhnets_training.fit.features import TanhMap
from lhnets_training.fit.keras_network import KerasPlan, fit_keras
from lhnets_training.fit.links import Shifted
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Fitted, Run
from lhnets_training.split import folds

INPUTS = (
    Input(name="a", unit="GeV", low=500.0, high=1500.0, meaning="a mass"),
    Input(name="b", unit="GeV", low=1500.0, high=3000.0, meaning="another mass"),
)
KINDS = Shifted.of(["s", "s_down"], {"s_down": ("s", "down")})


def truth(x: np.ndarray) -> np.ndarray:
    a, b = x.T
    sigma = 1e3 * a**-2.5 * np.exp(-a / 400) * (1 - 0.5 * (a / b) ** 2)
    return np.column_stack([sigma, sigma * 0.1 * (1 + a / b)])


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    x = uniform(INPUTS, 120, 5)
    folder: Path = tmp_path_factory.mktemp("keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit_keras(
            x,
            truth(x),
            Run(out=folder, seed=1, console=Console(file=io.StringIO())),
            inputs=INPUTS,
            region=(),
            link=KINDS,
            coordinates=TanhMap.mass_and_ratio(1000.0),
            central=[0],
            fold=folds(120, 2, 1),
            plan=KerasPlan(first=6, second=6, adam=200, polish=60),
        )


def test_it_finds_a_smooth_function(fitted: Fitted) -> None:
    points = uniform(INPUTS, 500, 8)
    assert np.median(np.abs(fitted.predict(points)[0] / truth(points) - 1), axis=0).max() < 5e-3


def test_the_file_is_the_keras_model(fitted: Fitted) -> None:
    points = uniform(INPUTS, 1000, 9)
    value, spread = fitted.predict(points)
    found = run_points(fitted.export(np.array([1.0, 2.0])))(points)
    np.testing.assert_allclose(found["value"][:, 0], value[:, 0], rtol=1e-9)
    np.testing.assert_allclose(found["value"][:, 1], value[:, 1], rtol=1e-7)
    np.testing.assert_allclose(found["uncertainty"], spread * [1.0, 2.0], rtol=1e-9)


def test_the_card_says_who_fitted_what(fitted: Fitted) -> None:
    assert fitted.framework == "keras"
    assert "Levenberg-Marquardt" in fitted.hyperparameters["hidden_layers"]
    assert "ridge" in fitted.hyperparameters["last_layer"]
