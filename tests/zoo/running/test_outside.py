"""Raise, nan and warn, decided in one place."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import lhnets
from lhnets import OutsideRegionError, OutsideRegionWarning, ParameterError
from lhnets._running.outside import require_known, treat_outside

BEYOND = np.array([False, True])
VALUE, UNCERTAINTY = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.1, 0.2], [0.3, 0.4]])


def explain() -> str:
    return "m_go = 9000 GeV lies outside [400, 3000]"


def test_nothing_happens_inside() -> None:
    def never() -> str:
        raise AssertionError

    found = treat_outside("raise", np.array([False, False]), VALUE, UNCERTAINTY, never)
    assert found[0] is VALUE
    assert found[1] is UNCERTAINTY


def test_nan_takes_the_rows_outside_and_no_others() -> None:
    value, uncertainty = treat_outside("nan", BEYOND, VALUE, UNCERTAINTY, explain)
    for found, given in ((value, VALUE), (uncertainty, UNCERTAINTY)):
        np.testing.assert_array_equal(found[0], given[0])
        assert np.isnan(found[1]).all()


def test_warn_keeps_the_numbers() -> None:
    with pytest.warns(OutsideRegionWarning, match="m_go = 9000"):
        value, uncertainty = treat_outside("warn", BEYOND, VALUE, UNCERTAINTY, explain)
    np.testing.assert_array_equal(value, VALUE)
    np.testing.assert_array_equal(uncertainty, UNCERTAINTY)


def test_raise_says_why_and_what_to_do() -> None:
    with pytest.raises(
        OutsideRegionError, match=r"m_go = 9000 .*\. Pass outside='nan' or outside='warn' to go on"
    ):
        treat_outside("raise", BEYOND, VALUE, UNCERTAINTY, explain)
    with pytest.raises(OutsideRegionError, match=r"\. Choose another network$"):
        treat_outside("raise", BEYOND, VALUE, UNCERTAINTY, explain, "Choose another network")


def test_other_words_are_refused() -> None:
    with pytest.raises(ParameterError, match="must be 'raise', 'nan' or 'warn', got 'clip'"):
        require_known("clip")


def test_the_warning_points_at_the_users_line(zoo: object) -> None:
    point = {"m_a": 1250.0}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        lhnets.CS("p p > go go", point, energy="13 TeV", outside="warn")
        lhnets.load("cs-exponential")(point, energy="13 TeV", outside="warn")
    assert [Path(w.filename) for w in caught] == [Path(__file__)] * 2
