"""The particle-level selection of gluinos through stops: significance, tags, vetoes, and events of Pythia."""

import numpy as np
import pytest

from lhnets_training import table
from lhnets_training.labels import multi_b
from lhnets_training.labels.multi_b import Event, at_least, significance, weight
from lhnets_training.recipes import efficiency_gluino_stop_src as recipe

JETS = np.array([[400.0, 0.1, 2.0], [300.0, -0.5, -2.0], [200.0, 1.0, 2.6], [100.0, -1.0, -2.6], [80.0, 0.3, 3.0]])
BOTTOMS = np.array([5, 5, 5, 5, 0])
NONE = np.empty((0, 3))


def event(missing: float = 900.0, jets: np.ndarray = JETS, leptons: np.ndarray = NONE) -> Event:
    return Event(jets, BOTTOMS[: len(jets)], leptons, np.array([missing, 0.0]))


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
    assert significance(missing, turned) == pytest.approx(significance(np.array([500.0, 0.0]), JETS))


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
def test_refused_events(refused: Event) -> None:
    assert not weight(refused).any()


def test_a_lepton_in_a_jet_is_no_veto() -> None:
    assert weight(event(leptons=np.array([[30.0, 0.1, 2.1]]))).any()


@pytest.mark.parametrize(("pdg", "flavour"), [(511, 5), (5122, 5), (421, 4), (4122, 4), (211, 0), (1000022, 0)])
def test_flavour_of_hadrons(pdg: int, flavour: int) -> None:
    assert multi_b._heavy(pdg) == flavour


def test_events_of_pythia_have_tops_inside() -> None:
    pytest.importorskip("pythia8mc")
    pytest.importorskip("fastjet")
    made = list(multi_b.generate(np.array([1800.0, 1000.0, 200.0]), 12, 13_000.0))
    assert len(made) == 12
    assert np.mean([len(e.jets) for e in made]) > 6
    assert np.mean([(e.flavours == 5).sum() for e in made]) > 2.5
    assert np.median([np.hypot(*e.missing) for e in made]) > 150


def test_published_labels_and_their_errors() -> None:
    path = table.bundled(recipe.DATASET)
    assert path is not None
    rows = table.read(path, recipe.DATASET)
    for name in recipe.BINS:
        assert (rows[name] > 0).all()
        assert 0.1 < (rows[f"{name}_error"] / rows[name]).mean() < 0.4
