"""Neighbourhoods that further fits of a network leave out."""

import numpy as np

from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.coordinates import Standardised
from lhnets_training.fit.kinks import Natural
from lhnets_training.fit.left_out import (
    FITS,
    SHARE,
    choose_left_out,
    measure_left_out,
    plan_again,
)
from lhnets_training.fit.support import Support

X = np.random.default_rng(3).random((400, 2))
SUPPORT = Support.of(X, Standardised.of(X, Natural((False, False))), X)


def test_a_share_of_the_rows_is_left_out_and_some_of_them_are_far_from_the_others():
    part = choose_left_out(SUPPORT, X, 1)
    assert len(part) == len(np.unique(part))
    assert 0.5 * SHARE * len(X) < len(part) <= SHARE * len(X)
    (remote,) = SUPPORT.without(X, [part])
    assert remote.max() > SUPPORT.remoteness(X).max() + 0.5


def test_errors_come_from_fits_without_these_rows():
    asked = []

    def residual(part, number):
        asked.append(number)
        return np.full((len(part), 3), float(number))

    found = measure_left_out(SUPPORT, X, residual, seed=1)
    assert asked == list(range(FITS))
    assert found.size.shape == (len(found.x), 3)
    assert set(found.size[:, 0]) == {0.0, 1.0}
    assert len(found.remote) == len(found.x)


def test_a_further_fit_is_shorter_and_starts_elsewhere():
    plan = lm.FitPlan(8, 8, (lm.Stage(4, 60, 1000), lm.Stage(1, 200)), seed=2)
    again = plan_again(plan, 1)
    assert [(s.fits, s.steps, s.rows) for s in again.stages] == [(1, 30, 1000), (1, 100, None)]
    assert again.seed not in range(plan.seed, plan.seed + 4)
