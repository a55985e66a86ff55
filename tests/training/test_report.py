import numpy as np
import pytest

from lhnets._card import Input
from lhnets_training.report import baseline, corners, errors, rbf_baseline, summary


def test_errors_are_relative_or_of_the_spread() -> None:
    truth, value = np.array([1.0, 2.0]), np.array([1.1, 1.8])
    np.testing.assert_allclose(errors(truth, value, log=True), [0.1, 0.1])
    np.testing.assert_allclose(errors(truth, value, log=False, spread=2.0), [0.05, 0.1])


def test_the_summary_cuts_nothing() -> None:
    found = summary(np.append(np.full(999, 1e-4), 1.0), 0.7, 0.94)
    assert found.max == 1.0
    assert found.mean == pytest.approx(1.1e-3, rel=1e-3)
    assert found.median == 1e-4
    assert (found.coverage_68, found.coverage_95) == (0.7, 0.94)


def test_the_worst_corner_comes_first() -> None:
    x = np.random.default_rng(0).uniform(0, 1, (1000, 2))
    inputs = tuple(Input(name=n, unit="GeV", meaning="", low=0.0, high=1.0) for n in "ab")
    found = corners(x, np.where(x[:, 1] > 0.95, 1.0, 0.1), inputs, {"nowhere": x[:, 0] > 2, "middle": x[:, 0] < 0.5})
    assert found[0].where.startswith("b > 0.8")
    assert found[0].max == 1.0
    assert {c.where for c in found} >= {"middle"}
    assert "nowhere" not in {c.where for c in found}


def test_the_rbf_baseline_learns_a_smooth_function() -> None:
    rng = np.random.default_rng(0)
    x, new = rng.uniform(1, 3, (600, 2)), rng.uniform(1.2, 2.8, (100, 2))

    def law(p: np.ndarray) -> np.ndarray:
        return np.stack([p[:, 0] ** -4 * np.exp(p[:, 1]), p.prod(axis=1)], axis=1)

    name, found = rbf_baseline(np.log, rows=500, neighbours=40)(x, law(x), new)
    assert name == "cubic RBF on 500 of the training rows, 40 neighbours"
    np.testing.assert_allclose(found, law(new), rtol=5e-3)
    assert baseline(name, errors(law(new)[:, 0], found[:, 0], log=True)).max < 5e-3
