"""Signal efficiencies of gluino pairs in signal region C of ATLAS-SUSY-2018-31, at particle level.

The selection is that of the publication (ATLAS, JHEP 12 (2019) 060): no lepton, at least four jets,
at least three of them b-tagged, missing momentum above 250 GeV and away from the four leading jets,
in bins of its object-based significance. What stands for the detector: b-tagging by its
probabilities, which weight the events, and the resolution of jets in the significance. Nothing is
smeared; no trigger, pile-up, tau veto or lepton efficiency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EDGES = (22.0, 24.0, 26.0, 28.0, np.inf)
MISSING, AWAY = 250.0, 0.4
JETS, TAGS = 4, 3
BASELINE_PT, SIGNAL_PT, JET_ETA, TAG_ETA = 20.0, 30.0, 2.8, 2.5
LEPTON_PT = {11: 4.5, 13: 4.0}
LEPTON_ETA = {11: 2.47, 13: 2.5}
RADIUS, MATCH = 0.4, 0.3
TAGGED = {5: 0.77, 4: 1 / 6.0, 0: 1 / 134.0}
"""Probabilities of the 77 % working point for b, c and light jets."""
NOISE, STOCHASTIC, CONSTANT = 3.0, 0.7, 0.035
"""Relative resolution of jet p_T: noise/p_T, stochastic/sqrt(p_T) and constant, in quadrature; p_T
in GeV."""
SIDEWAYS, SOFT = 0.02, 10.0
"""Angular resolution of jets in rad, and resolution of the soft term in GeV."""


@dataclass(frozen=True)
class SelectionEvent:
    """What the selection needs: jets (J, 3) in p_T, eta, phi, their flavours (J,), leptons (L, 3),
    missing momentum (2,)."""

    jets: Array
    flavours: NDArray[np.int64]
    leptons: Array
    missing: Array


def weight(event: SelectionEvent) -> Array:
    """The probability (4,) that the event is in each bin of the significance."""
    bins = np.zeros(len(EDGES) - 1)
    size = float(np.hypot(*event.missing))
    jets = event.jets[(event.jets[:, 0] > SIGNAL_PT) & (np.abs(event.jets[:, 1]) < JET_ETA)]
    if size < MISSING or len(jets) < JETS or vetoed(event.jets, event.leptons):
        return bins
    if np.abs(between(jets[:JETS, 2], np.arctan2(*event.missing[::-1]))).min() < AWAY:
        return bins
    found = int(np.searchsorted(EDGES, significance(event.missing, jets), side="right")) - 1
    if found >= 0:
        bins[found] = _tagged(event)
    return bins


def significance(missing: Array, jets: Array) -> float:
    """Object-based significance of the missing momentum (2,) beside jets (J, 3): its size over its
    resolution.

    |missing| / sqrt(V_L (1 - rho^2)), where V is the covariance of jets and soft term along and
    across it.
    """
    p_t, _, phi = jets.T
    along = p_t * np.sqrt((NOISE / p_t) ** 2 + STOCHASTIC**2 / p_t + CONSTANT**2)
    across = SIDEWAYS * p_t
    angle = between(phi, np.arctan2(missing[1], missing[0]))
    c, s = np.cos(angle), np.sin(angle)
    longitudinal = float(((along * c) ** 2 + (across * s) ** 2).sum()) + SOFT**2
    transverse = float(((along * s) ** 2 + (across * c) ** 2).sum()) + SOFT**2
    mixed = float(((along**2 - across**2) * c * s).sum())
    return float(np.hypot(*missing) / np.sqrt(longitudinal - mixed**2 / transverse))


def at_least(count: int, probabilities: Array) -> float:
    """The probability that at least ``count`` of independent trials with ``probabilities`` (n,)
    succeed."""
    fewer = np.zeros(count)
    fewer[0] = 1.0
    for p in probabilities:
        fewer = fewer * (1 - p) + np.concatenate([[0.0], fewer[:-1]]) * p
    return float(1 - fewer.sum())


def flavours(jets: Array, hadrons: Array, kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The heaviest of the ``kinds`` (H,) of hadrons (H, 3) near each of the jets (J, 3); 0 for
    light jets. Shape (J,)."""
    near = (
        np.hypot(jets[:, None, 1] - hadrons[:, 1], between(jets[:, None, 2], hadrons[:, 2])) < MATCH
    )
    return np.asarray((near * kinds).max(axis=1, initial=0))


def vetoed(jets: Array, leptons: Array) -> bool:
    """Whether one of the leptons (L, 3) is left that none of the jets (J, 3) overlaps."""
    apart = (
        np.hypot(jets[:, 1] - leptons[:, None, 1], between(jets[:, 2], leptons[:, None, 2]))
        >= RADIUS
    )
    return bool(apart.all(axis=1).any())


def _tagged(event: SelectionEvent) -> float:
    able = (event.jets[:, 0] > SIGNAL_PT) & (np.abs(event.jets[:, 1]) < TAG_ETA)
    return at_least(TAGS, np.array([TAGGED[int(f)] for f in event.flavours[able]]))


def between(a: Any, b: Any) -> Any:
    """The difference of azimuths in [-pi, pi)."""
    return (a - b + np.pi) % (2 * np.pi) - np.pi
