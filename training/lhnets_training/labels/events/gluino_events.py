"""Events of gluino pairs that decay through stops, by Pythia 8 and FastJet, simulated in full only
where the selection sees them.

Hard processes serve many times: each is decayed afresh, isotropically. The decays tell nearly all
of the significance of the missing momentum, of leptons and of the alignment with jets; before the
shower, an event whose outlook is poor is dropped with a known probability, and one that stays
counts by the inverse. That changes no expectation value, only where the time goes (Russian
roulette: H. Kahn, T. E. Harris, NBS Appl. Math. Ser. 12 (1951) 27). Hadrons without charm or bottom
stay undecayed: their decays move neither jets nor neutrinos. C. Bierlich et al., SciPost Phys.
Codeb. 2022, 8; M. Cacciari, G. P. Salam, G. Soyez, Eur. Phys. J. C72 (2012) 1896.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.events.multi_b import (
    JETS,
    LEPTON_ETA,
    LEPTON_PT,
    RADIUS,
    SelectionEvent,
    between,
    flavours,
    significance,
    vetoed,
    weight,
)
from lhnets_training.labels.generators import pythia, spectrum

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

GLUINO, STOP, NEUTRALINO, TOP = 1000021, 1000006, 1000022, 6
INVISIBLE = (12, 14, 16, NEUTRALINO)
MUON = 13
ELECTROWEAK = (15, 23, 24)
HADRON_PT, JET_PT, CALORIMETER_ETA = 5.0, 20.0, 4.9
HOPELESS = 150.0
"""Missing momentum of the decays in GeV below which nothing else is looked at."""
BATCH = 200
SHOWER = ("Print:quiet = on", "PartonLevel:MPI = off", "SLHA:verbose = 0", "Random:setSeed = on")
FULL, PLENTY, LEAST = 22.0, 32.0, 0.03
"""Events are all simulated where the significance of their decays is between the first two;
elsewhere fewer, to that share."""
ISOLATED, ALONG, ANGLE = 0.15, 0.2, 0.35
"""Further factors for a lepton that no quark overlaps, and for one of four leading quarks along the
missing momentum."""


@dataclass(frozen=True)
class HardProcesses:
    """Gluino pairs before any decay: scales (H,) in GeV, PDG ids and colours (H, 4, 3), momenta and
    masses (H, 4, 5) in GeV."""

    scale: Array
    colours: Whole
    momenta: Array

    def __len__(self) -> int:
        return len(self.scale)


@dataclass(frozen=True)
class Efficiencies:
    """The label of points (m_go, m_t1, m_n1) in GeV: the efficiency in each bin and its statistical
    error.

    Both gluinos decay to a top and a stop, both stops to a top and the neutralino, isotropically.
    All points of one call must have the same m_go: they share ``hard`` hard processes. ``kept``
    events of each point are simulated in full.
    """

    hard: int
    kept: int
    energy: float

    def __call__(self, points: Array) -> Array:
        """Columns efficiencies (4), errors (4): shape (N, 8)."""
        masses = np.unique(points[:, 0])
        if len(masses) != 1:
            raise ValueError(f"expected points of one gluino mass, got {len(masses)} masses")
        hard = hard_processes(float(masses[0]), self.hard, self.energy, _seed(points))
        return np.array(
            [mean(simulate(row, hard, self.kept, self.energy, _seed(row))) for row in points]
        )


def mean(sample: Sample) -> Array:
    """Efficiencies and their statistical errors, shape (8,)."""
    weights = sample.weights[:, None] * np.array([weight(event) for event in sample.events])
    found = weights.sum(axis=0) / sample.trials
    variance = (weights**2).sum(axis=0) / sample.trials - found**2
    return np.concatenate([found, np.sqrt(variance / sample.trials)])


def hard_processes(m_go: float, count: int, energy: float, seed: int) -> HardProcesses:
    """``count`` gluino pairs of unit weight at the collision ``energy`` in GeV, squarks
    decoupled."""
    settings = (
        *SHOWER,
        f"Random:seed = {seed}",
        f"Beams:eCM = {energy}",
        "SUSY:gg2gluinogluino = on",
        "SUSY:qqbar2gluinogluino = on",
        "PartonLevel:all = off",
        "HadronLevel:all = off",
        "ProcessLevel:resonanceDecays = off",
    )
    scale: list[float] = []
    colours, momenta = [], []
    generator = pythia.start(settings, slha(np.array([m_go, 0.5 * m_go, 0.1 * m_go])))
    while len(scale) < count:
        if generator.next():
            particles = [generator.process[k] for k in (3, 4, 5, 6)]
            scale.append(generator.infoPython().QFac())
            colours.append([(p.id(), p.col(), p.acol()) for p in particles])
            momenta.append([(p.px(), p.py(), p.pz(), p.e(), p.m()) for p in particles])
    return HardProcesses(np.array(scale), np.array(colours), np.array(momenta))


@dataclass(frozen=True)
class Sample:
    """Simulated events, their weights (K,), and how many events they stand for."""

    events: list[SelectionEvent]
    weights: Array
    trials: int


def simulate(row: Array, hard: HardProcesses, kept: int, energy: float, seed: int) -> Sample:
    """``kept`` events at the masses ``row`` (m_go, m_t1, m_n1) in GeV.

    One event more ends the count of trials and is left out: sums of weights over trials are then
    without bias (J. B. S. Haldane, Biometrika 33 (1945) 222).
    """
    rng = np.random.default_rng(seed)
    source, roulette = _source(hard, energy, rng), _roulette(rng)

    def attach(generator: Any) -> None:
        generator.setLHAupPtr(source)
        generator.setUserHooksPtr(roulette)
        _only_heavy_decays(generator.particleData)

    generator = pythia.start(
        (*SHOWER, f"Random:seed = {seed}", "Beams:frameType = 5"), slha(row), attach
    )
    events: list[SelectionEvent] = []
    while len(events) <= kept:
        events += read(generator.nextBatch(BATCH, "none"))
    return Sample(events[:kept], np.array(roulette.weights[:kept]), roulette.at[kept] - 1)


def slha(row: Array) -> str:
    """The spectrum at masses (m_go, m_t1, m_n1): gluinos decay to a top and a stop, stops to a top
    and the neutralino."""
    masses = dict(zip((GLUINO, STOP, NEUTRALINO), map(float, row), strict=True))
    decays = (
        f"DECAY {GLUINO} 1.0\n 0.5 2 {TOP} -{STOP}\n 0.5 2 -{TOP} {STOP}\nDECAY {STOP} 1.0\n "
        f"1.0 2 {TOP} {NEUTRALINO}\n"
    )
    return spectrum.write(masses) + decays


def outlook(final: Sequence[Any]) -> float:
    """The probability with which an event is simulated, from the particles that its decays end
    in."""
    missing = np.zeros(2)
    quarks, leptons = [], []
    for particle in final:
        kind = particle.idAbs()
        if kind in INVISIBLE:
            missing += particle.px(), particle.py()
        elif kind not in LEPTON_PT:
            quarks.append((particle.pT(), particle.eta(), particle.phi()))
        elif particle.pT() > LEPTON_PT[kind] and abs(particle.eta()) < LEPTON_ETA[kind]:
            leptons.append((particle.pT(), particle.eta(), particle.phi()))
    if np.hypot(*missing) < HOPELESS:
        return LEAST
    jets = np.array(sorted(quarks, reverse=True))
    found = significance(missing, jets)
    chance = min(1.0, (found / FULL) ** 8, (PLENTY / found) ** 2)
    if leptons and vetoed(jets[jets[:, 0] > JET_PT], np.array(leptons)):
        chance *= ISOLATED
    if np.abs(between(jets[:JETS, 2], np.arctan2(missing[1], missing[0]))).min() < ANGLE:
        chance *= ALONG
    return max(chance, LEAST)


def read(batch: Any) -> list[SelectionEvent]:
    """Particle-level objects of the event records of Pythia's `nextBatch`.

    Raises
    ------
    PythiaError
        If an event failed, so that weights and events would no longer go together.
    """
    import awkward as ak

    if ak.any(ak.is_none(batch)):
        raise pythia.PythiaError(
            "Pythia 8 gave up an event that the roulette had kept; use another seed"
        )
    counts = ak.to_numpy(ak.num(batch.prt))
    first = np.concatenate([[0], np.cumsum(counts)])
    flat = ak.flatten(batch.prt)
    record = ParticleRecord(
        np.repeat(np.arange(len(counts)), counts),
        ak.to_numpy(flat.id),
        ak.to_numpy(flat.status),
        ak.to_numpy(flat.mother1) + np.repeat(first[:-1], counts),
        np.stack([ak.to_numpy(flat.p[name]) for name in ("px", "py", "pz", "e")], axis=1),
    )
    return record.events(len(counts))


@dataclass(frozen=True)
class ParticleRecord:
    """Particles of many events: number of the event, PDG id, status, row of the first mother,
    momentum (P, 4) in GeV."""

    event: Whole
    pdg: Whole
    status: Whole
    mother: Whole
    p: Array

    def events(self, count: int) -> list[SelectionEvent]:
        """What the selection needs of each event."""
        kind, final = np.abs(self.pdg), self.status > 0
        cylinder = cylindrical(self.p)
        p_t, eta, _ = cylinder.T
        invisible, charged = (
            final & np.isin(kind, INVISIBLE),
            final & np.isin(kind, list(LEPTON_PT)),
        )
        prompt = np.zeros(len(kind), dtype=bool)
        prompt[[k for k in np.flatnonzero(charged) if self._prompt(kind, k)]] = True
        seen = prompt & np.logical_or.reduce(
            [(kind == i) & (p_t > LEPTON_PT[i]) & (np.abs(eta) < LEPTON_ETA[i]) for i in LEPTON_PT]
        )
        clustered = final & ~invisible & ~prompt & (kind != MUON) & (np.abs(eta) < CALORIMETER_ETA)
        flavour = np.where(final | (p_t < HADRON_PT), 0, heavy(self.pdg))
        missing = np.stack(
            [
                np.bincount(self.event[invisible], self.p[invisible, k], minlength=count)
                for k in (0, 1)
            ],
            axis=1,
        )
        jets = cluster(self.p[clustered], np.bincount(self.event[clustered], minlength=count))
        leptons, hadrons = (
            np.split(rows, np.searchsorted(self.event[rows], np.arange(1, count)))
            for rows in (np.flatnonzero(seen), np.flatnonzero(flavour))
        )
        return [
            SelectionEvent(
                jets[k],
                flavours(jets[k], cylinder[h], flavour[h]),
                cylinder[leptons[k]],
                missing[k],
            )
            for k, h in enumerate(hadrons)
        ]

    def _prompt(self, kind: Whole, lepton: int | np.integer[Any]) -> bool:
        """Whether a lepton comes from a W, Z or tau and not from a hadron."""
        mother = self.mother[lepton]
        while kind[mother] == kind[lepton]:
            mother = self.mother[mother]
        return bool(kind[mother] in ELECTROWEAK)


def cylindrical(p: Array) -> Array:
    """Transverse momentum, pseudorapidity and azimuth (P, 3) of momenta (P, 3 or 4); beams are far
    forward."""
    p_t = np.hypot(p[:, 0], p[:, 1])
    eta = np.arcsinh(p[:, 2] / np.maximum(p_t, 1e-9))
    return np.stack([p_t, eta, np.arctan2(p[:, 1], p[:, 0])], axis=1)


def cluster(p: Array, counts: Whole) -> list[Array]:
    """Anti-kt jets (J, 3) of each event, the hardest first, from the momenta (P, 4) of ``counts``
    particles each."""
    import awkward as ak
    import fastjet

    particles = ak.zip(
        {name: p[:, k] for k, name in enumerate(("px", "py", "pz", "E"))}, with_name="Momentum4D"
    )
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, RADIUS)
    found = fastjet.ClusterSequence(ak.unflatten(particles, counts), definition).inclusive_jets(
        min_pt=JET_PT
    )
    flat = ak.flatten(found)
    jets = cylindrical(np.stack([ak.to_numpy(flat[name]) for name in ("px", "py", "pz")], axis=1))
    of_event = np.split(jets, np.cumsum(ak.to_numpy(ak.num(found)))[:-1])
    return [one[np.argsort(-one[:, 0], kind="stable")] for one in of_event]


def heavy(pdg: Whole) -> Whole:
    """5 or 4 for hadrons with a bottom or charm quark, else 0; shape as ``pdg``."""
    size = np.abs(pdg)
    digits = np.stack([size // 1000 % 10, size // 100 % 10])
    found = np.where((digits == 5).any(axis=0), 5, np.where((digits == 4).any(axis=0), 4, 0))
    return np.where((size < 100) | (size > 100_000), 0, found)


def _seed(points: Array) -> int:
    return crc32(points.tobytes()) % 900_000_000


def _only_heavy_decays(particles: Any) -> None:
    pdg = particles.nextId(0)
    while pdg > 0:
        if particles.isHadron(pdg) and not heavy(np.array(pdg)):
            particles.mayDecay(pdg, False)
        pdg = particles.nextId(pdg)


def _source(hard: HardProcesses, energy: float, rng: np.random.Generator) -> Any:
    """Hard processes for Pythia, drawn at random."""
    from pythia8mc import LHAup

    class HardEvents(LHAup):  # type: ignore[misc]
        def setInit(self) -> bool:  # noqa: N802
            self.setBeamA(2212, energy / 2)
            self.setBeamB(2212, energy / 2)
            self.setStrategy(3)
            self.addProcess(1, 1.0, 0.0, 1.0)
            return True

        def setEvent(self, number: int = 0) -> bool:  # noqa: N802
            chosen = int(rng.integers(len(hard)))
            self.setProcess(1, 1.0, float(hard.scale[chosen]))
            for k, (colours, p) in enumerate(
                zip(hard.colours[chosen].tolist(), hard.momenta[chosen].tolist(), strict=True)
            ):
                status, mothers = (-1, (0, 0)) if k < 2 else (1, (1, 2))
                self.addParticle(colours[0], status, *mothers, *colours[1:], *p)
            return True

    return HardEvents()


def _roulette(rng: np.random.Generator) -> Any:
    """What drops events before the shower; ``weights`` of those it keeps, and the number of trials
    ``at`` each of them."""
    from pythia8mc import UserHooks

    class Roulette(UserHooks):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.trials = 0
            self.weights: list[float] = []
            self.at: list[int] = []

        def canVetoProcessLevel(self) -> bool:  # noqa: N802
            return True

        def doVetoProcessLevel(self, process: Any) -> bool:  # noqa: N802
            self.trials += 1
            chance = outlook(
                [p for p in (process[k] for k in range(7, process.size())) if p.isFinal()]
            )
            if rng.random() >= chance:
                return True
            self.weights.append(1 / chance)
            self.at.append(self.trials)
            return False

    return Roulette()
