"""Hadronic cross sections at leading order: closed partonic formulas folded with parton
luminosities by quadrature.

Partonic formulas: W. Beenakker, R. Hoepker, M. Spira, P. M. Zerwas, Nucl. Phys. B 492 (1997) 51,
equations 9 to 12, for gluino pairs with ten degenerate squarks (masses of both chiralities and of
all five flavours alike); W. Beenakker, M. Kraemer, T. Plehn, M. Spira, P. M. Zerwas, Nucl. Phys. B
515 (1998) 3, for scalar colour triplets; B. L. Combridge, Nucl. Phys. B 151 (1979) 429, for heavy
quarks. A `PartonicProcess` is a threshold and one partonic cross section for each channel, so that
other pairs are added without touching the integration. Energies, masses and scales in GeV, cross
sections in pb.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.hadronic.luminosity import TAU_MAX, Luminosity

Array = NDArray[np.float64]
Partonic = Callable[[Array], Array]
"""The partonic cross section in GeV^-2, of QCD alone over alpha_s^2, as a function of the partonic
s (N, nodes) in GeV^2."""

GEV2_PB = 0.3893793721e9
M_Z = 91.1876
M_TOP = 172.5
CHUNK = 2000


@dataclass(frozen=True)
class PartonicProcess:
    """A process at N points: threshold in s (N, 1) in GeV^2, and the partonic cross section of each
    channel."""

    threshold: Array
    channels: Mapping[str, Partonic]


class AlphaS:
    """The strong coupling at two loops, five flavours below m_t and six above, from its value at
    M_Z.

    Two-loop running is solved exactly (implicitly), as in Pythia 8 to its iteration.
    """

    def __init__(self, at_mz: float, top: float = M_TOP) -> None:
        self._top = top
        self._five = at_mz
        self._six = float(_run(np.array([top]), M_Z, at_mz, 5)[0])

    def __call__(self, scale: Array) -> Array:
        """alpha_s at ``scale`` in GeV, of any shape."""
        below, above = _run(scale, M_Z, self._five, 5), _run(scale, self._top, self._six, 6)
        return np.where(scale < self._top, below, above)


def hadronic(
    process: PartonicProcess,
    luminosity: Luminosity,
    alpha_s: AlphaS,
    sqrt_s: Array,
    scale: Array,
    nodes: int = 128,
) -> Array:
    """The cross section in pb, shape (N,), at collider energies ``sqrt_s`` and scales mu_R = mu_F =
    ``scale``, both (N,)."""
    return np.asarray(alpha_s(scale) ** 2 * folded(process, luminosity, sqrt_s, scale, nodes))


def folded(
    process: PartonicProcess, luminosity: Luminosity, sqrt_s: Array, scale: Array, nodes: int = 128
) -> Array:
    """The partonic cross sections folded with luminosities at ``sqrt_s`` and mu_F = ``scale``, in
    pb, all of shape (N,)."""
    s = sqrt_s[:, None] ** 2
    tau, measure = quadrature(process.threshold / s, nodes)
    mu = np.broadcast_to(scale[:, None], tau.shape)
    found = sum(
        luminosity(channel, tau, mu) * partonic(tau * s)
        for channel, partonic in process.channels.items()
    )
    return np.asarray(GEV2_PB * (measure * found).sum(axis=1))


def quadrature(tau_0: Array, nodes: int) -> tuple[Array, Array]:
    """Nodes tau and weights of d log tau, both (N, nodes), from the thresholds ``tau_0`` (N, 1) to
    `TAU_MAX`.

    Gauss-Legendre in b with log tau = log tau_0 + b^2 log(tau_max / tau_0), which is smooth at
    threshold.
    """
    unit, weight = np.polynomial.legendre.leggauss(nodes)
    b, weight = (unit + 1) / 2, weight / 2
    lowest = np.log(tau_0)
    span = np.log(TAU_MAX) - lowest
    return np.exp(lowest + span * b**2), 2 * b * weight * span


def gluino_pair(m_go: Array, m_sq: Array) -> PartonicProcess:
    """p p -> gluino gluino with masses (N,); squarks enter in the t channel of quark-antiquark
    annihilation.

    Squarks above a few hundred gluino masses cost digits: terms of order (m_sq/m_go)^4 cancel.
    """
    m2, sq2 = m_go[:, None] ** 2, m_sq[:, None] ** 2
    difference = m2 - sq2

    def from_gluons(s: Array) -> Array:
        beta, r = _beta(s, m2), m2 / s
        logs = np.log((1 - beta) / (1 + beta))
        return np.asarray(
            np.pi / s * (beta * (-3 - 51 / 4 * r) + (-9 / 4 - 9 * r + 9 * r * r) * logs)
        )

    def from_quarks(s: Array) -> Array:
        beta, r, d = _beta(s, m2), m2 / s, difference / s
        logs = np.log((1 - 2 * d - beta) / (1 - 2 * d + beta))
        s_channel = beta * (8 / 9 + 16 / 9 * r)
        interference = beta * (-4 / 3 - 8 / 3 * d) + (8 / 3 * r + 8 / 3 * d * d) * logs
        pole = difference**2 / (difference**2 + sq2 * s)
        t_channel = (
            beta * (32 / 27 + 32 / 27 * pole) + (-64 / 27 * d - 8 / 27 * r / (1 - 2 * d)) * logs
        )
        return np.asarray(np.pi / s * (s_channel + interference + t_channel))

    return PartonicProcess(4 * m2, {"gg": from_gluons, "qqbar": from_quarks})


def scalar_triplet_pair(mass: Array) -> PartonicProcess:
    """p p -> a scalar colour triplet and its antiparticle, by QCD alone: a stop, a leptoquark;
    masses (N,)."""
    m2 = mass[:, None] ** 2

    def from_gluons(s: Array) -> Array:
        beta, r = _beta(s, m2), m2 / s
        logs = np.log((1 - beta) / (1 + beta))
        return np.asarray(
            np.pi / s * (beta * (5 / 48 + 31 / 24 * r) + (2 / 3 * r + r * r / 6) * logs)
        )

    def from_quarks(s: Array) -> Array:
        return np.asarray(np.pi / s * 2 / 27 * _beta(s, m2) ** 3)

    return PartonicProcess(4 * m2, {"gg": from_gluons, "qqbar": from_quarks})


def heavy_quark_pair(mass: Array) -> PartonicProcess:
    """p p -> a heavy quark and its antiquark, by QCD alone; masses (N,)."""
    m2 = mass[:, None] ** 2

    def from_gluons(s: Array) -> Array:
        beta, r = _beta(s, m2), 4 * m2 / s
        logs = np.log((1 + beta) / (1 - beta))
        return np.asarray(
            np.pi / (3 * s) * ((1 + r + r * r / 16) * logs - beta * (7 / 4 + 31 / 16 * r))
        )

    def from_quarks(s: Array) -> Array:
        return np.asarray(8 * np.pi / (27 * s) * _beta(s, m2) * (1 + 2 * m2 / s))

    return PartonicProcess(4 * m2, {"gg": from_gluons, "qqbar": from_quarks})


@dataclass(frozen=True)
class Pair:
    """Labels of pairs of one mass: points (N, 3) of m, sqrt_s in GeV and mu/m to cross sections
    (N,) in pb."""

    process: Callable[[Array], PartonicProcess]
    luminosity: Luminosity
    alpha_s: AlphaS
    nodes: int = 128

    def __call__(self, points: Array) -> Array:
        """Cross sections in pb, shape (N,)."""
        parts = [points[k : k + CHUNK] for k in range(0, len(points), CHUNK)]
        return np.concatenate([self._chunk(p) for p in parts])

    def _chunk(self, points: Array) -> Array:
        mass, sqrt_s, ratio = points.T
        return hadronic(
            self.process(mass), self.luminosity, self.alpha_s, sqrt_s, ratio * mass, self.nodes
        )


@dataclass(frozen=True)
class GluinoPair:
    """Labels of gluino pairs: points (N, 4) of m_go, m_sq, sqrt_s in GeV and mu/m_go to cross
    sections (N,) in pb."""

    luminosity: Luminosity
    alpha_s: AlphaS
    nodes: int = 128

    def __call__(self, points: Array) -> Array:
        """Cross sections in pb, shape (N,)."""
        parts = [points[k : k + CHUNK] for k in range(0, len(points), CHUNK)]
        return np.concatenate([self._chunk(p) for p in parts])

    def _chunk(self, points: Array) -> Array:
        m_go, m_sq, sqrt_s, ratio = points.T
        process = gluino_pair(m_go, m_sq)
        return hadronic(process, self.luminosity, self.alpha_s, sqrt_s, ratio * m_go, self.nodes)


def _beta(s: Array, m2: Array) -> Array:
    return np.sqrt(np.maximum(1 - 4 * m2 / s, 0.0))


def _run(scale: Array, start: float, at_start: float, flavours: int) -> Array:
    b0 = (33 - 2 * flavours) / (12 * np.pi)
    c = (153 - 19 * flavours) / (24 * np.pi**2) / b0
    logs = 2 * np.log(scale / start)
    a = np.full_like(logs, at_start)
    for _ in range(60):
        a = 1 / (
            1 / at_start + b0 * logs - c * np.log(a / at_start * (1 + c * at_start) / (1 + c * a))
        )
    return a
