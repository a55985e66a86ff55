"""Quadratic forms: exact where the truth is one, and their graphs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhnets._card import Input
from lhnets_training import run as steps
from lhnets_training.fit.quadratic import Forms, Optimised, fit_forms, folded_rbf, pairs, terms

INPUTS = tuple(Input(name=n, unit="1", meaning=n, low=-2.0, high=2.0, default=0.0) for n in ("a", "b", "c"))


def points(rows: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-2, 2, (rows, 3))


def rate(x: np.ndarray) -> np.ndarray:
    a, b, c = x.T
    return np.stack([(a - 3) ** 2 + b * c + 5, 2 + (b - c) ** 2], axis=1)


@given(st.integers(1, 7))
def test_there_is_a_term_for_each_pair(n: int) -> None:
    x = np.arange(1.0, n + 1)[None]
    assert terms(x).shape == (1, (n + 1) * (n + 2) // 2)
    first, second = pairs(n)
    factors = np.concatenate([[1.0], x[0]])
    np.testing.assert_allclose(terms(x)[0], factors[first] * factors[second])


@settings(deadline=None, max_examples=20)
@given(st.floats(1e-12, 1e12))
def test_a_quadratic_form_is_found_exactly_in_any_unit(unit: float) -> None:
    forms = Forms.of(points(40), unit * rate(points(40)))
    new = np.random.default_rng(2).uniform(-2, 2, (20, 3))
    np.testing.assert_allclose(forms(new), unit * rate(new), rtol=1e-9)


def test_the_graph_of_forms() -> None:
    x, y = points(300), rate(points(300))
    fitted = fit_forms(x, y, 1, inputs=INPUTS)
    found = steps.runner(fitted.export(np.array([2.0, 3.0])))(x)
    np.testing.assert_allclose(found["value"], y, rtol=1e-12)
    np.testing.assert_allclose(found["uncertainty"], fitted.predict(x)[1] * [2.0, 3.0], rtol=1e-12)
    assert (found["uncertainty"] > 0).all()
    assert fitted.held_out is not None
    np.testing.assert_allclose(fitted.held_out.value, y, rtol=1e-11)


def test_the_graph_of_an_optimised_observable() -> None:
    x = points(300)
    forms = np.column_stack([x[:, 0] * x[:, 1] - 0.5, 4 + x[:, 2] ** 2, -(6 + x[:, 1] ** 2)])
    y = (forms[:, 0] / (2 * np.sqrt(-forms[:, 1] * forms[:, 2])))[:, None]
    fitted = fit_forms(x, y, 1, inputs=INPUTS, forms=forms, end=Optimised())
    found = steps.runner(fitted.export(np.ones(1)))(x)
    np.testing.assert_allclose(found["value"], y, atol=1e-12)
    assert (found["uncertainty"] > 0).all()


def test_the_baseline_does_not_see_its_own_rows() -> None:
    x, y = points(200), rate(points(200))
    method, found = folded_rbf(1)(x, y, x)
    assert "other folds" in method
    assert 1e-6 < np.abs(found / y - 1).mean() < 0.2
    with pytest.raises(ValueError, match="rows of its table"):
        folded_rbf(1)(x, y, x[:10])
