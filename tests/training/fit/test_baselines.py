"""Baselines: smooth functions are learnt, and no row is predicted by a fit that saw it."""

import numpy as np
import pytest

from lhnets_training.fit.baselines import (
    BaselineError,
    fit_other_folds,
    fit_other_tenths,
    rbf_baseline,
)
from lhnets_training.fit.cross_validation import Predictor
from lhnets_training.fit.links import Positive, Signed
from lhnets_training.split import folds


def memory(x: np.ndarray, t: np.ndarray) -> Predictor:
    known = dict(zip(x[:, 0].tolist(), t[:, 0].tolist(), strict=True))
    return lambda points: np.array([[known.get(p, 0.0)] for p in points[:, 0].tolist()])


REMEMBERED = fit_other_folds("memory, 5 folds", memory, Positive(), lambda rows: folds(rows, 5, 1))


def law(p: np.ndarray) -> np.ndarray:
    return np.stack([p[:, 0] ** -4 * np.exp(p[:, 1]), p.prod(axis=1)], axis=1)


def test_radial_basis_functions_learn_a_smooth_function() -> None:
    rng = np.random.default_rng(0)
    x, new = rng.uniform(1, 3, (500, 2)), rng.uniform(1.2, 2.8, (100, 2))
    name, found = rbf_baseline(np.log, neighbours=40)(x, law(x), new)
    assert name == "cubic RBF on 500 training rows, 40 neighbours"
    np.testing.assert_allclose(found, law(new), rtol=5e-3)
    name, found = rbf_baseline(np.log, Signed(), smoothing=0.1)(x, -law(x), new)
    assert name == "cubic RBF on 500 training rows, 64 neighbours, smoothing 0.1"
    np.testing.assert_allclose(found, -law(new), atol=0.1)


def test_each_fold_is_predicted_from_the_others() -> None:
    x = np.arange(1.0, 11.0)[:, None]
    name, found = REMEMBERED(x, np.full((10, 1), 2.0), x)
    assert name == "memory, 5 folds"
    assert (found == 1.0).all()


def test_other_points_are_predicted_by_a_fit_to_all_rows() -> None:
    x = np.random.default_rng(0).uniform(1, 3, (200, 2))
    name, found = fit_other_tenths(1)(x[:-5], law(x[:-5]), x[-5:])
    assert name == "cubic RBF on 195 rows"
    np.testing.assert_allclose(found, law(x[-5:]), atol=0.2)


def test_some_of_the_rows_are_told_as_among_all() -> None:
    x = np.random.default_rng(2).random((60, 2))
    whole, part = (fit_other_tenths(3)(x, law(x), chosen)[1] for chosen in (x, x[[7, 2, 40]]))
    np.testing.assert_array_equal(part, whole[[7, 2, 40]])


def test_points_of_which_some_are_rows_are_refused() -> None:
    x = np.arange(1.0, 11.0)[:, None]
    with pytest.raises(BaselineError, match="got 4 points of which 3 are among its 10 rows"):
        REMEMBERED(x, np.ones((10, 1)), np.concatenate([x[:3], [[0.5]]]))
