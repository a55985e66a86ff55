"""Partial widths of the Standard Model Higgs boson from closed formulas and one quadrature.

Formulas as collected by A. Djouadi, Phys. Rept. 457 (2008) 1, and M. Spira, Fortsch. Phys. 46
(1998) 203:

- quarks: three-loop QCD in the massless limit with running masses, the top-induced term, and the
  electroweak factor for m_h far below 2 m_t; leptons: lowest order with that factor
- gluons: one-loop amplitude with t, b, c, times the three-loop QCD factor of a heavy top; no
  electroweak correction
- photons, Z photon: one-loop amplitudes (W and heavy fermions; QCD factor 1 - alpha_s/pi for quarks
  in two photons)
- WW, ZZ: lowest order with both bosons off their mass shell by Breit-Wigner distributions; no
  electroweak correction
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.hadronic import qcd_running as qcd

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

CHANNELS = ("bb", "WW", "gg", "tautau", "cc", "ZZ", "gamgam", "Zgam", "ss", "mumu")
G_F, ALPHA = 1.1663787e-5, 1 / 137.035999
M_W, GAMMA_W, M_Z, GAMMA_Z = 80.385, 2.085, 91.1876, 2.4952
M_TAU, M_MU, M_S = 1.77682, 0.1056583715, 0.095
"""The strange mass is that of MSbar at 2 GeV."""
SIN2 = 1 - (M_W / M_Z) ** 2
SCALE_C, SCALE_S = 3.0, 2.0
NODES, PIECE = 64, 24
"""Of the heavier boson's virtuality, and of each of four pieces of the lighter one's."""


@dataclass(frozen=True)
class Quark:
    """Charge, and the coefficient of m_t^2 in the electroweak correction of its channel."""

    charge: float
    isospin: float
    top: float


@dataclass(frozen=True)
class HiggsCouplings:
    """Couplings of the Higgs boson over those of the Standard Model, numbers or arrays (N,).

    ``t`` is that of top and charm, ``b`` that of bottom and strange quarks.
    """

    w: Array | float = 1.0
    z: Array | float = 1.0
    t: Array | float = 1.0
    b: Array | float = 1.0
    tau: Array | float = 1.0
    mu: Array | float = 1.0


STANDARD = HiggsCouplings()
BOTTOM, CHARM, STRANGE = Quark(-1 / 3, -0.5, 1.0), Quark(2 / 3, 0.5, 7.0), Quark(-1 / 3, -0.5, 7.0)
LEPTON = Quark(-1.0, -0.5, 7.0)


def widths(points: Array, k: HiggsCouplings = STANDARD) -> Array:
    """Partial widths in GeV in the order of `CHANNELS`, shape (N, 10); each is a quadratic form in
    the couplings ``k``.

    ``points`` (N, 5): Higgs mass, top pole mass, m_b(m_b), m_c(3 GeV) (both MSbar), in GeV, and
    alpha_s(M_Z).
    """
    m_h, m_t, m_b, m_c, alpha_s = points.T
    a_z, z = alpha_s / np.pi, np.full_like(m_h, M_Z)
    a_b = qcd.coupling(a_z, z, m_b, 5)
    a, run_b = qcd.run(a_b, m_b, m_b, m_h, 5)
    run_c = _light(m_c, SCALE_C, a_b, m_b, m_h)
    run_s = _light(np.full_like(m_h, M_S), SCALE_S, a_b, m_b, m_h)
    pole_b = qcd.pole_mass(m_b, a_b, 4)
    pole_c = 1.5 * m_c / 0.986
    found = {
        "bb": _quarks(m_h, m_t, run_b, a, BOTTOM, k.b, k.t),
        "cc": _quarks(m_h, m_t, run_c, a, CHARM, k.t, k.t),
        "ss": _quarks(m_h, m_t, run_s, a, STRANGE, k.b, k.t),
        "tautau": k.tau**2 * _leptons(m_h, m_t, M_TAU),
        "mumu": k.mu**2 * _leptons(m_h, m_t, M_MU),
        "gg": _gluons(m_h, m_t, pole_b, pole_c, a, k),
        "gamgam": _photons(m_h, m_t, pole_b, pole_c, a, k),
        "Zgam": _z_photon(m_h, m_t, pole_b, k),
        "WW": 2 * k.w**2 * _off_shell(m_h, M_W, GAMMA_W),
        "ZZ": k.z**2 * _off_shell(m_h, M_Z, GAMMA_Z),
    }
    return np.stack([found[c] for c in CHANNELS], axis=1)


def _light(m: Array, scale: float, a_b: Array, m_b: Array, m_h: Array) -> Array:
    """A lighter quark's mass at m_h: four flavours up to m_b, five above."""
    low = np.full_like(m, scale)
    a, _ = qcd.run(a_b, m, m_b, low, 4)
    a, at_b = qcd.run(a, m, low, m_b, 4)
    return qcd.run(a, at_b, m_b, m_h, 5)[1]


