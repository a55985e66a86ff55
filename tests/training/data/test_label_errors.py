import numpy as np
import pytest

from lhnets_training.data.label_errors import rounded, scattered, stated


def test_errors_from_columns() -> None:
    rows = {"x": np.arange(3), "LO_error": np.array([0.1, 0.2, 0.3])}
    np.testing.assert_array_equal(stated("LO_error", None)(rows), [[0.1, 0], [0.2, 0], [0.3, 0]])


def test_errors_from_digits_are_those_of_rounding() -> None:
    exact = np.exp(np.random.default_rng(0).uniform(np.log(1.0), np.log(10.0), 20_000))
    printed = np.array([float(f"{v:.2e}") for v in exact])
    error = rounded(["y"], 3)({"y": printed})[:, 0]
    assert np.sqrt(np.mean((printed - exact) ** 2)) == pytest.approx(
        np.sqrt(np.mean(error**2)), rel=0.03
    )


@pytest.mark.parametrize("value", [1000.0, 1e-5, -1000.0, 9.99e3])
def test_the_last_digit_belongs_to_the_power_of_ten(value: float) -> None:
    step = 10.0 ** (np.floor(np.log10(abs(value)) + 1e-9) - 3)
    assert rounded(["y"], 4)({"y": np.array([value])})[0, 0] == pytest.approx(step / np.sqrt(12))


def test_a_label_of_zero_has_none() -> None:
    assert rounded(["y"], 4)({"y": np.zeros(1)})[0, 0] == 0


def test_errors_from_scatter_are_those_that_were_put_in() -> None:
    first, second = (
        grid.ravel() for grid in np.meshgrid(np.arange(5.0, 31.0), np.arange(5.0, 31.0))
    )
    smooth = first**-3 * np.exp(-first / second) + second**-2
    noise = np.random.default_rng(1).normal(size=(2, len(first)))
    rows = {
        "a": first,
        "b": second,
        "quiet": smooth,
        "loud": smooth * (1 + 2e-3 * noise[0]),
        "up": 0 * smooth,
    }
    found = scattered(["a", "b"], ["quiet", "loud", None])(rows) / smooth[:, None]
    np.testing.assert_allclose(found[:, 1], 2e-3, rtol=0.15)
    assert found[:, 0].max() < 2e-5
    assert not found[:, 2].any()


def test_a_step_does_not_count_as_scatter() -> None:
    m = np.linspace(100, 1000, 60)
    y = m**-4 * (1 + 1e-3 * np.random.default_rng(2).normal(size=60)) * np.where(m > 500, 1.2, 1.0)
    assert scattered(["m"], ["y"])({"m": m, "y": y})[0, 0] / y[0] == pytest.approx(1e-3, rel=0.4)
