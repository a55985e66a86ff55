from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhnets._answers import asymptotics

NORMAL = NormalDist()
statistics = st.floats(0.0, 200.0)


def gaussian(best: float, width: float) -> asymptotics.LnL:
    """ln L of a Gaussian measurement of mu, relative to mu = 0."""
    return lambda strength: (best**2 - (strength - best) ** 2) / (2 * width**2)


@given(statistics, statistics)
def test_cls_is_a_ratio_of_tails(q, q_asimov):
    assert 0.0 <= asymptotics.cls(q, q_asimov) <= 1.0 + 1e-12


@given(statistics, st.floats(0.01, 200.0), st.floats(0.01, 10.0))
def test_cls_falls_with_q(q, q_asimov, more):
    assert asymptotics.cls(q + more, q_asimov) <= asymptotics.cls(q, q_asimov)


def test_without_a_signal_cls_is_one():
    assert asymptotics.cls(0.0, 0.0) == 1.0


@given(st.floats(0.0, 30.0))
def test_the_median_expected_cls_is_that_of_the_asimov_data(q_asimov):
    assert asymptotics.expected_cls(q_asimov) == pytest.approx(
        float(asymptotics.cls(q_asimov, q_asimov))
    )


@given(st.floats(1.0, 30.0))
def test_a_fluctuation_upwards_weakens_the_expectation(q_asimov):
    down, median, up = (asymptotics.expected_cls(q_asimov, s) for s in (-1, 0, 1))
    assert down < median < up


def test_cls_of_a_large_q_uses_its_other_tail():
    found = asymptotics.cls(9.0, 4.0)
    distance = (9.0 - 4.0) / (2 * 2.0)
    assert found == pytest.approx((1 - NORMAL.cdf(distance + 2.0)) / (1 - NORMAL.cdf(distance)))


@settings(max_examples=40)
@given(st.floats(0.05, 3.0), st.floats(0.1, 2.0))
def test_the_best_strength_is_found(best, width):
    highest = np.array([5.0])
    assert asymptotics.best_strength(gaussian(best, width), highest)[0] == pytest.approx(
        best, rel=1e-4, abs=1e-4
    )


@pytest.mark.parametrize(("best", "expected"), [(-1.0, 0.0), (9.0, 5.0)])
def test_the_best_strength_stays_within_its_range(best, expected):
    assert asymptotics.best_strength(gaussian(best, 1.0), np.array([5.0]))[0] == pytest.approx(
        expected, abs=1e-9
    )


@settings(max_examples=40)
@given(st.floats(-2.0, 4.0), st.floats(0.2, 2.0), st.floats(0.2, 3.0))
def test_q_tilde_of_a_gaussian(best, width, strength):
    found = asymptotics.q_tilde(gaussian(best, width), np.array([strength]))[0]
    wanted = 0.0 if best > strength else (strength - max(best, 0)) ** 2
    wanted += 2 * strength * max(-best, 0) if best < 0 else 0.0
    assert found == pytest.approx(wanted / width**2, abs=1e-6)


@settings(max_examples=40)
@given(st.floats(0.3, 1.0))
def test_the_expected_limit_of_a_gaussian(width):
    ln_l = gaussian(0.0, width)
    found = asymptotics.upper_limit(ln_l, ln_l, np.array([6.0]), 0.95, expected=True)[0]
    assert found == pytest.approx(NORMAL.inv_cdf(0.975) * width, rel=1e-6)


@settings(max_examples=40)
@given(st.floats(-1.0, 2.0), st.floats(0.3, 1.0), st.floats(0.8, 0.99))
def test_cls_at_the_limit_is_one_minus_the_level(best, width, level):
    ln_l, asimov = gaussian(best, width), gaussian(0.0, width)
    limit = asymptotics.upper_limit(ln_l, asimov, np.array([12.0]), level, expected=False)
    q = asymptotics.q_tilde(ln_l, limit)
    assert asymptotics.cls(q, -2 * asimov(limit))[0] == pytest.approx(1 - level, abs=1e-5)


def test_several_signals_at_once():
    scale = np.array([1.0, 2.0])

    def ln_l(strength):
        return -((strength * scale[:, None]) ** 2) / 2

    found = asymptotics.upper_limit(ln_l, ln_l, np.array([6.0, 3.0]), 0.95, expected=True)
    assert found[0] == pytest.approx(2 * found[1], rel=1e-6)


def test_a_limit_beyond_the_range_is_infinite():
    ln_l = gaussian(0.0, 5.0)
    assert np.isinf(asymptotics.upper_limit(ln_l, ln_l, np.array([1.0]), 0.95, expected=True)[0])
