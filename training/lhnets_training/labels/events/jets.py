"""Jets of particles from Pythia 8: hadronically decaying tops, W and Higgs bosons, light quarks and
gluons, one anti-k_T jet an event.

The definition of a jet follows the public top-tagging set (A. Butter et al., SciPost Phys. 5 (2018)
028; G. Kasieczka et al., SciPost Phys. 7 (2019) 014): anti-k_T with R = 0.8 in pp collisions at 14
TeV, 550 < p_T < 650 GeV, |eta| < 2, and for tops the top and its three quarks within 0.8 of the
jet. Unlike there, multiple interactions are on, there is no detector, and the rest is the Monash
tune of Pythia 8. Jets are found by FastJet (M. Cacciari, G.P. Salam, G. Soyez, EPJC 72 (2012)
1896).

`QUARK` and `GLUON` are jets beside a Z boson that decays to neutrinos, as in the public set of
quark and gluon jets (P.T. Komiske, E.M. Metodiev, J. Thaler, JHEP 01 (2019) 121): the parton of the
hard process is a u, d or s, or a gluon, and lies within the jet. `W` and `HIGGS` (to bb) come with
such a Z, and the boson and its two quarks lie within the jet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.generators.pythia import PythiaError, start

Array = NDArray[np.float64]

ENERGY = 14_000.0
RADIUS = 0.8
LOWEST, HIGHEST = 550.0, 650.0
"""Of the transverse momentum of a jet, in GeV."""
CENTRAL = 2.0
"""Largest |eta| of a jet."""
DETECTED = 3.5
"""Largest |eta| of a particle that may belong to a jet."""
LEADING = 32
"""Constituents kept, the hardest."""
MOMENTUM_STEP, ANGLE_STEP = 0.05, 0.002
"""Constituents are stored as whole numbers of these: GeV, and units of pseudorapidity or
radians."""

QCD, TOP, QUARK, GLUON, W, HIGGS = range(6)
_TOP, _FINAL_TOP = 6, -62
_HARD_BOSON, _HARD_PARTON = -22, -23
_Z_TO_NEUTRINOS = ("23:onMode = off", "23:onIfAny = 12 14 16", "WeakZ0:gmZmode = 2")
_ORIGINS = {QUARK: (1, 2, 3), GLUON: (21,), W: (24,), HIGGS: (25,)}
_PROCESSES = {
    TOP: ("Top:gg2ttbar = on", "Top:qqbar2ttbar = on", "24:onMode = off", "24:onIfAny = 1 2 3 4 5"),
    QCD: (
        "HardQCD:gg2gg = on",
        "HardQCD:gg2qqbar = on",
        "HardQCD:qg2qg = on",
        "HardQCD:qq2qq = on",
        "HardQCD:qqbar2gg = on",
        "HardQCD:qqbar2qqbarNew = on",
    ),
    QUARK: ("WeakBosonAndParton:qg2gmZq = on", *_Z_TO_NEUTRINOS),
    GLUON: ("WeakBosonAndParton:qqbar2gmZg = on", *_Z_TO_NEUTRINOS),
    W: (
        "WeakDoubleBoson:ffbar2ZW = on",
        *_Z_TO_NEUTRINOS,
        "24:onMode = off",
        "24:onIfAny = 1 2 3 4 5",
    ),
    HIGGS: (
        "HiggsSM:ffbar2HZ = on",
        *_Z_TO_NEUTRINOS,
        "25:onMode = off",
        "25:onIfMatch = 5 -5",
    ),
}
SHAPES = ("jet_pt", "jet_eta", "jet_phi", "jet_mass", "tau_1", "tau_2", "tau_3", "constituents")
COLUMNS = (
    "top",
    *SHAPES,
    *(f"{quantity}_{k}" for quantity in ("pt", "eta", "phi") for k in range(1, LEADING + 1)),
)
"""Of a row: class, the whole jet, and its leading constituents, hardest first."""


class Jet(NamedTuple):
    """One jet: its class, and p_T in GeV, eta, phi, energy in GeV of its constituents, hardest
    first, shape (n, 4)."""

    top: int
    axis: Array
    mass: float
    constituents: Array


def labels(points: Array) -> Array:
    """One row of `COLUMNS` for each point (class, number), shape (N, columns).

    All points of one call must be of one class; its number seeds the events.
    """
    classes = np.unique(points[:, 0])
    if len(classes) != 1:
        raise ValueError(f"expected jets of one class, got {len(classes)} classes")
    return np.array(
        [row(jet) for jet in generate(int(classes[0]), len(points), 1 + int(points[0, 1]))]
    )


def generate(kind: int, count: int, seed: int) -> list[Jet]:
    """``count`` jets of class `QCD`, `TOP`, …, the hardest that passes of its event.

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
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS)
    found: list[Jet] = []
    while len(found) < count:
        if pythia.next() and (jet := _jet(pythia.event, kind, definition)) is not None:
            found.append(jet)
    return found


