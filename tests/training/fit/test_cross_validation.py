from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from rich.console import Console

from lhnets_training.fit.cross_validation import Predictor, cross_fit, predict_folds, use_every_row
from lhnets_training.fit.links import Shifted
from lhnets_training.recipe import Run
from lhnets_training.split import folds

KINDS = Shifted(1, {})


def run(tmp_path: Path) -> Run:
    return Run(out=tmp_path, seed=1, console=Console(file=io.StringIO()))


def memory(x: np.ndarray, t: np.ndarray) -> Predictor:
    known = dict(zip(x[:, 0].tolist(), t[:, 0].tolist(), strict=True))
    return lambda points: np.array([[known.get(p, 0.0)] for p in points[:, 0].tolist()])


def test_no_row_is_predicted_by_a_fit_that_saw_it(tmp_path: Path) -> None:
    x, y = np.arange(1.0, 21.0)[:, None], np.full((20, 1), 3.0)
    held, _ = cross_fit(x, y, KINDS, folds(20, 4, 0), memory, run(tmp_path))
    assert (held.value == 1.0).all()
    assert (held.spread > 0).all()


def test_the_spread_of_a_fold_does_not_know_its_residuals(tmp_path: Path) -> None:
    x, fold = np.arange(1.0, 41.0)[:, None], np.arange(40) % 4
    y = np.exp(np.random.default_rng(0).normal(0, 0.1, (40, 1)))
    changed = y.copy()
    changed[fold == 2] *= 5

    def constant(rows: np.ndarray, t: np.ndarray) -> Predictor:
        return lambda points: np.zeros((len(points), 1))

    before, _ = cross_fit(x, y, KINDS, fold, constant, run(tmp_path))
    after, _ = cross_fit(x, changed, KINDS, fold, constant, run(tmp_path))
    np.testing.assert_array_equal(before.spread[fold == 2], after.spread[fold == 2])
    assert (before.spread[fold == 1] != after.spread[fold == 1]).all()


def test_every_row_trains_the_final_model() -> None:
    assert use_every_row(7, 1).counts == {"train": 7, "validation": 0, "calibration": 0, "test": 0}


def test_folds_are_put_together_in_the_order_of_the_rows() -> None:
    fold = np.array([2, 0, 1, 0])
    found = predict_folds(
        fold, lambda kept, held: np.stack([np.flatnonzero(held), kept[held]], axis=1)
    )
    np.testing.assert_array_equal(found, [[0, 0], [1, 0], [2, 0], [3, 0]])
