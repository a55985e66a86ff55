from statistics import NormalDist

import msgspec
import numpy as np
import pytest

from lhnets_datasets.bench.judge import judge
from lhnets_datasets.bench.metrics import (
    SortedScores,
    compute_auc,
    compute_mistag,
    measure_divergence,
)
from lhnets_datasets.bench.result import Result
from lhnets_datasets.bench.rows import TestRows
from lhnets_datasets.bench.task import SignificanceImprovement
from lhnets_datasets.errors import TaskError

NORMAL = NormalDist()
SHIFT = 2.0
AUC = NORMAL.cdf(SHIFT / 2**0.5)


def mistag(efficiency: float) -> float:
    return 1 - NORMAL.cdf(NORMAL.inv_cdf(1 - efficiency) + SHIFT)


def test_figures_of_normal_scores_are_the_known_ones(task, make_rows):
    rows, probability = make_rows(20_000)
    figures = judge(msgspec.structs.replace(task, replicates=100), rows, probability).figures
    auc = figures["auc"]
    assert abs(auc.value - AUC) < 4 * auc.error
    for name, efficiency in (("rejection_30", 0.3), ("rejection_50", 0.5)):
        found = figures[name]
        assert abs(found.value - 1 / mistag(efficiency)) < 4 * found.error
        binomial = np.sqrt(mistag(efficiency) / 20_000) / mistag(efficiency) ** 2
        assert found.error == pytest.approx(binomial, rel=0.6)


def test_the_error_of_the_auc_is_its_spread_over_samples(fewer, make_rows):
    each = [make_rows(1000, seed) for seed in range(40)]
    found = [judge(fewer, rows, p).figures["auc"] for rows, p in each[:8]]
    spread = np.std(
        [compute_auc(SortedScores.of(p, r.signal, {}).pass_cuts()) for r, p in each], ddof=1
    )
    assert np.mean([f.error for f in found]) == pytest.approx(spread, rel=0.3)


def test_calibrated_probabilities_reach_the_floor_and_others_do_not(fewer, make_rows):
    rows, probability = make_rows(5000)
    good = judge(fewer, rows, probability).figures["calibration_error"]
    bad = judge(fewer, rows, probability**2).figures["calibration_error"]
    assert abs(good.value - good.floor) < 4 * good.error
    assert bad.value > bad.floor + 10 * bad.error


def test_a_score_that_does_not_know_the_mass_reaches_the_floor_of_sculpting(fewer, make_rows):
    rows, probability = make_rows(5000)
    fair = judge(fewer, rows, probability).figures["sculpting_50"]
    assert fair.value == pytest.approx(fair.floor, rel=0.7)
    mass = rows.columns["jet_mass"]
    tied = 0.5 * probability + 0.5 * (np.abs(mass - 100) < 10)
    sculpted = judge(fewer, rows, tied).figures["sculpting_50"]
    assert sculpted.value < fair.value / 5


def test_the_divergence_of_disjoint_histograms_is_one_bit():
    assert measure_divergence(np.array([3.0, 0]), np.array([0, 5.0])) == pytest.approx(1)
    assert measure_divergence(np.array([2.0, 4]), np.array([1.0, 2])) == pytest.approx(0, abs=1e-12)
    assert measure_divergence(np.zeros(2), np.ones(2)) == 0


def test_equal_scores_count_half():
    score, signal = np.array([0.5, 0.5, 0.5, 0.5]), np.array([True, False, True, False])
    passing = SortedScores.of(score, signal, {}).pass_cuts()
    assert compute_auc(passing) == 0.5
    assert compute_mistag(passing, 0.3) == 1


def test_a_rejection_without_background_that_passes_is_infinite(fewer):
    signal = np.arange(400) % 2 == 0
    rows = TestRows(signal, {"jet_mass": np.linspace(0, 1, 400)})
    found = judge(fewer, rows, np.where(signal, 0.9, 0.1))
    assert found.figures["rejection_30"].value is None
    assert found.figures["rejection_30"].error is None
    assert Result.from_json(found.to_json(), "x") == found


def test_a_row_without_an_answer_counts_as_wrong(fewer, make_rows):
    rows, probability = make_rows(500)
    hidden = np.where(np.arange(1000) < 100, np.nan, probability)
    full, part = judge(fewer, rows, probability), judge(fewer, rows, hidden)
    assert part.unanswered == 100
    assert part.figures["auc"].value < full.figures["auc"].value - 0.1


def test_the_same_scores_give_the_same_bytes(fewer, make_rows):
    rows, probability = make_rows(300)
    assert judge(fewer, rows, probability).to_json() == judge(fewer, rows, probability).to_json()


def test_scores_that_are_not_probabilities_are_refused(fewer, make_rows):
    rows, probability = make_rows(300)
    with pytest.raises(TaskError, match="between 0 and 1, got"):
        judge(fewer, rows, 3 * probability)


def test_the_significance_improvement_of_normal_scores(fewer, make_rows):
    rows, probability = make_rows(20_000)
    metric = SignificanceImprovement(name="sic", rows=100)
    task = msgspec.structs.replace(fewer, kind="anomaly_score", metrics=(metric,))
    efficiencies = np.linspace(0.05, 0.95, 91)
    best = max(e / np.sqrt(mistag(e)) for e in efficiencies if mistag(e) * 20_000 > 100)
    found = judge(task, rows, probability).figures["sic"]
    assert found.value == pytest.approx(best, rel=0.1)


def test_a_row_without_a_score_is_wrong_where_scores_are_no_probabilities(fewer, make_rows):
    rows, probability = make_rows(300)
    task = msgspec.structs.replace(fewer, kind="anomaly_score", metrics=fewer.metrics[:1])
    score = 10 * probability
    score[0] = np.inf
    assert judge(task, rows, score).figures["auc"].value < 1
