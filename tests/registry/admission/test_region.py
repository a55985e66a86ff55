from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import lhnets as ml
from lhnets.format import HalfSpace, Input
from lhnets_registry.admission import region

from ..conftest import small_card

EDGE = st.floats(-1e4, 1e4)


def holds(card: object, points: np.ndarray) -> np.ndarray:
    low, high = np.array([[i.low, i.high] for i in card.columns]).T  # type: ignore[attr-defined]
    inside = ((points >= low) & (points <= high)).all(axis=1)
    for h in card.region:  # type: ignore[attr-defined]
        normal = np.array([h.coefficients.get(i.name, 0.0) for i in card.columns])  # type: ignore[attr-defined]
        inside &= points @ normal <= h.bound
    return inside


@given(EDGE, st.floats(1.0, 1e4), st.floats(-1.0, 1.0), st.integers(0, 2**32 - 1))
def test_points_lie_where_they_should(low: float, width: float, tilt: float, seed: int) -> None:
    inputs = tuple(
        Input(name=n, meaning="", unit="GeV", low=a, high=a + width)
        for n, a in (("x", low), ("y", abs(low) + 1))
    )
    centre = low + width / 2 + tilt * (abs(low) + 1 + width / 2)
    half = HalfSpace(coefficients={"x": 1.0, "y": tilt}, bound=centre + 0.1 * width, meaning="")
    card = small_card(inputs=inputs, region=(half,))
    points = region.inside(card, 200, np.random.default_rng(seed))
    assert len(points) == 200
    assert holds(card, points).all()
    assert holds(card, region.edge(card, points[:8])).all()
    assert not holds(card, region.outside(card, points[:8])).any()


def test_a_region_without_room_gives_fewer_points() -> None:
    nothing = HalfSpace(coefficients={"m_go": 1.0}, bound=0.0, meaning="")
    assert region.inside(small_card(region=(nothing,)), 10, np.random.default_rng(0)).shape == (
        0,
        2,
    )


def test_pure_states_of_mixing_matrices() -> None:
    network = ml.load("cs-chargino-neutralino-lo")
    points = np.asarray(network.file.reference.inputs["parameters"])[:2]
    found = region.pure(network.card, points)
    mixing = found[:, 3:].reshape(len(found), -1)
    assert ((mixing == 0) | (mixing == 1)).all(axis=1).any()
    np.testing.assert_array_equal(np.unique(found[:, :3], axis=0), np.unique(points[:, :3], axis=0))
    assert len(region.pure(ml.load("cs-slepton-pair").card, np.array([[200.0]]))) == 0