def _quarks(
    m_h: Array,
    m_t: Array,
    m: Array,
    a: Array,
    quark: Quark,
    own: Array | float,
    of_top: Array | float,
) -> Array:
    n = 5
    massless = 1 + 5.67 * a + (35.94 - 1.36 * n) * a**2 + (164.14 - 25.77 * n + 0.259 * n**2) * a**3
    top = a**2 * (1.57 - 2 / 3 * np.log(m_h**2 / m_t**2) + np.log(m**2 / m_h**2) ** 2 / 9)
    return np.asarray(
        3
        * G_F
        * m_h
        * m**2
        / (4 * np.sqrt(2) * np.pi)
        * own
        * (own * massless + of_top * top)
        * (1 + _electroweak(m_h, m_t, m, quark))
    )


def _leptons(m_h: Array, m_t: Array, m: float) -> Array:
    lowest = G_F * m_h * m**2 / (4 * np.sqrt(2) * np.pi) * (1 - 4 * m**2 / m_h**2) ** 1.5
    return np.asarray(lowest * (1 + _electroweak(m_h, m_t, m, LEPTON)))


def _electroweak(m_h: Array, m_t: Array, m: Array | float, fermion: Quark) -> Array:
    """Electroweak and QED correction to the channel of a light fermion, relative."""
    vector = 2 * fermion.isospin - 4 * fermion.charge * SIN2
    qed = 1.5 * ALPHA / np.pi * fermion.charge**2 * (1.5 - np.log(m_h**2 / m**2))
    bosons = M_W**2 * (-5 + 3 / SIN2 * np.log(1 - SIN2)) - M_Z**2 * (6 * vector**2 - 1) / 2
    return np.asarray(qed + G_F / (8 * np.sqrt(2) * np.pi**2) * (fermion.top * m_t**2 + bosons))


def _gluons(m_h: Array, m_t: Array, m_b: Array, m_c: Array, a: Array, k: HiggsCouplings) -> Array:
    amplitude = 0.75 * (k.t * (_half(m_h, m_t) + _half(m_h, m_c)) + k.b * _half(m_h, m_b))
    log_t, n = np.log(m_h**2 / m_t**2), 5
    second = 370.196 - 47.186 * n + 0.902 * n**2 + (19 / 8 + 2 * n / 3) * log_t
    third = 467.684 + 122.441 * log_t + 10.941 * log_t**2
    factor = 1 + (95 / 4 - 7 * n / 6) * a + second * a**2 + third * a**3
    return np.asarray(
        G_F
        * (a * np.pi) ** 2
        * m_h**3
        / (36 * np.sqrt(2) * np.pi**3)
        * np.abs(amplitude) ** 2
        * factor
    )


def _photons(m_h: Array, m_t: Array, m_b: Array, m_c: Array, a: Array, k: HiggsCouplings) -> Array:
    quarks = 4 / 3 * k.t * (_half(m_h, m_t) + _half(m_h, m_c)) + 1 / 3 * k.b * _half(m_h, m_b)
    amplitude = quarks * (1 - a) + k.tau * _half(m_h, np.full_like(m_h, M_TAU)) + k.w * _one(m_h)
    return np.asarray(
        G_F * ALPHA**2 * m_h**3 / (128 * np.sqrt(2) * np.pi**3) * np.abs(amplitude) ** 2
    )


