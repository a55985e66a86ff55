"""Spectra of the MSSM with tree-level mixing, written as SLHA files in the ways that codes write.

Masses of scalars are given; those of charginos, neutralinos and the mixing follow from M_1, M_2, mu
and tan(beta) (H. Haber, G. Kane, Phys. Rept. 117 (1985) 75).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

M_Z, M_W, SIN2, M_TOP, M_BOTTOM = 91.1876, 80.385, 0.2312, 172.5, 2.9
LIGHT = (1000001, 1000002, 1000003, 1000004, 2000001, 2000002, 2000003, 2000004)
SLEPTONS = (1000011, 1000012, 1000013, 1000014, 1000016, 2000011, 2000013)
UP, DOWN, CHARGED = (
    (1000000 + k, 1000002 + k, 1000004 + k, 2000000 + k, 2000002 + k, 2000004 + k)
    for k in (2, 1, 11)
)
NEUTRALINOS, CHARGINOS = (1000022, 1000023, 1000025, 1000035), (1000024, 1000037)


@dataclass(frozen=True, kw_only=True)
class Point:
    """Masses in GeV; the mixing angles are those of the lighter state, cos its left-handed part."""

    m_1: float = 200.0
    m_2: float = 700.0
    mu: float = 20_000.0
    tan_beta: float = 10.0
    m_a: float = 3000.0
    m_h: float = 125.0
    m_go: float = 2500.0
    m_sq: float = 3000.0
    m_sl: float = 2000.0
    stops: tuple[float, float, float] = (1100.0, 2800.0, 1.2)
    sbottoms: tuple[float, float, float] = (3000.0, 3000.0, 0.0)
    staus: tuple[float, float, float] = (2000.0, 2000.0, 0.0)
    masses: Mapping[int, float] = field(default_factory=dict)
    """Of particles whose mass is another."""

    @property
    def neutralinos(self) -> tuple[Array, Array]:
        """Masses with their signs (4,) and real mixing (4, 4), the lightest first."""
        beta, root = np.arctan(self.tan_beta), M_Z * np.array([SIN2, 1 - SIN2]) ** 0.5
        mix = np.outer(root * [-1, 1], [np.cos(beta), -np.sin(beta)])
        matrix = np.block(
            [[np.diag([self.m_1, self.m_2]), mix], [mix.T, self.mu * np.array([[0, -1], [-1, 0]])]]
        )
        masses, vectors = np.linalg.eigh(matrix)
        order = np.argsort(np.abs(masses))
        return masses[order], vectors[:, order].T

    @property
    def charginos(self) -> tuple[Array, Array, Array]:
        """Positive masses (2,), U and V (2, 2), the lightest first."""
        beta = np.arctan(self.tan_beta)
        off = 2**0.5 * M_W * np.array([np.sin(beta), np.cos(beta)])
        u, masses, v = np.linalg.svd(np.array([[self.m_2, off[0]], [off[1], self.mu]]))
        return masses[::-1], u.T[::-1], v[::-1]

    @property
    def alpha(self) -> float:
        """The mixing angle of the Higgs bosons, with what lifts the mass to m_h in the entry of
        H_u."""
        beta, a, z, h = np.arctan(self.tan_beta), self.m_a**2, M_Z**2, self.m_h**2
        c, s = np.cos(beta), np.sin(beta)
        down, off = a * s**2 + z * c**2, -(a + z) * s * c
        up = h + off**2 / (down - h)
        return float(0.5 * np.arctan2(2 * off, down - up))

    def spectrum(self) -> dict[int, float]:
        """All masses, those of neutralinos with their signs."""
        found = {
            24: M_W,
            25: self.m_h,
            35: self.m_a,
            36: self.m_a,
            37: self.m_a,
            **dict.fromkeys(LIGHT, self.m_sq),
            **dict.fromkeys(SLEPTONS, self.m_sl),
            1000021: self.m_go,
        }
        for pdg, pair in ((5, self.sbottoms), (6, self.stops), (15, self.staus)):
            found |= {1000000 + pdg: pair[0], 2000000 + pdg: pair[1]}
        found |= dict(zip(NEUTRALINOS, self.neutralinos[0].tolist(), strict=True))
        found |= dict(zip(CHARGINOS, self.charginos[0].tolist(), strict=True))
        return found | dict(self.masses)

    def blocks(self) -> dict[str, dict[tuple[int, ...], float]]:
        """Every block in the first accord: masses with signs, 2 x 2 mixing of the third family."""
        _, u, v = self.charginos
        return {
            "MODSEL": {(1,): 0},
            "SMINPUTS": {
                (1,): 127.9,
                (2,): 1.16638e-5,
                (3,): 0.118,
                (4,): M_Z,
                (5,): 4.18,
                (6,): M_TOP,
                (7,): 1.777,
            },
            "MASS": {(k,): m for k, m in self.spectrum().items()},
            "ALPHA": {(): self.alpha},
            "HMIX": {(1,): self.mu, (2,): self.tan_beta},
            "NMIX": matrix(self.neutralinos[1]),
            "UMIX": matrix(u),
            "VMIX": matrix(v),
            "STOPMIX": matrix(rotation(self.stops[2])),
            "SBOTMIX": matrix(rotation(self.sbottoms[2])),
            "STAUMIX": matrix(rotation(self.staus[2])),
        }

    def write(self) -> str:
        """The file in the first accord."""
        return write(self.blocks())

    def write_imaginary(self) -> str:
        """Positive masses of neutralinos; rows that belong to negative ones are imaginary."""
        masses, n = self.neutralinos
        negative = masses < 0
        blocks = self.blocks()
        blocks["MASS"] |= {(k,): abs(m) for k, m in zip(NEUTRALINOS, masses.tolist(), strict=True)}
        blocks["NMIX"] = matrix(np.where(negative[:, None], 0.0, n))
        blocks["IMNMIX"] = matrix(np.where(negative[:, None], n, 0.0))
        return write(blocks)

    def write_by_mass(self) -> str:
        """The second accord: squarks and sleptons numbered by mass, 6 x 6 matrices, no 2 x 2."""
        blocks, masses = self.blocks(), self.spectrum()
        for name, ids, angle, old in (
            ("USQMIX", UP, self.stops[2], "STOPMIX"),
            ("DSQMIX", DOWN, self.sbottoms[2], "SBOTMIX"),
            ("SELMIX", CHARGED, self.staus[2], "STAUMIX"),
        ):
            rows = np.eye(6)
            rows[np.ix_([2, 5], [2, 5])] = rotation(angle)
            order = sorted(range(6), key=lambda k: masses[ids[k]])
            blocks["MASS"] |= {(ids[n],): masses[ids[k]] for n, k in enumerate(order)}
            blocks[name] = matrix(rows[order])
            del blocks[old]
        return write(blocks)


def rotation(angle: float) -> Array:
    """Rows (cos, sin) and (-sin, cos)."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s], [-s, c]])


