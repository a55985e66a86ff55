import pytest

from lhnets._answers.display import plus_minus


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
