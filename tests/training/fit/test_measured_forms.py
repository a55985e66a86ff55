"""ln L of rates and of ratios to them: the Gaussian, its forms, and the exported file."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from lhnets.format import Input
from lhnets_training.fit.measured_forms import MeasuredForm
from lhnets_training.fit.polynomial import fit_forms
from lhnets_training.pipeline.exported import run_points

INPUTS = tuple(
    Input(name=n, unit="1", low=-1.0, high=1.0, meaning="coefficient") for n in ("a", "b")
)
COVARIANCE = np.array([[4e-18, 1e-10, 0.0], [1e-10, 0.01, 0.004], [0.0, 0.004, 0.04]])
SIGMA = np.sqrt(np.diag(COVARIANCE))
CENTRAL = np.array([2e-8, 0.3, -0.2])


def observables(x: np.ndarray) -> np.ndarray:
    """One rate of 1e-8 and two ratios to it."""
    a, b = x.T
    rate = (2 + a + 0.5 * a**2 + b**2) * 1e-8
    return np.stack([rate, (0.4 - a * b) * 1e-8 / rate, (b - 0.2 * a) * 1e-8 / rate], axis=1)


@pytest.fixture
def end() -> MeasuredForm:
    return MeasuredForm(CENTRAL, COVARIANCE, np.array([0, 0]), observables(np.zeros((1, 2)))[0])


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (60, 2))


def truth(x: np.ndarray) -> np.ndarray:
    """By scipy, relative to the origin."""
    density: Callable[[np.ndarray], np.ndarray] = multivariate_normal(
        CENTRAL / SIGMA, COVARIANCE / np.outer(SIGMA, SIGMA)
    ).logpdf
    return np.asarray(
        density(observables(x) / SIGMA) - density(observables(np.zeros((1, 2))) / SIGMA)
    )[:, None]


def test_it_is_the_gaussian_of_the_observables(end: MeasuredForm, x: np.ndarray) -> None:
    np.testing.assert_allclose(
        end.values(end.forms(observables(x))), truth(x), rtol=1e-9, atol=1e-9
    )


def test_the_file_gives_what_was_fitted_and_zero_at_the_origin(
    end: MeasuredForm, x: np.ndarray
) -> None:
    fitted = fit_forms(x, truth(x), 1, inputs=INPUTS, forms=end.forms(observables(x)), link=end)
    assert fitted.held_out is not None
    assert np.abs(fitted.held_out.value - truth(x)).max() < 1e-9
    new = np.concatenate([np.zeros((1, 2)), np.random.default_rng(2).uniform(-1, 1, (20, 2))])
    value = run_points(fitted.export(np.ones(1)))(new)["value"]
    np.testing.assert_allclose(value, truth(new), rtol=1e-9, atol=1e-9)
    assert abs(value[0, 0]) < 1e-9
