import numpy as np

from lhnets_datasets.bench.resample import derive_seed, draw_counts, draw_uniform


def test_counts_follow_a_poisson_law_of_mean_one():
    counts = np.array(list(draw_counts(1, 1000, 200)))
    assert counts.shape == (200, 1000)
    assert abs(counts.mean() - 1) < 0.01
    assert abs(counts.var() - 1) < 0.02
    assert abs((counts == 0).mean() - np.exp(-1)) < 0.005


def test_the_same_seed_gives_the_same_counts_on_every_machine():
    (first,) = draw_counts(derive_seed("a task", "bootstrap"), 7, 1)
    assert first.tolist() == [0.0, 0.0, 2.0, 1.0, 1.0, 2.0, 1.0]


def test_other_seeds_give_other_counts():
    (a,), (b,) = draw_counts(1, 100, 1), draw_counts(2, 100, 1)
    assert (a != b).any()


def test_uniform_numbers_lie_strictly_between_0_and_1():
    drawn = np.array(list(draw_uniform(3, 999, 50)))
    assert 0 < drawn.min() < 1e-3
    assert 1 - 1e-3 < drawn.max() < 1
    assert abs(drawn.mean() - 0.5) < 0.01
