"""The approximate median significance of a cut (C. Adam-Bourdarios et al., JMLR W&CP 42 (2015) 19).

AMS = sqrt(2 ((s + b + b_reg) ln(1 + s/(b + b_reg)) - s)), where s and b are the expected numbers of
events that pass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

REGULARISED = 10.0
"""b_reg of the challenge, which keeps small regions from winning by chance."""
REPLICATES = 400


def compute_ams(signal: Array, background: Array) -> Array:
    """AMS of expected numbers of events, of any shape."""
    b = background + REGULARISED
    return np.sqrt(2 * ((signal + b) * np.log1p(signal / b) - signal))


def choose_cut(score: Array, is_signal: Mask, weight: Array) -> float:
    """The cut on a score (N,) with the largest AMS."""
    order = np.argsort(-score, kind="stable")
    passing = [np.cumsum(np.where(c, weight, 0.0)[order]) for c in (is_signal, ~is_signal)]
    return float(score[order][int(np.argmax(compute_ams(*passing)))])


def count_passing(passes: Mask, is_signal: Mask, weight: Array) -> tuple[float, float]:
    """Expected numbers of signal and background events that pass."""
    return float(weight[passes & is_signal].sum()), float(weight[passes & ~is_signal].sum())


def resample_ams(passes: list[Mask], is_signal: Mask, weight: Array, seed: int) -> Array:
    """AMS of several selections in resamples of the rows, (`REPLICATES`, selections): each takes
    the same rows, so that differences have errors of their own."""
    rng = np.random.default_rng(seed)
    drawn = weight * rng.poisson(1.0, (REPLICATES, len(weight)))
    chosen = np.stack(passes, axis=1)
    signal, background = (drawn[:, kind] @ chosen[kind] for kind in (is_signal, ~is_signal))
    return compute_ams(signal, background)
