"""Rates of HistFactory models and their derivatives, against pyhf and against differences."""

import numpy as np
import pytest
from toy_workspace import toy_workspace

pyhf = pytest.importorskip("pyhf", reason="likelihood labels need pyhf")

from lhnets_training.labels.likelihoods import histfactory  # noqa: E402
from lhnets_training.labels.likelihoods.pyhf_profile import Profile, Region  # noqa: E402
from lhnets_training.labels.likelihoods.workspace import interpret  # noqa: E402

ALPHAS = (-3.0, -1.0, -0.7, 0.0, 0.2, 1.0, 1.5)
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_factors_are_code_4_of_pyhf(alpha):
    up, down = RNG.uniform(0.3, 3.0, (2, 50))
    code = pyhf.interpolators.code4([[[down.tolist(), [1.0] * 50, up.tolist()]]])
    expected = np.asarray(code(pyhf.tensorlib.astensor([[alpha]]))).ravel()
    found, *_ = histfactory.multiplicative(np.full(50, alpha), up, down)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_shifts_are_code_4p_of_pyhf(alpha):
    up, down = RNG.uniform(-3.0, 3.0, (2, 50))
    code = pyhf.interpolators.code4p([[[down.tolist(), [0.0] * 50, up.tolist()]]])
    expected = np.asarray(code(pyhf.tensorlib.astensor([[alpha]]))).ravel()
    found, *_ = histfactory.additive(np.full(50, alpha), up, down)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("interpolate", [histfactory.additive, histfactory.multiplicative])
def test_slopes_and_bends_are_derivatives(interpolate):
    alpha = np.linspace(-2.5, 2.5, 301)
    up, down, step = np.full(301, 1.7), np.full(301, 0.6), 1e-5

    def at(shift, order):
        return interpolate(alpha + shift, up, down)[order]

    _, slope, bend = interpolate(alpha, up, down)
    np.testing.assert_allclose(
        slope, (at(step, 0) - at(-step, 0)) / (2 * step), rtol=1e-6, atol=1e-6
    )
    np.testing.assert_allclose(
        bend, (at(step, 1) - at(-step, 1)) / (2 * step), rtol=1e-4, atol=1e-4
    )


@pytest.fixture(scope="module")
def fits():
    return Profile(
        interpret(toy_workspace()), (Region("one", "SR_cuts", 0), Region("two", "SR_cuts", 1))
    )


def test_rates_are_those_of_pyhf(fits):
    rng, yields = np.random.default_rng(1), np.array([2.0, 1.0])
    model = fits.pyhf_model(yields)
    start = np.array(model.config.suggested_init())
    for _ in range(10):
        theta = start + rng.normal(0, 0.3, len(start))
        expected = model.expected_data(theta.tolist(), include_auxdata=False)
        found = fits._with_signal(theta, yields).rate
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_jacobian_and_curvature_are_derivatives(fits):
    theta = np.array(fits.model.config.suggested_init()) + np.random.default_rng(2).normal(
        0, 0.3, fits.model.config.npars
    )
    yields, weights, step = np.array([2.0, 1.0]), np.array([0.5, -1.0, 2.0]), 1e-5
    at = fits._with_signal(theta, yields)
    bend = at.curvature(weights)
    for number in range(len(theta)):
        move = step * (np.arange(len(theta)) == number)
        above, below = (
            fits._with_signal(theta + move, yields),
            fits._with_signal(theta - move, yields),
        )
        np.testing.assert_allclose(
            at.jacobian[:, number], (above.rate - below.rate) / (2 * step), atol=1e-6
        )
        slope = weights @ (above.jacobian - below.jacobian) / (2 * step)
        np.testing.assert_allclose(bend[number], slope, atol=1e-5)


def test_an_unknown_modifier_is_named():
    workspace = toy_workspace()
    workspace["channels"][0]["samples"][0]["modifiers"] = [
        {"name": "odd", "type": "morph", "data": None}
    ]
    with pytest.raises(histfactory.HistFactoryError, match="'odd' is of the type 'morph'"):
        histfactory.compile_rates(
            workspace["channels"],
            {"odd": slice(0, 1)},
            1,
            {"SR_cuts": slice(0, 2), "CR_cuts": slice(2, 3)},
        )
