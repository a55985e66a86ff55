from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lhnets_training.labels.supersymmetry import nnllfast

HEADER = "# process ms mg LO ...\n"
ROW = "gg 500 600 4.0 1.5 -1.0 6.0 0.7 -0.9 10.0 8.0 -0.6 0.5 20.0\n"


def test_shifts_are_positive_whichever_scale_is_up() -> None:
    rows = nnllfast.parse(HEADER + ROW + "\n", "gg")
    assert (rows["m_go"][0], rows["m_sq"][0]) == (600.0, 500.0)
    assert (rows["lo_scale_up"][0], rows["lo_scale_down"][0]) == (1.5, 1.0)
    assert (rows["nnll_scale_up"][0], rows["nnll_scale_down"][0]) == (0.5, 0.6)


def test_pdf_shifts_are_in_picobarn() -> None:
    rows = nnllfast.parse(ROW, "gg")
    assert rows["nlo_pdf"][0] == pytest.approx(0.6)
    assert rows["nnll_pdf"][0] == pytest.approx(1.6)
    assert "lo_pdf" not in rows


def test_a_decoupled_grid_has_no_squark_mass() -> None:
    rows = nnllfast.parse(ROW.replace("gg 500", "gdcpl 1e+10"), "gdcpl")
    assert "m_sq" not in rows
    assert rows["m_go"][0] == 600.0


def test_a_stop_grid_has_stops_and_shifts_by_other_parameters() -> None:
    row = "st 500 600 4.0 1.5 -1.0 6.0 0.7 -0.9 10.0 2.0 -0.5 8.0 -0.6 0.5 20.0 1.0 0.0\n"
    rows = nnllfast.parse(row, "st")
    assert (rows["m_t1"][0], rows["m_go"][0], rows["nnll"][0]) == (500.0, 600.0, 8.0)
    assert (rows["nlo_param_up"][0], rows["nlo_param_down"][0]) == pytest.approx((0.12, 0.03))
    assert (rows["nnll_param_up"][0], rows["nnll_param_down"][0]) == pytest.approx((0.08, 0.0))
    assert rows["nnll_pdf"][0] == pytest.approx(1.6)


def test_two_shifts_to_one_side_leave_none_to_the_other() -> None:
    rows = nnllfast.parse(ROW.replace("gg", "ss").replace("-0.6 0.5", "-0.6 -0.2"), "ss")
    assert (rows["nnll_scale_up"][0], rows["nnll_scale_down"][0]) == (0.0, 0.6)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has 0 lines"),
        (ROW.replace(" 20.0", ""), "1 of them without 14 columns"),
        (ROW.replace("-1.0", "1.0"), "lo scale shifts"),
    ],
)
def test_another_table_is_refused(content: str, said: str) -> None:
    with pytest.raises(nnllfast.LabelError, match=said):
        nnllfast.parse(content, "gg")


def test_a_wheel_that_is_not_the_published_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / nnllfast.WHEEL).write_bytes(b"something else")
    with pytest.raises(nnllfast.LabelError, match="expected 7097cf13"):
        nnllfast.wheel(tmp_path)


def test_columns_are_arrays_of_one_length() -> None:
    rows = nnllfast.parse(ROW + ROW.replace("600", "700"), "gg")
    assert {np.asarray(c).shape for c in rows.values()} == {(2,)}
