"""obs-rk-1-6: the ratio R_K of B+ -> K+ mu mu to B+ -> K+ e e in 1.1 < q^2 < 6 GeV^2, in four muon coefficients."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets._card import Check, Conditions, Output
from lhnets_training import checks
from lhnets_training.fit.quadratic import fit_forms, folded_rbf
from lhnets_training.labels import parts
from lhnets_training.labels.flavio_observables import Observable
from lhnets_training.recipe import Array, Fitted, Recipe, Rows, Run
from lhnets_training.recipes import _flavour
from lhnets_training.sample import sobol, uniform
from lhnets_training.split import Split
from lhnets_training.table import column

OBSERVABLE, LOW, HIGH = "<Rmue>(B+->Kll)", 1.1, 6.0
ROWS, SEED = 500, 1
INPUTS = tuple(_flavour.coefficient(name, 1.5) for name in ("C9_bsmumu", "C9p_bsmumu", "C10_bsmumu", "C10p_bsmumu"))
NAMES = tuple(i.name for i in INPUTS)
STANDARD_MODEL = 1.000416282252313
"""flavio 2.7.1."""
DATASET = _flavour.dataset(
    "flavio-rk-1-6",
    "obs_rk_1_6",
    "R_K in 1.1 < q^2 < 6 GeV^2 in four Wilson coefficients of muons",
    INPUTS,
    (column("RK", "1", "B+ -> K+ mu mu over B+ -> K+ e e, each integrated over 1.1 < q^2 < 6 GeV^2", "target"),),
)
BORDONE = "Bordone:2016gaq"
REFERENCES = _flavour.REFERENCES | {
    BORDONE: r"""@article{Bordone:2016gaq,
  author = {Bordone, Marzia and Isidori, Gino and Pattori, Andrea},
  title = {{On the Standard Model predictions for $R_K$ and $R_{K^*}$}},
  journal = {Eur. Phys. J. C},
  volume = {76},
  pages = {440},
  year = {2016},
  doi = {10.1140/epjc/s10052-016-4274-7},
  eprint = {1605.07633},
  archivePrefix = {arXiv},
  primaryClass = {hep-ph}
}"""
}


def label(run: Run) -> Rows:
    """The columns of flavio-rk-1-6 (two minutes on one core)."""
    points = sobol(INPUTS, run.rows or ROWS, _flavour.SEED, digits=_flavour.DIGITS)
    found = parts.compute(run, Observable(OBSERVABLE, NAMES, (LOW, HIGH)), points, part=25, name=DATASET.name)
    return {**dict(zip(NAMES, points.T, strict=True)), "RK": found[:, 0]}


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """One quadratic form: only the numerator moves."""
    return fit_forms(x, y, SEED, inputs=INPUTS)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Standard Model, published number, the combination of left and right that a pseudoscalar kaon sees."""

    def rk(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    points, origin = uniform(INPUTS, 20_000, _flavour.SEED + 3), np.zeros((1, len(INPUTS)))
    return (
        checks.positive(rk, points),
        checks.agrees(
            rk, origin, np.array([STANDARD_MODEL]), name="flavio in the Standard Model", within=1e-6,
            reference="Straub:2018kue",
        ),
        checks.agrees(
            rk, origin, np.array([1.0]), name="Standard Model, 1.00 with 0.01 for photon radiation", within=0.01,
            reference=BORDONE,
        ),
        checks.flat(
            rk, points, points[:, [1, 0, 3, 2]], name="symmetric under left and right currents", within=1e-6,
            criterion="exchanging C9, C10 and C9', C10' changes nothing, to 1e-6",
        ),
    )  # fmt: skip


RECIPE = Recipe(
    name="obs-rk-1-6",
    version=1,
    kind="observable",
    title="R_K in 1.1 < q^2 < 6 GeV^2 in Wilson coefficients of muons",
    description=(
        "Ratio of the branching ratios of B+ -> K+ mu mu and B+ -> K+ e e, each integrated over 1.1 < q^2 < 6 GeV^2, in real "
        "new-physics shifts of four muon coefficients; the electron's are those of the Standard Model. A quadratic form is "
        "exact here to the error of flavio's integrals (1e-6), and that is what the file holds: not a trained network. "
        "Parameters at flavio's central values."
    ),
    subject="R_K",
    conditions=Conditions(working_point="1.1 < q^2 < 6 GeV^2"),
    inputs=INPUTS,
    outputs=(Output(name="RK", unit="1", meaning="R_K in the bin", scale="log"),),
    default_output="RK",
    truth=_flavour.truth(0.13, 1e-6),
    dataset=DATASET,
    label=label,
    split=_flavour.split_rows,
    fit=fit,
    baseline=folded_rbf(SEED),
    checks=physics_checks,
    seed=SEED,
    references=REFERENCES,
    created="2026-11-21",
    validation_note="Every row was predicted by a form fitted to nine tenths of the others.",
)
