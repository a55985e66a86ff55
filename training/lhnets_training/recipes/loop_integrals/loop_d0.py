"""loop-d0: the one-loop integral D0 with one mass and one massive leg, below all thresholds, where
it is real."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Check, HalfSpace, Input, Output
from lhnets_training.data.sample import uniform
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.links import Sums
from lhnets_training.judging import checks
from lhnets_training.labels.loops import looptools, pysecdec
from lhnets_training.labels.loops.loop_integrals import b0, d0
from lhnets_training.recipe import Array, Run
from lhnets_training.recipes.loop_integrals import _loop

ROWS, SEED = 12_000, 20261122
M_LOW, M_HIGH, LOWEST, BELOW, SPACELIKE = 400.0, 1e6, -4e6, 3.6, -100.0
MEANINGS = {
    "p4sq": "squared momentum of the fourth leg; the other three are massless",
    "s": "squared sum of the momenta of the first and second leg",
    "t": "squared sum of the momenta of the second and third leg",
    "msq": "mass squared of all four lines",
}
INPUTS = (
    *(
        Input(
            name=n,
            symbol="p_4^2" if n == "p4sq" else n,
            unit="GeV^2",
            low=LOWEST,
            high=BELOW * M_HIGH,
            meaning=MEANINGS[n],
        )
        for n in ("p4sq", "s", "t")
    ),
    Input(name="msq", symbol="m^2", unit="GeV^2", low=M_LOW, high=M_HIGH, meaning=MEANINGS["msq"]),
)
REGION = (
    *(
        _loop.at_most(n, BELOW, "msq", f"{n} <= {BELOW} msq, which lies below the threshold 4 msq")
        for n in ("p4sq", "s", "t")
    ),
    _loop.at_least("p4sq", SPACELIKE, "msq", "p4sq >= -100 msq"),
)
TO_POSITIVE = np.array(
    [[0, -1, 0, 0, 0, -1], [0, 0, -1, 0, -1, -1], [0, 0, 0, -1, -1, -1], [1, 4, 4, 4, 8, 12.0]]
)
"""From the inputs to msq, the distances 4 msq - p4sq, 4 msq - s, 4 msq - t, the sum of the last two
and of all three."""
SWAP = np.eye(6)[[0, 1, 3, 2, 4, 5]]
OVER_MASS = np.vstack([-np.ones((1, 5)), np.eye(5)])
TERMS = _loop.logs_of(
    TO_POSITIVE,
    0.1 * M_LOW,
    np.stack([OVER_MASS, SWAP @ OVER_MASS]),
    prefactor=np.array([0.0, 0, -1, -1, 0, 0])[:, None],
)
END = Sums(np.eye(1))


def design(rows: int) -> Array:
    """Points (5/4 rows, 4), even in the logarithms of the mass and of the distances over the mass
    squared."""
    u = _loop.shares(4, rows + rows // 4, SEED, edges=0.2)
    m, nearest = M_LOW * (M_HIGH / M_LOW) ** u[:, 3:], 1 - BELOW / 4
    lowest = np.maximum(LOWEST / m, [SPACELIKE, -np.inf, -np.inf])
    distance = nearest * ((1 - lowest / 4) / nearest) ** u[:, :3]
    return np.concatenate([4 * m * (1 - distance), m], axis=1)


INTEGRAL = _loop.IntegralSide(
    name="loop-d0",
    dataset="loop-d0-below",
    title="The one-loop integral D0 with one mass and one massive leg, below all thresholds",
    description=(
        "Scalar four-point function D0(0, 0, 0, p4sq, s, t; msq, msq, msq, msq) by quadrature. "
        "Even in the logarithms of the mass and of the distances 4 msq - p4sq, 4 msq - s and 4 "
        "msq - t over the mass squared."
    ),
    inputs=INPUTS,
    outputs=(
        Output(
            name="D0",
            unit="1/GeV^4",
            meaning="scalar four-point function, real and positive here",
            scale="log",
        ),
    ),
    region=REGION,
    cuts=(
        HalfSpace(
            coefficients={"s": 1.0, "t": 1.0, "msq": -7.0},
            bound=0.0,
            meaning="s + t <= 7 msq, so that not both are close to 3.6 msq",
        ),
    ),
    design=design,
    values=lambda x: d0(x).real,
    settings=_loop.QUADRATURE,
    rows=ROWS,
    seed=SEED,
    seconds=4e-6,
    references=_loop.REFERENCES | _loop.BAUR,
    programs=(
        _loop.by_pysecdec(pysecdec.d0),
        _loop.by_looptools(looptools.d0, legs="what most of the eight orders of the legs give"),
    ),
)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Fresh points, other programs, closed forms, symmetry, dimension, slope."""

    def value(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    fresh, m = uniform(INPUTS, 4000, SEED + 3, REGION), np.geomspace(M_LOW, M_HIGH, 12)
    symmetry = float(np.abs(value(fresh[:, [0, 2, 1, 3]]) / value(fresh) - 1).max())
    half = fresh[fresh[:, 3] > 2 * M_LOW]
    forward = np.concatenate([[0 * m, r * m, 0 * m, m] for r in (-3.0, 1.5, 3.5)], axis=1).T
    s, msq = forward[:, 1], forward[:, 3]
    lines = np.array(
        [
            [[p, x, t, 3e4] for x in np.linspace(-1e6, 1e5, 50)]
            for p in (0.0, 1e5)
            for t in (-2e6, -1e4, 1e5)
        ]
    )
    return (
        *_loop.measured_on(INTEGRAL, predict, fresh, 1e-4, 1e-3),
        *INTEGRAL.agreements(predict, run, 1e-3),
        checks.positive(value, fresh),
        checks.agrees(
            value,
            np.column_stack([*[0 * m] * 3, m]),
            1 / (6 * m**2),
            name="vacuum: 1/(6 m^4)",
            within=1e-3,
            reference="tHooft:1978jhc",
        ),
        checks.agrees(
            value,
            forward,
            b0(s, msq, msq, msq).real / (s * msq),
            name="p4sq = t = 0: closed form, from B0",
            within=1e-3,
            reference="tHooft:1978jhc",
        ),
        checks.measured(
            "symmetric",
            symmetry,
            1e-10,
            criterion="exchanging s and t changes D0 by less than 1e-10",
        ),
        checks.flat(
            lambda p: value(p) * p[:, 3] ** 2,
            half,
            half / 2,
            name="dimension",
            within=1e-9,
            criterion="halving all arguments makes D0 four times as large, to 1e-9",
        ),
        checks.falls(lambda p: -value(p), lines, "s (negative of D0)"),
    )


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    ratios = x[:, :3] / x[:, 3:]
    return {
        "all near their thresholds, p4sq, s, t > 3 msq": (ratios > 3).all(axis=1),
        "one near its threshold, another far below 0": (ratios.max(axis=1) > 3)
        & (ratios.min(axis=1) < -100),
        "both far below 0, s, t < -100 msq": (ratios[:, 1:] < -100).all(axis=1),
    }


RECIPE = _loop.recipe(
    INTEGRAL,
    version=4,
    title="D0 with one mass and one massive leg, below all thresholds",
    description=(
        "Scalar one-loop four-point function D0(0, 0, 0, p4sq, s, t; msq, msq, msq, msq), the box "
        "of gg -> gH and, with p4sq = 0, of light-by-light scattering, with a real mass of 20 to "
        "1000 GeV, for p4sq, s and t up to 3.6 msq (p4sq from -100 msq): heavy loops, and the box "
        "in t and u at any energy. It is real, positive and finite there. Arguments as in "
        "LoopTools. Exchange of s and t is exact. Above the threshold in s see loop-d0-above. "
        "Other masses and legs are not covered."
    ),
    subject="D0",
    terms=TERMS,
    end=END,
    plan=lm.FitPlan(18, 18, (lm.Stage(3, 30, 2000), lm.Stage(1, 100))),
    baseline=TERMS.values,
    physics_checks=physics_checks,
    created="2026-11-22",
    corners=corners,
    note="Relative errors. Rows of the design: even in logarithms, denser at the edges.",
)
