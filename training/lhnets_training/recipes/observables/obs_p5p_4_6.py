"""obs-p5p-4-6: the angular observable P5' of B0 -> K*0 mu mu in 4 < q^2 < 6 GeV^2, in six
coefficients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lhnets.format import Check, Conditions, Output
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol
from lhnets_training.data.table import column
from lhnets_training.fit.links import Optimised
from lhnets_training.judging import checks
from lhnets_training.judging.checks import Values
from lhnets_training.labels.flavour.flavio_observables import OptimisedAngular
from lhnets_training.recipes.observables import _flavour
from lhnets_training.recipes.observables._flavour import LabelPlan, StandardModelValue, flavio_value

LOW, HIGH = 4.0, 6.0
INPUTS = (
    _flavour.coefficient("C7_bs", 0.1),
    _flavour.coefficient("C7p_bs", 0.1),
    *(
        _flavour.coefficient(name, 1.5)
        for name in ("C9_bsmumu", "C9p_bsmumu", "C10_bsmumu", "C10p_bsmumu")
    ),
)
NAMES = tuple(i.name for i in INPUTS)
FORMS = ("s5", "s2s", "s2c")
STANDARD_MODEL = -0.7583138786902011
"""flavio 2.7.1."""
DATASET = _flavour.dataset(
    "flavio-p5p-4-6",
    "obs_p5p_4_6",
    "P5' of B0 -> K*0 mu mu in 4 < q^2 < 6 GeV^2 in six Wilson coefficients",
    INPUTS,
    (
        column("P5p", "1", "s5 / (2 sqrt(-s2s s2c))", "target"),
        *(
            column(
                f,
                "1e-20 GeV^2",
                f"CP-averaged angular coefficient {f[1:]} integrated over the bin",
                "other",
            )
            for f in FORMS
        ),
    ),
)
DHMV, BASIS = "Descotes-Genon:2015uva", "Descotes-Genon:2013vna"
REFERENCES = _flavour.REFERENCES | bibtex.select(DHMV, BASIS)
DHMV_P5P = -0.82


def limits(p5p: Values) -> Sequence[Check]:
    """How a shift of C9 pulls, and the bound of an optimised observable."""
    largest = float(np.abs(p5p(sobol(INPUTS, 16_384, _flavour.SEED + 3))).max())
    line = checks.points_of(
        {**dict.fromkeys(NAMES, 0.0), "C9_bsmumu": np.linspace(1.5, -1.5, 40)}, NAMES
    )
    return (
        checks.measured(
            "bounded", largest, 2.0, criterion="|P5'| stays below 2 at 16,384 points: s5 is "
                                               "bounded by its denominators",
            reference=BASIS,
        ),
        checks.measured(
            "a negative shift of C9 raises P5'", float((np.diff(p5p(line)) <= 0).sum()), 0.0,
            criterion="no falling step from C9 shift 1.5 to -1.5", reference=DHMV,
        ),
    )  # fmt: skip


RECIPE = _flavour.observable(
    name="obs-p5p-4-6",
    title="P5' of B0 -> K*0 mu mu in 4 < q^2 < 6 GeV^2 in Wilson coefficients",
    description=(
        "The optimised angular observable P5' (convention of LHCb), in real new-physics shifts of "
        "six coefficients. It is a quotient of integrals that are quadratic forms in the "
        "coefficients; the file holds these forms, which is exact to the error of the integrals: "
        "not a trained network. Parameters at flavio's central values; flavio's own uncertainty "
        "is a component: 0.12, and 0.07 in the Standard Model."
    ),
    subject="P5'",
    conditions=Conditions(working_point="4 < q^2 < 6 GeV^2"),
    inputs=INPUTS,
    output=Output(name="P5p", unit="1", meaning="P5' in the bin", scale="linear"),
    labels=LabelPlan(
        dataset=DATASET,
        compute=OptimisedAngular(NAMES, LOW, HIGH),
        columns=("P5p", *FORMS),
        rows=600,
        part=25,
    ),
    truth=_flavour.truth(
        0.024,
        1e-7,
        "Missing in the component: its change with the coefficients. flavio's own is 0.07 in the "
        "Standard Model and up to 0.12 elsewhere, which is taken everywhere. Charm loops beyond "
        "flavio's parametrisation are not in it and may be as large.",
    ),
    quotient=Optimised(),
    known=(
        flavio_value(STANDARD_MODEL, 1e-6),
        StandardModelValue(
            value=DHMV_P5P,
            within=0.10,
            name="Standard Model prediction -0.82 +- 0.08",
            reference=DHMV,
        ),
    ),
    further=limits,
    references=REFERENCES,
)
