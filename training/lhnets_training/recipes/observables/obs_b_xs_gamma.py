"""obs-b-xs-gamma: the branching ratio of B -> Xs gamma in the electromagnetic dipole
coefficients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lhnets.format import Check, Conditions, Output
from lhnets_training import bibtex
from lhnets_training.data.table import column
from lhnets_training.judging import checks
from lhnets_training.judging.checks import Values
from lhnets_training.labels.flavour.flavio_observables import Observable
from lhnets_training.recipes.observables import _flavour
from lhnets_training.recipes.observables._flavour import LabelPlan, StandardModelValue, flavio_value

OBSERVABLE = "BR(B->Xsgamma)"
INPUTS = (_flavour.coefficient("C7_bs", 0.15), _flavour.coefficient("C7p_bs", 0.3))
NAMES = tuple(i.name for i in INPUTS)
STANDARD_MODEL = 3.3096922701754877e-4
"""flavio 2.7.1."""
DATASET = _flavour.dataset(
    "flavio-b-xs-gamma",
    "obs_b_xs_gamma",
    "Branching ratios of B -> Xs gamma in two Wilson coefficients",
    INPUTS,
    (column("BR", "1", "branching ratio of B -> Xs gamma, photon energy above 1.6 GeV", "target"),),
)
MISIAK = "Misiak:2020vlo"
REFERENCES = _flavour.REFERENCES | bibtex.select(MISIAK)
MISIAK_BR = 3.40e-4


def falls_with_c7(br: Values) -> Sequence[Check]:
    """The new-physics shift adds to the Standard Model's amplitude, which is negative."""
    lines = checks.points_of(
        {"C7_bs": np.linspace(-0.15, 0.15, 40), "C7p_bs": np.linspace(-0.3, 0.3, 7)[:, None]}, NAMES
    )
    return (checks.falls(br, lines, "C7_bs"),)


RECIPE = _flavour.observable(
    name="obs-b-xs-gamma",
    title="B -> Xs gamma in Wilson coefficients",
    description=(
        "Branching ratio of B -> Xs gamma (photon energy above 1.6 GeV) in real new-physics "
        "shifts of C7 and C7'. A quadratic form is exact here, and that is what the file holds: "
        "not a trained network. Parameters at flavio's central values; flavio's own uncertainty "
        "is a component: 6 % in the Standard Model."
    ),
    subject=OBSERVABLE,
    conditions=Conditions(working_point="photon energy above 1.6 GeV"),
    inputs=INPUTS,
    output=Output(name="BR", unit="1", meaning="branching ratio", scale="log"),
    labels=LabelPlan(
        dataset=DATASET, compute=Observable(OBSERVABLE, NAMES), columns=("BR",), rows=3000, part=250
    ),
    truth=_flavour.truth(
        0.01,
        1e-14,
        "Missing in the component: its change with the coefficients. flavio's own lies between "
        "1.7e-5 and 2.1e-5; the largest is taken everywhere.",
    ),
    known=(
        flavio_value(STANDARD_MODEL, 1e-9),
        StandardModelValue(
            value=MISIAK_BR,
            within=0.05,
            name="Standard Model at NNLO, (3.40 +- 0.17) 1e-4",
            reference=MISIAK,
        ),
    ),
    further=falls_with_c7,
    references=REFERENCES,
)