def settings(kind: int, seed: int) -> tuple[str, ...]:
    """The settings of Pythia for one class."""
    return (
        "Print:quiet = on",
        f"Beams:eCM = {ENERGY}",
        f"PhaseSpace:pTHatMin = {0.92 * LOWEST}",
        f"PhaseSpace:pTHatMax = {1.08 * HIGHEST}",
        *_PROCESSES[kind],
        "Random:setSeed = on",
        f"Random:seed = {seed}",
    )


def row(jet: Jet) -> Array:
    """The jet as `COLUMNS`: constituents relative to the axis, in steps, zeros beyond the last."""
    pt, eta, phi = jet.constituents[:LEADING, :3].T
    kept = np.zeros((3, LEADING))
    kept[0, : len(pt)] = np.rint(pt / MOMENTUM_STEP)
    kept[1, : len(pt)] = np.rint((eta - jet.axis[1]) / ANGLE_STEP)
    kept[2, : len(pt)] = np.rint(_turned(phi - jet.axis[2]) / ANGLE_STEP)
    kept[1:, kept[0] == 0] = 0
    return np.concatenate(
        [[jet.top], jet.axis, [jet.mass], subjettiness(jet), [len(jet.constituents)], kept.ravel()]
    )


def subjettiness(jet: Jet, most: int = 3) -> Array:
    """tau_1 … tau_most with beta = 1 and exclusive k_T axes (J. Thaler, K. Van Tilburg, JHEP 03
    (2011) 015)."""
    import fastjet

    pt, eta, phi, energy = jet.constituents.T
    momenta = zip(pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), energy, strict=True)
    particles = [fastjet.PseudoJet(*map(float, p)) for p in momenta]
    sequence = fastjet.ClusterSequence(particles, fastjet.JetDefinition(fastjet.kt_algorithm, 1.0))
    found = []
    for number in range(1, most + 1):
        axes = (
            [(a.eta(), a.phi()) for a in sequence.exclusive_jets(number)]
            if number <= len(pt)
            else []
        )
        distances = [np.hypot(eta - e, _turned(phi - f)) for e, f in axes]
        found.append(
            float(pt @ np.min(distances, axis=0)) / (float(pt.sum()) * RADIUS) if axes else 0.0
        )
    return np.array(found)


def _jet(event: Any, kind: int, definition: Any) -> Jet | None:
    import fastjet

    seen = [p for p in event if p.isFinal() and p.isVisible() and abs(p.eta()) < DETECTED]
    particles = [fastjet.PseudoJet(p.px(), p.py(), p.pz(), p.e()) for p in seen]
    sequence = fastjet.ClusterSequence(particles, definition)
    origins = _origins(event, kind)
    for jet in fastjet.sorted_by_pt(sequence.inclusive_jets(LOWEST)):
        if not (jet.pt() < HIGHEST and abs(jet.eta()) < CENTRAL):
            continue
        if kind != QCD and not any(_within(jet, origin) for origin in origins):
            continue
        parts = sorted(
            ((c.pt(), c.eta(), c.phi(), c.E()) for c in jet.constituents()), reverse=True
        )
        axis = np.array([jet.pt(), jet.eta(), float(_turned(np.array(jet.phi())))])
        return Jet(kind, axis, max(jet.m(), 0.0), np.array(parts))
    return None


def _origins(event: Any, kind: int) -> list[list[tuple[float, float]]]:
    """Of what jets of ``kind`` come from: directions (eta, phi) that must lie within the jet."""
    if kind == QCD:
        return []
    if kind == TOP:
        return [_quarks(event, k) for k in range(event.size()) if _is_top(event[k])]
    hard = [
        p
        for p in event
        if p.status() in (_HARD_BOSON, _HARD_PARTON) and abs(p.id()) in _ORIGINS[kind]
    ]
    if kind in (QUARK, GLUON):
        return [[(p.eta(), p.phi())] for p in hard]
    return [_decayed(event, p) for p in hard]


def _decayed(event: Any, boson: Any) -> list[tuple[float, float]]:
    """Directions (eta, phi) of a boson and of what it decays to."""
    last = event[boson.iBotCopyId()]
    directions = [(last.eta(), last.phi())]
    return directions + [
        (event[k].eta(), event[k].phi()) for k in event.daughterList(boson.iBotCopyId())
    ]


def _is_top(particle: Any) -> bool:
    return bool(abs(particle.id()) == _TOP and particle.status() == _FINAL_TOP)


def _quarks(event: Any, top: int) -> list[tuple[float, float]]:
    """Directions (eta, phi) of a top and of the three quarks that it decays to."""
    directions = [(event[top].eta(), event[top].phi())]
    for number in event.daughterList(top):
        particle = event[number]
        if abs(particle.id()) == 24:
            decayed = event.daughterList(event[number].iBotCopyId())
            directions += [(event[k].eta(), event[k].phi()) for k in decayed]
        else:
            directions.append((particle.eta(), particle.phi()))
    return directions


def _within(jet: Any, directions: Iterable[tuple[float, float]]) -> bool:
    return all(
        np.hypot(jet.eta() - e, _turned(np.array(jet.phi() - f))) < RADIUS for e, f in directions
    )


def _turned(angle: Array) -> Array:
    """An angle in [-pi, pi)."""
    return (angle + np.pi) % (2 * np.pi) - np.pi
