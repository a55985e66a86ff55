"""obs-b-xs-gamma: the branching ratio of B -> Xs gamma in the electromagnetic dipole coefficients."""

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

OBSERVABLE = "BR(B->Xsgamma)"
ROWS, SEED = 3000, 1
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
REFERENCES = _flavour.REFERENCES | {
    MISIAK: r"""@article{Misiak:2020vlo,
  author = {Misiak, M. and Rehman, Abdur and Steinhauser, Matthias},
  title = {{Towards $\overline{B} \to X_s\gamma$ at the NNLO in QCD without interpolation in m$_c$}},
  journal = {JHEP},
  volume = {06},
  pages = {175},
  year = {2020},
  doi = {10.1007/JHEP06(2020)175},
  eprint = {2002.01548},
  archivePrefix = {arXiv},
  primaryClass = {hep-ph}
}"""
}
MISIAK_BR = 3.40e-4


def label(run: Run) -> Rows:
    """The columns of flavio-b-xs-gamma (half a minute)."""
    points = sobol(INPUTS, run.rows or ROWS, _flavour.SEED, digits=_flavour.DIGITS)
    found = parts.compute(run, Observable(OBSERVABLE, NAMES), points, part=250, name=DATASET.name)
    return {**dict(zip(NAMES, points.T, strict=True)), "BR": found[:, 0]}


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """One quadratic form."""
    return fit_forms(x, y, SEED, inputs=INPUTS)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Standard Model, published number, symmetry and monotony."""

    def br(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    points, origin = uniform(INPUTS, 20_000, _flavour.SEED + 3), np.zeros((1, len(INPUTS)))
    lines = checks.points_of(
        {"C7_bs": np.linspace(-0.15, 0.15, 40), "C7p_bs": np.linspace(-0.3, 0.3, 7)[:, None]}, NAMES
    )
    return (
        checks.positive(br, points),
        checks.agrees(
            br, origin, np.array([STANDARD_MODEL]), name="flavio in the Standard Model", within=1e-9,
            reference="Straub:2018kue",
        ),
        checks.agrees(
            br, origin, np.array([MISIAK_BR]), name="Standard Model at NNLO, (3.40 +- 0.17) 1e-4", within=0.05,
            reference=MISIAK,
        ),
        checks.falls(br, lines, "C7_bs"),
    )  # fmt: skip


RECIPE = Recipe(
    name="obs-b-xs-gamma",
    version=1,
    kind="observable",
    title="B -> Xs gamma in Wilson coefficients",
    description=(
        "Branching ratio of B -> Xs gamma (photon energy above 1.6 GeV) in real new-physics shifts of C7 and C7'. A quadratic "
        "form is exact here, and that is what the file holds: not a trained network. Parameters at flavio's central values; "
        "flavio's own uncertainty is 7 % in the Standard Model and not part of this file."
    ),
    subject=OBSERVABLE,
    conditions=Conditions(working_point="photon energy above 1.6 GeV"),
    inputs=INPUTS,
    outputs=(Output(name="BR", unit="1", meaning="branching ratio", scale="log"),),
    default_output="BR",
    truth=_flavour.truth(0.01, 1e-14),
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
