"""The exported network of a smooth fit is the fitted model: value, uncertainty and reach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from lhnets.format import HalfSpace, Input
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.features import log_powers
from lhnets_training.fit.links import Positive
from lhnets_training.fit.network import fit_network
from lhnets_training.recipe import Fitted, Run
from lhnets_training.split import Split

LOW, HIGH = np.array([500.0, 400.0]), np.array([3000.0, 2000.0])
INPUTS = tuple(
    Input(name=n, unit="GeV", meaning=n, low=low, high=high)
    for n, low, high in zip(("m_go", "m_sq"), LOW, HIGH, strict=True)
)
REGION = (
    HalfSpace(
        coefficients={"m_go": 1.0, "m_sq": 1.0}, bound=4000.0, meaning="m_go + m_sq <= 4 TeV"
    ),
)
SCALE = np.array([1.7, 0.4])
"""What calibration multiplies the two spreads by: far from 1, and different."""


def points(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(LOW, HIGH, (rows, 2))


def rates(x: np.ndarray) -> np.ndarray:
    go, sq = x.T / 1000
    return np.stack([np.exp(-3 * go) / (1 + sq), go**-4 * (1 + 0.1 * sq)], axis=1)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Fitted:
    rows = np.arange(300)
    powers = ({"m_go": 1.0}, {"m_sq": 1.0, "m_go": -1.0})
    x = points(300, 1)
    return fit_network(
        x,
        rates(x),
        Split(rows[:200], rows[200:], rows[:0], rows[:0]),
        Run(out=Path(tmp_path_factory.mktemp("fit")), seed=1),
        inputs=INPUTS,
        region=REGION,
        terms=log_powers(INPUTS, powers, ({"m_go": -2.0}, {"m_go": -4.0})),
        link=Positive(),
        plan=lm.FitPlan(4, 4, (lm.Stage(1, 10),)),
    )


@pytest.fixture(scope="module")
def exported(fitted: Fitted) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(fitted.export(SCALE))
    names = ["value", "uncertainty", "reach"]
    found = session.run(names, {"parameters": points(500, 2)})
    return dict(zip(names, map(np.asarray, found), strict=True))


def test_the_value_is_the_models(fitted: Fitted, exported: dict[str, np.ndarray]) -> None:
    np.testing.assert_allclose(exported["value"], fitted.predict(points(500, 2))[0], rtol=1e-10)


def test_the_uncertainty_is_the_models_spread_times_its_calibration(
    fitted: Fitted, exported: dict[str, np.ndarray]
) -> None:
    spread = fitted.predict(points(500, 2))[1]
    np.testing.assert_allclose(exported["uncertainty"], spread * SCALE, rtol=1e-10)


def test_the_reach_is_that_of_the_box_and_the_half_space(exported: dict[str, np.ndarray]) -> None:
    x = points(500, 2)
    box = np.abs(2 * x - LOW - HIGH) / (HIGH - LOW)
    beyond = 1 + (x.sum(axis=1) - 4000.0) / (4000.0 - LOW.sum())
    np.testing.assert_allclose(exported["reach"], np.maximum(box.max(axis=1), beyond), rtol=1e-12)
    inside = x.sum(axis=1) <= 4000.0
    assert 0 < inside.sum() < len(x)
    np.testing.assert_array_equal(exported["reach"] <= 1, inside)
