"""Leading-order cross sections of charginos and neutralinos from Pythia 8, with any mixing of the pair.

C. Bierlich et al., SciPost Phys. Codeb. 2022, 8; the processes are those of G. Bozzi, B. Fuks, B. Herrmann, M. Klasen,
Nucl. Phys. B 787 (2007) 1. A label is a sample of events: it has a statistical error, which comes with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels import pythia, spectrum

Array = NDArray[np.float64]

CHARGINO, NEUTRALINO = 1000024, 1000023
CHARGINO_NEUTRALINO = (
    "SUSY:qqbar2chi+-chi0 = on",
    f"SUSY:idA = {CHARGINO}",
    f"SUSY:idB = {NEUTRALINO}",
)
NEUTRALINO_ROW = 1
COLUMNS = ("m_c1", "m_n2", "m_sq", "u_11", "u_12", "v_11", "v_12", "n_21", "n_22", "n_23", "n_24")


@dataclass(frozen=True)
class CharginoNeutralino:
    """The label of points (m_c1, m_n2, m_sq, U_1i, V_1i, N_2i): p p -> chi_1^+- chi_2^0, both charges, and its error in pb.

    Masses in GeV; the rows of the mixing matrices must be unit vectors. Scales are the mean mass of the pair.
    """

    events: int
    energy: float

    def __call__(self, points: Array) -> Array:
        """Columns cross section, error (N, 2)."""
        settings = (f"Beams:eCM = {self.energy}", "SLHA:useDecayTable = on", *CHARGINO_NEUTRALINO)
        found = pythia.scan(settings, map(_point, points), self.events)
        return np.array([(f.value, f.error) for f in found])


def _point(row: Array) -> pythia.Point:
    m_c1, m_n2, m_sq = row[:3]
    u, v, n = row[3:5], row[5:7], row[7:]
    masses = {CHARGINO: m_c1, NEUTRALINO: m_n2, **dict.fromkeys(spectrum.SQUARKS, m_sq)}
    mixing = {
        "UMIX": spectrum.rotation(u),
        "VMIX": spectrum.rotation(v),
        "NMIX": spectrum.orthogonal(n, NEUTRALINO_ROW),
    }
    slha = spectrum.write(masses, mixing, widthless=spectrum.SPARTICLES)
    return pythia.Point(slha, pythia.scales((m_c1 + m_n2) / 2), crc32(row.tobytes()) % 900_000_000)
