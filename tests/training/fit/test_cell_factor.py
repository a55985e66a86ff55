"""Uncertainties raised by cell, judged on rows that the factor was not fitted to."""

import numpy as np

from lhnets.format import Input, Output
from lhnets_training.fit.cell_factor import fit_windows
from lhnets_training.judging.cells import map_coverage

INPUTS = tuple(Input(name=n, unit="1", meaning="a", low=0.0, high=1.0) for n in "ab")
OUTPUTS = (Output(name="y", unit="1", meaning="a"),)


def draw(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pulls that are too large at one edge and in one corner."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 1, (rows, 2))
    size = 0.9 + 2 * (x[:, :1] > 0.9) + 3 * (x[:, :1] < 0.33) * (x[:, 1:] > 0.67)
    return x, x.sum(axis=1, keepdims=True), np.abs(rng.normal(0, size))


def worst(x: np.ndarray, value: np.ndarray, held: np.ndarray) -> float:
    found = map_coverage(x, value, held, INPUTS, OUTPUTS, 0)
    assert found is not None
    return found.worst.coverage_68


def test_every_cell_of_other_rows_is_covered() -> None:
    windows = fit_windows(*draw(4000, 1))
    assert windows is not None
    x, value, found = draw(3000, 2)
    factor = windows(np.concatenate([x, value], axis=1))
    assert worst(x, value, found <= 1) < 0.4
    assert worst(x, value, found <= factor) > 0.6
    assert np.median(factor) < 1.3
    assert 0.66 < (found <= factor).mean() < 0.75, "all rows together are not covered too often"


def test_a_sufficient_uncertainty_stays() -> None:
    x, value, found = draw(3000, 3)
    assert fit_windows(x, value, 0.1 * found) is None


def test_too_few_rows_for_two_cells_raise_nothing() -> None:
    assert fit_windows(*draw(150, 4)) is None