def matrix(entries: Array) -> dict[tuple[int, ...], float]:
    """By row and column from 1."""
    return {(i + 1, j + 1): float(x) for (i, j), x in np.ndenumerate(entries)}


def write(blocks: Mapping[str, Mapping[tuple[int, ...], float]]) -> str:
    """The text of a file."""
    lines = []
    for name, entries in blocks.items():
        lines.append(f"Block {name}")
        lines += [f" {' '.join(map(str, place))} {x:.10E}" for place, x in entries.items()]
    return "\n".join(lines) + "\n"


def stop_branching_ratios(point: Point) -> dict[str, float]:
    """Of the lighter stop at lowest order, with all mixing and Yukawa couplings (S. Kraml,
    hep-ph/9903257): ``n1`` to ``n4`` with a top quark, ``c1`` and ``c2`` with a bottom quark."""
    m, c, s = point.stops[0], np.cos(point.stops[2]), np.sin(point.stops[2])
    beta, tan_w = np.arctan(point.tan_beta), (SIN2 / (1 - SIN2)) ** 0.5
    top, bottom = (
        mass / (2**0.5 * M_W * part)
        for mass, part in ((M_TOP, np.sin(beta)), (M_BOTTOM, np.cos(beta)))
    )
    found = {}
    masses, n = point.neutralinos
    for i in range(4):
        left = -(n[i, 1] + tan_w / 3 * n[i, 0]) / 2**0.5
        right = 2 * 2**0.5 / 3 * tan_w * n[i, 0]
        higgs = -top * n[i, 3]
        found[f"n{i + 1}"] = _width(
            m, M_TOP, masses[i], c * left + s * higgs, c * higgs + s * right
        )
    charged, u, v = point.charginos
    for j in range(2):
        found[f"c{j + 1}"] = _width(
            m, 0.0, charged[j], -c * v[j, 0] + s * top * v[j, 1], c * bottom * u[j, 1]
        )
    total = sum(found.values()) or 1.0
    return {name: width / total for name, width in found.items()}


def _width(m: float, m_quark: float, m_chi: float, a: float, b: float) -> float:
    if m <= m_quark + abs(m_chi):
        return 0.0
    free = m**2 - m_quark**2 - m_chi**2
    momentum = (free**2 - 4 * m_quark**2 * m_chi**2) ** 0.5
    return float(momentum * ((a**2 + b**2) * free - 4 * a * b * m_quark * m_chi))
