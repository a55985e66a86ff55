"""obs-rk-1-6: the ratio R_K of B+ -> K+ mu mu to B+ -> K+ e e in 1.1 < q^2 < 6 GeV^2, in four muon
coefficients."""

from __future__ import annotations

from collections.abc import Sequence

from lhnets.format import Check, Conditions, Output
from lhnets_training import bibtex
from lhnets_training.data.table import column
from lhnets_training.judging import checks
from lhnets_training.judging.checks import Values
from lhnets_training.labels.flavour.flavio_observables import Observable
from lhnets_training.recipes.observables import _flavour
from lhnets_training.recipes.observables._flavour import LabelPlan, StandardModelValue, flavio_value

OBSERVABLE, LOW, HIGH = "<Rmue>(B+->Kll)", 1.1, 6.0
INPUTS = tuple(
    _flavour.coefficient(name, 1.5)
    for name in ("C9_bsmumu", "C9p_bsmumu", "C10_bsmumu", "C10p_bsmumu")
)
NAMES = tuple(i.name for i in INPUTS)
STANDARD_MODEL = 1.000416282252313
"""flavio 2.7.1."""
DATASET = _flavour.dataset(
    "flavio-rk-1-6",
    "obs_rk_1_6",
    "R_K in 1.1 < q^2 < 6 GeV^2 in four Wilson coefficients of muons",
    INPUTS,
    (
        column(
            "RK",
            "1",
            "B+ -> K+ mu mu over B+ -> K+ e e, each integrated over 1.1 < q^2 < 6 GeV^2",
            "target",
        ),
    ),
)
BORDONE = "Bordone:2016gaq"
REFERENCES = _flavour.REFERENCES | bibtex.select(BORDONE)


def vector_currents(rk: Values) -> Sequence[Check]:
    """Between pseudoscalar mesons only sums of left- and right-handed currents contribute."""
    points = _flavour.points_in(INPUTS)
    return (
        checks.flat(
            rk,
            points,
            points[:, [1, 0, 3, 2]],
            name="symmetric under left and right currents",
            within=1e-6,
            criterion="exchanging C9, C10 and C9', C10' changes nothing, to 1e-6",
        ),
    )


RECIPE = _flavour.observable(
    name="obs-rk-1-6",
    title="R_K in 1.1 < q^2 < 6 GeV^2 in Wilson coefficients of muons",
    description=(
        "Ratio of the branching ratios of B+ -> K+ mu mu and B+ -> K+ e e, each integrated over "
        "1.1 < q^2 < 6 GeV^2, in real new-physics shifts of four muon coefficients; the "
        "electron's are those of the Standard Model. A quadratic form is exact here to the error "
        "of flavio's integrals (1e-6), and that is what the file holds: not a trained network. "
        "Parameters at flavio's central values."
    ),
    subject="R_K",
    conditions=Conditions(working_point="1.1 < q^2 < 6 GeV^2"),
    inputs=INPUTS,
    output=Output(name="RK", unit="1", meaning="R_K in the bin", scale="log"),
    labels=LabelPlan(
        dataset=DATASET,
        compute=Observable(OBSERVABLE, NAMES, (LOW, HIGH)),
        columns=("RK",),
        rows=500,
        part=25,
    ),
    truth=_flavour.truth(
        0.13,
        1e-6,
        "Missing in the components: their change with the coefficients. That of the parameters is "
        "0.006 % in the Standard Model and up to 1.4 % elsewhere, which is taken everywhere.",
    ),
    known=(
        flavio_value(STANDARD_MODEL, 1e-6),
        StandardModelValue(
            value=1.0,
            within=0.01,
            name="Standard Model, 1.00 with 0.01 for photon radiation",
            reference=BORDONE,
        ),
    ),
    further=vector_currents,
    references=REFERENCES,
)
