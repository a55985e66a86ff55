"""Information of a variable on parameters: nothing, something, all, and the same for functions."""

import numpy as np
import pytest

from lhnets_training.judging.information import Information

ROWS = 8000


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(1)
    theta = rng.uniform(-1, 1, (ROWS, 1))
    sharp = theta[:, 0] + 0.1 * rng.normal(size=ROWS)
    variables = {
        "sharp": sharp,
        "its exponential": np.exp(3 * sharp),
        "blunt": theta[:, 0] + 0.8 * rng.normal(size=ROWS),
        "noise": rng.normal(size=ROWS),
    }
    return {name: Information.of(v, theta, (1,)) for name, v in variables.items()}


def test_noise_knows_nothing_and_more_noise_knows_less(found):
    means = {name: one.figure.value for name, one in found.items()}
    assert abs(means["noise"]) < 0.01
    assert means["sharp"] > means["blunt"] + 0.1 > 0.15
    assert means["sharp"] < np.log(2)


def test_a_monotone_function_knows_as_much(found):
    np.testing.assert_array_equal(found["sharp"].events, found["its exponential"].events)


def test_the_ratio_has_the_error_of_the_paired_events(found):
    ratio = found["blunt"].over(found["sharp"])
    assert 0 < ratio.value < 0.7
    assert 0 < ratio.error < 0.05
    assert found["sharp"].over(found["sharp"]).value == 1.0
