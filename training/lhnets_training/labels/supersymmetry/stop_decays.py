"""Two-body widths of the lighter stop into a bino and winos at lowest order, in closed form.

S. Kraml, hep-ph/9903257, for pure gauginos: no Yukawa couplings, massless bottom quarks. Pythia
8.317 is a check here and not the truth: its stop widths have the mass of the stop where the
interference of left and right has that of the neutralino, and its widths into charginos are larger
by 1/cos^2 theta_W (`CHARGED_TOO_WIDE`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ALPHA, SIN2_WEINBERG, M_TOP = 1 / 127.9, 0.2312, 172.5
CHARGED_TOO_WIDE = 1 / (1 - SIN2_WEINBERG)
TAN2_WEINBERG = SIN2_WEINBERG / (1 - SIN2_WEINBERG)
HYPERCHARGES = 1 / 6, 2 / 3
"""Of the left-handed doublet and the right-handed top."""


def widths(points: Array) -> Array:
    """Partial widths in GeV into t bino, b charged wino, t neutral wino at points (m_t1, m_n1,
    m_c1, t_11, t_12), (N, 3).

    Masses in GeV; (t_11, t_12) is (cos, sin) of the mixing angle up to a factor. Channels must be
    open.
    """
    m_t1, m_n1, m_c1, t_11, t_12 = points.T
    size = np.hypot(t_11, t_12)
    left, right = t_11 / size, t_12 / size
    doublet, singlet = HYPERCHARGES
    unit = ALPHA / (4 * SIN2_WEINBERG) * m_t1
    bino = 2 * TAN2_WEINBERG * _to_top(m_t1, m_n1, doublet * left, -singlet * right)
    charged = left**2 * (1 - (m_c1 / m_t1) ** 2) ** 2
    neutral = _to_top(m_t1, m_c1, left / 2, np.zeros_like(left)) * 2
    return np.asarray(unit[:, None] * np.stack([bino, charged, neutral], axis=1))


def _to_top(m: Array, m_chi: Array, left: Array, right: Array) -> Array:
    """((L^2 + R^2)(m^2 - m_t^2 - m_chi^2) - 4 L R m_t m_chi) lambda^(1/2) / m^4."""
    phase_space = np.sqrt((m**2 - (M_TOP + m_chi) ** 2) * (m**2 - (M_TOP - m_chi) ** 2))
    energy = m**2 - M_TOP**2 - m_chi**2
    return np.asarray(
        ((left**2 + right**2) * energy - 4 * left * right * M_TOP * m_chi) * phase_space / m**4
    )
