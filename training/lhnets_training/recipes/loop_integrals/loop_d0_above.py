"""loop-d0-above: the one-loop integral D0 with one mass and one massive leg above the threshold in
s: both parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Check, HalfSpace, Input, Output
from lhnets_training.data.sample import uniform
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.links import Polar
from lhnets_training.judging import checks
from lhnets_training.labels.loops import looptools
from lhnets_training.labels.loops.loop_integrals import b0, d0
from lhnets_training.recipe import Array, Run
from lhnets_training.recipes.loop_integrals import _loop
from lhnets_training.recipes.loop_integrals.loop_d0 import MEANINGS

ROWS, SEED = 12_000, 20261122
M_LOW, M_HIGH = 1.0, 1e6
NEAREST, FARTHEST, SPACELIKE, BELOW = 4.4, 400.0, -100.0, 3.6
"""s from and to, p4sq from and to, in units of msq."""
EDGES = {
    "p4sq": (SPACELIKE * M_HIGH, BELOW * M_HIGH),
    "s": (NEAREST * M_LOW, FARTHEST * M_HIGH),
    "t": ((SPACELIKE - FARTHEST) * M_HIGH, 0.0),
    "msq": (M_LOW, M_HIGH),
}
SYMBOLS = {"p4sq": "p_4^2", "msq": "m^2"}
INPUTS = tuple(
    Input(name=n, symbol=SYMBOLS.get(n, n), unit="GeV^2", low=low, high=high, meaning=MEANINGS[n])
    for n, (low, high) in EDGES.items()
)
REGION = (
    _loop.at_least("s", NEAREST, "msq", "s >= 4.4 msq, which lies above the threshold 4 msq"),
    _loop.at_most("s", FARTHEST, "msq", "s <= 400 msq"),
    _loop.at_most("p4sq", BELOW, "msq", "p4sq <= 3.6 msq, which lies below the threshold 4 msq"),
    _loop.at_least("p4sq", SPACELIKE, "msq", "p4sq >= -100 msq"),
    HalfSpace(
        coefficients={"p4sq": 1.0, "s": -1.0, "t": -1.0}, bound=0.0, meaning="u = p4sq - s - t <= 0"
    ),
)
TO_POSITIVE = np.array(
    [[0, -1, 0, 0, 0, -1], [0, 0, 1, 0, 1, 1], [0, 0, 0, -1, 0, 1], [1, 4, -4, 4, 0, 4.0]]
)
"""From the inputs to msq, the distances 4 msq - p4sq, s - 4 msq, 4 msq - t, s, and 4 msq - u."""
OVER_MASS = np.vstack([-np.ones((1, 5)), np.eye(5)])
TO_SCALE = np.array([0.0, 0, 0, -1, -1, 0])[:, None] * np.array([[1.0, 0.0]])
TERMS = _loop.logs_of(TO_POSITIVE, 1e-2 * M_LOW, OVER_MASS, TO_SCALE)


def design(rows: int) -> Array:
    """Points (5/4 rows, 4), even in the logarithms of the mass and of the distances to thresholds,
    also from t to u."""
    u = _loop.shares(4, rows + rows // 4, SEED, edges=0.25)
    m = M_LOW * (M_HIGH / M_LOW) ** u[:, 3]
    p4 = 4 - (4 - BELOW) * ((4 - SPACELIKE) / (4 - BELOW)) ** u[:, 0]
    s = 4 + (NEAREST - 4) * ((FARTHEST - 4) / (NEAREST - 4)) ** u[:, 1]
    far = u[:, 2] > 0.5
    nearer = 4 * ((1 + (s - p4) / 8) ** (2 * np.where(far, 1 - u[:, 2], u[:, 2])) - 1)
    t = np.where(far, p4 - s + nearer, -nearer)
    return np.column_stack([p4, s, t, np.ones_like(m)]) * m[:, None]


INTEGRAL = _loop.IntegralSide(
    name="loop-d0-above",
    dataset="loop-d0-above",
    title="The one-loop integral D0 with one mass and one massive leg, above the threshold in s",
    description=(
        "D0(0, 0, 0, p4sq, s, t; msq, msq, msq, msq) for s above and p4sq below 4 msq, t and u "
        "negative, by quadrature. Even in the logarithms of the mass and of the distances to the "
        "thresholds."
    ),
    inputs=INPUTS,
    outputs=(
        Output(name="re", unit="1/GeV^4", meaning="real part of D0"),
        Output(
            name="im",
            unit="1/GeV^4",
            meaning="imaginary part of D0",
            subject="Im D0 above threshold",
        ),
    ),
    region=REGION,
    cuts=(
        HalfSpace(
            coefficients={"p4sq": 1.0, "s": -1.0, "msq": 1.1},
            bound=0.0,
            meaning="s - p4sq >= 1.1 msq, so that not both are close to their thresholds",
        ),
    ),
    design=design,
    values=d0,
    settings=_loop.QUADRATURE,
    rows=ROWS,
    seed=SEED,
    seconds=1e-5,
    references=_loop.REFERENCES | _loop.BAUR,
    programs=(
        _loop.by_looptools(looptools.d0, legs="what most of the eight orders of the legs give"),
    ),
)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Fresh points, LoopTools, the forward box from B0, the cut, dimension."""
    fresh = uniform(INPUTS, 4000, SEED + 3, REGION)
    found, heavy = predict(fresh), fresh[:, 3] > 2 * M_LOW
    halved = predict(fresh[heavy] / 2)
    s = np.geomspace(4.4, 400.0, 30)
    one = np.ones_like(s)
    exact = b0(s, one, one, one) / s
    forward = predict(np.column_stack([0 * s, s, 0 * s, one])) @ np.array([1, 1j])
    return (
        *_loop.measured_on(INTEGRAL, predict, fresh, 1e-4, 1e-3),
        *INTEGRAL.agreements(predict, run, 1e-3),
        checks.measured(
            "p4sq = t = 0: closed form, from B0",
            float(np.abs(forward / exact - 1).max()),
            1e-3,
            criterion="B0(s; m, m) at mu = m over s m^2, to 1e-3 of its modulus",
            reference="tHooft:1978jhc",
        ),
        Check(
            name="cut",
            passed=bool((found[:, 1] > 0).all()),
            figure=f"smallest {found[:, 1].min():.3g} 1/GeV^4",
            criterion="the imaginary part is positive at 4,000 points",
            reference="Baur:1989cm",
        ),
        checks.measured(
            "dimension",
            float(np.abs(halved / found[heavy] / 4 - 1).max()),
            1e-9,
            criterion="halving all arguments makes both parts four times as large, to 1e-9",
        ),
    )


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    p4, s, t = (x[:, :3] / x[:, 3:]).T
    return {
        "s near its threshold, s < 5 msq": s < 5,
        "high energy, s > 100 msq": s > 100,
        "forward, -t < msq": -t < 1,
        "backward, -u < msq": s + t - p4 < 1,
    }


RECIPE = _loop.recipe(
    INTEGRAL,
    version=4,
    title="D0 with one mass and one massive leg above the threshold in s: real and imaginary part",
    description=(
        "Scalar one-loop four-point function D0(0, 0, 0, p4sq, s, t; msq, msq, msq, msq) at "
        "physical points, t and u = p4sq - s - t negative: the box of gg -> gH above the "
        "threshold of its loop and, with p4sq = 0, of light-by-light scattering. s is above its "
        "threshold by a tenth of it or more and at most 400 msq, p4sq below its own by as much. "
        "The mass is 1 to 1000 GeV. s lies above the cut. Arguments as in LoopTools. The box in t "
        "and u, and all below threshold, is loop-d0."
    ),
    subject="Re D0 above threshold",
    terms=TERMS,
    end=Polar(),
    plan=lm.FitPlan(20, 20, (lm.Stage(3, 30, 2000), lm.Stage(1, 120))),
    baseline=TERMS.values,
    physics_checks=physics_checks,
    created="2026-11-22",
    corners=corners,
    note="Errors over the spread of each part, whose size varies by orders of magnitude; checks "
    "give those over the modulus.",
)
