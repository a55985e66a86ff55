"""How the errors of a network grow where rows are missing: shorter fits leave out neighbourhoods of
rows of all sizes, several at once, and are judged there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.local_error import Residuals
from lhnets_training.fit.neighbourhoods import Part, choose_parts
from lhnets_training.fit.support import Support

Array = NDArray[np.float64]

FITS, SHARE = 2, 0.2
"""Further fits, and the share of the rows that each leaves out at most."""
STEPS = 0.5
"""Steps of such a fit, over those of the network; it has one start."""


def plan_again(plan: lm.FitPlan, number: int) -> lm.FitPlan:
    """The plan of a further fit."""
    stages = tuple(lm.Stage(1, max(1, round(s.steps * STEPS)), s.rows) for s in plan.stages)
    return replace(plan, stages=stages, seed=plan.seed + 100 + number)


def choose_left_out(support: Support, x: Array, seed: int) -> Part:
    """Rows of x (N, n) in neighbourhoods that do not overlap, in all no more than `SHARE`."""
    parts = choose_parts(support, x, seed, repeats=2)
    chosen: set[int] = set()
    for k in np.random.default_rng(seed).permutation(len(parts)):
        part = set(parts[k].tolist())
        if not part & chosen and len(part) + len(chosen) <= SHARE * len(x):
            chosen |= part
    return np.array(sorted(chosen), dtype=np.int64)


def measure_left_out(
    support: Support, x: Array, residual: Callable[[Part, int], Array], seed: int
) -> Residuals:
    """Errors where rows x (N, n) were left out; ``residual`` tells those of the further fit of a
    number, without a part of the rows, shape (rows, k)."""
    found = []
    for number in range(FITS):
        part = choose_left_out(support, x, seed + number)
        remote = next(support.without(x, [part]))
        found.append(Residuals(x[part], residual(part, number), remote))
    return Residuals(
        np.concatenate([r.x for r in found]),
        np.concatenate([r.size for r in found]),
        np.concatenate([r.remote for r in found]),
    )
