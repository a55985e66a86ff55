"""Decays of a long-lived scalar in a detector volume: H -> X X with the Higgs boson of Pythia 8,
everything else integrated.

Pythia 8 (C. Bierlich et al., SciPost Phys. Codeb. 2022, 8) generates g g -> H with initial-state
radiation and primordial transverse momentum. The decay H -> X X is isotropic, and the probability
that an X of given momentum decays between two transverse radii is exp(-r1/d) - exp(-r2/d), with the
mean transverse flight length d = c tau p_T/m_X. Directions are integrated by quadrature, at each
p_T/m_H and rapidity of the Higgs boson; the distribution of these two changes smoothly with m_H, so
that all samples of Higgs bosons tell of each mass. No decay is drawn: the errors of labels are
those of the Higgs bosons alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.generators.pythia import PythiaError, start

Array = NDArray[np.float64]

HIGGS = 25
BOOSTS = np.concatenate([[0.0], np.geomspace(4e-3, 50.0, 131)])
"""Edges of bins in p_T/m_H."""
RAPIDITY, RAPIDITIES = 5.2, 208
"""Largest rapidity, and bins up to it on both sides."""
POLAR, AZIMUTH = 28, 14
"""Nodes of the quadrature over directions."""
DEGREE = 4
"""Of the polynomials in log m_H that the distribution follows."""


@dataclass(frozen=True)
class Volume:
    """A barrel: transverse radii in m, and the largest pseudorapidity of the particle that decays
    in it."""

    inner: float
    outer: float
    eta: float

    def probability(self, flight: Array) -> Array:
        """Probability to decay between the radii, from the mean transverse ``flight`` length in m,
        elementwise."""
        return np.asarray(np.exp(-self.inner / flight) - np.exp(-self.outer / flight))


@dataclass(frozen=True)
class HiggsBosons:
    """The label of masses m_H (N, 1) in GeV: how many of ``events`` Higgs bosons are in each bin of
    p_T/m_H and rapidity."""

    events: int
    energy: float

    def __call__(self, masses: Array) -> Array:
        """Counts (N, bins), bins of p_T/m_H times bins of rapidity."""
        return np.array([self._counts(float(m)) for m in masses[:, 0]])

    def _counts(self, m_h: float) -> Array:
        seed = crc32(np.float64(m_h).tobytes()) % 900_000_000
        transverse, rapidity = higgs_bosons(m_h, self.events, self.energy, seed).T
        return histogram(transverse / m_h, rapidity)


def histogram(boost: Array, rapidity: Array) -> Array:
    """Counts (bins,) of Higgs bosons with p_T/m_H and rapidity (N,)."""
    edges = np.linspace(-RAPIDITY, RAPIDITY, RAPIDITIES + 1)
    return np.asarray(
        np.histogram2d(np.minimum(boost, BOOSTS[-1]), rapidity, (BOOSTS, edges))[0].ravel()
    )


@dataclass(frozen=True)
class Acceptance:
    """The label of points (m_H, m_X, c tau) in GeV, GeV, m: for each volume the acceptance and its
    statistical error.

    A point is accepted with the probability that at least one X decays in the volume. ``counts``
    (M, bins) are those of Higgs bosons at the ``masses`` (M,); a distribution at another mass is
    their fit by polynomials in log m_H, of ``degree``.
    """

    volumes: tuple[Volume, ...]
    masses: Array
    counts: Array
    degree: int = DEGREE

    def __call__(self, points: Array) -> Array:
        """Columns acceptance, error for each volume, shape (N, 2 volumes)."""
        shares = self.counts / self.counts.sum(axis=1, keepdims=True)
        size = self.counts.sum(axis=1)
        rows = []
        for (m_h, m_x, ctau), weight in zip(points, self._weights(points[:, 0]), strict=True):
            flight = Flight.of(m_x / m_h)
            row: list[float] = []
            for volume in self.volumes:
                seen = flight.accepted(volume, ctau).ravel()
                mean = shares @ seen
                variance = (shares @ seen**2 - mean**2) / size
                row += [max(float(weight @ mean), 0.0), float(np.sqrt(weight**2 @ variance))]
            rows.append(row)
        return np.array(rows)

    def _weights(self, m_h: Array) -> Array:
        """How much the sample of each mass counts at ``m_h`` (N,), shape (N, M)."""
        middle, half = np.log(self.masses).mean(), max(float(np.ptp(np.log(self.masses))) / 2, 1.0)
        known, asked = (
            np.polynomial.chebyshev.chebvander((np.log(m) - middle) / half, self.degree)
            for m in (self.masses, m_h)
        )
        return np.asarray(asked @ np.linalg.pinv(known))


@dataclass(frozen=True)
class Flight:
    """Both X of Higgs bosons of rapidity zero in units of m_H, for all bins of p_T/m_H (B) and
    nodes of directions (Q).

    ``radial`` is p_T/m_X, ``shift`` the rapidity and ``tilt`` the ratio p_T/m_T of each, all of
    shape (2, B, Q); ``weight`` (Q,).
    """

    radial: Array
    shift: Array
    tilt: Array
    weight: Array

    @classmethod
    def of(cls, ratio: float) -> Flight:
        """For m_X/m_H."""
        cosine, of_cosine = np.polynomial.legendre.leggauss(POLAR)
        cosine, of_cosine = (cosine + 1) / 2, of_cosine / 2
        phi = (np.arange(AZIMUTH) + 0.5) * np.pi / 2 / AZIMUTH
        sine = np.sqrt(1 - cosine**2)[:, None]
        momentum = np.sqrt(0.25 - ratio**2)
        along, across, beam = (
            momentum * np.broadcast_to(v, (POLAR, AZIMUTH)).ravel()
            for v in (cosine[:, None], sine * np.cos(phi), sine * np.sin(phi))
        )
        sign = np.array([1.0, -1.0])[:, None, None]
        centre = np.concatenate([[BOOSTS[1] / 2], np.sqrt(BOOSTS[1:-1] * BOOSTS[2:])])[:, None]
        gamma = np.sqrt(1 + centre**2)
        energy = gamma / 2 + sign * centre * along
        forward = sign * (gamma * along) + centre / 2
        radial = np.hypot(forward, across)
        shift = np.arctanh(sign * beam / energy)
        tilt = radial / np.sqrt(radial**2 + ratio**2)
        return cls(radial / ratio, shift, tilt, np.repeat(of_cosine, AZIMUTH) / AZIMUTH)

    def accepted(self, volume: Volume, ctau: float) -> Array:
        """The probability that at least one X decays in the volume, at each p_T/m_H and rapidity
        (B, RAPIDITIES).

        An X is inside of the pseudorapidity of the volume for an interval of rapidities of the
        Higgs boson.
        """
        p = volume.probability(self.radial * ctau)
        reach = np.arcsinh(np.sinh(volume.eta) * self.tilt)
        low, high = -reach - self.shift, reach - self.shift
        both = np.maximum(low[0], low[1]), np.minimum(high[0], high[1])
        height = self.weight * np.stack(
            [p[0], p[1], -np.where(both[1] > both[0], p[0] * p[1], 0.0)]
        )
        found = _steps(np.stack([*low, both[0]]), height) - _steps(
            np.stack([*high, both[1]]), height
        )
        return np.asarray((found + found[:, ::-1]) / 2)


def _steps(at: Array, height: Array) -> Array:
    """Sums over the outer axes of steps of ``height`` (S, B, Q) at rapidities ``at``, as means over
    bins (B, RAPIDITIES)."""
    position = np.clip((at + RAPIDITY) * RAPIDITIES / (2 * RAPIDITY), 0, RAPIDITIES)
    below = np.minimum(position.astype(np.int64), RAPIDITIES - 1)
    rest = position - below
    bins = at.shape[1]
    number = (below + (RAPIDITIES + 1) * np.arange(bins)[:, None]).ravel()
    size = bins * (RAPIDITIES + 1)
    first = np.bincount(number, (height * (1 - rest)).ravel(), size)
    second = np.bincount(number + 1, (height * rest).ravel(), size)
    return np.asarray((first + second).reshape(bins, RAPIDITIES + 1).cumsum(axis=1)[:, :-1])


def higgs_bosons(m_h: float, events: int, energy: float, seed: int) -> Array:
    """p_T in GeV and rapidity of ``events`` Higgs bosons of mass ``m_h`` from gluon fusion, shape
    (events, 2).

    Raises
    ------
    PythiaError
        If pythia8mc is not installed, or Pythia refuses the settings.
    """
    pythia = start(_settings(m_h, energy, seed))
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
