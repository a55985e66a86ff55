"""Pairs of scalars or of heavy vector-like fermions by the exchange of a photon, Z or W between quarks, at leading order.

From the gauge couplings of a state of isospin t3 and charge q alone (S. Dawson, E. Eichten, C. Quigg, Phys. Rev. D 31 (1985)
1581, for sleptons; a Dirac doublet of heavy leptons for higgsinos, which are its neutral and charged states). Electroweak
input: G_mu, m_W and m_Z with the mixing angle on shell and fixed widths. Nothing else is exchanged, no loops. Energies and
masses in GeV.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.partonic_lo import Partonic, Process

Array = NDArray[np.float64]
Spin = Literal["scalar", "fermion"]

G_MU = 1.1663787e-5
M_W, M_Z = 80.379, 91.1876
GAMMA_W, GAMMA_Z = 2.085, 2.4952
SIN2 = 1 - (M_W / M_Z) ** 2
ALPHA = np.sqrt(2) / np.pi * G_MU * M_W**2 * SIN2
"""The electromagnetic coupling of the G_mu scheme, 1/132.2."""

UP, DOWN = (0.5, 2 / 3), (-0.5, -1 / 3)
"""Isospin and charge of the left-handed quarks; right-handed ones have isospin zero."""


@dataclass(frozen=True)
class State:
    """What a particle couples by: the third component of its isospin, averaged where states mix, and its charge."""

    isospin: Array | float
    charge: float


LEFT, RIGHT, SNEUTRINO = State(-0.5, -1.0), State(0.0, -1.0), State(0.5, 0.0)
"""Sleptons; the charged and the neutral higgsinos of one mass couple as the left-handed slepton and the sneutrino."""


def neutral(mass: Array, state: State, spin: Spin) -> Process:
    """p p -> a particle of the ``state`` and its antiparticle, of masses (N,), through photon and Z."""
    isospin = np.reshape(state.isospin, (-1, 1))
    to_z = _to_z(isospin, state.charge)

    def from_quarks(quark: tuple[float, float]) -> Partonic:
        t3, charge = quark

        def partonic(s: Array) -> Array:
            z = s / (s - M_Z**2 + 1j * M_Z * GAMMA_Z)
            left, right = (charge * state.charge + _to_z(t, charge) * to_z * z for t in (t3, 0.0))
            return np.asarray((abs(left) ** 2 + abs(right) ** 2) / 2 * _phase_space(s, mass, mass, spin))

        return partonic

    return Process(4 * mass[:, None] ** 2, {"up": from_quarks(UP), "down": from_quarks(DOWN)})


def charged(first: Array, second: Array, sign: Literal["plus", "minus"], spin: Spin) -> Process:
    """p p -> the two states of a doublet, of masses (N,), through a W of the charge ``sign``."""

    def partonic(s: Array) -> Array:
        w = s / (s - M_W**2 + 1j * M_W * GAMMA_W)
        return np.asarray(abs(w / (2 * SIN2)) ** 2 / 2 * _phase_space(s, first, second, spin))

    return Process((first + second)[:, None] ** 2, {sign: partonic})


def _to_z(isospin: Array | float, charge: float) -> Array:
    return np.asarray((isospin - charge * SIN2) / np.sqrt(SIN2 * (1 - SIN2)))


def _phase_space(s: Array, first: Array, second: Array, spin: Spin) -> Array:
    """The cross section in GeV^-2 for unit couplings in both helicities."""
    a, b = first[:, None] ** 2 / s, second[:, None] ** 2 / s
    squared = np.maximum(1 + a * a + b * b - 2 * (a + b + a * b), 0.0)
    unit = np.pi * ALPHA**2 / (9 * s)
    if spin == "scalar":
        return np.asarray(unit * squared**1.5)
    product = np.sqrt(a * b)
    return np.asarray(4 * unit * np.sqrt(squared) * (1 - (a + b) / 2 - (a - b) ** 2 / 2 + 3 * product))
