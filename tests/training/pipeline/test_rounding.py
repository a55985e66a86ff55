"""What rounding explains of a difference between two programs."""

from __future__ import annotations

import numpy as np

from lhnets_training.pipeline.rounding import MOST_ROUNDING, TIMES, allow_rounding


def test_numbers_without_rounding_by_chance_are_allowed_the_usual_one() -> None:
    rounding = np.full(1000, 1e-6)
    rounding[:500] = 0
    np.testing.assert_allclose(allow_rounding(rounding), TIMES * 1e-6)


def test_one_bad_number_excuses_itself_alone_and_not_more_than_digits_are_left() -> None:
    rounding = np.full(1000, 1e-7)
    rounding[3], rounding[4] = 1e-5, np.inf
    allowed = allow_rounding(rounding)
    assert allowed[3] == TIMES * 1e-5
    assert allowed[5] < 1e-6
    assert allow_rounding(np.full(3, 0.5)).max() == MOST_ROUNDING
