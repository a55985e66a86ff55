"""One-loop scalar integrals with real masses, finite parts in the MSbar scheme, in the conventions
of LoopTools.

B0: closed form; G. 't Hooft, M. Veltman, Nucl. Phys. B 153 (1979) 365. C0 below all thresholds:
    two-dimensional integral over
Feynman parameters, whose integrand is positive there, by Gauss-Legendre nodes. C0 with one mass and
momenta of a real decay or scattering: closed form in dilogarithms; A. Denner, Fortsch. Phys. 41
(1993) 307, equation (4.26). D0 with one mass and one massive leg: integral of a logarithm, by the
same nodes; U. Baur, E. W. N. Glover, Nucl. Phys. B 339 (1990) 38.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import spence

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

NODES = 64
CHUNK = 250
FEYNMAN = 1e-18
"""Relative size of the imaginary part i epsilon in closed forms: it decides on which side of a cut
a number lies."""
NEAR_ZERO, SMALLEST = 1e-9, 1e-300


def b0(p2: Array, m1sq: Array, m2sq: Array, mu2: Array) -> Complex:
    """B0(p2; m1sq, m2sq) with p2 approached from above the real axis; all arguments in GeV^2, of
    shape (N,), p2 not 0."""
    sum2, difference2 = (np.sqrt(m1sq) + np.sqrt(m2sq)) ** 2, (np.sqrt(m1sq) - np.sqrt(m2sq)) ** 2
    product = np.sqrt(m1sq * m2sq)
    constant = 2 - np.log(product / mu2) + (m1sq - m2sq) / (2 * p2) * np.log(m2sq / m1sq)
    root = np.sqrt(np.abs((p2 - sum2) * (p2 - difference2)))
    far, between = (
        (root + np.abs(m1sq + m2sq - p2)) / (2 * product),
        (p2 > difference2) & (p2 < sum2),
    )
    log = np.sign(m1sq + m2sq - p2) * np.log(np.maximum(far, 1.0))
    angle = np.arctan2(root, m1sq + m2sq - p2)
    real = constant + np.where(between, -root * angle, root * log) / p2
    return np.asarray(real + 1j * np.pi * np.where(p2 > sum2, root / p2, 0.0))


def c0_below(points: Array) -> Array:
    """C0(p1sq, p2sq, p3sq; m1sq, m2sq, m3sq) in 1/GeV^2, shape (N,), below all thresholds.

    p1 flows between m1 and m2, p2 between m2 and m3, p3 between m3 and m1. Each p_ij^2 must not
    exceed m_i^2 + m_j^2.
    """
    if (mixed(points) < 0).any():
        raise ValueError("C0 by Feynman parameters needs p_ij^2 <= m_i^2 + m_j^2 for each pair")
    return np.concatenate([_c0_chunk(points[k : k + CHUNK]) for k in range(0, len(points), CHUNK)])


def mixed(points: Array) -> Array:
    """m_i^2 + m_j^2 - p_ij^2 for the pairs 12, 23, 31, shape (N, 3)."""
    p, m = points[:, :3], points[:, 3:]
    return np.asarray(m + m[:, [1, 2, 0]] - p)


def d0(points: Array) -> Complex:
    """D0(0, 0, 0, p4sq, s, t; msq, msq, msq, msq) in 1/GeV^4, shape (N,), at points (p4sq, s, t,
    msq).

    p4sq and t must lie below 4 msq; above it s has its imaginary part, for a t that is not positive
    and p4sq - s - t <= 0.
    """
    p4, s, t = (points[:, :3] / points[:, 3:]).T[:, :, None]
    cut = s > 4
    if (np.maximum(p4, t) >= 4).any() or (cut & ((t > 0) | (p4 > s + t))).any():
        raise ValueError(
            "D0 needs p4sq and t below 4 msq, and above s = 4 msq also t <= 0 and p4sq <= s + t"
        )
    opens = np.where(cut, (1 - np.sqrt(1 - 4 / np.where(cut, s, 4.0))) / 2, 0.5)
    return np.asarray(
        (_d0_part(p4, s, t, 0 * s, opens) + _d0_part(p4, s, t, opens, 0.5 + 0 * s))
        / points[:, 3] ** 2
    )


def _d0_part(p4: Array, s: Array, t: Array, low: Array, high: Array) -> Complex:
    """msq^2 D0 from the part of its integral between two edges (N, 1), counted twice: it is
    symmetric about 1/2."""
    nodes, weight = _denser_at_the_edges()
    y = low + (high - low) * nodes
    w = y * (1 - y)
    below = 1 - p4 * w
    z = w * (s * t * w + p4 - s - t) / below
    small = np.abs(z) < NEAR_ZERO
    ratio = np.where(small, 1.0, (1 - s * w) * (1 - t * w) / below)
    log = np.where(
        np.abs(z) < 0.5,
        np.log1p(np.clip(z, -0.5, 0.5)),
        np.log(np.maximum(np.abs(ratio), SMALLEST)),
    )
    parts = np.where(small, 1 - z / 2, (log - 1j * np.pi * (ratio < 0)) / np.where(small, 1.0, z))
    return np.asarray((2 * (high - low) * weight * w / below * parts).sum(axis=1))


def _denser_at_the_edges() -> tuple[Array, Array]:
    """Gauss-Legendre nodes in (0, 1) and their weights after a smooth step."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    s = (nodes + 1) / 2
    return s**3 * (10 - 15 * s + 6 * s**2), 15 * weights * s**2 * (1 - s) ** 2


