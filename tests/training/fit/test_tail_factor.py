"""Uncertainties raised around points that a search found."""

import numpy as np

from lhnets_training.fit.tail_factor import HIGHEST, fit_tails, join
from lhnets_training.onnx.windows import Windows


def test_pulls_that_were_found_fall_and_few_rows_pay() -> None:
    rng = np.random.default_rng(1)
    rows = rng.uniform(0, 1, (3000, 4))
    searched = rng.uniform(0, 1, (400, 4))
    corner = (searched[:, 0] > 0.95) & (searched[:, 1] < 0.1)
    pulls = np.stack([np.where(corner, -30.0, 1.0), np.ones(400)], axis=1)
    windows = fit_tails(rows, searched, pulls, inputs=2)
    factor = Windows(windows)
    assert corner.any()
    assert np.abs(pulls / factor(searched)).max() <= HIGHEST
    assert (factor(rows)[:, 0] > 1).mean() < 0.1
    assert (factor(rows)[:, 1] == 1).all()
    assert fit_tails(rows, searched, pulls / 10, inputs=2) == ()


def test_no_windows_are_no_factor() -> None:
    assert join(None, ()) is None
