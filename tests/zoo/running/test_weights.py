"""Weights of an unfolding: a value that is no weight is an error."""

from typing import NamedTuple

import numpy as np
import pytest

import lhnets as ml
from lhnets._running.weights import require_weights


class Given(NamedTuple):
    """What `require_weights` looks at."""

    value: object
    network: str = "unfolding@1"


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, -0.1])
def test_a_value_that_is_no_weight_is_an_error(wrong):
    with pytest.raises(ml.WeightError, match=r"1 of 3 events no weight, the first of them event 2"):
        require_weights(Given(np.array([1.0, 0.0, wrong])))


def test_weights_are_given_back():
    given = Given(np.array([0.0, 2.0]))
    assert require_weights(given) is given
    assert require_weights(Given(1.0)).value == 1.0
