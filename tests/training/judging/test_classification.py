import numpy as np
import pytest

from lhnets_training.judging.classification import (
    ROWS_COUNTED,
    ClassificationError,
    baseline_figures,
    calibrated,
    figures,
    reliability,
    summaries,
)


@pytest.fixture
def rows():
    """20,000 rows whose probabilities are the truth."""
    rng = np.random.default_rng(1)
    p = rng.beta(0.5, 0.5, 20_000)
    return np.column_stack([p, 1 - p]), (rng.random(20_000) > p).astype(np.int64)


def test_true_probabilities_are_within_their_binomial_errors(rows):
    p, label = rows
    bins = reliability(p[:, 0], label == 0, np.full(len(p), 1e-9), ROWS_COUNTED)
    assert bins.rows.sum() == len(p)
    assert bins.coverage(0.68) == pytest.approx(0.68, abs=0.04)
    assert bins.coverage(0.95) == pytest.approx(0.95, abs=0.02)
    assert bins.coverage(0.68, scale=1e9) > bins.coverage(0.68)


def test_wrong_probabilities_get_the_uncertainty_that_they_need(rows):
    p, label = rows
    wrong = np.clip(p + np.array([0.2, -0.2]) * np.sin(7 * p[:, :1]), 0.01, 0.99)
    spread = np.full_like(wrong, 0.01)
    found = calibrated(wrong, label, spread)
    assert found.scale[0] > 5
    again = summaries(wrong, label, spread * found.scale)
    assert again[0].coverage_68 == pytest.approx(0.68, abs=0.02)
    assert again[0].coverage_95 > 0.9
    assert 0.05 < again[0].mean < 0.2
    assert again[0].mean == pytest.approx(again[1].mean, rel=0.05)


def test_a_spread_that_no_bin_contradicts_is_kept(rows):
    p, label = rows
    found = calibrated(p, label, np.full_like(p, 0.05))
    np.testing.assert_allclose(found.scale, 1.0, atol=0.6)
    assert found.factor(0.95)[0] == pytest.approx(1.96, abs=1e-3)


def test_figures_of_a_case_known_in_closed_form():
    """Scores uniform in [0, 1] for background and with density 2 x for signal: AUC 2/3, eps_B = 1 -
    sqrt(1 - eps_S)."""
    rng = np.random.default_rng(2)
    n = 200_000
    score = np.concatenate([np.sqrt(rng.random(n)), rng.random(n)])
    label = np.repeat([0, 1], n)
    truth = 2 * score / (2 * score + 1)
    found = figures(np.column_stack([truth, 1 - truth]), label, ("s", "b"), "s")
    assert found.auc == pytest.approx(2 / 3, abs=0.003)
    assert found.rejection_30 == pytest.approx(1 / (1 - np.sqrt(0.7)), rel=0.02)
    assert found.rejection_50 == pytest.approx(1 / (1 - np.sqrt(0.5)), rel=0.02)
    assert found.accuracy == pytest.approx(0.625, abs=0.003)
    assert found.calibration_error < 0.05
    assert found.classes == {}


def test_nothing_passes_is_no_number():
    label = np.repeat([0, 1], 200)
    score = np.linspace(1, 0, 400)
    found = figures(np.column_stack([score, 1 - score]), label, ("s", "b"), "s")
    assert found.rejection_50 is None
    assert "rejection_50" not in found.errors
    worst = figures(np.column_stack([1 - score, score]), label, ("s", "b"), "s")
    assert worst.rejection_50 == 1.0


def test_errors_floors_and_curves_stand_beside_the_figures(rows):
    p, label = rows
    mass = np.random.default_rng(4).normal(size=len(p))
    found = figures(p, label, ("s", "b"), "s", {"mass": mass, "tied": p[:, 0]})
    assert found.errors.keys() == {
        "auc", "rejection_30", "rejection_50", "calibration_error", "accuracy", "log_loss",
    }  # fmt: skip
    assert (
        abs(found.calibration_error - found.calibration_floor)
        < 4 * found.errors["calibration_error"]
    )
    fair, tied = found.sculpting
    assert fair.figure.value > fair.floor / 3 > 10 * tied.figure.value
    roc, reliability_curve = found.curves["roc"], found.curves["reliability"]
    assert list(roc.x) == sorted(roc.x)
    pulls = (np.array(reliability_curve.y) - reliability_curve.x) / reliability_curve.error
    assert np.abs(pulls).max() < 4


def test_several_classes_are_held_against_the_rest():
    rng = np.random.default_rng(3)
    label = rng.integers(0, 3, 3000)
    score = rng.random((3000, 3)) + np.eye(3)[label]
    p = score / score.sum(axis=1, keepdims=True)
    found = figures(p, label, ("a", "b", "c"), "b")
    assert set(found.classes) == {"a", "b", "c"}
    assert found.auc == found.classes["b"].auc > 0.9
    simple = baseline_figures("dice", np.full((3000, 3), 1 / 3), label, ("a", "b", "c"), "b")
    assert simple.classification.auc == 0.5
    assert simple.mean < 0.06
    assert simple.classification.log_loss == pytest.approx(np.log(3), rel=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p, y: (p[:100], y[:100]), "100 rows are too few"),
        (lambda p, y: (p * 2, y), r"must lie in \[0, 1\]"),
        (lambda p, y: (p, np.zeros_like(y)), "one class alone"),
    ],
)
def test_rows_that_allow_no_figures(rows, change, message):
    p, label = change(*rows)
    with pytest.raises(ClassificationError, match=message):
        figures(p, label, ("s", "b"), "s")
