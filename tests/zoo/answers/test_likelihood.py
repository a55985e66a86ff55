"""CLs and limits of a counting experiment known in closed form."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

import lhnets as ml
from lhnets._answers import asymptotics
from lhnets._fetching.cache import Cache
from lhnets._finding import zoo as _zoo
from lhnets._running.outputs import OUTPUTS
from lhnets._running.session import Session
from lhnets.format import Conditions, Input, Output, Reference, seal

MODEL = Path(__file__).parents[1] / "data" / "counting.onnx"
BACKGROUND, OBSERVED, HIGH = np.array([6.0, 10.0]), np.array([10.0, 7.0]), 80.0
SIGNAL = {"SRlow": 3.2, "SRhigh": 1.1}


def ln_l(low, high, counts=OBSERVED):
    s = np.array([low, high])
    return float((counts * np.log1p(s / BACKGROUND) - s).sum())


@pytest.fixture
def counting(make_card, make_file, make_mirror, tmp_path, monkeypatch):
    """A zoo with the counting likelihood and the exponential cross section."""
    card = make_card(
        name="likelihood-counting",
        kind="likelihood",
        subject="counting",
        conditions=Conditions(),
        inputs=tuple(
            Input(name=n, meaning="signal events", unit="1", low=0.0, high=HIGH)
            for n in ("SRlow", "SRhigh")
        ),
        outputs=tuple(Output(name=n, meaning="ln L", unit="1") for n in ("ln_l", "ln_l_asimov")),
        default_output="ln_l",
        region=(),
        physics_uncertainty=(),
    )
    factors = dict.fromkeys(("ln_l", "ln_l_asimov"), (0.6, 1.0, 2.2))
    card = msgspec.structs.replace(
        card, calibration=msgspec.structs.replace(card.calibration, factors=factors)
    )
    points = HIGH * np.random.default_rng(1).random((40, 2))
    model = MODEL.read_bytes()
    answers = dict(zip(OUTPUTS, Session(model, card).run({"parameters": points}), strict=True))
    content = seal(model, card, Reference.of({"parameters": points}, answers))
    made = _zoo.Zoo(
        [str(make_mirror(tmp_path / "mirror", content, make_file()))], Cache(tmp_path / "cache")
    )
    monkeypatch.setattr(_zoo, "default", lambda: made)
    return made


def test_ln_l_is_the_value(counting):
    found = ml.Likelihood("counting", SIGNAL)
    assert isinstance(found, ml.LikelihoodPrediction)
    assert found.value == pytest.approx(ln_l(3.2, 1.1))
    assert found.uncertainty == pytest.approx(0.01)
    assert (found.unit, found.network) == ("1", "likelihood-counting@1")


def test_cls_by_the_formulae(counting):
    found = ml.Likelihood("counting", SIGNAL).cls()
    best = max(ln_l(m * 3.2, m * 1.1) for m in np.linspace(0, 1, 2001))
    q, q_asimov = 2 * (best - ln_l(3.2, 1.1)), -2 * ln_l(3.2, 1.1, BACKGROUND)
    assert isinstance(found, ml.Quantity)
    assert found == pytest.approx(float(asymptotics.cls(q, q_asimov)), rel=1e-4)


def test_statements_carry_the_uncertainty_of_ln_l(counting):
    """The network of the test states 0.01 for both outputs."""
    signal = ml.Likelihood("counting", SIGNAL)
    for expected in (False, True):
        found = signal.cls(expected=expected)
        q = -2 * ln_l(3.2, 1.1, BACKGROUND)
        moved = asymptotics.expected_cls(q - 0.02) - asymptotics.expected_cls(q)
        assert found.uncertainty >= 0.99 * abs(float(moved))
        low, high = found.interval(0.95)
        assert high - low == pytest.approx(2 * 2.2 * found.uncertainty)
    limit = signal.upper_limit()
    above, below = (
        ml.Likelihood("counting", {n: f * limit.value * y for n, y in SIGNAL.items()}).cls()
        for f in (1 + 1e-3, 1 - 1e-3)
    )
    slope = (below.value - above.value) / (2e-3 * limit.value)
    assert limit.uncertainty * slope == pytest.approx(below.uncertainty, rel=0.05)
    assert 0 < signal.mu_hat().uncertainty < 1
    assert "network [likelihood-counting@1]" in str(limit)


def test_cls_near_zero_yields_is_uncertain(counting):
    """CLs goes with the root of ln L, so that a small error there is a large one of CLs."""
    tiny = ml.Likelihood("counting", {"SRlow": 1e-3, "SRhigh": 0.0}).cls()
    assert tiny.uncertainty > 0.05


def test_statements_of_predicted_yields_carry_these_too(counting):
    sigma = ml.CS("p p > go go", {"m_a": 500.0, "sqrt_s": 13000.0})
    yields = {"SRlow": sigma * (3.0 / sigma.value), "SRhigh": 1.0}
    plain = ml.Likelihood("counting", {"SRlow": 3.0, "SRhigh": 1.0})
    found = ml.Likelihood("counting", yields)
    more, less = (
        ml.Likelihood("counting", {"SRlow": x, "SRhigh": 1.0}).cls().value for x in (3.01, 2.99)
    )
    slope = (more - less) / 0.02
    cls = found.cls()
    assert cls.value == pytest.approx(plain.cls().value)
    up = sigma.components["scale"].up * 3.0 / sigma.value
    assert cls.components["scale"].down == pytest.approx(abs(slope) * up, rel=0.02)
    assert cls.uncertainty > plain.cls().uncertainty
    limits = ml.Likelihood("counting", {n: np.array([1.0, 2.0]) * y for n, y in yields.items()})
    assert limits[0].upper_limit().components["scale"].up > 0
    assert limits.upper_limit().shape == (2,)


def test_expected_cls_and_its_bands(counting):
    found = ml.Likelihood("counting", {"SRlow": 10.0, "SRhigh": 10.0})
    down, median, up = (found.cls(expected=True, sigmas=s) for s in (-1, 0, 1))
    assert down < median < up
    assert median == pytest.approx(
        float(asymptotics.expected_cls(-2 * ln_l(10.0, 10.0, BACKGROUND)))
    )


def test_the_limit_has_a_cls_of_five_per_cent(counting):
    limit = ml.Likelihood("counting", SIGNAL).upper_limit()
    at_limit = {name: limit * value for name, value in SIGNAL.items()}
    assert ml.Likelihood("counting", at_limit).cls() == pytest.approx(0.05, rel=1e-3)
    assert ml.Likelihood("counting", SIGNAL).upper_limit(0.9) < limit
    assert ml.Likelihood("counting", at_limit).upper_limit() == pytest.approx(1.0, rel=1e-3)


def test_mu_hat_of_one_region(counting):
    assert ml.Likelihood("counting", {"SRlow": 2.0, "SRhigh": 0.0}).mu_hat() == pytest.approx(
        2.0, rel=1e-3
    )
    assert ml.Likelihood("counting", {"SRlow": 0.0, "SRhigh": 2.0}).mu_hat() == pytest.approx(
        0.0, abs=1e-6
    )


def test_arrays_keep_their_shape(counting):
    low = np.array([[1.0, 2.0, 4.0]])
    found = ml.Likelihood("counting", {"SRlow": low, "SRhigh": 0.5 * low})
    limits = found.upper_limit()
    assert found.cls().shape == found.mu_hat().shape == limits.shape == (1, 3)
    np.testing.assert_allclose(limits * low, limits.value[0, 0] * np.ones((1, 3)), rtol=1e-4)
    assert found.cls()[0, 1] == pytest.approx(
        ml.Likelihood("counting", {"SRlow": 2.0, "SRhigh": 1.0}).cls().value
    )


def test_many_signals_go_in_blocks(counting, monkeypatch):
    low = np.linspace(1.0, 4.0, 7)
    whole = ml.Likelihood("counting", {"SRlow": low, "SRhigh": 1.0}).upper_limit()
    monkeypatch.setattr("lhnets._answers.likelihood.BLOCK", 3)
    np.testing.assert_array_equal(
        ml.Likelihood("counting", {"SRlow": low, "SRhigh": 1.0}).upper_limit(), whole
    )
    assert ml.Likelihood("counting", {"SRlow": low[:0], "SRhigh": 1.0}).upper_limit().shape == (0,)


def test_no_signal_is_never_excluded(counting):
    found = ml.Likelihood("counting", {"SRlow": 0.0, "SRhigh": 0.0})
    assert found.cls() == pytest.approx(1.0)
    assert found.upper_limit() == np.inf
    assert found.mu_hat() == pytest.approx(0.0, abs=1.0)


def test_a_level_that_is_none(counting):
    with pytest.raises(ml.ParameterError, match=r"use 0\.95 for 95 %"):
        ml.Likelihood("counting", SIGNAL).upper_limit(95)


def test_a_limit_beyond_the_region_says_so(counting, monkeypatch):
    found = ml.Likelihood("counting", {"SRlow": 1.0, "SRhigh": 1.0})
    network = counting.load("likelihood-counting")
    inputs = tuple(msgspec.structs.replace(i, high=2.0) for i in network.card.inputs)
    monkeypatch.setattr(network, "card", msgspec.structs.replace(network.card, inputs=inputs))
    with pytest.raises(
        ml.OutsideRegionError, match=r"above mu = 2, .* training region of likelihood-counting@1"
    ):
        found.upper_limit()


def test_a_signal_outside_still_has_a_limit(counting):
    found = ml.Likelihood("counting", {"SRlow": 200.0, "SRhigh": 0.0}, outside="nan")
    assert np.isnan(found.value)
    limit = ml.Likelihood("counting", {"SRlow": 2.0, "SRhigh": 0.0}).upper_limit()
    assert 100 * found.upper_limit() == pytest.approx(limit.value, rel=1e-4)


def test_a_likelihood_of_other_parameters_has_no_strength(counting):
    other = counting.load("cs-exponential")
    params = {"m_a": 500.0, "sqrt_s": 13000.0}
    prediction = ml.LikelihoodPrediction.of(other(params), other, params)
    with pytest.raises(ml.ParameterError, match="not a likelihood over signal yields"):
        prediction.cls()


def test_yields_that_are_predictions_bring_their_uncertainty(counting):
    sigma = ml.CS("pp -> go go", {"m_a": 500.0}, energy="13 TeV")
    low, high = (fraction * sigma.events(1e-3) for fraction in (2.0, 0.5))
    found = ml.Likelihood("counting", {"SRlow": low, "SRhigh": high})
    assert found.value == pytest.approx(ln_l(low.value, high.value))
    slope = (
        ln_l(low.value * 1.0001, high.value * 1.0001)
        - ln_l(low.value * 0.9999, high.value * 0.9999)
    ) / 2e-4
    assert found.uncertainty == pytest.approx(np.hypot(0.01, 0.01 * slope), rel=1e-3)
    assert (
        found.cls() == ml.Likelihood("counting", {"SRlow": low.value, "SRhigh": high.value}).cls()
    )


def test_yields_share_their_sources_with_other_predictions(counting):
    sigma = ml.CS("pp -> go go", {"m_a": 500.0}, energy="13 TeV")
    low, high = (fraction * sigma.events(1e-3) for fraction in (2.0, 0.5))
    found = ml.Likelihood("counting", {"SRlow": low, "SRhigh": high})
    step = 1e-4
    slope = (
        ln_l(low.value * (1 + step), high.value * (1 + step)) - ln_l(low.value, high.value)
    ) / step
    scale = sigma.components["scale"]
    move = slope * scale.up / sigma.value
    assert found.components["scale"].up == pytest.approx(
        max(move, -slope * scale.down / sigma.value), rel=1e-2
    )
    assert (found * 1.0).uncertainty == pytest.approx(found.uncertainty)
    assert len((found * sigma).sources) == 2
    lower, upper = found.interval(0.95)
    assert (upper - lower) / 2 == pytest.approx(np.hypot(2.2 * 0.01, 2.2 * 0.01 * slope), rel=1e-2)


def test_items_of_many_signals_have_limits(counting):
    found = ml.Likelihood("counting", {"SRlow": np.array([1.0, 2.0]), "SRhigh": 0.5})
    assert isinstance(found[1], ml.LikelihoodPrediction)
    assert found[1].upper_limit() == pytest.approx(found.upper_limit()[1])
    assert found[1].params == {"SRlow": 2.0, "SRhigh": 0.5}
    with pytest.raises(TypeError, match="no items"):
        found[1][0]


@pytest.mark.usefixtures("counting")
def test_second_derivatives_are_those_of_the_closed_form():
    yields = {"SRlow": np.array([0.0, 3.2, 20.0]), "SRhigh": np.array([1.0, 1.1, 0.5])}
    found = ml.Likelihood("counting", yields).hessian
    for number, name in enumerate(yields):
        exact = -OBSERVED[number] / (BACKGROUND[number] + yields[name]) ** 2
        np.testing.assert_allclose(found[name][name], exact, rtol=1e-10)
    np.testing.assert_allclose(found["SRlow"]["SRhigh"], 0, atol=1e-14)
    assert isinstance(ml.Likelihood("counting", SIGNAL).hessian["SRlow"]["SRlow"], float)


@pytest.mark.usefixtures("counting")
def test_second_derivatives_by_predictions_are_refused():
    sigma = ml.CS("p p > go go", {"m_a": 500.0}, energy="13 TeV", order="LO")
    signal = ml.Likelihood("counting", {"SRlow": sigma / sigma.value, "SRhigh": 1.0})
    with pytest.raises(ml.ParameterError, match="its inputs are predictions"):
        _ = signal.hessian
