"""obs-bs-mumu: the time-integrated branching ratio of Bs -> mu mu in axial, scalar and pseudoscalar
coefficients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lhnets.format import Check, Output
from lhnets_training import bibtex
from lhnets_training.data.table import column
from lhnets_training.judging import checks
from lhnets_training.judging.checks import Values
from lhnets_training.labels.flavour.flavio_observables import Observable
from lhnets_training.recipes.observables import _flavour
from lhnets_training.recipes.observables._flavour import LabelPlan, StandardModelValue, flavio_value

OBSERVABLE = "BR(Bs->mumu)"
INPUTS = (
    _flavour.coefficient("C10_bsmumu", 1.2),
    _flavour.coefficient("C10p_bsmumu", 1.2),
    _flavour.coefficient("CS_bsmumu", 0.005, "1/GeV"),
    _flavour.coefficient("CSp_bsmumu", 0.005, "1/GeV"),
    _flavour.coefficient("CP_bsmumu", 0.005, "1/GeV"),
    _flavour.coefficient("CPp_bsmumu", 0.005, "1/GeV"),
)
NAMES = tuple(i.name for i in INPUTS)
STANDARD_MODEL = 3.6289314570849374e-09
"""flavio 2.7.1."""
DATASET = _flavour.dataset(
    "flavio-bs-mumu",
    "obs_bs_mumu",
    "Branching ratios of Bs -> mu mu in six Wilson coefficients",
    INPUTS,
    (column("BR", "1", "time-integrated branching ratio of Bs -> mu mu", "target"),),
)
BENEKE = "Beneke:2019slt"
REFERENCES = _flavour.REFERENCES | bibtex.select(BENEKE)
BENEKE_BR = 3.66e-9


def axial_currents(br: Values) -> Sequence[Check]:
    """A meson without spin sees the axial current only: the difference of C10 and C10'."""
    points = _flavour.points_in(INPUTS)
    shifted = points + np.array([0.5, 0.5, 0, 0, 0, 0]) * np.sign(-points[:, [0]])
    kept = (np.abs(shifted) <= [i.high or 0.0 for i in INPUTS]).all(axis=1)
    return (
        checks.flat(
            br, points[kept], shifted[kept], name="only C10 - C10' matters", within=1e-6,
            criterion="the same shift of C10 and C10' changes nothing, to 1e-6",
        ),
    )  # fmt: skip


RECIPE = _flavour.observable(
    name="obs-bs-mumu",
    version=3,
    title="Bs -> mu mu in Wilson coefficients",
    description=(
        "Time-integrated branching ratio of Bs -> mu+ mu- in real new-physics shifts of six "
        "Wilson coefficients. A quadratic form is exact here, and that is what the file holds: "
        "not a trained network. Parameters at flavio's central values; flavio's own uncertainty "
        "is a component: 3 % (decay constant, CKM elements)."
    ),
    subject=OBSERVABLE,
    inputs=INPUTS,
    output=Output(name="BR", unit="1", meaning="time-integrated branching ratio", scale="log"),
    labels=LabelPlan(
        dataset=DATASET, compute=Observable(OBSERVABLE, NAMES), columns=("BR",), rows=2000, part=250
    ),
    truth=_flavour.truth(
        0.002,
        1e-14,
        "Missing in the component: its change with the coefficients. flavio's own lies between 2.8 "
        "and 3.5 % of the value; the largest is taken everywhere.",
    ),
    known=(
        flavio_value(STANDARD_MODEL, 1e-9),
        StandardModelValue(
            value=BENEKE_BR,
            within=0.03,
            name="Standard Model prediction with QED corrections, 3.66e-9",
            reference=BENEKE,
        ),
    ),
    further=axial_currents,
    references=REFERENCES,
)
