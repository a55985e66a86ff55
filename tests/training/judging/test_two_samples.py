"""Two samples: those of one distribution cannot be told apart, others can."""

import numpy as np

from lhnets_training.judging.two_samples import two_sample_auc

ROWS = 3000


def test_one_distribution_gives_a_half_within_its_error():
    first, second = np.random.default_rng(1).random((2, ROWS, 3))
    found = two_sample_auc(first, second, seed=1)
    assert found.error > 0
    assert abs(found.value - 0.5) < 4 * found.error


def test_a_shift_and_a_correlation_are_seen():
    rng = np.random.default_rng(2)
    plain = rng.normal(size=(ROWS, 2))
    shifted = rng.normal(0.5, 1, size=(ROWS, 2))
    bound = rng.normal(size=(ROWS, 2)) @ np.array([[1.0, 0.9], [0.0, np.sqrt(1 - 0.81)]])
    assert two_sample_auc(plain, shifted, seed=3).value > 0.6
    assert two_sample_auc(plain, bound, seed=3).value > 0.6


def test_the_same_seed_gives_the_same_figure():
    first, second = np.random.default_rng(4).random((2, ROWS, 2))
    assert two_sample_auc(first, second, seed=5) == two_sample_auc(first, second, seed=5)
