"""Two-body decays of gluinos and stops from the resonance widths of Pythia 8: no events, so no
statistical error.

C. Bierlich et al., SciPost Phys. Codeb. 2022, 8; widths as in N. Desai, P. Skands, Eur. Phys. J. C
72 (2012) 2238.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.generators import pythia, spectrum

Array = NDArray[np.float64]

COLUMNS = ("m_go", "m_sq", "m_t1", "m_n1", "m_c1", "t_11", "t_12")
STOP, OTHER_STOP = 1000006, 2000006
BINO, WINO, CHARGED_WINO = 1000022, 1000023, 1000024
QUARKS, BOTTOM, TOP = (1, 2, 3, 4), 5, 6
SETTINGS = (
    "Print:quiet = on",
    "ProcessLevel:all = off",
    "PartonLevel:all = off",
    "HadronLevel:all = off",
    "SLHA:verbose = 0",
    "SLHA:useDecayTable = off",
)


CHANNELS = 6
"""Partial widths that are given."""


def widths(points: Array) -> Array:
    """Partial widths in GeV at points (N, 7) in the order of `COLUMNS`, shape (N, 6).

    Gluino into light quark and squark, bottom and sbottom, top and stop, summed over flavours,
    sides and charges; stop into top and bino, bottom and charged wino, top and neutral wino.
    """
    found = [
        _gluino(p) + _stop(p)
        for p in pythia.started(
            SETTINGS, (pythia.SpectrumPoint(_slha(row), (), 1) for row in points)
        )
    ]
    return np.array(found).reshape(len(points), CHANNELS)


def _gluino(instance: Any) -> list[float]:
    found = _partial(instance, spectrum.GLUINO)
    return [
        sum(width for products, width in found.items() if any(abs(p) in flavours for p in products))
        for flavours in (QUARKS, (BOTTOM,), (TOP,))
    ]


def _stop(instance: Any) -> list[float]:
    found = _partial(instance, STOP)
    return [
        sum(width for products, width in found.items() if ino in products)
        for ino in (BINO, CHARGED_WINO, WINO)
    ]


def _partial(instance: Any, pdg: int) -> dict[tuple[int, ...], float]:
    """Partial widths of a particle by its products."""
    entry = instance.particleData.findParticle(pdg)
    channels = (entry.channel(k) for k in range(entry.sizeChannels()))
    return {
        tuple(channel.product(j) for j in range(channel.multiplicity())): channel.bRatio()
        * entry.mWidth()
        for channel in channels
        if channel.bRatio() > 0
    }


def _slha(row: Array) -> str:
    m_go, m_sq, m_t1, m_n1, m_c1 = row[:5]
    squarks = dict.fromkeys((s for s in spectrum.SQUARKS if s not in (STOP, OTHER_STOP)), m_sq)
    masses = {spectrum.GLUINO: m_go, STOP: m_t1, BINO: m_n1, WINO: m_c1, CHARGED_WINO: m_c1}
    return spectrum.write(masses | squarks, {"STOPMIX": spectrum.rotation(row[5:])})
