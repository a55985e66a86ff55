"""The particle-level selection of gluinos through stops: significance, tags, vetoes."""

import numpy as np
import pytest

from lhnets_training.labels.events.multi_b import (
    SelectionEvent,
    at_least,
    flavours,
    significance,
    weight,
)

JETS = np.array(
    [
        [400.0, 0.1, 2.0],
        [300.0, -0.5, -2.0],
        [200.0, 1.0, 2.6],
        [100.0, -1.0, -2.6],
        [80.0, 0.3, 3.0],
    ]
)
BOTTOMS = np.array([5, 5, 5, 5, 0])
NONE = np.empty((0, 3))


def event(
    missing: float = 900.0, jets: np.ndarray = JETS, leptons: np.ndarray = NONE
) -> SelectionEvent:
    return SelectionEvent(jets, BOTTOMS[: len(jets)], leptons, np.array([missing, 0.0]))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_tags_count_as_independent_trials(count: int) -> None:
    p = np.array([0.77, 0.2, 0.5])
    drawn = np.random.default_rng(1).random((200_000, 3)) < p
    assert at_least(count, p) == pytest.approx(float((drawn.sum(axis=1) >= count).mean()), abs=5e-3)


def test_significance_of_one_jet_and_the_soft_term() -> None:
    jet = np.array([[100.0, 0.0, np.pi]])
    along = 100 * np.sqrt(0.03**2 + 0.7**2 / 100 + 0.035**2)
    assert significance(np.array([100.0, 0.0]), jet) == pytest.approx(100 / np.hypot(along, 10.0))
    sideways = significance(np.array([0.0, 100.0]), jet)
    assert sideways == pytest.approx(100 / np.hypot(2.0, 10.0))


def test_significance_does_not_depend_on_the_axes() -> None:
    turned = JETS + np.array([0.0, 0.0, 0.7])
    missing = 500 * np.array([np.cos(0.7), np.sin(0.7)])
    assert significance(missing, turned) == pytest.approx(
        significance(np.array([500.0, 0.0]), JETS)
    )


def test_an_event_falls_into_one_bin_with_its_tags() -> None:
    found = weight(event())
    assert np.count_nonzero(found) == 1
    assert found[3] == pytest.approx(at_least(3, np.array([0.77] * 4 + [1 / 134])))


@pytest.mark.parametrize(
    "refused",
    [
        event(missing=200.0),
        event(jets=JETS[:3]),
        event(jets=JETS + np.array([0.0, 0.0, -2.1])),
        event(leptons=np.array([[30.0, 2.0, 0.0]])),
    ],
    ids=["little missing momentum", "three jets", "along a jet", "a lepton"],
)
def test_refused_events(refused: SelectionEvent) -> None:
    assert not weight(refused).any()


def test_a_lepton_in_a_jet_is_no_veto() -> None:
    assert weight(event(leptons=np.array([[30.0, 0.1, 2.1]]))).any()


def test_a_jet_has_the_heaviest_flavour_near_it() -> None:
    hadrons = np.array(
        [[50.0, 0.15, 2.05], [60.0, 0.1, 2.0], [9.0, 1.0, 2.6 - 2 * np.pi], [70.0, 4.0, 0.0]]
    )
    assert flavours(JETS, hadrons, np.array([4, 5, 4, 5])).tolist() == [5, 0, 4, 0, 0]
    assert flavours(JETS, NONE, np.empty(0, dtype=np.int64)).tolist() == [0] * 5
