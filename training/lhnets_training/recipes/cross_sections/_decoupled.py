"""What the recipes of stop and sbottom pairs with everything else decoupled share: one table of the
LHC SUSY XS WG.

The table has three digits, so that a curve through its points would follow their rounding: a
Gaussian process with a noise term averages it out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from lhnets.format import Check, Input, Output, PhysicsUncertainty, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training.bibtex import select
from lhnets_training.data.label_errors import rounded
from lhnets_training.data.table import column
from lhnets_training.fit.baselines import fit_other_folds
from lhnets_training.fit.cross_validation import Fold, use_every_row
from lhnets_training.fit.features import TanhMap
from lhnets_training.fit.links import Shifted
from lhnets_training.fit.marginal_likelihood import fit_processes
from lhnets_training.fit.spline import log_spline
from lhnets_training.judging import checks
from lhnets_training.labels.supersymmetry import hepi_tables
from lhnets_training.recipe import Array, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _gluino as gluino
from lhnets_training.split import Split, folds

TABLE = "pp13_stopsbottom_NNLO+NNLL"
FOLDS, FOLD_SEED = 20, 5
DIGITS = 3
HEAVIER = 1.2
"""Least mass of a gluino over that of the squark: the cross section differs by 1 % there."""
MIDDLE = 3000.0
COORDINATES = TanhMap(np.array([[0.5]]), np.array([-0.5 * np.log(MIDDLE)]))
REFERENCES = select("LHCSUSYCSWG", "Beenakker:2016lwe", "HEPi")
LICENCE = (
    "not stated for the table; cite the LHC SUSY XS WG and NNLL-fast. hepi, which ships it, "
    "is GPL-3.0-or-later"
)
OUTPUTS = (
    Output(
        name="nnll",
        unit="pb",
        meaning="cross section at NNLO_approx+NNLL",
        scale="log",
        order="NNLO_approx+NNLL",
    ),
    Output(
        name="nnll_total",
        unit="pb",
        meaning="scale, PDF and alpha_s uncertainty, symmetrised",
        scale="log",
    ),
)
STOP_GRID = np.array(
    [[500.0, 0.6077215], [1000.0, 0.00683986], [2000.0, 1.483968e-05], [3000.0, 7.07995e-08]]
)
"""Stop mass in GeV and cross section in pb in NNLL-fast's grid with gluinos of 5 TeV."""
HEADS = Shifted.of([o.name for o in OUTPUTS], {})
TRUTH = Truth(
    program="NNLL-fast",
    version="1.1",
    settings={
        "table": TABLE,
        "read_from": "hepi 0.3.7",
        "digits": "three",
        "uncertainty": "symmetrised, as published",
    },
    references=("LHCSUSYCSWG", "Beenakker:2016lwe", "HEPi"),
)


SMOOTH_FROM = 300.0
"""Mass in GeV below which the ratio of the table to leading order goes down and up by 1.5 %."""


