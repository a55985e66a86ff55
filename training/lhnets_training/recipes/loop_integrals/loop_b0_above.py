"""loop-b0-above: the one-loop integral B0 above its threshold, real and imaginary part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, Conditions, HalfSpace, Output
from lhnets_training.data.sample import uniform
from lhnets_training.fit.links import Signed
from lhnets_training.judging import checks
from lhnets_training.recipe import Array, Run
from lhnets_training.recipes.loop_integrals import _b0, _loop

REGION = (
    HalfSpace(
        coefficients={"m1sq": 2.2, "m2sq": 2.2, "p2": -1.0},
        bound=0.0,
        meaning="p2 >= 2.2 (m1sq + m2sq), which lies above (m1 + m2)^2",
    ),
)
SIDE = _b0.Side(1.0, _b0.inputs(10.0, _b0.P_HIGH), REGION)

INTEGRAL = SIDE.integral(
    "loop-b0-above",
    "loop-b0-above",
    "above its threshold",
    (
        Output(name="re", unit="1", meaning="real part"),
        Output(name="im", unit="1", meaning="imaginary part", subject="Im B0 above threshold"),
    ),
)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Symmetry, scale dependence, the cut, known limits."""
    points = uniform(SIDE.inputs, 5000, _b0.SEED + 3, REGION)
    p2, m1sq, m2sq, mu2 = points.T
    found, swapped = predict(points), predict(points[:, [0, 2, 1, 3]])
    lower = points.copy()
    lower[:, 3] = (1 + mu2) / 2
    running = found - predict(lower) - np.column_stack([np.log(mu2 / lower[:, 3]), 0 * mu2])
    cut = np.pi * np.sqrt((p2 - m1sq - m2sq) ** 2 - 4 * m1sq * m2sq) / p2
    massless = predict(np.array([[1e7, 1.0, 1.0, 1.0]]))[0]
    off = np.abs(massless - [2 - np.log(1e7), np.pi]).max()
    return (
        checks.measured(
            "symmetric",
            float(np.abs(found - swapped).max()),
            1e-10,
            criterion="exchanging the masses changes neither part by more than 1e-10",
        ),
        checks.measured(
            "runs as log mu2",
            float(np.abs(running).max()),
            1e-10,
            criterion=(
                "differences at two scales are log(mu2'/mu2) in the real part alone, to 1e-10"
            ),
            reference="tHooft:1978jhc",
        ),
        checks.measured(
            "cut",
            float(np.abs(found[:, 1] / cut - 1).max()),
            2e-3,
            criterion="imaginary part is pi times the two-body phase space, to 0.2 %",
            reference="tHooft:1978jhc",
        ),
        checks.measured(
            "light masses",
            float(off),
            1e-3,
            criterion="B0 -> 2 - log(p2/mu2) + i pi for light masses, to 1e-3",
            reference="tHooft:1978jhc",
        ),
        *INTEGRAL.agreements(predict, run, 1e-3),
    )


RECIPE = _loop.recipe(
    INTEGRAL,
    version=4,
    title="B0 above its threshold, real and imaginary part",
    description=(
        "Finite part (MSbar) of the scalar one-loop two-point function B0(p2; m1sq, m2sq) at the "
        "scale mu2, for p2 above 2.2 (m1sq + m2sq), which is above the threshold (m1 + m2)^2 by a "
        "tenth or more. p2 lies above the cut. Arguments as in LoopTools. Below the threshold see "
        "loop-b0."
    ),
    subject="Re B0 above threshold",
    conditions=Conditions(scheme="MSbar, finite part"),
    terms=SIDE.terms(2),
    end=Signed(),
    plan=_b0.PLAN,
    baseline=SIDE.features,
    physics_checks=physics_checks,
    created="2026-11-21",
    note="Rows of the design: even in the logarithm of the distance to the threshold, denser at "
    "its edges.",
)
