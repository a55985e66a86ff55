"""Pairs of particles at parton level from Pythia 8, as four coordinates: mass and rapidity of the
pair, and the direction of the first particle in its rest frame.

At leading order without radiation these are all that there is: the pair has no transverse momentum
(C. Bierlich et al., SciPost Phys. Codeb. 2022, 8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.generators.pythia import start

Array = NDArray[np.float64]

_SETTINGS = (
    "Print:quiet = on",
    "PartonLevel:all = off",
    "HadronLevel:all = off",
    "Random:setSeed = on",
)


@dataclass(frozen=True, kw_only=True)
class PairProcess:
    """What Pythia generates, and which two particles of an event are the pair."""

    settings: tuple[str, ...]
    first: int
    second: int
    least: float
    most: float
    """Range of the mass of the pair, in GeV."""


def draw(process: PairProcess, sqrt_s: float, events: int, seed: int) -> Array:
    """Mass [GeV], rapidity, cosine and azimuth of the first particle in the rest frame of the pair,
    boosted along the beam; shape (events, 4).

    Raises
    ------
    PythiaError
        If pythia8mc is not installed, or Pythia refuses the settings.
    """
    settings = (
        *_SETTINGS,
        *process.settings,
        f"Beams:eCM = {sqrt_s}",
        f"PhaseSpace:mHatMin = {process.least}",
        f"PhaseSpace:mHatMax = {process.most}",
        f"Random:seed = {seed}",
    )
    run = start(settings)
    found: list[list[float]] = []
    while len(found) < events:
        if run.next():
            found.append(_momenta(run.process, process))
    return coordinates(np.array(found))


def _momenta(record: Any, process: PairProcess) -> list[float]:
    particles = (record[k] for k in range(record.size()))
    outgoing = {p.id(): p for p in particles if p.status() > 0}
    pair = (outgoing[process.first], outgoing[process.second])
    return [x for p in pair for x in (p.e(), p.px(), p.py(), p.pz())]


def coordinates(p: Array) -> Array:
    """Mass, rapidity, cosine and azimuth (N, 4) from (E, px, py, pz) of both particles (N, 8)."""
    first, total = p[:, :4], p[:, :4] + p[:, 4:]
    mass = np.sqrt(np.maximum(total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(1), 0.0))
    rapidity = 0.5 * np.log((total[:, 0] + total[:, 3]) / (total[:, 0] - total[:, 3]))
    along = first[:, 3] * np.cosh(rapidity) - first[:, 0] * np.sinh(rapidity)
    size = np.sqrt((first[:, 1:3] ** 2).sum(1) + along**2)
    return np.stack([mass, rapidity, along / size, np.arctan2(first[:, 2], first[:, 1])], 1)
