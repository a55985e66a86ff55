"""Gluino pairs at 13 TeV with squarks decoupled, up to approximate NNLO + NNLL, from the grid of
NNLL-fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check
from lhnets_training.data.label_errors import scattered
from lhnets_training.fit.baselines import fit_other_folds
from lhnets_training.fit.cross_validation import Fold, use_every_row
from lhnets_training.fit.links import Shifted
from lhnets_training.fit.spline import fit_spline, log_spline
from lhnets_training.judging import checks
from lhnets_training.labels.supersymmetry import hepi_tables, nnllfast
from lhnets_training.recipe import Array, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _gluino as gluino
from lhnets_training.recipes.cross_sections._table_checks import ratio
from lhnets_training.split import Split

NAME = "cs-gluino-pair-decoupled-13tev"
POWER = 0.25
INPUTS = (gluino.M_GO,)
OUTPUTS = gluino.outputs()
NAMES = [o.name for o in OUTPUTS]
HEADS = Shifted.of(NAMES, {})


def label(run: Run) -> Rows:
    """The 26 points of the grid."""
    rows = nnllfast.parse(nnllfast.text(nnllfast.wheel(run.out), "gdcpl"), "gdcpl")
    return {name: rows[name] for name in ("m_go", *NAMES)}


def fold(rows: int) -> Fold:
    """Each row is a fold of its own."""
    return np.arange(rows)


def fit(x: Array, y: Array, split: Split, run: Run) -> Fitted:
    """A cubic spline over the fourth root of the mass."""
    return fit_spline(
        x, y, run, inputs=INPUTS, region=(), link=HEADS, power=POWER, fold=fold(len(x))
    )


def check(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Positive, falling, K factors, the working group's table at all its masses, and the point at 2
    TeV."""

    def values(name: str) -> checks.Values:
        return lambda points: predict(points)[:, NAMES.index(name)]

    line = np.linspace(500, 3000, 2501)[:, None]
    masses, published = hepi_tables.gluino_decoupled()
    return (
        checks.positive(lambda x: predict(x).min(axis=1), line),
        checks.falls(values("nnll"), line[None], "m_go"),
        ratio(
            values("nlo")(line),
            values("lo")(line),
            1.5,
            2.0,
            name="K factor NLO / LO",
            criterion="between 1.5 and 2, as K(NLO) of 1.58 at 0.5 TeV and 1.93 at 3 TeV",
        ),
        ratio(
            values("nnll")(line),
            values("lo")(line),
            2.0,
            4.1,
            name="K factor NNLO_approx+NNLL / LO",
            criterion="between 2 and 4.1, as 2.04 at 0.5 TeV and 4.02 at 3 TeV",
        ),
        checks.agrees(
            values("nnll"),
            np.array([[2000.0]]),
            np.array([1.01069e-3]),
            name="NNLL-fast at 2 TeV: 1.01069e-3 pb",
            within=0.001,
            reference="Beenakker:2016lwe",
        ),
        checks.agrees(
            values("nnll"),
            masses[:, None],
            published,
            name="LHC SUSY XS WG table (three digits) every 5 GeV",
            within=0.01,
            reference="LHCSUSYCSWG",
        ),
    )


DATASET = RecipeDataSet(
    name="gluino-pair-decoupled-13tev",
    title=(
        "Gluino-pair cross sections at 13 TeV with squarks decoupled, from the NNLL-fast 1.1 grid"
    ),
    description=(
        "LO, NLO and NNLO_approx+NNLL cross sections of p p > gluino gluino at 13 TeV with "
        "PDF4LHC15 and squarks decoupled at the 26 gluino masses of NNLL-fast 1.1, seven digits, "
        "with shifts by the scale and by PDF and alpha_s. The 501 points of the LHC SUSY XS WG "
        "are the same calculation every 5 GeV in three digits, and serve as a check."
    ),
    columns=gluino.columns(INPUTS),
    generator=gluino.generator("gdcpl", "cs_gluino_pair_decoupled_13tev"),
    licence=gluino.LICENCE,
    references=gluino.REFERENCES,
)

RECIPE = Recipe(
    name=NAME,
    version=2,
    kind="cross_section",
    title="Gluino pairs at 13 TeV with squarks decoupled, up to NNLO_approx+NNLL",
    description=(
        "Total cross section of p p > gluino gluino at 13 TeV with all squarks decoupled at LO, "
        "NLO and NNLO_approx+NNLL, with its scale and PDF+alpha_s uncertainties. A cubic spline "
        "through the published grid of NNLL-fast 1.1, not a trained network: in one dimension "
        "nothing tried did better. NNLL-fast's 26 points of seven digits are finer than the 501 "
        "points of the LHC SUSY XS WG, whose rounding to three digits is ten times the error of "
        "the spline."
    ),
    subject=gluino.SUBJECT,
    conditions=gluino.CONDITIONS,
    inputs=INPUTS,
    assumptions=(
        *spectra.heavy("squarks are decoupled", spectra.LIGHT_SQUARKS, 10.0, over="m_go"),
        *spectra.PAIR,
    ),
    outputs=OUTPUTS,
    default_output=gluino.DEFAULT,
    physics_uncertainty=gluino.physics_uncertainty(),
    truth=gluino.truth("gdcpl"),
    dataset=DATASET,
    label=label,
    split=use_every_row,
    fit=fit,
    baseline=fit_other_folds(
        "cubic spline of log y over log m_go, same folds", log_spline, HEADS, fold
    ),
    checks=check,
    seed=20261121,
    created="2026-11-21",
    references=gluino.REFERENCES,
    label_errors=scattered(["m_go"], [o.name if o.order else None for o in OUTPUTS]),
    validation_note=(
        "Each of the 26 rows is predicted by a spline through the other 25 (spacing 200 GeV "
        "instead of 100 there), and its interval is judged by the scores of the others; the power "
        "1/4 of the abscissa was chosen among log, 1/2 and 1/4 by these errors. The published "
        "spline goes through all rows. The two end points are extrapolated by up to 100 GeV."
    ),
)
