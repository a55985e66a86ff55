"""Leading-order cross sections of charginos and neutralinos from Pythia 8, with any mixing of those
that are produced.

C. Bierlich et al., SciPost Phys. Codeb. 2022, 8; the processes are those of G. Bozzi, B. Fuks, B.
Herrmann, M. Klasen, Nucl. Phys. B 787 (2007) 1. A label is a sample of events: it has a statistical
error, which comes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.generators import pythia, spectrum

Array = NDArray[np.float64]

CHARGINO, NEUTRALINO = 1000024, 1000023
CHARGINO_NEUTRALINO = (
    "SUSY:qqbar2chi+-chi0 = on",
    f"SUSY:idA = {CHARGINO}",
    f"SUSY:idB = {NEUTRALINO}",
)
NO_CKM = tuple(
    f"StandardModel:V{u}{d} force= {float(k == j)}"
    for k, u in enumerate("uct")
    for j, d in enumerate("dsb")
)
"""The unit matrix in place of that of quark mixing.

With degenerate generations squark exchange conserves flavour, whatever the mixing of the quarks.
Pythia has no signs in its matrix, which is not unitary then: it adds u cbar and d sbar to chargino
pairs, up to more than the whole cross section.
"""
CHARGINO_PAIR = (
    "SUSY:qqbar2chi+chi- = on",
    f"SUSY:idA = {CHARGINO}",
    f"SUSY:idB = {CHARGINO}",
    *NO_CKM,
)
NEUTRALINO_ROW = 1
NO_YUKAWA = 1.0
"""tan(beta) at which the Yukawa coupling of the bottom quark is smallest."""
FAR = 1e6
"""GeV; the mass of squarks that would couple to bottom quarks by the Yukawa coupling of the top."""
PAIR_COLUMNS = ("m_c1", "m_sul", "m_sdl", "u_11", "v_11", "sqrt_s")
COLUMNS = ("m_c1", "m_n2", "m_sq", "u_11", "u_12", "v_11", "v_12", "n_21", "n_22", "n_23", "n_24")


@dataclass(frozen=True)
class CharginoNeutralino:
    """The label of points (m_c1, m_n2, m_sq, U_1i, V_1i, N_2i): p p -> chi_1^+- chi_2^0, both
    charges, and its error in pb.

    Masses in GeV; the rows of the mixing matrices must be unit vectors. Scales are the mean mass of
    the pair.
    """

    events: int
    energy: float

    def __call__(self, points: Array) -> Array:
        """Columns cross section, error (N, 2)."""
        return _scan(CHARGINO_NEUTRALINO, points, self._point, self.events)

    def _point(self, row: Array) -> pythia.SpectrumPoint:
        m_c1, m_n2, m_sq = row[:3]
        u, v, n = row[3:5], row[5:7], row[7:]
        masses = {CHARGINO: m_c1, NEUTRALINO: m_n2, **dict.fromkeys(spectrum.SQUARKS, m_sq)}
        mixing = {
            "UMIX": spectrum.rotation(u),
            "VMIX": spectrum.rotation(v),
            "NMIX": spectrum.orthogonal(n, NEUTRALINO_ROW),
        }
        return _spectrum_point(row, masses, mixing, self.energy, (m_c1 + m_n2) / 2)


@dataclass(frozen=True)
class CharginoPair:
    """The label of points (m_c1, m_sul, m_sdl, U_11, V_11, sqrt_s): p p -> chi_1^+ chi_1^- and its
    error in pb.

    Masses and energy in GeV; m_sul and m_sdl are those of left-handed squarks of up and of down
    type, alike in all generations. Right-handed squarks couple by Yukawa couplings alone, which are
    left out. Scales are the mass of the chargino.
    """

    events: int

    def __call__(self, points: Array) -> Array:
        """Columns cross section, error (N, 2)."""
        return _scan(CHARGINO_PAIR, points, self._point, self.events)

    def _point(self, row: Array) -> pythia.SpectrumPoint:
        m_c1, m_sul, m_sdl, u_11, v_11, energy = row
        masses = {
            CHARGINO: m_c1,
            **dict.fromkeys(spectrum.LEFT_UP, m_sul),
            **dict.fromkeys(spectrum.LEFT_DOWN, m_sdl),
            **dict.fromkeys(spectrum.RIGHT, FAR),
        }
        mixing = {
            name: spectrum.rotation(_row(first)) for name, first in (("UMIX", u_11), ("VMIX", v_11))
        }
        return _spectrum_point(row, masses, mixing, energy, m_c1, tan_beta=NO_YUKAWA)


def _scan(
    process: Iterable[str],
    points: Array,
    point: Callable[[Array], pythia.SpectrumPoint],
    events: int,
) -> Array:
    found = pythia.scan(("SLHA:useDecayTable = on", *process), map(point, points), events)
    return np.array([(f.value, f.error) for f in found])


def _spectrum_point(
    row: Array,
    masses: dict[int, float],
    mixing: dict[str, Array],
    energy: float,
    scale: float,
    tan_beta: float = 10.0,
) -> pythia.SpectrumPoint:
    slha = spectrum.write(masses, mixing, tan_beta=tan_beta, widthless=spectrum.SPARTICLES)
    settings = (f"Beams:eCM = {energy}", *pythia.scales(scale))
    return pythia.SpectrumPoint(slha, settings, crc32(row.tobytes()) % 900_000_000)


def _row(first: float) -> Array:
    """The unit vector that begins with ``first``, its other entry positive: signs of entries do not
    matter in pairs."""
    return np.array([first, np.sqrt(1 - first**2)])
