import numpy as np

from lhnets_training.judging import checks

ORDER = ("m", "e")
FALLING = lambda x: np.exp(-x[:, 0]) * x[:, 1]  # noqa: E731


def test_positive() -> None:
    points = np.ones((5, 2))
    assert checks.positive(FALLING, points).passed
    assert not checks.positive(lambda x: FALLING(x) - 1.0, points).passed
    assert not checks.positive(lambda x: x[:, 0] * np.nan, points).passed


def test_falls_along_every_line() -> None:
    lines = checks.points_of({"m": np.linspace(1, 2, 10), "e": np.array([[1.0], [3.0]])}, ORDER)
    assert lines.shape == (2, 10, 2)
    found = checks.falls(FALLING, lines, "m")
    assert found.passed
    assert found.figure == "0 rising steps of 18"
    assert checks.falls(lambda x: x[:, 0], lines, "m").figure == "18 rising steps of 18"


def test_flat_and_between() -> None:
    first, second = (checks.points_of({"m": 1.0, "e": [e, 2 * e]}, ORDER) for e in (1.0, 1.01))
    assert checks.flat(FALLING, first, second, name="flat", within=0.02, criterion="").passed
    assert not checks.flat(FALLING, first, second, name="flat", within=0.005, criterion="").passed
    assert checks.between(FALLING, first, second, 1.0, 1.1, name="ratio", criterion="").passed
    assert not checks.between(FALLING, first, second, 1.02, 1.1, name="ratio", criterion="").passed


def test_agreement_states_the_worst_difference() -> None:
    points = checks.points_of({"m": [0.0, 0.0], "e": [1.0, 2.0]}, ORDER)
    found = checks.agrees(
        FALLING, points, np.array([1.0, 1.98]), name="a program", within=0.02, reference="key"
    )
    assert found.passed
    assert found.figure == "largest difference 1 %, mean +0.51 % at 2 points"
    assert found.reference == "key"
    assert not checks.agrees(
        FALLING, points, np.array([1.0, 1.5]), name="a program", within=0.02
    ).passed


def test_a_measured_number() -> None:
    assert checks.measured("precision", 3e-7, 1e-6, criterion="below 1e-6").passed
    assert not checks.measured("precision", 3e-6, 1e-6, criterion="below 1e-6").passed
