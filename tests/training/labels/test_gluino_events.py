"""Events of gluinos through stops: the roulette leaves means alone, records are read as Pythia and
FastJet mean them."""

from dataclasses import dataclass

import numpy as np
import pytest

from lhnets_training.data import table
from lhnets_training.labels.events import gluino_events
from lhnets_training.labels.events.gluino_events import (
    ParticleRecord,
    cluster,
    heavy,
    mean,
    outlook,
    simulate,
)
from lhnets_training.labels.events.multi_b import weight
from lhnets_training.recipes.efficiencies import efficiency_gluino_stop_src as recipe

MASSES = np.array([1800.0, 1000.0, 200.0])


@dataclass(frozen=True)
class Particle:
    """A particle of a hard process as Pythia gives it."""

    kind: int
    p_t: float
    angle: float
    forward: float = 0.0

    def idAbs(self) -> int:  # noqa: N802
        return self.kind

    def pT(self) -> float:  # noqa: N802
        return self.p_t

    def eta(self) -> float:
        return self.forward

    def phi(self) -> float:
        return self.angle

    def px(self) -> float:
        return self.p_t * float(np.cos(self.angle))

    def py(self) -> float:
        return self.p_t * float(np.sin(self.angle))


QUARKS = [Particle(5, p, a) for p, a in ((300.0, 2.0), (250.0, -2.0), (200.0, 2.5), (120.0, -2.6))]


@pytest.mark.parametrize(
    ("particles", "expected"),
    [
        ([Particle(1000022, 560.0, 0.0)], 1.0),
        ([Particle(1000022, 100.0, 0.0)], gluino_events.LEAST),
        ([Particle(1000022, 560.0, 0.0), Particle(11, 50.0, 1.0)], gluino_events.ISOLATED),
        ([Particle(1000022, 560.0, 0.0), Particle(11, 50.0, 1.0, forward=4.0)], 1.0),
        ([Particle(1000022, 560.0, 0.0), Particle(13, 50.0, 2.1)], 1.0),
        ([Particle(1000022, 560.0, 0.0), Particle(5, 150.0, 0.2)], gluino_events.ALONG),
    ],
    ids=[
        "good",
        "little missing momentum",
        "a lepton",
        "a forward lepton",
        "a lepton in a jet",
        "a quark along it",
    ],
)
def test_outlook(particles: list[Particle], expected: float) -> None:
    assert outlook(QUARKS + particles) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("pdg", "flavour"), [(511, 5), (-5122, 5), (421, 4), (4122, 4), (211, 0), (1000022, 0), (5, 0)]
)
def test_flavour_of_hadrons(pdg: int, flavour: int) -> None:
    assert heavy(np.array([pdg])).tolist() == [flavour]


def test_jets_of_each_event() -> None:
    pytest.importorskip("fastjet")
    p = np.array(
        [
            [50.0, 0, 0, 50],
            [60.0, 1, 0, 60.1],
            [-90.0, 0, 20, 93],
            [0, 5.0, 0, 5],
            [0, 40.0, 30, 50],
        ]
    )
    first, second = cluster(p, np.array([4, 1]))
    np.testing.assert_allclose(first[:, 0], [np.hypot(110, 1), 90.0], rtol=1e-6)
    np.testing.assert_allclose(second, [[40.0, np.arcsinh(0.75), np.pi / 2]], rtol=1e-6)


def test_leptons_are_prompt_from_w_and_tau_not_from_hadrons() -> None:
    pytest.importorskip("fastjet")
    zero = [0.0, 0.0, 0.0, 0.0]
    pdg = np.array([90, 24, 11, 11, 12, 511, -13, 14, 211])
    status = np.array([-11, -22, -23, 1, 1, -2, 1, 1, 1])
    mother = np.array([0, 0, 1, 2, 1, 0, 5, 5, 0])
    p = np.array(
        [
            zero,
            zero,
            zero,
            [30.0, 0, 0, 30],
            [0, 40.0, 0, 40],
            [60.0, 1, 0, 60.1],
            [5, 0.1, 0, 5.1],
            [7.0, 0, 0, 7],
            [50.0, 0, 1, 50.1],
        ]
    )
    (event,) = ParticleRecord(np.zeros(9, dtype=np.int64), pdg, status, mother, p).events(1)
    np.testing.assert_allclose(event.leptons, [[30.0, 0, 0]])
    np.testing.assert_allclose(event.missing, [7.0, 40.0])
    assert event.jets[:, 0] == pytest.approx([50.0])
    assert event.flavours.tolist() == [5]


def test_the_roulette_leaves_means_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums of weights count trials, and efficiencies agree with those of events that were all
    simulated."""
    pytest.importorskip("pythia8mc")
    pytest.importorskip("fastjet")
    hard = gluino_events.hard_processes(1800.0, 60, 13_000.0, 1)
    sample = simulate(MASSES, hard, 150, 13_000.0, 2)
    assert len(sample.events) == len(sample.weights) == 150
    assert sample.trials > 300
    assert sample.weights.sum() == pytest.approx(sample.trials, rel=0.35)
    found, error = np.split(mean(sample), 2)
    monkeypatch.setattr(gluino_events, "outlook", lambda _: 1.0)
    everything = simulate(MASSES, hard, 250, 13_000.0, 3)
    assert everything.trials == 250
    weights = np.array([weight(event).sum() for event in everything.events])
    off = found.sum() - weights.mean()
    assert abs(off) < 4 * np.hypot(np.sqrt((error**2).sum()), weights.std() / np.sqrt(250))
    assert np.mean([len(e.jets) for e in everything.events]) > 6
    assert np.mean([(e.flavours == 5).sum() for e in everything.events]) > 2.5


def test_points_of_one_call_share_their_mass() -> None:
    with pytest.raises(ValueError, match="one gluino mass, got 2"):
        gluino_events.Efficiencies(10, 10, 13_000.0)(np.array([MASSES, MASSES + 1]))


def test_published_labels_and_their_errors() -> None:
    path = table.bundled(recipe.DATASET)
    assert path is not None
    rows = table.read(path, recipe.DATASET)
    for name in recipe.BINS:
        assert (rows[name] >= 0).all()
        large = rows[name] > rows[name].mean()
        assert (rows[f"{name}_error"][large] / rows[name][large]).mean() < 0.2
