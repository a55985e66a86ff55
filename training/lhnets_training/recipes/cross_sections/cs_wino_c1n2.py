"""Wino-like chargino and neutralino pairs over wino and squark mass, at 13 and 13.6 TeV, from
Resummino points."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check
from lhnets_training.data.label_errors import scattered
from lhnets_training.fit.baselines import fit_other_folds, interpolate_cubic
from lhnets_training.fit.cross_validation import Fold, use_every_row
from lhnets_training.fit.links import Shifted
from lhnets_training.fit.marginal_likelihood import fit_processes
from lhnets_training.judging import checks
from lhnets_training.labels.supersymmetry import hepi_tables
from lhnets_training.recipe import Array, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes.cross_sections import _wino as wino
from lhnets_training.recipes.cross_sections._table_checks import ratio, rises
from lhnets_training.split import Split, folds

NAME = "cs-wino-c1n2"
FOLDS, FOLD_SEED = 11, 3
PLUS, MINUS = "2212 2212 > 1000023 1000024", "2212 2212 > -1000024 1000023"
CHANNELS = (
    wino.FinalState(
        "c1n2",
        f"{MINUS} | {PLUS}",
        "chargino and neutralino of both charges",
        ("1000023_1000024", "1000023_-1000024"),
    ),
    wino.FinalState("c1pn2", PLUS, "positive chargino and neutralino", ("1000023_1000024",)),
    wino.FinalState("c1mn2", MINUS, "negative chargino and neutralino", ("1000023_-1000024",)),
)
OUTPUTS = wino.outputs(CHANNELS)
NAMES = [o.name for o in OUTPUTS]
HEADS: Shifted = wino.heads(OUTPUTS)
DEFAULT = "c1n2_13tev_nnll"


def label(run: Run) -> Rows:
    """The published points that keep the rule."""
    return wino.label(CHANNELS)


def fold(rows: int) -> Fold:
    """The fold that holds each row out."""
    return folds(rows, FOLDS, FOLD_SEED)


def fit(x: Array, y: Array, split: Split, run: Run) -> Fitted:
    """Gaussian processes of scikit-learn."""
    return fit_processes(
        x,
        y,
        run,
        inputs=wino.INPUTS,
        region=wino.REGION,
        link=HEADS,
        coordinates=wino.COORDINATES,
        lead=NAMES.index(DEFAULT),
        fold=fold(len(x)),
    )


def check(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Positive, falling with the wino mass, charges, energies, K factor, the way to decoupled
    squarks, parts of the sum."""
    lines = wino.lines()
    shape, points = lines.shape[:2], lines.reshape(-1, 2)
    found = predict(points)

    def value(name: str) -> Array:
        return found[:, NAMES.index(name)]

    central = [k for k, o in enumerate(OUTPUTS) if o.order]
    far = points[:, 1] >= 1.5 * points[:, 0]
    total = value("c1pn2_13tev_nnll") + value("c1mn2_13tev_nnll")
    return (
        checks.positive(lambda x: predict(x)[:, central].min(axis=1), points),
        checks.falls(lambda x: predict(x)[:, NAMES.index(DEFAULT)], lines, "m_c1"),
        ratio(
            value("c1pn2_13tev_nnll"),
            value("c1mn2_13tev_nnll"),
            1.0,
            5.0,
            name="more C1+ N2 than C1- N2",
            criterion="ratio between 1 and 5: the proton has more up than down quarks",
        ),
        rises(
            (value("c1n2_13p6tev_nnll") / value("c1n2_13tev_nnll")).reshape(shape),
            name="13.6 TeV over 13 TeV rises with m_c1",
            criterion="from step to step, for squarks from 2 to 4 TeV",
        ),
        ratio(
            value("c1n2_13p6tev_nnll"),
            value("c1n2_13tev_nnll"),
            1.1,
            1.6,
            name="13.6 TeV over 13 TeV",
            criterion="between 1.1 and 1.6",
        ),
        ratio(
            value("c1n2_13tev_nlo")[far],
            value("c1n2_13tev_lo")[far],
            0.9,
            1.5,
            name="K factor NLO / LO",
            criterion="between 0.9 and 1.5 for squarks from 2 TeV and 1.5 m_c1 to 4 TeV",
        ),
        ratio(
            value("c1n2_13tev_nnll"),
            total,
            0.999,
            1.001,
            name="both charges are the sum of each",
            criterion="within 0.1 %",
        ),
        wino.decoupling(
            predict, NAMES.index("c1pn2_13tev_nnll"), "13000_wino_1000023_1000024_NNLL"
        ),
    )


DATASET = RecipeDataSet(
    name="wino-c1n2",
    title="Wino chargino-neutralino cross sections at 13 and 13.6 TeV over wino and squark mass, "
    "from Resummino",
    description=(
        "LO, NLO and approximate NNLO + NNLL cross sections of wino-like chargino-neutralino "
        "pairs, each charge and their sum, at 13 and 13.6 TeV with PDF4LHC21, with shifts by "
        "scale and PDF: the points that hepi 0.3.7 ships, every 100 GeV in wino mass (700-2000 "
        f"GeV) and squark mass (up to 4 TeV, at least the wino mass). Rule: {hepi_tables.RULE}. No "
        "row was dropped by it."
    ),
    columns=wino.columns(OUTPUTS),
    generator=wino.generator(CHANNELS, "cs_wino_c1n2"),
    licence=wino.LICENCE,
    references=wino.REFERENCES,
)

RECIPE = Recipe(
    name=NAME,
    version=3,
    raises_uncertainty=True,
    kind="cross_section",
    title="Wino chargino-neutralino pairs at 13 and 13.6 TeV up to approximate NNLO + NNLL",
    description=(
        "Total cross sections of wino-like chargino-neutralino pairs over wino and squark mass, "
        "for each charge and their sum, at 13 and 13.6 TeV, at LO, NLO and approximate NNLO + "
        "NNLL, with scale and PDF uncertainties: a Gaussian process through published Resummino "
        "points. Squarks are not decoupled: they interfere destructively, and near m_sq = m_c1 "
        "they take most of the cross section away. The uncertainty of a prediction is that of the "
        "interpolation; those of the physics are outputs of their own. No row was dropped by the "
        "rule in `truth`."
    ),
    subject=CHANNELS[0].subject,
    conditions=wino.CONDITIONS,
    inputs=wino.INPUTS,
    outputs=OUTPUTS,
    default_output=DEFAULT,
    region=wino.REGION,
    assumptions=wino.CHARGINO_IS_WINO + wino.NEUTRALINO_IS_WINO,
    physics_uncertainty=wino.physics_uncertainty(OUTPUTS),
    truth=wino.truth(CHANNELS),
    dataset=DATASET,
    label=label,
    split=use_every_row,
    fit=fit,
    baseline=fit_other_folds(
        "cubic log-spline (radial basis) in log m_c1, log m_sq, same folds",
        interpolate_cubic(np.log, degree=2),
        HEADS,
        fold,
    ),
    checks=check,
    seed=20261121,
    created="2026-11-21",
    references=wino.REFERENCES,
    validation_note=wino.validation_note(FOLDS),
    label_errors=scattered(
        [i.name for i in wino.INPUTS], [o.name if o.order else None for o in OUTPUTS]
    ),
    corners=wino.corners,
)
