import numpy as np
import pytest

from lhnets.format import Input
from lhnets_training.judging.report import LabelNoiseError, corners, errors, label_noise, summary


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
    found = corners(
        x,
        np.where(x[:, 1] > 0.95, 1.0, 0.1),
        inputs,
        {"nowhere": x[:, 0] > 2, "middle": x[:, 0] < 0.5},
    )
    assert found[0].where.startswith("b > 0.8")
    assert found[0].max == 1.0
    assert {c.where for c in found} >= {"middle"}
    assert "nowhere" not in {c.where for c in found}


def noisy(
    beyond: float, rows: int = 4000, sigma: float = 0.01
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    truth = rng.uniform(1.0, 3.0, rows)
    value = truth * (1 + rng.normal(0, beyond, rows))
    error = sigma * truth
    return truth + rng.normal(0, 1, rows) * error, value, error


def test_what_is_beyond_the_noise_of_labels_is_told() -> None:
    found = label_noise(*noisy(0.005), log=True)
    assert found.rows == 4000
    assert found.rms == pytest.approx(0.01, rel=0.02)
    assert found.beyond == pytest.approx(0.005, rel=0.2)
    assert found.beyond < found.at_most < 0.007
    assert found.q997 == pytest.approx(2.97 * 0.005, rel=0.4)


def test_a_network_without_error_leaves_what_the_rows_cannot_tell() -> None:
    limits = []
    for rows in (400, 40_000):
        found = label_noise(*noisy(0.0, rows), log=True)
        expected = 0.01 * (2 / rows) ** 0.25
        assert found.beyond < 2 * expected
        limits.append(found.at_most)
    assert limits[1] == pytest.approx(limits[0] / 100**0.25, rel=0.5)


def test_the_upper_limit_holds_in_95_of_100_samples() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for _ in range(400):
        truth = np.ones(200)
        value = truth + rng.normal(0, 0.004, 200)
        label = truth + rng.normal(0, 0.01, 200)
        held += label_noise(label, value, np.full(200, 0.01), log=False).at_most > 0.004
    assert 0.91 < held / 400 <= 1.0


def test_noise_is_measured_in_the_units_of_the_metric() -> None:
    truth, value, error = noisy(0.005)
    plain, scaled = (label_noise(truth, value, error, log=False, spread=s) for s in (1.0, 4.0))
    assert scaled.rms == pytest.approx(plain.rms / 4, rel=1e-3)
    assert scaled.q997 == pytest.approx(plain.q997 / 4, rel=1e-3)


def test_labels_without_errors_have_no_noise() -> None:
    truth, value, error = noisy(0.0, 10)
    assert label_noise(truth, value, 0 * error, log=True) is None


@pytest.mark.parametrize("wrong", [np.full(10, -0.1), np.full(10, np.nan), np.ones(9)])
def test_errors_that_are_none_are_refused(wrong: np.ndarray) -> None:
    truth, value, _ = noisy(0.0, 10)
    with pytest.raises(LabelNoiseError, match="one standard deviation of zero or more for each"):
        label_noise(truth, value, wrong, log=True)
