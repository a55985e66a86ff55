"""Decays of a long-lived scalar in a detector volume: H -> X X with the Higgs boson of Pythia 8, the lifetime integrated exactly.

Pythia 8 (C. Bierlich et al., SciPost Phys. Codeb. 2022, 8) generates g g -> H with initial-state radiation and primordial
transverse momentum. The isotropic decay H -> X X is drawn here, and the probability that an X of given momentum decays
between two transverse radii is exp(-r1/d) - exp(-r2/d), with the mean transverse flight length d = c tau p_T/m_X: no
decay position is drawn, so that small probabilities have small errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.pythia import PythiaError

Array = NDArray[np.float64]

HIGGS = 25


@dataclass(frozen=True)
class Volume:
    """A barrel: transverse radii in m, and the largest pseudorapidity of the particle that decays in it."""

    inner: float
    outer: float
    eta: float

    def probability(self, flight: Array, eta: Array) -> Array:
        """Probability to decay inside, from the mean transverse ``flight`` length in m, elementwise."""
        inside = np.exp(-self.inner / flight) - np.exp(-self.outer / flight)
        return np.where(np.abs(eta) < self.eta, inside, 0.0)


@dataclass(frozen=True)
class Acceptance:
    """The label of points (m_h, m_x, c tau) in GeV, GeV, m: for each volume the acceptance and its statistical error.

    A point is accepted with the probability that at least one X decays in the volume. All points of one call must have
    the same m_h: they share one sample of Higgs bosons, and each draws ``decays`` decays of every one of them.
    """

    volumes: tuple[Volume, ...]
    events: int
    decays: int
    energy: float

    def __call__(self, points: Array) -> Array:
        """Columns acceptance, error for each volume, shape (N, 2 volumes)."""
        masses = np.unique(points[:, 0])
        if len(masses) != 1:
            raise ValueError(f"expected points of one Higgs mass, got {len(masses)} masses")
        seed = crc32(points.tobytes())
        transverse, rapidity = higgs_bosons(float(masses[0]), self.events, self.energy, seed % 900_000_000).T
        rng = np.random.default_rng(seed)
        rows = []
        for m_h, m_x, ctau in points:
            flight, eta = decay(transverse, rapidity, m_h, m_x, rng, self.decays)
            rows.append([n for v in self.volumes for n in _mean(v.probability(flight * ctau, eta))])
        return np.array(rows)


def decay(
    transverse: Array, rapidity: Array, m_h: float, m_x: float, rng: np.random.Generator, decays: int
) -> tuple[Array, Array]:
    """p_T/m_X and pseudorapidity of both X of isotropic decays of Higgs bosons with p_T (N,) and rapidity (N,).

    Both have shape (N, decays, 2).
    """
    cosine, phi = (
        rng.uniform(-1, 1, (len(transverse), decays, 1)),
        rng.uniform(0, 2 * np.pi, (len(transverse), decays, 1)),
    )
    sign = np.array([1.0, -1.0])
    momentum = np.sqrt(m_h**2 / 4 - m_x**2)
    sine = np.sqrt(1 - cosine**2)
    x, y, z = (sign * momentum * u for u in (sine * np.cos(phi), sine * np.sin(phi), cosine))
    p_t = transverse[:, None, None]
    gamma, gamma_beta = np.sqrt(1 + (p_t / m_h) ** 2), p_t / m_h
    energy = gamma * m_h / 2 + gamma_beta * x
    x = gamma * x + gamma_beta * m_h / 2
    z = np.cosh(rapidity)[:, None, None] * z + np.sinh(rapidity)[:, None, None] * energy
    radial = np.hypot(x, y)
    return radial / m_x, np.arcsinh(z / radial)


def higgs_bosons(m_h: float, events: int, energy: float, seed: int) -> Array:
    """p_T in GeV and rapidity of ``events`` Higgs bosons of mass ``m_h`` from gluon fusion, shape (events, 2).

    Raises
    ------
    PythiaError
        where pythia8mc is not installed, or Pythia refuses the settings.
    """
    try:
        import pythia8mc
    except ImportError as error:
        raise PythiaError('Pythia 8 is not installed; install it with pip install "lhnets[training]"') from error
    pythia = pythia8mc.Pythia("", False)
    for line in _settings(m_h, energy, seed):
        if not pythia.readString(line):
            raise PythiaError(f"Pythia 8 refuses the setting {line!r}")
    if not pythia.init():
        raise PythiaError("Pythia 8 did not start with these settings; its own message is above")
    found: list[tuple[float, float]] = []
    while len(found) < events:
        if pythia.next():
            found.append(_last_higgs(pythia.event))
    return np.array(found)


def _last_higgs(event: object) -> tuple[float, float]:
    for k in range(event.size() - 1, -1, -1):  # type: ignore[attr-defined]
        particle = event[k]  # type: ignore[index]
        if particle.id() == HIGGS:
            return particle.pT(), particle.y()
    raise PythiaError("an event without a Higgs boson: expected one from HiggsSM:gg2H")


def _settings(m_h: float, energy: float, seed: int) -> tuple[str, ...]:
    return (
        "Print:quiet = on",
        f"Beams:eCM = {energy}",
        "HiggsSM:gg2H = on",
        f"25:m0 = {m_h}",
        "25:doForceWidth = on",
        "25:mWidth = 0.004",
        f"25:mMin = {0.999 * m_h}",
        f"25:mMax = {1.001 * m_h}",
        "25:mayDecay = off",
        "ProcessLevel:resonanceDecays = off",
        "PartonLevel:MPI = off",
        "PartonLevel:FSR = off",
        "HadronLevel:all = off",
        "Random:setSeed = on",
        f"Random:seed = {seed}",
    )


def _mean(probability: Array) -> tuple[float, float]:
    """Mean over events and decays of the probability that at least one of two decays is inside, and its error."""
    either = 1 - np.prod(1 - probability, axis=2)
    of_event = either.mean(axis=1)
    return float(of_event.mean()), float(of_event.std(ddof=1) / np.sqrt(len(of_event)))
