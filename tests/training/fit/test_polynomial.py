"""Quadratic forms: exact where the truth is one, and their graphs."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhnets.format import Input
from lhnets_training.fit.baselines import BaselineError, fit_other_tenths
from lhnets_training.fit.links import Optimised, Positive
from lhnets_training.fit.polynomial import Forms, factors, fit_forms, terms
from lhnets_training.pipeline.exported import run_points

INPUTS = tuple(
    Input(name=n, unit="1", meaning=n, low=-2.0, high=2.0, default=0.0) for n in ("a", "b", "c")
)


def points(rows: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-2, 2, (rows, 3))


def rate(x: np.ndarray) -> np.ndarray:
    a, b, c = x.T
    return np.stack([(a - 3) ** 2 + b * c + 5, 2 + (b - c) ** 2], axis=1)


@given(st.integers(1, 7), st.integers(2, 3))
def test_there_is_a_term_for_each_product(n: int, order: int) -> None:
    x = np.arange(1.0, n + 1)[None]
    assert terms(x, order).shape == (1, comb(n + order, order))
    known = np.concatenate([[1.0], x[0]])
    np.testing.assert_allclose(terms(x, order)[0], known[factors(n, order)].prod(axis=0))


@settings(max_examples=20)
@given(st.floats(1e-12, 1e12))
def test_a_quadratic_form_is_found_exactly_in_any_unit(unit: float) -> None:
    forms = Forms.of(points(40), unit * rate(points(40)))
    new = np.random.default_rng(2).uniform(-2, 2, (20, 3))
    np.testing.assert_allclose(forms(new), unit * rate(new), rtol=1e-9)


def test_the_graph_of_forms() -> None:
    x, y = points(300), rate(points(300))
    fitted = fit_forms(x, y, 1, inputs=INPUTS)
    found = run_points(fitted.export(np.array([2.0, 3.0])))(x)
    np.testing.assert_allclose(found["value"], y, rtol=1e-12)
    np.testing.assert_allclose(found["uncertainty"], fitted.predict(x)[1] * [2.0, 3.0], rtol=1e-12)
    assert (found["uncertainty"] > 0).all()
    assert fitted.held_out is not None
    np.testing.assert_allclose(fitted.held_out.value, y, rtol=1e-11)


def test_the_graph_of_an_optimised_observable() -> None:
    x = points(300)
    forms = np.column_stack([x[:, 0] * x[:, 1] - 0.5, 4 + x[:, 2] ** 2, -(6 + x[:, 1] ** 2)])
    y = (forms[:, 0] / (2 * np.sqrt(-forms[:, 1] * forms[:, 2])))[:, None]
    fitted = fit_forms(x, y, 1, inputs=INPUTS, forms=forms, link=Optimised())
    found = run_points(fitted.export(np.ones(1)))(x)
    np.testing.assert_allclose(found["value"], y, atol=1e-12)
    assert (found["uncertainty"] > 0).all()


def test_the_baseline_does_not_see_its_own_rows() -> None:
    x, y = points(200), rate(points(200))
    method, found = fit_other_tenths(1)(x, y, x)
    assert "10 folds" in method
    assert 1e-6 < np.abs(found / y - 1).mean() < 0.2
    np.testing.assert_array_equal(fit_other_tenths(1)(x, y, x[:10])[1], found[:10])
    with pytest.raises(BaselineError, match="rows of its own table"):
        fit_other_tenths(1)(x, y, np.concatenate([x[:10], x[:10] + 0.01]))


def rates(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and rates whose logarithms are cubic in the logarithms of the inputs."""
    x = np.random.default_rng(3).uniform(0.3, 2, (rows, 3))
    a, b, c = np.log(x).T
    return x, np.exp(np.stack([a - b * c + 0.3 * a**2 * c - 3, 0.5 * c - 0.2 * b**3 - 5], axis=1))


def test_the_graph_of_cubic_forms_of_rates() -> None:
    x, y = rates(200)
    fitted = fit_forms(
        x, y, 1, inputs=INPUTS, gaps=np.eye(3), errors=0.1 * np.sqrt(y), link=Positive()
    )
    assert fitted.method.startswith(
        "one cubic form for the logarithm of each output, by maximum quasi-likelihood"
    )
    found = run_points(fitted.export(np.ones(2)))(x)
    np.testing.assert_allclose(found["value"], y, rtol=1e-8)


def test_counts_are_averaged_without_bias_where_many_are_zero() -> None:
    x, y = rates(4000)
    counts = np.random.default_rng(4).poisson(40 * y)
    counted = counts.sum(axis=1) > 0
    assert 0.2 < (counts == 0).mean() < 0.8
    forms = Forms.of_rates(
        x[counted], counts[counted] / 40, np.sqrt(counts[counted]) / 40, np.eye(3)
    )
    expected = y / -np.expm1(-40 * y.sum(axis=1, keepdims=True))
    assert np.exp(forms(x)).sum() == pytest.approx(expected.sum(), rel=0.05)
