"""loop-b0: the one-loop integral B0 below its threshold, where it is real."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, Conditions, HalfSpace, Output
from lhnets_training.data.sample import uniform
from lhnets_training.fit.links import Signed
from lhnets_training.judging import checks
from lhnets_training.labels.loops import pysecdec
from lhnets_training.recipe import Array, Run
from lhnets_training.recipes.loop_integrals import _b0, _loop

REGION = tuple(
    HalfSpace(
        coefficients={"p2": 1.0, a: -2.7, b: -0.9},
        bound=0.0,
        meaning=f"p2 <= 0.9 (3 {a} + {b}), which lies below (m1 + m2)^2",
    )
    for a, b in (("m1sq", "m2sq"), ("m2sq", "m1sq"))
)
SIDE = _b0.Side(-1.0, _b0.inputs(-_b0.P_HIGH, 3.6 * _b0.M_HIGH), REGION)

INTEGRAL = SIDE.integral(
    "loop-b0",
    "loop-b0-below",
    "below its threshold",
    (Output(name="re", unit="1", meaning="B0, real below its threshold"),),
    (_loop.by_pysecdec(pysecdec.b0),),
)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Symmetry, scale dependence, known limits."""

    def re(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    points = uniform(SIDE.inputs, 5000, _b0.SEED + 3, REGION)
    swapped, scaled = (
        points[:, [0, 2, 1, 3]],
        points * np.array([1.0, 1.0, 1.0, 0.5]) + np.array([0, 0, 0, 0.5]),
    )
    running = re(points) - re(scaled) - np.log(points[:, 3] / scaled[:, 3])
    m = np.geomspace(1.0, 1e6, 13)
    vacuum = np.column_stack([0 * m, m, m, np.full_like(m, 100.0)])
    far = np.column_stack([np.full_like(m, -1e7), *[np.minimum(m, 30.0)] * 2, np.full_like(m, 1.0)])
    return (
        checks.measured(
            "symmetric",
            float(np.abs(re(points) - re(swapped)).max()),
            1e-10,
            criterion="exchanging the masses changes B0 by less than 1e-10",
        ),
        checks.measured(
            "runs as log mu2",
            float(np.abs(running).max()),
            1e-10,
            criterion="differences at two scales are log(mu2'/mu2) to 1e-10",
            reference="tHooft:1978jhc",
        ),
        checks.measured(
            "at rest",
            float(np.abs(re(vacuum) - np.log(100.0 / m)).max()),
            1e-3,
            criterion="B0(0; m2, m2) = log(mu2/m2) to 1e-3",
            reference="tHooft:1978jhc",
        ),
        checks.measured(
            "far from the masses",
            float(np.abs(re(far) - (2 - np.log(1e7))).max()),
            1e-3,
            criterion="B0 -> 2 - log(-p2/mu2) at p2 = -1e7 GeV^2 to 1e-3",
            reference="tHooft:1978jhc",
        ),
        checks.falls(lambda p: -re(p), _lines(), "p2 (negative of B0)"),
        *INTEGRAL.agreements(predict, run, 1e-3),
    )


def _lines() -> Array:
    p2 = np.concatenate([-np.geomspace(1e7, 10, 30), [0.0]])
    masses = np.array([[10.0, 10.0], [1e3, 1e4], [1e5, 10.0], [1e6, 1e6]])
    shape = (len(masses), len(p2))
    columns = (p2[None, :], masses[:, :1], masses[:, 1:], np.array([[1.0]]))
    return np.stack([np.broadcast_to(c, shape) for c in columns], axis=-1)


RECIPE = _loop.recipe(
    INTEGRAL,
    title="B0 below its threshold",
    description=(
        "Finite part (MSbar) of the scalar one-loop two-point function B0(p2; m1sq, m2sq) at the "
        "scale mu2, for space-like momenta and time-like ones up to some 90 % of the threshold "
        "(m1 + m2)^2. Arguments as in LoopTools. It is real there; above the threshold see "
        "loop-b0-above. The closed form behind the labels takes half a microsecond: the network "
        "is for codes that evaluate all their integrals as networks, and to be differentiated."
    ),
    subject="B0",
    conditions=Conditions(scheme="MSbar, finite part"),
    terms=SIDE.terms(1),
    end=Signed(),
    plan=_b0.PLAN,
    baseline=SIDE.features,
    physics_checks=physics_checks,
    created="2026-11-21",
    note="Rows of the design: even in the logarithm of the distance to the threshold, denser at "
    "its edges.",
)
