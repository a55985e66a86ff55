"""The coverage of the stated uncertainty on a table of the author's, measured where the network
runs."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lhnets._running.session import Session
from lhnets.format import Calibration
from lhnets_registry.admission.admit import admit
from lhnets_registry.admission.coverage import coverage

from ..conftest import HIGH, LOW, sealed, small_card, small_model

CARD = small_card(
    calibration=Calibration(
        rows=100, method="split", levels=(0.68, 0.95), factors={"sigma": (1.0, 2.5)}
    )
)
SESSION = Session(small_model().SerializeToString(), CARD)


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def rows(count: int, spread: float, seed: int = 7) -> dict[str, Any]:
    """Points of the region whose truth lies off the network's value by so many uncertainties,
    uniformly.

    With ``spread`` s, a share 1/s lies within one uncertainty.
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(LOW, [1500.0, 3500.0], (count, 2))
    found = SESSION.run({"parameters": x})
    truth = found.value[:, 0] + rng.uniform(-spread, spread, count) * found.uncertainty[:, 0]
    return {"m_sq": x[:, 1], "m_go": x[:, 0], "sigma": truth}


def test_an_honest_uncertainty_passes() -> None:
    """Half of the width: 1/1.47 = 68 % within one; all within the 2.5 that the card states for 95
    %."""
    table = rows(4000, 1.47)
    factors = Calibration(
        rows=100, method="split", levels=(0.68, 0.95), factors={"sigma": (1.0, 1.3965)}
    )
    finding = coverage(small_card(calibration=factors), SESSION, parquet(**table))
    assert finding.outcome == "pass", finding
    assert "of 4,000 rows" in finding.figure


@pytest.mark.parametrize("spread", [1.2, 1.9])
def test_too_narrow_and_too_wide_fail(spread: float) -> None:
    finding = coverage(CARD, SESSION, parquet(**rows(4000, spread)))
    assert finding.outcome == "fail"
    assert "sigma" in finding.figure
    assert "68%" in finding.figure


def test_a_small_table_is_judged_by_what_it_can_tell() -> None:
    assert coverage(CARD, SESSION, parquet(**rows(99, 1.47))).outcome == "fail"
    assert "at least 100" in coverage(CARD, SESSION, parquet(**rows(99, 1.47))).criterion


def test_rows_outside_the_region_are_left_out_and_counted() -> None:
    table = rows(4000, 1.47)
    table["m_go"][:1000] = 2 * HIGH[0]
    assert (
        "of 3,000 rows, 1,000 outside the region left out"
        in coverage(CARD, SESSION, parquet(**table)).figure
    )


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"PAR1", "no Parquet file"),
        (parquet(m_go=[1.0], sigma=[1.0]), "lacks the columns m_sq"),
        (parquet(m_go=[1.0], m_sq=[1.0]), "lacks the columns sigma"),
        (parquet(m_go=["a"], m_sq=[1.0], sigma=[1.0]), "no Parquet file of numbers"),
        (parquet(m_go=[np.nan], m_sq=[1.0], sigma=[1.0]), "1 rows hold numbers that are missing"),
    ],
)
def test_a_table_that_does_not_fit_is_a_finding(table: bytes, words: str) -> None:
    finding = coverage(CARD, SESSION, table)
    assert finding.outcome == "fail"
    assert words in finding.figure


def test_the_admission_measures_it_in_its_child() -> None:
    report = admit(sealed(calibration=CARD.calibration), table=parquet(**rows(4000, 1.2))).report
    assert not report.admitted
    assert [f.item for f in report.failures] == ["coverage"]
    assert admit(sealed(), table=b"no table").report.failures[0].item == "coverage"