def recipe(name: str, subject: str, title: str, tabulated: Input) -> Recipe:
    """The recipe of pairs of one squark and its antiparticle, over its mass as ``tabulated``."""
    mass = msgspec.structs.replace(tabulated, low=SMOOTH_FROM)
    return Recipe(
        name=name,
        version=3,
        raises_uncertainty=True,
        kind="cross_section",
        title=f"{title} at 13 TeV with squarks and gluinos decoupled, at NNLO_approx+NNLL",
        description=(
            f"Total cross section of {title.lower()} at 13 TeV with other squarks and gluinos "
            "decoupled, at NNLO_approx+NNLL, with its total uncertainty: a Gaussian process over "
            "the table of the LHC SUSY XS WG, one point every 5 GeV. The table is rounded to "
            "three digits, which is what the errors below are: half a unit of the third digit is "
            "0.05 to 0.5 %. Stops and sbottoms have the same cross section here. Below "
            f"{SMOOTH_FROM:g} GeV the table itself is uneven by per cent and is left out."
        ),
        subject=subject,
        conditions=msgspec.structs.replace(
            gluino.CONDITIONS, pdf="PDF4LHC15_nnlo_mc", scale="mass of the squark"
        ),
        inputs=(mass,),
        assumptions=(
            *spectra.heavy(
                f"the gluino is heavier than the {title.removesuffix(' pairs').lower()}",
                (spectra.GLUINO,),
                HEAVIER,
                over=mass.name,
            ),
            *spectra.PAIR,
        ),
        outputs=OUTPUTS,
        default_output="nnll",
        physics_uncertainty=(
            PhysicsUncertainty(of="nnll", source="total", up="nnll_total", down="nnll_total"),
        ),
        truth=TRUTH,
        dataset=RecipeDataSet(
            name=name.removeprefix("cs-"),
            title=f"{title} at 13 TeV with squarks and gluinos decoupled, from the LHC SUSY XS WG",
            description=(
                "NNLO_approx+NNLL cross sections at 13 TeV with PDF4LHC15 and their symmetrised "
                "uncertainties, in three digits every 5 GeV, as the LHC SUSY XS WG gives them for "
                "stops and sbottoms alike."
            ),
            columns=(
                column(mass.name, mass.unit, mass.meaning, "input"),
                *(
                    column(o.name, o.unit, o.meaning, "target" if o.order else "error")
                    for o in OUTPUTS
                ),
            ),
            generator=Generator(
                program=TRUTH.program,
                version=TRUTH.version,
                settings=TRUTH.settings,
                recipe=name.replace("-", "_"),
                tolerance=0.0,
            ),
            licence=LICENCE,
            references=REFERENCES,
        ),
        label=lambda run: label(mass),
        split=use_every_row,
        fit=lambda x, y, split, run: fit(mass, x, y, split, run),
        baseline=fit_other_folds(
            f"cubic spline of log y over log {mass.name}, same folds", log_spline, HEADS, fold
        ),
        checks=lambda predict, run: check(mass, predict),
        seed=20261121,
        created="2026-11-21",
        references=REFERENCES,
        label_errors=rounded([o.name for o in OUTPUTS], DIGITS),
        validation_note=(
            f"Every row is predicted by a fit to the other folds ({FOLDS} folds), with kernels "
            "chosen on all rows; each fold's intervals are judged by the scores of the others. "
            "The labels are rounded to three digits, and the errors are those of prediction and "
            "rounding together: the mean relative rounding error of such labels alone is about "
            "0.1 %."
        ),
    )


def label(mass: Input) -> Rows:
    """The points of the table."""
    masses, sigma, total = hepi_tables.decoupled_total(TABLE)
    return {mass.name: masses, "nnll": sigma, "nnll_total": total}


def fold(rows: int) -> Fold:
    """The fold that holds each row out."""
    return folds(rows, FOLDS, FOLD_SEED)


def fit(mass: Input, x: Array, y: Array, split: Split, run: Run) -> Fitted:
    """Gaussian processes of scikit-learn."""
    return fit_processes(
        x,
        y,
        run,
        inputs=(mass,),
        region=(),
        link=HEADS,
        coordinates=COORDINATES,
        lead=0,
        fold=fold(len(x)),
    )


def check(mass: Input, predict: Callable[[Array], Array]) -> Sequence[Check]:
    """Positive, falling, and NNLL-fast's own numbers of seven digits with the heaviest gluino of
    its grid."""
    line = np.linspace(SMOOTH_FROM, 3000, 2701)[:, None]
    return (
        checks.positive(lambda x: predict(x).min(axis=1), line),
        checks.falls(lambda x: predict(x)[:, 0], line[None], mass.name),
        checks.agrees(
            lambda x: predict(x)[:, 0],
            STOP_GRID[:, :1],
            STOP_GRID[:, 1],
            name="NNLL-fast's grid of stop pairs at m_go = 5 TeV, for 0.5, 1, 2 and 3 TeV",
            within=0.01,
            reference="Beenakker:2016lwe",
        ),
    )
