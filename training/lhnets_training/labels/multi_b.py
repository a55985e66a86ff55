"""Signal efficiencies of gluino pairs in signal region C of ATLAS-SUSY-2018-31, at particle level.

The selection is that of the publication (ATLAS, JHEP 12 (2019) 060): no lepton, at least four jets, at least three of them
b-tagged, missing momentum above 250 GeV and away from the four leading jets, in bins of its object-based significance.
What stands for the detector: b-tagging by its probabilities, which weight the events, and the resolution of jets in the
significance. Nothing is smeared; no trigger, pile-up, tau veto or lepton efficiency.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels import pythia, spectrum

Array = NDArray[np.float64]

EDGES = (22.0, 24.0, 26.0, 28.0, np.inf)
MISSING, AWAY = 250.0, 0.4
JETS, TAGS = 4, 3
BASELINE_PT, SIGNAL_PT, JET_ETA, TAG_ETA = 20.0, 30.0, 2.8, 2.5
LEPTON_PT = {11: 4.5, 13: 4.0}
LEPTON_ETA = {11: 2.47, 13: 2.5}
RADIUS, MATCH, HADRON_PT = 0.4, 0.3, 5.0
TAGGED = {5: 0.77, 4: 1 / 6.0, 0: 1 / 134.0}
"""Probabilities of the 77 % working point for b, c and light jets."""
NOISE, STOCHASTIC, CONSTANT = 3.0, 0.7, 0.035
"""Relative resolution of jet p_T: noise/p_T, stochastic/sqrt(p_T) and constant, in quadrature; p_T in GeV."""
SIDEWAYS, SOFT = 0.02, 10.0
"""Angular resolution of jets in rad, and resolution of the soft term in GeV."""
GLUINO, STOP, NEUTRALINO, TOP = 1000021, 1000006, 1000022, 6


@dataclass(frozen=True)
class Event:
    """What the selection needs: jets (J, 3) in p_T, eta, phi, their flavours (J,), leptons (L, 3), missing momentum (2,)."""

    jets: Array
    flavours: NDArray[np.int64]
    leptons: Array
    missing: Array


@dataclass(frozen=True)
class Efficiencies:
    """The label of points (m_go, m_t1, m_n1) in GeV: the efficiency in each bin and its statistical error.

    Both gluinos decay to a top and a stop, both stops to a top and the neutralino, isotropically.
    """

    events: int
    energy: float

    def __call__(self, points: Array) -> Array:
        """Columns efficiencies (4), errors (4): shape (N, 8)."""
        return np.array([self._label(row) for row in points])

    def _label(self, row: Array) -> Array:
        weights = np.array([weight(event) for event in generate(row, self.events, self.energy)])
        return np.concatenate([weights.mean(axis=0), weights.std(axis=0, ddof=1) / np.sqrt(len(weights))])


def weight(event: Event) -> Array:
    """The probability (4,) that the event is in each bin of the significance."""
    bins = np.zeros(len(EDGES) - 1)
    size = float(np.hypot(*event.missing))
    jets = event.jets[(event.jets[:, 0] > SIGNAL_PT) & (np.abs(event.jets[:, 1]) < JET_ETA)]
    if size < MISSING or len(jets) < JETS or _vetoed(event):
        return bins
    if np.abs(_between(jets[:JETS, 2], np.arctan2(*event.missing[::-1]))).min() < AWAY:
        return bins
    found = int(np.searchsorted(EDGES, significance(event.missing, jets), side="right")) - 1
    if found >= 0:
        bins[found] = _tagged(event)
    return bins


def significance(missing: Array, jets: Array) -> float:
    """Object-based significance of the missing momentum (2,) beside jets (J, 3): its size over its resolution.

    |missing| / sqrt(V_L (1 - rho^2)), where V is the covariance of jets and soft term along and across it.
    """
    p_t, _, phi = jets.T
    along = p_t * np.sqrt((NOISE / p_t) ** 2 + STOCHASTIC**2 / p_t + CONSTANT**2)
    across = SIDEWAYS * p_t
    angle = _between(phi, np.arctan2(missing[1], missing[0]))
    c, s = np.cos(angle), np.sin(angle)
    longitudinal = float(((along * c) ** 2 + (across * s) ** 2).sum()) + SOFT**2
    transverse = float(((along * s) ** 2 + (across * c) ** 2).sum()) + SOFT**2
    mixed = float(((along**2 - across**2) * c * s).sum())
    return float(np.hypot(*missing) / np.sqrt(longitudinal - mixed**2 / transverse))


def at_least(count: int, probabilities: Array) -> float:
    """The probability that at least ``count`` of independent trials with ``probabilities`` (n,) succeed."""
    fewer = np.zeros(count)
    fewer[0] = 1.0
    for p in probabilities:
        fewer = fewer * (1 - p) + np.concatenate([[0.0], fewer[:-1]]) * p
    return float(1 - fewer.sum())


def generate(row: Array, events: int, energy: float) -> Iterator[Event]:
    """Gluino pairs at (m_go, m_t1, m_n1) with showers and hadrons, without multiple parton interactions."""
    settings = (
        "Print:quiet = on", f"Beams:eCM = {energy}", "PartonLevel:MPI = off", "SLHA:verbose = 0",
        "SUSY:gg2gluinogluino = on", "SUSY:qqbar2gluinogluino = on", "Random:setSeed = on",
        f"Random:seed = {crc32(row.tobytes()) % 900_000_000}",
    )  # fmt: skip
    for event in pythia.events(settings, _slha(row), events):
        yield read(event)


def read(record: Any) -> Event:
    """Particle-level objects of a Pythia event record."""
    import fastjet

    inputs, leptons, missing = [], [], np.zeros(2)
    hadrons: list[tuple[int, float, float]] = []
    for particle in record:
        if not particle.isFinal():
            flavour = _heavy(particle.idAbs())
            if flavour and particle.pT() > HADRON_PT:
                hadrons.append((flavour, particle.eta(), particle.phi()))
            continue
        if not particle.isVisible():
            missing += particle.px(), particle.py()
        elif particle.idAbs() in LEPTON_PT and _prompt(record, particle):
            leptons.append((particle.pT(), particle.eta(), particle.phi(), particle.idAbs()))
        elif particle.idAbs() != 13 and abs(particle.eta()) < 4.9:
            inputs.append(fastjet.PseudoJet(particle.px(), particle.py(), particle.pz(), particle.e()))
    cluster = fastjet.ClusterSequence(inputs, fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS))
    jets = np.array([
        (j.pt(), j.eta(), j.phi_std()) for j in fastjet.sorted_by_pt(cluster.inclusive_jets(BASELINE_PT))
    ]).reshape(-1, 3)  # fmt: skip
    kept = [(p, e, f) for p, e, f, i in leptons if p > LEPTON_PT[i] and abs(e) < LEPTON_ETA[i]]
    return Event(jets, _flavours(jets, hadrons), np.array(kept).reshape(-1, 3), missing)


def _flavours(jets: Array, hadrons: list[tuple[int, float, float]]) -> NDArray[np.int64]:
    """The heaviest flavour of hadrons near each jet; 0 for light jets."""
    found = np.zeros(len(jets), dtype=np.int64)
    for flavour, eta, phi in hadrons:
        near = np.hypot(jets[:, 1] - eta, _between(jets[:, 2], phi)) < MATCH
        found[near] = np.maximum(found[near], flavour)
    return found


def _vetoed(event: Event) -> bool:
    """Whether a lepton is left that no jet overlaps."""
    for _, eta, phi in event.leptons:
        if not (np.hypot(event.jets[:, 1] - eta, _between(event.jets[:, 2], phi)) < RADIUS).any():
            return True
    return False


def _tagged(event: Event) -> float:
    able = (event.jets[:, 0] > SIGNAL_PT) & (np.abs(event.jets[:, 1]) < TAG_ETA)
    return at_least(TAGS, np.array([TAGGED[int(f)] for f in event.flavours[able]]))


def _heavy(pdg: int) -> int:
    """5 or 4 for hadrons with a bottom or charm quark, else 0."""
    digits = (pdg // 1000) % 10, (pdg // 100) % 10
    return 0 if pdg < 100 or pdg > 100_000 else 5 if 5 in digits else 4 if 4 in digits else 0


def _prompt(record: Any, particle: Any) -> bool:
    """Whether a lepton comes from a W, Z or tau and not from a hadron."""
    mother = record[particle.mother1()]
    while mother.idAbs() == particle.idAbs():
        mother = record[mother.mother1()]
    return mother.idAbs() in (15, 23, 24)


def _between(a: Any, b: Any) -> Any:
    """The difference of azimuths in [-pi, pi)."""
    return (a - b + np.pi) % (2 * np.pi) - np.pi


def _slha(row: Array) -> str:
    m_go, m_t1, m_n1 = row
    masses = {GLUINO: m_go, STOP: m_t1, NEUTRALINO: m_n1}
    decays = (
        f"DECAY {GLUINO} 1.0\n 0.5 2 {TOP} -{STOP}\n 0.5 2 -{TOP} {STOP}\nDECAY {STOP} 1.0\n 1.0 2 {TOP} {NEUTRALINO}\n"
    )
    return spectrum.write(masses) + decays
