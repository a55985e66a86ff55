"""The significance of a cut, by hand and by its limits."""

import numpy as np
import pytest

from lhnets_training.judging.significance import (
    REPLICATES,
    choose_cut,
    compute_ams,
    count_passing,
    resample_ams,
)


def test_little_signal_has_s_over_root_b() -> None:
    found = compute_ams(np.array([1.0]), np.array([9_990.0]))
    assert found[0] == pytest.approx(1 / 100, rel=1e-3)
    assert compute_ams(np.array(0.0), np.array(5.0)) == 0


def test_a_known_value() -> None:
    s, b = 50.0, 90.0
    expected = np.sqrt(2 * ((s + b + 10) * np.log(1 + s / (b + 10)) - s))
    assert compute_ams(np.array(s), np.array(b)) == pytest.approx(expected)


def test_the_cut_keeps_the_pure_region() -> None:
    score = np.array([0.9, 0.8, 0.7, 0.3, 0.2, 0.1])
    is_signal = np.array([True, True, True, False, False, False])
    weight = np.array([20.0, 20.0, 20.0, 500.0, 500.0, 500.0])
    assert choose_cut(score, is_signal, weight) == 0.7
    assert count_passing(score >= 0.7, is_signal, weight) == (60.0, 0.0)


def test_equal_selections_never_differ_in_resamples() -> None:
    rng = np.random.default_rng(1)
    is_signal = rng.random(500) < 0.3
    passes = is_signal | (rng.random(500) < 0.1)
    drawn = resample_ams([passes, passes, is_signal], is_signal, np.full(500, 2.0), seed=3)
    assert drawn.shape == (REPLICATES, 3)
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 1])
    assert drawn[:, 2].mean() > drawn[:, 0].mean()
    assert 0 < drawn[:, 0].std() < drawn[:, 0].mean() / 3
