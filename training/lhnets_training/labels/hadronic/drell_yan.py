"""Pairs of scalars or of heavy vector-like fermions by the exchange of a photon, Z or W between
quarks, at leading order.

From the gauge couplings of a state of isospin t3 and charge q alone (S. Dawson, E. Eichten, C.
Quigg, Phys. Rev. D 31 (1985) 1581, for sleptons; a Dirac doublet of heavy leptons for higgsinos,
which are its neutral and charged states). Bosons have fixed widths. Nothing else is exchanged, no
loops. Energies and masses in GeV.

Not from Pythia 8: its slepton pairs (8.317) are too few by factors of 0.9 to 3.2 that vary with the
mass, against these formulas, against its own pairs of Higgs bosons, which couple alike, and against
Resummino.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.hadronic.luminosity import Luminosity
from lhnets_training.labels.hadronic.partonic_lo import Partonic, PartonicProcess, folded

Array = NDArray[np.float64]
Spin: TypeAlias = Literal["scalar", "fermion"]
Sign: TypeAlias = Literal["plus", "minus"]

M_W, M_Z = 80.379, 91.1876
GAMMA_W, GAMMA_Z = 2.085, 2.4952


@dataclass(frozen=True)
class ElectroweakCouplings:
    """The electromagnetic coupling and the square of the sine of the weak mixing angle."""

    alpha: float
    sin2: float

    def to_z(self, isospin: Array | float, charge: float) -> Array:
        """Of the third component of the isospin and the charge to the Z, in units of the charge of
        the positron."""
        return np.asarray((isospin - charge * self.sin2) / np.sqrt(self.sin2 * (1 - self.sin2)))

    @classmethod
    def on_shell(cls) -> ElectroweakCouplings:
        """From G_mu, m_W and m_Z: alpha is 1/132.2, sin^2 is 0.2230."""
        sin2 = 1 - (M_W / M_Z) ** 2
        return cls(float(np.sqrt(2) / np.pi * 1.1663787e-5 * M_W**2 * sin2), sin2)


EFFECTIVE = ElectroweakCouplings(0.00781751, 0.2312)
"""Those at m_Z, as Pythia 8 has them."""

SIGNS: tuple[Sign, Sign] = ("plus", "minus")
UP, DOWN = (0.5, 2 / 3), (-0.5, -1 / 3)
"""Isospin and charge of the left-handed quarks; right-handed ones have isospin zero."""


@dataclass(frozen=True)
class WeakCharges:
    """What a particle couples by: the third component of its isospin, averaged where states mix,
    and its charge."""

    isospin: Array | float
    charge: float


LEFT, RIGHT, SNEUTRINO = WeakCharges(-0.5, -1.0), WeakCharges(0.0, -1.0), WeakCharges(0.5, 0.0)
"""Sleptons; the charged and the neutral higgsinos of one mass couple as the left-handed slepton and
the sneutrino."""
WINO = WeakCharges(-1.0, -1.0)
"""A charged wino."""


def neutral(
    mass: Array, state: WeakCharges, spin: Spin, couplings: ElectroweakCouplings
) -> PartonicProcess:
    """p p -> a particle of the ``state`` and its antiparticle, of masses (N,), through photon and
    Z."""
    isospin = np.reshape(state.isospin, (-1, 1))
    to_z = couplings.to_z(isospin, state.charge)

    def from_quarks(quark: tuple[float, float]) -> Partonic:
        t3, charge = quark

        def partonic(s: Array) -> Array:
            z = s / (s - M_Z**2 + 1j * M_Z * GAMMA_Z)
            left, right = (
                charge * state.charge + couplings.to_z(t, charge) * to_z * z for t in (t3, 0.0)
            )
            helicities = (abs(left) ** 2 + abs(right) ** 2) / 2
            return np.asarray(couplings.alpha**2 * helicities * _phase_space(s, mass, mass, spin))

        return partonic

    return PartonicProcess(
        4 * mass[:, None] ** 2, {"up": from_quarks(UP), "down": from_quarks(DOWN)}
    )


def charged(
    first: Array, second: Array, sign: Sign, spin: Spin, couplings: ElectroweakCouplings
) -> PartonicProcess:
    """p p -> the two states of a doublet, of masses (N,), through a W of the charge ``sign``."""

    def partonic(s: Array) -> Array:
        w = s / (s - M_W**2 + 1j * M_W * GAMMA_W)
        left = couplings.alpha * w / (2 * couplings.sin2)
        return np.asarray(abs(left) ** 2 / 2 * _phase_space(s, first, second, spin))

    return PartonicProcess((first + second)[:, None] ** 2, {sign: partonic})


def _phase_space(s: Array, first: Array, second: Array, spin: Spin) -> Array:
    """The cross section in GeV^-2 for unit amplitudes of both helicities."""
    a, b = first[:, None] ** 2 / s, second[:, None] ** 2 / s
    squared = np.maximum(1 + a * a + b * b - 2 * (a + b + a * b), 0.0)
    unit = np.pi / (9 * s)
    if spin == "scalar":
        return np.asarray(unit * squared**1.5)
    product = np.sqrt(a * b)
    return np.asarray(
        4 * unit * np.sqrt(squared) * (1 - (a + b) / 2 - (a - b) ** 2 / 2 + 3 * product)
    )


@dataclass(frozen=True)
class SleptonPair:
    """Labels of points (m, cos theta, sqrt_s) in GeV: the lighter slepton, cos theta of which is
    left-handed; mu_F is m."""

    luminosity: Luminosity

    def __call__(self, points: Array) -> Array:
        """Cross sections in pb of the left-handed part, the right-handed one, their interference,
        and all, shape (N, 4)."""
        mass, cosine, sqrt_s = points.T
        left, mixed, right = (
            folded(
                neutral(mass, WeakCharges(share * LEFT.isospin, LEFT.charge), "scalar", EFFECTIVE),
                self.luminosity,
                sqrt_s,
                mass,
            )
            for share in (1.0, 0.5, 0.0)
        )
        share = cosine**2
        between = 2 * mixed - (left + right) / 2
        parts = share**2 * left, (1 - share) ** 2 * right, 2 * share * (1 - share) * between
        return np.stack([*parts, sum(parts)], axis=1)


@dataclass(frozen=True)
class SleptonSneutrino:
    """Labels of points (m_sl, m_snu, sqrt_s) in GeV, left-handed sleptons; mu_F is the mean
    mass."""

    luminosity: Luminosity

    def __call__(self, points: Array) -> Array:
        """Cross sections in pb of both charges and their sum, shape (N, 3)."""
        first, second, sqrt_s = points.T
        plus, minus = (
            folded(
                charged(first, second, sign, "scalar", EFFECTIVE),
                self.luminosity,
                sqrt_s,
                (first + second) / 2,
            )
            for sign in SIGNS
        )
        return np.stack([plus, minus, plus + minus], axis=1)
