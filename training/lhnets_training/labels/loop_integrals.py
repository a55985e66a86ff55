"""One-loop scalar integrals with real masses, finite parts in the MSbar scheme, in the conventions of LoopTools.

B0: closed form; G. 't Hooft, M. Veltman, Nucl. Phys. B 153 (1979) 365. C0 below all thresholds: two-dimensional integral over
Feynman parameters, whose integrand is positive there, by Gauss-Legendre nodes; C0(0, a, s; m, m, m): closed form. D0 with one
mass and massless legs: integral of a logarithm, by the same nodes; R. Karplus, M. Neuman, Phys. Rev. 83 (1951) 776.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

NODES = 64
CHUNK = 250


def b0(p2: Array, m1sq: Array, m2sq: Array, mu2: Array) -> Complex:
    """B0(p2; m1sq, m2sq) with p2 approached from above the real axis; all arguments in GeV^2, of shape (N,), p2 not 0."""
    sum2, difference2 = (np.sqrt(m1sq) + np.sqrt(m2sq)) ** 2, (np.sqrt(m1sq) - np.sqrt(m2sq)) ** 2
    product = np.sqrt(m1sq * m2sq)
    constant = 2 - np.log(product / mu2) + (m1sq - m2sq) / (2 * p2) * np.log(m2sq / m1sq)
    root = np.sqrt(np.abs((p2 - sum2) * (p2 - difference2)))
    far, between = (root + np.abs(m1sq + m2sq - p2)) / (2 * product), (p2 > difference2) & (p2 < sum2)
    log = np.sign(m1sq + m2sq - p2) * np.log(np.maximum(far, 1.0))
    angle = np.arctan2(root, m1sq + m2sq - p2)
    real = constant + np.where(between, -root * angle, root * log) / p2
    return np.asarray(real + 1j * np.pi * np.where(p2 > sum2, root / p2, 0.0))


def c0_below(points: Array) -> Array:
    """C0(p1sq, p2sq, p3sq; m1sq, m2sq, m3sq) in 1/GeV^2, shape (N,), below all thresholds.

    p1 flows between m1 and m2, p2 between m2 and m3, p3 between m3 and m1. Each p_ij^2 must not exceed m_i^2 + m_j^2.
    """
    if (mixed(points) < 0).any():
        raise ValueError("C0 by Feynman parameters needs p_ij^2 <= m_i^2 + m_j^2 for each pair")
    return np.concatenate([_c0_chunk(points[k : k + CHUNK]) for k in range(0, len(points), CHUNK)])


def mixed(points: Array) -> Array:
    """m_i^2 + m_j^2 - p_ij^2 for the pairs 12, 23, 31, shape (N, 3)."""
    p, m = points[:, :3], points[:, 3:]
    return np.asarray(m + m[:, [1, 2, 0]] - p)


def d0_below(points: Array) -> Array:
    """D0(0, 0, 0, 0, s, t; msq, msq, msq, msq) in 1/GeV^4, shape (N,), at points (s, t, msq) with s and t below 4 msq."""
    if (points[:, :2] >= 4 * points[:, 2:]).any():
        raise ValueError("D0 as a real integral needs s and t below 4 msq")
    y, weight = _denser_at_the_edges()
    w, (s, t, msq) = y * (1 - y), points.T[:, :, None]
    z = w * (s * t / msq * w - s - t) / msq
    nearly = np.abs(z) < 1e-9
    return np.asarray(
        np.where(nearly, 1 - z / 2, np.log1p(z) / np.where(nearly, 1.0, z)) @ (w * weight) / points[:, 2] ** 2
    )


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


def c0_two_masses(a: Array, s: Array, msq: Array) -> Complex:
    """C0(0, a, s; msq, msq, msq) in 1/GeV^2, of shape (N,): one massless leg, as in H -> Z gamma. s and a must differ."""
    return np.asarray((_log2(s, msq) - _log2(a, msq)) / (2 * (s - a)))


def _log2(s: Array, msq: Array) -> Complex:
    """log^2((beta + 1)/(beta - 1)), with beta = sqrt(1 - 4 msq/s) and s above the real axis."""
    beta = np.sqrt(1 - 4 * msq / (np.where(np.abs(s) < 1e-200, np.copysign(1e-200, s), s) + 0j))
    above = (np.log((1 + beta) / np.where(s > 4 * msq, 1 - beta, 1.0)) - 1j * np.pi) ** 2
    angle = np.arcsin(np.sqrt(np.clip(s / (4 * msq), 0.0, 1.0)))
    space = np.log((beta.real + 1) / np.maximum(beta.real - 1, 1e-300)) ** 2
    return np.where(s > 4 * msq, above, np.where(s >= 0, -4 * angle**2 + 0j, space + 0j))
