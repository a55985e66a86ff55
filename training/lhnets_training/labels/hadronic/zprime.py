"""A heavy neutral vector boson at leading order: q qbar -> Z' with a Breit-Wigner of running width,
folded with luminosities.

sigma(s) = (g_L^2 + g_R^2)/6 (s w)/((s - m^2)^2 + (s w)^2) with w = Gamma/m, for couplings g_L, g_R
of the quark, from the Breit-Wigner formula of the Review of Particle Physics; its narrow limit is
pi/6 (g_L^2 + g_R^2) delta(s - m^2). Vector masses count between half and three halves of m.
Energies in GeV, cross sections in pb.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.hadronic.luminosity import Luminosity
from lhnets_training.labels.hadronic.partonic_lo import GEV2_PB

Array = NDArray[np.float64]

WINDOW = 0.5, 1.5
"""Of the mass: where the vector boson's mass counts."""


@dataclass(frozen=True)
class ZPrime:
    """Labels of points (m, g_u, g_d, width/m, sqrt_s): the parts of up-like and down-like quarks,
    and their sum, in pb.

    g^2 = g_L^2 + g_R^2, the same for all generations; scales are m.
    """

    luminosity: Luminosity
    nodes: int = 128

    def __call__(self, points: Array) -> Array:
        """Cross sections in pb, shape (N, 3)."""
        m, g_u, g_d, width, sqrt_s = points.T
        unit, weight = np.polynomial.legendre.leggauss(self.nodes)
        low, high = (np.arctan((edge**2 - 1) / width) for edge in WINDOW)
        half = (high - low) / 2
        angle = (high + low)[:, None] / 2 + half[:, None] * unit
        ratio = 1 + width[:, None] * np.tan(angle)
        measure = half[:, None] * weight * width[:, None] / np.cos(angle) ** 2 / ratio
        running = ratio * width[:, None]
        resonance = running / ((ratio - 1) ** 2 + running**2) / m[:, None] ** 2
        tau = ratio * (m / sqrt_s)[:, None] ** 2
        scale = np.broadcast_to(m[:, None], tau.shape)
        parts = [
            GEV2_PB
            / 6
            * g**2
            * (measure * resonance * self.luminosity(channel, tau, scale)).sum(axis=1)
            for channel, g in (("up", g_u), ("down", g_d))
        ]
        return np.stack([*parts, parts[0] + parts[1]], axis=1)