def _c0_chunk(points: Array) -> Array:
    u, w = _denser_at_the_edges()
    first, share = (a.ravel() for a in np.meshgrid(u, u, indexing="ij"))
    weight = np.outer(w, w).ravel() * (1 - first)
    x = np.stack([first, (1 - first) * share, (1 - first) * (1 - share)])
    pairs = x * x[[1, 2, 0]]
    f = points[:, 3:] @ x**2 + mixed(points) @ pairs
    return np.asarray(-(weight / f).sum(axis=1))


def c0_one_mass(points: Array) -> Complex:
    """C0(p1sq, p2sq, s; msq, msq, msq) in 1/GeV^2, shape (N,), at points (p1sq, p2sq, s, msq), s
    above the real axis.

    The momenta must be those of a real decay or scattering, sqrt(s) > sqrt(p1sq) + sqrt(p2sq) where
    all are positive.
    """
    momenta = points[:, :3] / points[:, 3:]
    kaellen = momenta.sum(axis=1) ** 2 - 4 * (momenta * momenta[:, [1, 2, 0]]).sum(axis=1)
    if (kaellen <= 0).any():
        raise ValueError("C0 in closed form needs momenta of a real decay or scattering")
    order = np.argsort(np.abs(momenta), axis=1)
    smallest, middle, largest = np.take_along_axis(momenta, order, axis=1).T
    found = c0_two_masses(middle, largest, np.ones(len(points)))
    massive = np.abs(smallest) > NEAR_ZERO
    found[massive] = _c0_by_dilogarithms(momenta[massive], np.sqrt(kaellen[massive]))
    return np.asarray(found / points[:, 3])


def _c0_by_dilogarithms(momenta: Array, root: Array) -> Complex:
    """msq C0 from momenta (N, 3) in units of msq, none zero, and the root (N,) of their Kaellen
    function."""
    ways = (np.roll(momenta, k, axis=1).T for k in range(3))
    return np.asarray(sum(_dilogarithms(leg, one, two, root) for leg, one, two in ways) / root)


def _dilogarithms(leg: Array, one: Array, two: Array, root: Array) -> Complex:
    """What a leg beside ``one`` and ``two`` gives to C0 times the root of the Kaellen function;
    units of msq, shape (N,)."""
    excess = leg - one - two
    large = (np.abs(excess) + root) / (2 * root)
    small = one * two / root**2 / large
    y0, y0_less_1 = np.where(excess < 0, -small, large), np.where(excess < 0, -large, small)
    beta = np.sqrt((1 - 4 / leg).astype(np.complex128)) * (1 + 1j * FEYNMAN * np.sign(leg))
    x = np.stack([1 + beta, 1 - beta]) / 2
    y = y0 - x
    upper, lower = y0_less_1 / y, y0 / y
    whole = spence(1 - upper) - spence(1 - lower)
    whole += _sheet(1 - x, 1 / y) * np.log(upper) - _sheet(-x, 1 / y) * np.log(lower)
    sheets = _sheet(-x[0], -x[1]) - _sheet(*y) - 2j * np.pi * ((leg < 0) & ((y[0] * y[1]).imag < 0))
    return np.asarray(whole.sum(axis=0) - sheets * np.log(y0_less_1 / y0 + 0j))


def _sheet(a: Complex, b: Complex) -> Complex:
    """log(a b) - log(a) - log(b), exactly zero or plus or minus 2 pi i."""
    turns = ((a.imag < 0) & (b.imag < 0) & ((a * b).imag > 0)).astype(int)
    turns -= (a.imag > 0) & (b.imag > 0) & ((a * b).imag < 0)
    return np.asarray(2j * np.pi * turns)


def c0_two_masses(a: Array, s: Array, msq: Array) -> Complex:
    """C0(0, a, s; msq, msq, msq) in 1/GeV^2, of shape (N,): one massless leg, as in H -> Z gamma. s
    and a must differ."""
    return np.asarray((_log2(s, msq) - _log2(a, msq)) / (2 * (s - a)))


def _log2(s: Array, msq: Array) -> Complex:
    """log^2((beta + 1)/(beta - 1)), with beta = sqrt(1 - 4 msq/s) and s above the real axis."""
    beta = np.sqrt(1 - 4 * msq / (np.where(np.abs(s) < 1e-200, np.copysign(1e-200, s), s) + 0j))
    above = (np.log((1 + beta) / np.where(s > 4 * msq, 1 - beta, 1.0)) - 1j * np.pi) ** 2
    angle = np.arcsin(np.sqrt(np.clip(s / (4 * msq), 0.0, 1.0)))
    space = np.log((beta.real + 1) / np.maximum(beta.real - 1, 1e-300)) ** 2
    return np.where(s > 4 * msq, above, np.where(s >= 0, -4 * angle**2 + 0j, space + 0j))
