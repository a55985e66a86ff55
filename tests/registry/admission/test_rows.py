"""The region of a network beside the rows of its data set."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.rows import compare_rows

from ..conftest import HIGH, LOW, sealed, small_card

CARD = small_card()


def parquet(x: np.ndarray) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"m_go": x[:, 0], "m_sq": x[:, 1], "sigma": x[:, 0]}), sink)
    return sink.getvalue()


def scattered(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(LOW, HIGH, (rows, 2))


def grid(first: int, second: int) -> np.ndarray:
    axes = (
        np.linspace(low, high, n) for low, high, n in zip(LOW, HIGH, (first, second), strict=True)
    )
    return np.stack([a.ravel() for a in np.meshgrid(*axes)], axis=1)


def in_hole(x: np.ndarray) -> np.ndarray:
    low, high = np.array(LOW), np.array(HIGH)
    return (np.abs((x - low) / (high - low) - 0.5) < 0.35).all(axis=1)


@pytest.mark.parametrize("rows", [scattered(600), grid(60, 8)], ids=["scattered", "grid"])
def test_an_empty_part_of_what_is_inside_is_found(rows: np.ndarray) -> None:
    points = scattered(2000, seed=1)
    assert compare_rows(CARD, points, parquet(rows)).outcome == "pass"
    holed = parquet(rows[~in_hole(rows)])
    found = compare_rows(CARD, points, holed)
    assert found.outcome == "fail"
    assert "m_go = " in found.figure
    assert compare_rows(CARD, points[~in_hole(points)], holed).outcome == "pass"


def test_the_admission_takes_a_data_set() -> None:
    whole = admit(sealed(), data=parquet(scattered(600))).report
    assert whole["rows"].outcome == "pass", whole["rows"]
    rows = scattered(600)
    corner = rows[:, 0] < np.mean([LOW[0], HIGH[0]])
    assert [f.item for f in admit(sealed(), data=parquet(rows[corner])).report.failures] == ["rows"]
    assert admit(sealed(), data=b"none").report.failures[0].item == "rows"
