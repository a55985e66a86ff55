import numpy as np
import pytest

from lhnets.format import Input, Output
from lhnets_training.judging.cells import map_coverage

INPUTS = (
    Input(name="m", unit="GeV", meaning="a mass", low=0.0, high=1.0),
    Input(name="e", unit="GeV", meaning="an energy", low=0.0, high=1.0),
)
OUTPUTS = tuple(Output(name=n, unit="pb", meaning="a cross section") for n in ("a", "b"))


def rows(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1, (count, 2))
    return x, rng.normal(0, 1, (count, 2)), rng.uniform(0, 1, (count, 2)) < 0.68


def test_a_part_that_the_average_hides_is_the_worst_cell() -> None:
    x, value, held = rows(4000)
    corner = (x[:, 0] > 0.9) & (x[:, 1] < 0.3)
    held[corner, 0] = False
    found = map_coverage(x, value, held, INPUTS, OUTPUTS, 0)
    assert found is not None
    assert held[:, 0].mean() > 0.65
    assert found.worst.bounds["m"][0] == pytest.approx(0.9, abs=0.02) or set(
        found.worst.bounds
    ) == {"m", "e"}
    assert found.worst.coverage_68 < 0.52
    by_input = [c for c in found.cells if c.output == "a" and set(c.bounds) == {"m"}]
    assert len(by_input) == 10
    assert sum(c.rows for c in by_input) == 4000
    assert all(c.rows >= found.least_rows for c in found.cells)
    assert sum(c.output == "b" for c in found.cells) == 1


def test_few_rows_have_few_cells_and_too_few_none() -> None:
    few = map_coverage(*rows(300), INPUTS, OUTPUTS, 0)
    assert few is not None
    assert few.least_rows == 100
    assert few.worst.error == pytest.approx((0.68 * 0.32 / few.worst.rows) ** 0.5, rel=1e-3)
    assert map_coverage(*rows(150), INPUTS, OUTPUTS, 0) is None


def test_cells_of_a_grid_keep_equal_values_together() -> None:
    x, value, held = rows(1000)
    x[:, 0] = np.round(x[:, 0] * 2)
    found = map_coverage(x, value, held, INPUTS, OUTPUTS, 0)
    assert found is not None
    cells = [c for c in found.cells if c.output == "a" and set(c.bounds) == {"m"}]
    assert sum(c.rows for c in cells) <= 1000
    assert all(not (x[:, 0] == edge).all() for c in cells for edge in c.bounds["m"] if edge)
