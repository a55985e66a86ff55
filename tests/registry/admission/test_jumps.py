"""The search for jumps in functions that are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from lhnets.networks import Arrays
from lhnets_registry.admission import region
from lhnets_registry.admission.jumps import Search
from lhnets_registry.report import Finding

from ..conftest import small_card

Points = NDArray[np.float64]
CARD = small_card(region=())
LOW, HIGH = region.box(CARD)


def search(
    law: Callable[[Points], Points], uncertainty: float = 1e-3, description: str = "", seed: int = 2
) -> Finding:
    """The finding on a function of two numbers between 0 and 1 that is exp(law)."""

    def run(x: Points) -> Arrays:
        value = np.exp(law((x - LOW) / (HIGH - LOW)))[:, None]
        return Arrays(value, uncertainty * np.abs(value), np.zeros(len(x)))

    rng = np.random.default_rng(seed)
    card = small_card(region=(), description=description) if description else CARD
    points = rng.uniform(LOW, HIGH, (10_000, 2))
    return Search(card, run, rng).find(points, run(points), points[:3000])


@pytest.mark.parametrize(
    "law",
    [
        lambda u: -8 * u[:, 0] + np.sin(5 * u[:, 1]),
        lambda u: np.abs(u[:, 0] - 0.3) * 20,
        lambda u: np.sqrt(np.maximum(0.0, u[:, 0] + u[:, 1] - 0.7)),
        lambda u: 3 / (1 + (200 * (u[:, 0] - u[:, 1])) ** 2),
        lambda u: np.maximum(u[:, 0], 3 * u[:, 1] - 1),
        lambda u: np.zeros(len(u)),
    ],
    ids=["smooth", "kink", "threshold", "resonance", "larger", "constant"],
)
def test_continuous_functions_pass(law: Callable[[Points], Points]) -> None:
    assert search(law).outcome == "pass"


@pytest.mark.parametrize("width", [1e-3, 1e-2, 1e-1])
def test_a_window_is_found_at_its_edge(width: float) -> None:
    finding = search(lambda u: -8 * u[:, 0] + 1.0 * (np.abs(u[:, 1] - 0.4) < width / 2))
    assert finding.outcome == "fail"
    assert "uncertainties, between m_go = " in finding.figure


def test_a_step_within_the_uncertainty_passes() -> None:
    def law(u: Points) -> Points:
        return -8 * u[:, 0] + 0.05 * (u[:, 1] > 0.4)

    assert search(law, 0.02).outcome == "pass"
    assert search(law, 1e-3).outcome == "fail"


def test_steps_everywhere_pass_and_a_larger_one_does_not() -> None:
    """As trees have them; the window is 30 times as high as their steps."""

    def steps(u: Points) -> Points:
        return np.floor(u * 50).sum(axis=1) * 0.02

    assert search(steps, 0.01).outcome == "pass"
    found = search(lambda u: steps(u) + 3.0 * (np.abs(u[:, 1] - 0.4) < 0.01), 0.01)
    assert found.outcome == "fail"


def test_a_jump_that_the_card_states_is_told() -> None:
    def law(u: Points) -> Points:
        return u[:, 1] + 1.0 * (u[:, 0] > 0.5)

    assert search(law).outcome == "fail"
    stated = search(law, description="Smooth but for kinks: m_go = 1700 (jump).")
    assert stated.outcome == "pass"
    assert "its card says that it jumps" in stated.figure


def test_values_that_are_not_finite_on_the_way_are_told() -> None:
    def law(u: Points) -> Points:
        return np.where(np.abs(u[:, 0] - 0.35) < 5e-4, np.nan, u[:, 0])

    assert "not finite at m_go" in search(law).figure
