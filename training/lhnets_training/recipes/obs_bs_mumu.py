"""obs-bs-mumu: the time-integrated branching ratio of Bs -> mu mu in axial, scalar and pseudoscalar coefficients."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets._card import Check, Output
from lhnets_training import checks
from lhnets_training.fit.quadratic import fit_forms, folded_rbf
from lhnets_training.labels import parts
from lhnets_training.labels.flavio_observables import Observable
from lhnets_training.recipe import Array, Fitted, Recipe, Rows, Run
from lhnets_training.recipes import _flavour
from lhnets_training.sample import sobol, uniform
from lhnets_training.split import Split
from lhnets_training.table import column

OBSERVABLE = "BR(Bs->mumu)"
ROWS, SEED = 2000, 1
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
REFERENCES = _flavour.REFERENCES | {
    BENEKE: r"""@article{Beneke:2019slt,
  author = {Beneke, Martin and Bobeth, Christoph and Szafron, Robert},
  title = {{Power-enhanced leading-logarithmic QED corrections to $B_q \to \mu^+\mu^-$}},
  journal = {JHEP},
  volume = {10},
  pages = {232},
  year = {2019},
  doi = {10.1007/JHEP10(2019)232},
  eprint = {1908.07011},
  archivePrefix = {arXiv},
  primaryClass = {hep-ph}
}"""
}
BENEKE_BR = 3.66e-9


def label(run: Run) -> Rows:
    """The columns of flavio-bs-mumu (ten seconds)."""
    points = sobol(INPUTS, run.rows or ROWS, _flavour.SEED, digits=_flavour.DIGITS)
    found = parts.compute(run, Observable(OBSERVABLE, NAMES), points, part=250, name=DATASET.name)
    return {**dict(zip(NAMES, points.T, strict=True)), "BR": found[:, 0]}


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """One quadratic form: a branching ratio is a square of amplitudes linear in the coefficients."""
    return fit_forms(x, y, SEED, inputs=INPUTS)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Standard Model, published number, symmetry between left- and right-handed currents."""

    def br(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    points = uniform(INPUTS, 20_000, _flavour.SEED + 3)
    origin = np.zeros((1, len(INPUTS)))
    shifted = points + np.array([0.5, 0.5, 0, 0, 0, 0]) * np.sign(-points[:, [0]])
    kept = (np.abs(shifted) <= [i.high or 0.0 for i in INPUTS]).all(axis=1)
    return (
        checks.positive(br, points),
        checks.agrees(
            br, origin, np.array([STANDARD_MODEL]), name="flavio in the Standard Model", within=1e-9, reference="Straub:2018kue"
        ),
        checks.agrees(
            br, origin, np.array([BENEKE_BR]), name="Standard Model prediction with QED corrections, 3.66e-9",
            within=0.03, reference=BENEKE,
        ),
        checks.flat(
            br, points[kept], shifted[kept], name="only C10 - C10' matters", within=1e-6,
            criterion="the same shift of C10 and C10' changes nothing, to 1e-6",
        ),
    )  # fmt: skip


RECIPE = Recipe(
    name="obs-bs-mumu",
    version=1,
    kind="observable",
    title="Bs -> mu mu in Wilson coefficients",
    description=(
        "Time-integrated branching ratio of Bs -> mu+ mu- in real new-physics shifts of six Wilson coefficients. A quadratic "
        "form is exact here, and that is what the file holds: not a trained network. Parameters at flavio's central values; "
        "flavio's own uncertainty is 3 % in the Standard Model (decay constant, CKM elements) and not part of this file."
    ),
    subject=OBSERVABLE,
    inputs=INPUTS,
    outputs=(Output(name="BR", unit="1", meaning="time-integrated branching ratio", scale="log"),),
    default_output="BR",
    truth=_flavour.truth(0.002, 1e-14),
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
