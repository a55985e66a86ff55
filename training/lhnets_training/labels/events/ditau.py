"""Tau pairs from Pythia 8: a Higgs boson of 125 GeV or a Z boson that recoils against a jet, one
tau decaying to a lepton and one to hadrons.

A look-alike of the Higgs boson machine learning challenge (C. Adam-Bourdarios et al., JMLR W&CP 42
(2015) 19; doi:10.7483/OPENDATA.ATLAS.ZBP2.M5T8) in pp collisions at 8 TeV, in its boosted part,
where the mass of the pair can be reconstructed: gluon fusion and Drell-Yan with one hard jet. Both
bosons and their taus are decayed by the same settings of Pythia, spin included. There is no
detector: the momenta of lepton and hadronic tau and the missing transverse momentum are smeared,
jets (anti-k_T, R = 0.4, by FastJet) are those of particles. Multiple interactions are off, and
there is no background but Z -> tau tau.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.generators.pythia import PythiaError, start

Array = NDArray[np.float64]

ENERGY = 8_000.0
Z, HIGGS = 0, 1
VISIBLE_PT, VISIBLE_ETA = 20.0, 2.5
"""Least transverse momentum of lepton and hadronic tau in GeV, and largest |eta|."""
BOSON_PT, HARD_PT = 100.0, 70.0
"""Least transverse momentum in GeV of lepton, hadronic tau and missing momentum together, and of
the boson of the hard process."""
JET_PT, JET_ETA, JET_RADIUS = 30.0, 4.5, 0.4
LEPTON_RESOLUTION, TAU_CONSTANT, TAU_STOCHASTIC = 0.02, 0.05, 0.3
"""Relative resolution of the lepton; of the hadronic tau the sum of a constant and of one over
sqrt(E/GeV)."""
MISSING_RESOLUTION = 10.0
"""Of each component of the missing transverse momentum, in GeV."""
JETS = 2
"""Jets kept, the hardest."""
FB_MB = 1e12
LOOSE_PT, LOOSE_ETA, LOOSE_BOSON_PT = 16.0, 2.7, 75.0
"""What both taus, and the pair, must have before they decay: an event that has less passes the
selection only by rare draws of the resolutions, and is not looked at."""
BRANCHING = 2 * 0.3503904 * 0.6496096
"""Of two taus to a lepton and to hadrons, as in Pythia's table."""
_TAU, _NEUTRINOS, _LEPTONS = 15, (12, 14, 16), (11, 13)
_PROCESSES = {
    HIGGS: (
        "HiggsSM:gg2Hg(l:t) = on",
        "HiggsSM:qg2Hq(l:t) = on",
        "HiggsSM:qqbar2Hg(l:t) = on",
        "25:m0 = 125",
        "25:onMode = off",
        "25:onIfMatch = 15 -15",
    ),
    Z: (
        "WeakBosonAndParton:qqbar2gmZg = on",
        "WeakBosonAndParton:qg2gmZq = on",
        "23:mMin = 60",
        "23:mMax = 150",
        "23:onMode = off",
        "23:onIfMatch = 15 -15",
    ),
}
_TAU_DECAYS = (
    "15:onMode = off",
    "15:onPosIfAny = 11 13",
    "15:onNegIfAny = 111 211 321 323",
)
"""The negative tau decays to a lepton, the positive one to hadrons."""
EVENT = (
    "lepton_pt", "lepton_eta", "lepton_phi",
    "tau_pt", "tau_eta", "tau_phi", "tau_mass",
    "missing_x", "missing_y",
    "jets", "jet_1_pt", "jet_1_eta", "jet_1_phi", "jet_2_pt", "jet_2_eta", "jet_2_phi",
)  # fmt: skip
"""Of an event: momenta in GeV, pseudorapidities and azimuths; zeros where there is no such jet."""
COLUMNS = ("higgs", "weight", *EVENT)
"""Of a row: class, cross section in fb that a generated event stands for, event."""


def labels(points: Array) -> Array:
    """One row of `COLUMNS` for each point (class, number), shape (N, columns).

    All points of one call must be of one class; the number of the first seeds the events. The
    weights of a call add up to the cross section within the selection.
    """
    classes = np.unique(points[:, 0])
    if len(classes) != 1:
        raise ValueError(f"expected events of one class, got {len(classes)} classes")
    return generate(int(classes[0]), len(points), 1 + int(points[0, 1]))


def generate(kind: int, count: int, seed: int) -> Array:
    """``count`` selected events of class `Z` or `HIGGS` as rows of `COLUMNS`.

    Raises
    ------
    PythiaError
        If pythia8mc or fastjet are not installed, or Pythia refuses the settings.
    """
    try:
        import fastjet
    except ImportError as error:
        raise PythiaError(
            'FastJet is not installed; install it with pip install "lhnets[training]"'
        ) from error
    pythia = start(settings(kind, seed))
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, JET_RADIUS)
    rng = np.random.default_rng([seed, kind])
    found: list[Array] = []
    tried = 0
    while len(found) < count:
        if pythia.next():
            tried += 1
            if not _may_pass(pythia.event) or not pythia.forceHadronLevel():
                continue
            if (event := _select(pythia.event, definition, rng)) is not None:
                found.append(event)
    weight = BRANCHING * FB_MB * pythia.infoPython().sigmaGen() / tried
    first = np.tile([float(kind), weight], (count, 1))
    return np.concatenate([first, np.array(found)], axis=1)