def _z_photon(m_h: Array, m_t: Array, m_b: Array, k: HiggsCouplings) -> Array:
    cos = np.sqrt(1 - SIN2)
    top, bottom = (
        3 * charge * (2 * isospin - 4 * charge * SIN2) / cos * np.subtract(*_integrals(m_h, m))
        for charge, isospin, m in ((2 / 3, 0.5, m_t), (-1 / 3, -0.5, m_b))
    )
    first, second = _integrals(m_h, np.full_like(m_h, M_W))
    ratio, tau = SIN2 / (1 - SIN2), 4 * M_W**2 / m_h**2
    w = cos * (4 * (3 - ratio) * second + ((1 + 2 / tau) * ratio - (5 + 2 / tau)) * first)
    phase = m_h**3 * (1 - M_Z**2 / m_h**2) ** 3
    return np.asarray(
        G_F**2
        * M_W**2
        * ALPHA
        / (64 * np.pi**4)
        * phase
        * np.abs(k.t * top + k.b * bottom + k.w * w) ** 2
    )


def _half(m_h: Array, m: Array) -> Complex:
    """Amplitude of a fermion loop; 4/3 for a heavy one."""
    tau = m_h**2 / (4 * m**2)
    return 2 * (tau + (tau - 1) * _f(tau)) / tau**2


def _one(m_h: Array) -> Complex:
    """Amplitude of the W loop; -7 for a heavy one."""
    tau = m_h**2 / (4 * M_W**2)
    return -(2 * tau**2 + 3 * tau + 3 * (2 * tau - 1) * _f(tau)) / tau**2


def _f(tau: Array) -> Complex:
    root = np.sqrt(1 - 1 / tau + 0j)
    above = -0.25 * (np.log((1 + root) / (1 - root)) - 1j * np.pi) ** 2
    return np.where(tau <= 1, np.arcsin(np.sqrt(np.minimum(tau, 1.0))) ** 2 + 0j, above)


def _g(tau: Array) -> Complex:
    root = np.sqrt(1 - 1 / tau + 0j)
    above = root / 2 * (np.log((1 + root) / (1 - root)) - 1j * np.pi)
    below = np.sqrt(np.maximum(1 / tau - 1, 0.0)) * np.arcsin(np.sqrt(np.minimum(tau, 1.0))) + 0j
    return np.where(tau <= 1, below, above)


def _integrals(m_h: Array, m: Array) -> tuple[Complex, Complex]:
    """The functions I1 and I2 of the loop of a particle of mass ``m`` in H -> Z gamma."""
    t, z = 4 * m**2 / m_h**2, 4 * m**2 / M_Z**2
    f, g = _f(1 / t) - _f(1 / z), _g(1 / t) - _g(1 / z)
    d = t - z
    return t * z / (2 * d) + (t * z / d) ** 2 / 2 * f + t**2 * z / d**2 * g, -t * z / (2 * d) * f


def _off_shell(m_h: Array, m: float, width: float) -> Array:
    """Width into a pair of bosons of ``m`` and ``width``, for ZZ; that into WW is twice this form.

    The lighter boson's mass goes from 0 to m_h/2, in pieces around m_h - m, where the heavier one
    reaches its mass shell.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    total = np.empty_like(m_h)
    for k, mass in enumerate(m_h):
        light, w1 = _pieces(
            np.clip([0.0, *(mass - m + width * np.array([-8, 0, 8])), mass / 2], 0.0, mass / 2)
        )
        q1 = light**2
        w1 = w1 * 2 * light * m * width / (np.pi * ((q1 - m**2) ** 2 + (m * width) ** 2))
        q2, w2 = _breit_wigner(q1, (mass - light) ** 2, m, width, nodes, weights)
        x, y = q1[:, None] / mass**2, q2 / mass**2
        root = (1 - x - y) ** 2 - 4 * x * y
        total[k] = 2 * w1 @ (w2 * np.sqrt(np.maximum(root, 0.0)) * (root + 12 * x * y)).sum(axis=1)
    return np.asarray(G_F * m_h**3 / (16 * np.sqrt(2) * np.pi) * total)


def _pieces(edges: Array) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on each interval between the ``edges``, in one row."""
    nodes, weights = np.polynomial.legendre.leggauss(PIECE)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()


def _breit_wigner(
    lower: Array, upper: Array, m: float, width: float, nodes: Array, weights: Array
) -> tuple[Array, Array]:
    """Virtualities from ``lower`` to ``upper`` (N,) and their weights under a Breit-Wigner
    distribution, both (N, nodes)."""
    low, high = (np.arctan((edge - m**2) / (m * width))[:, None] for edge in (lower, upper))
    theta = (high - low) / 2 * nodes + (high + low) / 2
    return m**2 + m * width * np.tan(theta), weights * (high - low) / (2 * np.pi)
