"""Error models: they find how errors vary."""

import numpy as np

from lhnets_training.fit.uncertainty import fit_log_squares, maximise_likelihood


def test_it_finds_how_the_error_varies() -> None:
    rng = np.random.default_rng(1)
    last = rng.uniform(-1, 1, (4000, 3))
    weights, bias = np.array([[1.0], [-0.5], [0.0]]), -8.0
    residual = rng.laplace(0, np.exp(last @ weights + bias))
    found = maximise_likelihood(last, residual)
    np.testing.assert_allclose(found.weights, weights, atol=0.1)
    np.testing.assert_allclose(found.bias, [bias], atol=0.1)


def test_two_outputs_have_heads_of_their_own() -> None:
    rng = np.random.default_rng(2)
    last = rng.uniform(-1, 1, (2000, 2))
    residual = rng.laplace(0, np.array([1e-4, 1e-2]), (2000, 2))
    found = maximise_likelihood(last, residual)
    np.testing.assert_allclose(np.exp(found.bias), [1e-4, 1e-2], rtol=0.1)
    assert found.weights.shape == (2, 2)


def test_the_spread_follows_a_quadratic_in_the_logarithms() -> None:
    rng = np.random.default_rng(1)
    x = np.exp(rng.uniform(0, 2, (4000, 2)))
    wanted = -7 + 0.8 * np.log(x[:, 0]) ** 2 - np.log(x[:, 1]) + 0.3 * np.log(x).prod(axis=1)
    residual = np.exp(wanted)[:, None] * rng.normal(size=(4000, 1))
    found = np.log(fit_log_squares(x, residual)(x)[:, 0])
    difference = found - wanted
    assert np.ptp(difference) < 0.6
    assert abs(difference.mean()) < 1.0


def test_residuals_that_vanish_do_not_break_the_spread() -> None:
    x = np.exp(np.random.default_rng(2).uniform(0, 1, (30, 1)))
    assert np.isfinite(fit_log_squares(x, np.zeros((30, 2)))(x)).all()
