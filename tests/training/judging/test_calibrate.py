import numpy as np
import pytest

from lhnets.format import Calibration
from lhnets_training.judging.calibrate import (
    LEVELS,
    CalibrationRowsError,
    conformal,
    find_held,
    find_held_by_folds,
    quantile,
    reachable,
    scores,
)
from lhnets_training.split import folds


def noisy(rows: int, seed: int) -> np.ndarray:
    """Scores of heavy-tailed noise whose estimated width is wrong by a factor of three."""
    rng = np.random.default_rng(seed)
    width = rng.uniform(0.5, 2.0, (rows, 2))
    truth = np.zeros((rows, 2))
    value = width * rng.standard_t(4, (rows, 2))
    return scores(truth, value, width / 3)


def test_split_conformal_holds_what_it_says_on_fresh_rows() -> None:
    calibrated = conformal(noisy(5000, 1))
    fresh = noisy(20_000, 2) / calibrated.scale
    for level in LEVELS:
        found = find_held(fresh, calibrated.card(["a", "b"]), ["a", "b"], level).mean(axis=0)
        assert found == pytest.approx(level, abs=0.015)


def test_coverage_is_that_of_the_outputs_named() -> None:
    card = Calibration(rows=9, method="none", levels=(0.68,), factors={"a": (1.0,), "b": (2.0,)})
    found = np.array([[0.5, 0.5], [1.5, 1.5], [2.5, 2.5], [0.9, 1.9]])
    both = find_held(found, card, ["b", "a"], 0.68).mean(axis=0)
    np.testing.assert_array_equal(both, [0.75, 0.25])
    np.testing.assert_array_equal(find_held(found[:, :1], card, ["a"], 0.95).mean(axis=0), [0.5])


def test_the_factor_at_one_sigma_is_one_and_factors_grow() -> None:
    calibrated = conformal(noisy(2000, 3))
    assert calibrated.factor(0.68) == pytest.approx(1.0)
    assert (np.diff(calibrated.factors, axis=1) > 0).all()
    card = calibrated.card(["a", "b"])
    assert card.levels == LEVELS
    assert card.factors["a"][LEVELS.index(0.68)] == 1.0


def test_cross_conformal_coverage_judges_each_fold_by_the_others() -> None:
    found = noisy(700, 4)
    fold = folds(700, 10, 0)
    assert find_held_by_folds(found, fold, 0.68).mean() == pytest.approx(0.68, abs=0.03)
    assert find_held_by_folds(found, fold, 0.95).mean() == pytest.approx(0.95, abs=0.02)
    halves = np.repeat([0, 1], 350)
    apart = np.where(halves[:, None] == 0, found, 1e6 * (1 + found))
    assert find_held_by_folds(apart, halves, 0.68).mean() == pytest.approx(0.5)


def test_the_quantile_is_the_conformal_order_statistic() -> None:
    assert quantile(np.arange(1.0, 100.0), 0.68) == 68.0
    assert quantile(np.arange(1.0, 10.0), 0.9) == 9.0
    with pytest.raises(
        CalibrationRowsError,
        match=r"9 calibration rows cannot guarantee the level 0.95.*at least 19",
    ):
        quantile(np.arange(1.0, 10.0), 0.95)


def test_the_nearest_rank_of_few_rows() -> None:
    """Of 38 rows each is judged by 37 others: 37.05 is next to 37 of 38, and above it is only the
    largest."""
    found = np.arange(1.0, 39.0)[:, None]
    assert quantile(found[:, 0], 0.95) == 38.0
    assert quantile(found[:, 0], 0.95, nearest=True) == 37.0
    assert find_held_by_folds(found, np.arange(38), 0.95).mean() == pytest.approx(37 / 38)
    assert find_held_by_folds(found, np.arange(38), 0.95, nearest=True).mean() == pytest.approx(
        36 / 38
    )
    assert conformal(found, nearest=True).factor(0.95) < conformal(found).factor(0.95)


def test_levels_beyond_the_rows_are_left_out() -> None:
    assert reachable(50) == (0.5, 0.68, 0.9, 0.95)
    assert conformal(noisy(50, 5)).levels == (0.5, 0.68, 0.9, 0.95)
    with pytest.raises(CalibrationRowsError, match="too few"):
        conformal(noisy(2, 5))


def test_bad_spreads_are_refused() -> None:
    with pytest.raises(CalibrationRowsError, match="zero, negative or NaN"):
        scores(np.ones((2, 1)), np.ones((2, 1)), np.array([[1.0], [0.0]]))
    with pytest.raises(CalibrationRowsError, match="1 of 2 scores"):
        scores(np.array([[np.nan], [1.0]]), np.ones((2, 1)), np.ones((2, 1)))


def test_the_rounding_of_an_exact_evaluation_is_not_lowered() -> None:
    found = noisy(2000, 5)
    plain, kept = (conformal(found * size).without_shrinking() for size in (1.0, 1e-3))
    np.testing.assert_array_equal(plain.scale, conformal(found).scale)
    np.testing.assert_array_equal(kept.scale, 1.0)
    np.testing.assert_array_equal(kept.factors, 1.0)