def settings(kind: int, seed: int) -> tuple[str, ...]:
    """The settings of Pythia for one class."""
    return (
        "Print:quiet = on",
        f"Beams:eCM = {ENERGY}",
        f"PhaseSpace:pTHatMin = {HARD_PT}",
        "PartonLevel:MPI = off",
        "HadronLevel:all = off",
        *_TAU_DECAYS,
        *_PROCESSES[kind],
        "Random:setSeed = on",
        f"Random:seed = {seed}",
    )


def smear(lepton: Array, tau: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Visible momenta (px, py, pz, E) with all components scaled by a draw from their
    resolutions."""
    of_tau = TAU_CONSTANT + TAU_STOCHASTIC / np.sqrt(tau[3])
    return (
        lepton * (1 + LEPTON_RESOLUTION * rng.normal()),
        tau * (1 + of_tau * rng.normal()),
    )


def _may_pass(event: Any) -> bool:
    """Whether the taus of the hard process, before they decay, leave a chance to pass."""
    taus = [p for p in event if p.idAbs() == _TAU and p.isFinal()]
    pair = np.sum([(p.px(), p.py()) for p in taus], axis=0)
    return np.hypot(*pair) > LOOSE_BOSON_PT and all(
        p.pT() > LOOSE_PT and abs(p.eta()) < LOOSE_ETA for p in taus
    )


def _select(event: Any, definition: Any, rng: np.random.Generator) -> Array | None:
    """The event as `EVENT`, if it passes."""
    leptons, hadrons = _visible(event)
    if len(leptons) != 1 or len(hadrons) != 1:
        return None
    lepton, tau = smear(leptons[0], hadrons[0], rng)
    if not (_passes(lepton) and _passes(tau)):
        return None
    away = [_direction(lepton), _direction(tau)]
    jets, invisible = _jets(event, definition, away)
    missing = invisible + rng.normal(0, MISSING_RESOLUTION, 2)
    if np.hypot(*(lepton[:2] + tau[:2] + missing)) < BOSON_PT:
        return None
    kept = np.zeros((JETS, 3))
    for number, jet in enumerate(jets[:JETS]):
        kept[number] = jet
    mass = np.sqrt(max(tau[3] ** 2 - tau[:3] @ tau[:3], 0.0))
    return np.concatenate(
        [
            [np.hypot(*lepton[:2]), *away[0]],
            [np.hypot(*tau[:2]), *away[1], mass],
            missing,
            [len(jets)],
            kept.ravel(),
        ]
    )


def _visible(event: Any) -> tuple[list[Array], list[Array]]:
    """Visible momenta (px, py, pz, E) of taus that decay to a lepton, and to hadrons."""
    leptons: list[Array] = []
    hadrons: list[Array] = []
    for particle in event:
        if particle.idAbs() != _TAU or particle.daughter1() <= 0:
            continue
        products = [event[k] for k in particle.daughterList()]
        if any(p.idAbs() in (_TAU, 22) for p in products):
            continue
        seen = [p for p in products if p.idAbs() not in _NEUTRINOS]
        momentum = np.sum([[p.px(), p.py(), p.pz(), p.e()] for p in seen], axis=0)
        to_lepton = any(p.idAbs() in _LEPTONS for p in seen)
        (leptons if to_lepton else hadrons).append(momentum)
    return leptons, hadrons


def _passes(p: Array) -> bool:
    return bool(np.hypot(p[0], p[1]) > VISIBLE_PT and abs(_direction(p)[0]) < VISIBLE_ETA)


def _direction(p: Array) -> tuple[float, float]:
    """Pseudorapidity and azimuth."""
    return float(np.arcsinh(p[2] / np.hypot(p[0], p[1]))), float(np.arctan2(p[1], p[0]))


def _jets(
    event: Any, definition: Any, away: list[tuple[float, float]]
) -> tuple[list[tuple[float, float, float]], Array]:
    """Jets (p_T, eta, phi) apart from the directions ``away``, hardest first, and the momentum
    (px, py) of what is invisible."""
    import fastjet

    particles, invisible = [], np.zeros(2)
    for p in event:
        if not p.isFinal():
            continue
        if not p.isVisible():
            invisible += (p.px(), p.py())
        elif abs(p.eta()) < JET_ETA:
            particles.append(fastjet.PseudoJet(p.px(), p.py(), p.pz(), p.e()))
    sequence = fastjet.ClusterSequence(particles, definition)
    found = []
    for jet in fastjet.sorted_by_pt(sequence.inclusive_jets(JET_PT)):
        phi = (jet.phi() + np.pi) % (2 * np.pi) - np.pi
        if all(_distance(jet.eta(), phi, e, f) > JET_RADIUS for e, f in away):
            found.append((jet.pt(), jet.eta(), phi))
    return found, invisible


def _distance(eta: float, phi: float, other_eta: float, other_phi: float) -> float:
    turn = (phi - other_phi + np.pi) % (2 * np.pi) - np.pi
    return float(np.hypot(eta - other_eta, turn))
