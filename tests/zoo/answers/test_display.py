import numpy as np
import pytest

from lhnets._answers.display import plus_minus, write_text, write_value
from lhnets._answers.shifts import Shift


@pytest.mark.parametrize(
    ("value", "uncertainty", "text"),
    [
        (0.0, 0.1, "0.00 ± 0.10"),
        (1.0, 0.0, "1 ± 0"),
        (-3.2e-7, 1e-9, "(-3.200 ± 0.010)e-07"),
        (123456.0, 1200.0, "(1.235 ± 0.012)e+05"),
        (float("nan"), float("nan"), "nan ± nan"),
    ],
)
def test_digits_follow_the_uncertainty(value, uncertainty, text):
    assert plus_minus(value, uncertainty) == text


@pytest.mark.parametrize(
    ("value", "components", "text"),
    [
        (
            (1.01069e-3, 1.4e-7),
            {"scale": Shift(5.3e-5, 6.3e-5), "pdf+alpha_s": Shift(1.87e-4, 1.87e-4)},
            "(1.01069 ± 0.00014 network +0.053 \u22120.063 scale ± 0.187 PDF+alpha_s)e-03 pb",
        ),
        (
            (5.6637e-4, 2.8e-7),
            {"scale": Shift(3.8e-5, 3.2e-5), "pdf": Shift(1.66e-4, 1.66e-4)},
            "(5.6637 ± 0.0028 network +0.38 \u22120.32 scale ± 1.66 PDF)e-04 pb",
        ),
        (
            (385.984, 0.014),
            {"total": Shift(22.0, 25.0)},
            "(385.984 ± 0.014 network +22 \u221225 theory) pb",
        ),
        (
            (12.0, 0.1),
            {"tiny": Shift(1e-6, 1e-6), "scale": Shift(3.2, 0.0)},
            "(12.00 ± 0.10 network ± 0.0000010 tiny +3.20 \u22120.00 scale) pb",
        ),
        (
            (2.0, 0.0),
            {"scale": Shift(float("nan"), float("nan"))},
            "(2 ± 0 network ± nan scale) pb",
        ),
    ],
)
def test_components_are_written_as_physicists_do(value, components, text):
    number, uncertainty = value
    assert write_text(number, uncertainty, components, "pb") == text


def test_one_number_without_unit_or_components():
    assert write_value(0.59115, 5.8e-6, {}) == "0.5911500 ± 0.0000058 network"


def test_ranges_of_several_points_are_absolute_where_the_sign_changes():
    value = np.array([-1.0, 2.0, np.nan])
    found = write_text(value, np.array([0.1, 0.2, np.nan]), {"scale": Shift(0.5, 0.25)}, "1")
    assert found == "[-1.  2. nan] ± 0.1 to 0.2 network +0.5 \u22120.25 scale"
