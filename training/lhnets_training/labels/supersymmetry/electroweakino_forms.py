"""Charginos and neutralinos at leading order by quadrature: the quadratic forms in the couplings,
without statistical error.

q qbar' -> chi chi has an amplitude linear in a few couplings, so that the hadronic cross section is
sum_ij g_i g_j G_ij(masses). G comes from the partonic formulas of G. Bozzi, B. Fuks, B. Herrmann,
M. Klasen, Nucl. Phys. B 787 (2007) 1, with what Pythia 8.317 takes for constants (C. Bierlich et
al., SciPost Phys. Codeb. 2022, 8: sin^2 of the Weinberg angle, one-loop alpha_em at the
renormalisation scale, fixed widths of W and Z, the sizes of its CKM matrix), folded with parton
luminosities. Energies, masses and scales in GeV, cross sections in pb.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.generators.spectrum import DECOUPLED
from lhnets_training.labels.hadronic.luminosity import Luminosity
from lhnets_training.labels.hadronic.partonic_lo import GEV2_PB, M_Z, quadrature

Array = NDArray[np.float64]
Amplitude = NDArray[np.complex128]

SIN2_WEINBERG = 0.2312
WIDTH_Z = 2.50419
M_W, WIDTH_W = 80.385, 2.09229
M_TOP, M_BOTTOM = 173.0, 4.8
ALPHA_MZ, ALPHA_SLOPE = 0.00781751, 0.725
NODES = 64, 32
"""Of log tau and of cos theta: errors below 2e-7."""
CHUNK = 200


def alpha_em(scale: Array) -> Array:
    """The electromagnetic coupling at ``scale`` above 10 GeV: one loop with a fixed slope, as in
    Pythia 8."""
    return np.asarray(ALPHA_MZ / (1 - ALPHA_SLOPE * ALPHA_MZ * np.log((scale / M_Z) ** 2)))


@dataclass(frozen=True)
class Kinematics:
    """Masses m3, m4 (N, 1, 1) in GeV, and s (N, tau, 1), t and u (N, tau, cos theta) in GeV^2."""

    m3: Array
    m4: Array
    s: Array
    t: Array
    u: Array
    jacobian: Array
    """dt for each node of cos theta."""

    @classmethod
    def of(cls, m3: Array, m4: Array, s: Array, nodes: int) -> Kinematics:
        """Gauss-Legendre in cos theta, at masses (N,) and s (N, tau)."""
        unit, weight = np.polynomial.legendre.leggauss(nodes)
        first, second, s = m3[:, None, None], m4[:, None, None], s[:, :, None]
        a, b = first**2, second**2
        root = np.sqrt(np.maximum((s - a - b) ** 2 - 4 * a * b, 0.0))
        t = -(s - a - b) / 2 + root / 2 * unit
        return cls(first, second, s, t, a + b - s - t, root / 2 * weight)


Terms: TypeAlias = Sequence[NDArray[Any] | float]
"""What multiplies each coupling of a process in an amplitude; each broadcasts to (N, tau, cos
theta)."""


@dataclass(frozen=True)
class Amplitudes:
    """Q_u and Q_t of one pair of helicities."""

    u: Terms
    t: Terms


@dataclass(frozen=True)
class Channel:
    """Partons that annihilate by the same amplitudes: their luminosity as a sum of channels with
    weights, and all helicities."""

    luminosity: Mapping[str, float]
    helicities: Sequence[Amplitudes]


def gram(
    m3: Array,
    m4: Array,
    sqrt_s: Array,
    scale: Array,
    channels: Callable[[Kinematics], Sequence[Channel]],
    luminosity: Luminosity,
    nodes: tuple[int, int],
) -> Array:
    """Matrices G (N, k, k) in pb for k couplings g, so that sigma = g G g; masses, energies and
    scales are (N,).

    dsigma/dt = pi alpha^2 / (3 s^2 sin^4 theta_W) times |Q_u|^2 (u - m3^2)(u - m4^2) + |Q_t|^2 (t -
    m3^2)(t - m4^2) + 2 Re(Q_u^* Q_t) m3 m4 s, summed over helicities. ``nodes`` are those of log
    tau and of cos theta.
    """
    tau, measure = quadrature(((m3 + m4) / sqrt_s)[:, None] ** 2, nodes[0])
    at = Kinematics.of(m3, m4, tau * sqrt_s[:, None] ** 2, nodes[1])
    uu, tt = ((v - at.m3**2) * (v - at.m4**2) for v in (at.u, at.t))
    ut = at.m3 * at.m4 * at.s
    common = (
        GEV2_PB
        * np.pi
        / 3
        * (alpha_em(scale) / SIN2_WEINBERG)[:, None, None] ** 2
        / at.s**2
        * at.jacobian
    )
    mu = np.broadcast_to(scale[:, None], tau.shape)
    found: Array | float = 0.0
    for channel in channels(at):
        partons = sum(
            weight * luminosity(name, tau, mu) for name, weight in channel.luminosity.items()
        )
        folded = common * (measure * partons)[:, :, None]
        for q in channel.helicities:
            found = found + _products(q, folded * uu, folded * tt, folded * ut)
    return np.asarray(found)


def _products(q: Amplitudes, uu: Array, tt: Array, ut: Array) -> Array:
    """Integrals (N, k, k) of the products of two couplings' terms; a coupling that is absent is a
    float zero."""
    size = len(q.u)
    form = np.zeros((len(uu), size, size))
    there = [
        k for k in range(size) if not (isinstance(q.u[k], float) and isinstance(q.t[k], float))
    ]
    for i, j in combinations_with_replacement(there, 2):
        direct = np.real(np.conj(q.u[i]) * q.u[j]) * uu + np.real(np.conj(q.t[i]) * q.t[j]) * tt
        mixed = np.real(np.conj(q.u[i]) * q.t[j]) + np.real(np.conj(q.t[i]) * q.u[j])
        form[:, i, j] = form[:, j, i] = (direct + mixed * ut).sum(axis=(1, 2))
    return form


@dataclass(frozen=True)
class CharginoNeutralinoForm:
    """p p -> chi^+- chi^0, both charges: points (N, 4) of m_c, m_n, m_sq and sqrt_s to G (N, 4, 4)
    in pb.

    The couplings are O_L = N_2 V_1 - N_4 V_2/sqrt(2) and O_R = N_2 U_1 + N_3 U_2/sqrt(2) of the W
    and a = (N_2/2 + t_W N_1/6) V_1 and b = (N_2/2 - t_W N_1/6) U_1 of the left-handed squarks,
    which are degenerate. Yukawa couplings of bottom quarks are left out, as little as those mix.
    Scales are the mean mass.
    """

    luminosity: Luminosity
    nodes: tuple[int, int] = NODES

    def __call__(self, points: Array) -> Array:
        """G with rows and columns O_L, O_R, a, b."""
        return _in_chunks(self._chunk, points)

    def cross_sections(self, points: Array, sqrt_s: float) -> Array:
        """Cross sections (N,) in pb at points (N, 11) of m_c, m_n, m_sq, U_1, U_2, V_1, V_2, N_1 to
        N_4."""
        u1, u2, v1, v2, n1, n2, n3, n4 = points[:, 3:].T
        bino, root = np.sqrt(SIN2_WEINBERG / (1 - SIN2_WEINBERG)) * n1 / 6, 2**0.5
        g = np.stack(
            [
                n2 * v1 - n4 * v2 / root,
                n2 * u1 + n3 * u2 / root,
                (n2 / 2 + bino) * v1,
                (n2 / 2 - bino) * u1,
            ],
            axis=1,
        )
        form = self(np.column_stack([points[:, :3], np.full(len(points), sqrt_s)]))
        return np.asarray(np.einsum("ni,nij,nj->n", g, form, g))

    def _chunk(self, points: Array) -> Array:
        m_c, m_n, m_sq, sqrt_s = points.T
        squark = m_sq[:, None, None] ** 2

        def channels(at: Kinematics) -> Sequence[Channel]:
            w = _propagator(at.s, M_W, WIDTH_W)
            q = Amplitudes([w, 0.0, 1 / (at.u - squark), 0.0], [0.0, w, 0.0, 1 / (at.t - squark)])
            return (Channel({"plus": 1.0, "minus": 1.0}, (q,)),)

        return gram(m_c, m_n, sqrt_s, (m_c + m_n) / 2, channels, self.luminosity, self.nodes) / 2


@dataclass(frozen=True)
class CharginoPairForm:
    """p p -> chi_i^+ chi_i^-: points (N, 4) of m_c, m_su, m_sd and sqrt_s to G (N, 3, 3) in pb.

    m_su and m_sd are the masses of left-handed squarks of up and of down type, alike in all
    generations. The couplings are 1, U_i1^2 and V_i1^2 (the second components follow from unit
    rows), so that sigma = G_00 + 2 G_01 U^2 + 2 G_02 V^2 + G_11 U^4 + 2 G_12 U^2 V^2 + G_22 V^4.
    Scales are m_c. Bottom quarks also couple to the higgsino part, by the masses of top and bottom
    at ``tan_beta``, the former with the right-handed stop of ``m_stop_right`` GeV; the defaults are
    what `spectrum.write` takes where nothing is given.

    The CKM matrix of Pythia has positive entries alone and so is not unitary: squarks exchanged
    between u and cbar, or d and sbar, do not cancel in it, which adds to winos, with light squarks
    more than the cross section itself. Labels to compare with need the unit matrix, as SLHA block
    VCKM or as in `electroweakinos.NO_CKM`.
    """

    luminosity: Luminosity
    tan_beta: float = 10.0
    m_stop_right: float = DECOUPLED
    nodes: tuple[int, int] = NODES

    def __call__(self, points: Array) -> Array:
        """G with rows and columns 1, U^2, V^2."""
        return _in_chunks(self._chunk, points)

    def _chunk(self, points: Array) -> Array:
        m_c, m_su, m_sd, sqrt_s = points.T
        up, down = m_su[:, None, None] ** 2, m_sd[:, None, None] ** 2
        top, bottom = _yukawas(self.tan_beta)

        def channels(at: Kinematics) -> Sequence[Channel]:
            by_down, by_up, by_right = (
                0.5 / (v - m2) for v, m2 in ((at.u, down), (at.t, up), (at.t, self.m_stop_right**2))
            )
            u_left, u_right, d_left, d_right = (
                _annihilation(at.s, charge, right=right)
                for charge in (2 / 3, -1 / 3)
                for right in (False, True)
            )
            u = Amplitudes(_plus(u_left.u, (0.0, by_down, 0.0, 0.0)), u_left.t)
            d = Amplitudes(d_left.u, _plus(d_left.t, (0.0, 0.0, -by_up, 0.0)))
            by_top, by_bottom = top**2 * by_right, bottom**2 * by_up
            b_left = Amplitudes(d_left.u, _plus(d_left.t, (-by_top, 0.0, by_top - by_up, 0.0)))
            b_right = Amplitudes(d_right.u, _plus(d_right.t, (-by_bottom, by_bottom, 0.0, 0.0)))
            flip = Amplitudes((0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, bottom * by_up))
            return (
                Channel({"up": 1.0}, (u, u_right)),
                Channel({"down": 1.0, "bottom": -1.0}, (d, d_right)),
                Channel({"bottom": 1.0}, (b_left, b_right, flip, flip)),
            )

        found = gram(m_c, m_c, sqrt_s, m_c, channels, self.luminosity, self.nodes)
        return np.asarray(_WITHOUT_FLIP @ found @ _WITHOUT_FLIP.T + found[:, 3:, 3:] / 2 * _FLIP)


_WITHOUT_FLIP = np.eye(3, 4)
_FLIP = np.array([[0.0, 0, 1], [0, 0, -1], [1, -1, 0]])
"""Twice the square of the fourth coupling V_i1 U_i2, which flips the helicity of bottom quarks, in
the other three."""


def _annihilation(s: Array, charge: float, *, right: bool) -> Amplitudes:
    """Photon and Z of quarks of one chirality, in the couplings 1, U^2, V^2, V U_2."""
    axial = 0.0 if right else np.sign(charge)
    z = (
        (axial - 2 * charge * SIN2_WEINBERG)
        * _propagator(s, M_Z, WIDTH_Z)
        / (2 * (1 - SIN2_WEINBERG))
    )
    plain = charge * SIN2_WEINBERG / s + z * (0.5 - SIN2_WEINBERG)
    by_u, by_v = (plain, z / 2, 0.0, 0.0), (plain, 0.0, z / 2, 0.0)
    return Amplitudes(by_v, by_u) if right else Amplitudes(by_u, by_v)


def _plus(first: Terms, second: Terms) -> Terms:
    return [a + b for a, b in zip(first, second, strict=True)]


def _yukawas(tan_beta: float) -> tuple[float, float]:
    """Masses of top and bottom over sqrt(2) m_W sin(beta) and sqrt(2) m_W cos(beta)."""
    cos = 1 / np.sqrt(1 + tan_beta**2)
    return M_TOP / (2**0.5 * M_W * tan_beta * cos), M_BOTTOM / (2**0.5 * M_W * cos)


def _propagator(s: Array, mass: float, width: float) -> Amplitude:
    return np.asarray(1 / (s - mass**2 - 1j * mass * width))


def _in_chunks(form: Callable[[Array], Array], points: Array) -> Array:
    return np.concatenate([form(points[k : k + CHUNK]) for k in range(0, len(points), CHUNK)])
