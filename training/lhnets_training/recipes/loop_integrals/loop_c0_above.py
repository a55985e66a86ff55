"""loop-c0-above: C0 with one mass, above the threshold in one leg: real and imaginary part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, HalfSpace, Input, Output
from lhnets_training.data.sample import uniform
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.links import Polar
from lhnets_training.judging import checks
from lhnets_training.labels.loops import looptools
from lhnets_training.labels.loops.loop_integrals import c0_one_mass
from lhnets_training.recipe import Array, Run
from lhnets_training.recipes.loop_integrals import _loop

ROWS, SEED = 12_000, 20261122
M_LOW, M_HIGH = 1.0, 1e6
NEAREST, FARTHEST, SPACELIKE, BELOW, OF_S = 4.4, 400.0, -100.0, 3.6, 0.45
"""s from and to, the other momenta from and to in units of msq, their sum to in units of s."""
INPUTS = (
    *(
        Input(
            name=f"p{k}sq",
            symbol=f"p_{k}^2",
            unit="GeV^2",
            low=SPACELIKE * M_HIGH,
            high=BELOW * M_HIGH,
            meaning=f"squared momentum of the {which} leg, below its threshold",
        )
        for k, which in enumerate(("first", "second"), 1)
    ),
    Input(
        name="s",
        symbol="s",
        unit="GeV^2",
        low=NEAREST * M_LOW,
        high=FARTHEST * M_HIGH,
        meaning="squared momentum of the third leg, above its threshold 4 msq",
    ),
    Input(
        name="msq",
        symbol="m^2",
        unit="GeV^2",
        low=M_LOW,
        high=M_HIGH,
        meaning="mass squared of all three lines",
    ),
)
REGION = (
    _loop.at_least("s", NEAREST, "msq", "s >= 4.4 msq, which lies above the threshold 4 msq"),
    _loop.at_most("s", FARTHEST, "msq", "s <= 400 msq"),
    *(
        _loop.at_most(f"p{k}sq", BELOW, "msq", f"p{k}sq <= 3.6 msq, which lies below the threshold")
        for k in (1, 2)
    ),
    *(_loop.at_least(f"p{k}sq", SPACELIKE, "msq", f"p{k}sq >= -100 msq") for k in (1, 2)),
    *(
        _loop.at_most(f"p{k}sq", OF_S, "s", f"p{k}sq <= 0.45 s, beyond which there are no labels")
        for k in (1, 2)
    ),
    HalfSpace(
        coefficients={"p1sq": 1.0, "p2sq": 1.0, "s": -OF_S},
        bound=0.0,
        meaning="p1sq + p2sq <= 0.45 s, so that the decay is possible",
    ),
)
TO_POSITIVE = np.array(
    [
        [0, -1, 0, 0, 0, -1, 0, -1],
        [0, 0, -1, 0, 0, 0, -1, -1],
        [0, 0, 0, 1, 1, 1, 1, 1],
        [1, 4, 4, -4, 0, 0, 0, 0.0],
    ]
)
"""From the inputs to msq, 4 msq - p1sq, 4 msq - p2sq, s - 4 msq, s, s - p1sq, s - p2sq, s - p1sq -
p2sq."""
TINY = 1e-2 * M_LOW
SWAP = np.eye(8)[[0, 2, 1, 3, 4, 6, 5, 7]]
OVER_MASS = np.vstack([-np.ones((1, 7)), np.eye(7)])
TO_SCALE = np.zeros((8, 2))
TO_SCALE[7, 0] = -1.0
TERMS = _loop.logs_of(
    TO_POSITIVE, TINY, np.stack([OVER_MASS, SWAP @ OVER_MASS]), prefactor=TO_SCALE
)


def design(rows: int) -> Array:
    """Points (2 rows, 4), even in the logarithms of the mass and of the distances to the
    thresholds."""
    u = _loop.shares(4, 2 * rows, SEED, edges=0.25)
    m = M_LOW * (M_HIGH / M_LOW) ** u[:, 3:]
    s = 4 + 0.4 * (396 / 0.4) ** u[:, 2:3]
    nearest = np.maximum(0.4, 4 - OF_S * s)
    p = 4 - nearest * ((4 - SPACELIKE) / nearest) ** u[:, :2]
    return np.concatenate([p, s, np.ones_like(m)], axis=1) * m


INTEGRAL = _loop.IntegralSide(
    name="loop-c0-above",
    dataset="loop-c0-above",
    title="The one-loop integral C0 with one mass, above the threshold in one leg",
    description=(
        "C0(p1sq, p2sq, s; msq, msq, msq) for s above and p1sq, p2sq below 4 msq, by its closed "
        "form in dilogarithms. Even in the logarithms of the mass and of the distances to the "
        "thresholds."
    ),
    inputs=INPUTS,
    outputs=(
        Output(name="re", unit="1/GeV^2", meaning="real part of C0"),
        Output(
            name="im",
            unit="1/GeV^2",
            meaning="imaginary part of C0",
            subject="Im C0 above threshold",
        ),
    ),
    region=REGION,
    design=design,
    values=c0_one_mass,
    settings=_loop.CLOSED,
    rows=ROWS,
    seed=SEED,
    relative_error=1e-9,
    seconds=4e-6,
    references=_loop.REFERENCES | _loop.DENNER,
    programs=(_loop.by_looptools(lambda x: looptools.c0(x[:, [0, 1, 2, 3, 3, 3]])),),
)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Fresh points, LoopTools, the decay of a Higgs boson into photons, the cut, symmetry,
    dimension."""
    fresh = uniform(INPUTS, 5000, SEED + 3, REGION)
    found, swapped = predict(fresh), predict(fresh[:, [1, 0, 2, 3]])
    halved = predict(fresh[fresh[:, 3] > 2 * M_LOW] / 2)
    s = np.geomspace(4.4, 400.0, 30)
    photons, beta = predict(np.column_stack([0 * s, 0 * s, s, 0 * s + 1])), np.sqrt(1 - 4 / s)
    log = np.log((1 + beta) / (1 - beta))
    two = np.column_stack([(log**2 - np.pi**2) / (2 * s), -np.pi * log / s])
    off = np.linalg.norm(photons - two, axis=1) / np.linalg.norm(two, axis=1)
    return (
        *_loop.measured_on(INTEGRAL, predict, fresh, 1e-4, 1e-3),
        *INTEGRAL.agreements(predict, run, 1e-3),
        checks.measured(
            "two massless legs",
            float(off.max()),
            1e-3,
            criterion="(log((1 + beta)/(1 - beta)) - i pi)^2/(2 s), to 1e-3 of its modulus",
            reference="tHooft:1978jhc",
        ),
        Check(
            name="cut",
            passed=bool((found[:, 1] < 0).all()),
            figure=f"largest {found[:, 1].max():.3g} 1/GeV^2",
            criterion="the imaginary part is negative at 5,000 points",
            reference="tHooft:1978jhc",
        ),
        checks.measured(
            "symmetric",
            float(np.abs(swapped / found - 1).max()),
            1e-9,
            criterion="exchanging p1sq and p2sq changes neither part by more than 1e-9",
        ),
        checks.measured(
            "dimension",
            float(np.abs(halved / found[fresh[:, 3] > 2 * M_LOW] / 2 - 1).max()),
            1e-9,
            criterion="halving all arguments doubles both parts, to 1e-9",
        ),
    )


RECIPE = _loop.recipe(
    INTEGRAL,
    title="C0 with one mass above the threshold in one leg: real and imaginary part",
    description=(
        "Scalar one-loop three-point function C0(p1sq, p2sq, s; msq, msq, msq) with three legs of "
        "any virtuality, as in H -> gamma gamma, H -> Z gamma, gg -> H* -> ZZ and form factors: s "
        "above its threshold by a tenth of it or more, p1sq and p2sq below theirs by as much. The "
        "mass is 1 to 1000 GeV. s lies above the cut. Arguments as in LoopTools. Exchange of p1sq "
        "and p2sq is exact. Below all thresholds, and for any masses, see loop-c0."
    ),
    subject="Re C0 above threshold",
    terms=TERMS,
    end=Polar(),
    plan=lm.FitPlan(20, 20, (lm.Stage(3, 30, 2000), lm.Stage(1, 150))),
    baseline=lambda x: TERMS.values(x)[:, :4],
    physics_checks=physics_checks,
    created="2026-11-22",
    note="Errors over the spread of each part, whose size varies by orders of magnitude; checks "
    "give those over the modulus.",
)
