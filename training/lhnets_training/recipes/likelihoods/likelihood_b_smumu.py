"""likelihood-b-smumu: ln L of b -> s mu mu measurements in four Wilson coefficients, after flavio's
FastLikelihood."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from lhnets.format import Check, Output, Truth
from lhnets.statistics import OBSERVED
from lhnets_datasets.library.manifest import Column, Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol
from lhnets_training.data.table import column
from lhnets_training.fit.baselines import fit_other_tenths
from lhnets_training.fit.measured_forms import MeasuredForm
from lhnets_training.fit.polynomial import fit_forms
from lhnets_training.judging.checks import measured
from lhnets_training.labels import parts
from lhnets_training.labels.flavour.flavio_likelihood import (
    DRAWS,
    Measurements,
    Observable,
    Predictions,
    Variations,
)
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.recipe import Array, Companion, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes.likelihoods._likelihood_checks import against
from lhnets_training.recipes.observables import _flavour
from lhnets_training.split import Split

ROWS, CHECKS, VARIATIONS, SEED = 300, 40, 250, 1
PART = 5
DEPTH = 12.5
"""ln L below the best known up to which a point serves as a check: 25 in -2 ln L."""
INPUTS = tuple(
    _flavour.coefficient(name, 2.0)
    for name in ("C9_bsmumu", "C9p_bsmumu", "C10_bsmumu", "C10p_bsmumu")
)
NAMES = tuple(i.name for i in INPUTS)
NEAR = ((-1.6, -0.2), (-0.4, 1.4), (-0.2, 0.9), (-0.4, 0.7))
"""Where the points of the check lie."""
BINS = ((1.1, 2.5), (2.5, 4.0), (4.0, 6.0), (15.0, 19.0))
ANGULAR = ("FL", "S3", "S4", "S5", "AFB")
RATES: tuple[Observable, ...] = (
    *(("<dBR/dq2>(B0->K*mumu)", *b) for b in BINS),
    ("<dBR/dq2>(B+->Kmumu)", 1.1, 6.0),
    ("<dBR/dq2>(B+->Kmumu)", 15.0, 22.0),
    ("<dBR/dq2>(Bs->phimumu)", 1.1, 6.0),
    "BR(Bs->mumu)",
)
RATIOS: tuple[Observable, ...] = tuple((f"<{a}>(B0->K*mumu)", *b) for b in BINS for a in ANGULAR)
OBSERVABLES = RATES + RATIOS
BELOW = np.repeat(np.arange(len(BINS)), len(ANGULAR))
"""For each ratio the number of the rate of its bin."""
MEASUREMENTS = Measurements(
    (
        *(f"LHCb B->K*mumu 2020 S {low:g}-{high:g}" for low, high in BINS),
        "LHCb B0->K*mumu BR 2016",
        "LHCb B+->Kmumu BR 2014",
        "LHCb Bs->phimumu BR 2021",
        "GSSS combination Bs->mumu 2022",
    ),
    OBSERVABLES,
)
FIT = "Altmannshofer:2021qrr"
REFERENCES = _flavour.REFERENCES | bibtex.select(FIT)
FITTED_C9 = -0.73
"""One-parameter fit to more data, R_K among them."""
SETTINGS = _flavour.SETTINGS | {
    "measurements": "; ".join(MEASUREMENTS.names),
    "theory": (
        f"covariance of Standard Model predictions under {VARIATIONS} draws of all "
        "parameters, taken for any coefficients"
    ),
    "experiment": f"Gaussian of the mean and covariance of {DRAWS} draws of each measurement",
    "likelihood": "flavio.statistics.likelihood.FastLikelihood",
}


def called(observable: Observable) -> str:
    """The column of an observable."""
    if isinstance(observable, str):
        return observable
    name, low, high = observable
    return f"{name} {low:g}-{high:g}"


COLUMNS = tuple(called(o) for o in OBSERVABLES)
MEASURED, THEORY = (
    tuple(f"{which}_{k:02d}" for k in range(len(COLUMNS))) for which in ("measured", "theory")
)
"""Columns of covariances."""


def _dataset(name: str, title: str, columns: tuple[Column, ...]) -> RecipeDataSet:
    return RecipeDataSet(
        name=name,
        title=title,
        description=f"{title}, from flavio.",
        columns=columns,
        generator=Generator(
            program="flavio",
            version=_flavour.FLAVIO,
            settings=SETTINGS,
            recipe="likelihood_b_smumu",
            seed=_flavour.SEED,
            tolerance=1e-9,
        ),
        references=REFERENCES,
    )


def _points(name: str, title: str) -> RecipeDataSet:
    units = ("1/GeV^2",) * (len(RATES) - 1) + ("1",) * (len(RATIOS) + 1)
    return _dataset(
        name,
        title,
        (
            *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
            column(
                OBSERVED, "1", "ln L of the measurements minus that of the Standard Model", "target"
            ),
            *(
                column(
                    c,
                    unit,
                    "prediction at the central parameters; the bin of q^2 in GeV^2",
                    "other",
                )
                for c, unit in zip(COLUMNS, units, strict=True)
            ),
        ),
    )


DATASET = _points(
    "flavio-b-smumu", "28 observables of b -> s mu mu and their ln L in four Wilson coefficients"
)
TABLE = _dataset(
    "flavio-b-smumu-measurements",
    "Measurements of 28 observables of b -> s mu mu, their covariance, and that of the predictions",
    (
        column("observable", "1", "as flavio names it, with the bin of q^2 in GeV^2", "label"),
        column("central", "of the observable", "measured", "target"),
        column(
            "standard_model", "of the observable", "predicted at the central parameters", "other"
        ),
        *(
            column(
                c, "of both observables", "covariance of the measurements with that row", "other"
            )
            for c in MEASURED
        ),
        *(
            column(c, "of both observables", "covariance of the predictions with that row", "other")
            for c in THEORY
        ),
    ),
)


def label_measurements(run: Run) -> Rows:
    """The columns of flavio-b-smumu-measurements (five minutes on one core)."""
    seeds = np.arange(VARIATIONS, dtype=np.float64)[:, None]
    varied = parts.compute(run, Variations(OBSERVABLES), seeds, part=PART, name=TABLE.name)
    central, covariance = MEASUREMENTS.sample(_flavour.SEED)
    standard_model = Predictions(OBSERVABLES, NAMES)(np.zeros((1, len(INPUTS))))[0]
    return {
        "observable": np.array(COLUMNS),
        "central": central,
        "standard_model": standard_model,
        **dict(zip(MEASURED, covariance, strict=True)),
        **dict(zip(THEORY, np.cov(varied, rowvar=False), strict=True)),
    }


KNOWN = Companion(TABLE, label_measurements)


def label(run: Run) -> Rows:
    """The columns of flavio-b-smumu (six minutes on one core)."""
    points = sobol(INPUTS, run.rows or ROWS, _flavour.SEED, digits=_flavour.DIGITS)
    return _labelled(points, run, DATASET.name)


def label_check(run: Run) -> Rows:
    """Points near the best fit, those kept whose -2 ln L is less than 25 above the smallest among
    them."""
    box = tuple(
        msgspec.structs.replace(i, low=low, high=high)
        for i, (low, high) in zip(INPUTS, NEAR, strict=True)
    )
    rows = _labelled(
        sobol(box, CHECKS, _flavour.SEED + 1, digits=_flavour.DIGITS), run, CHECK.dataset.name
    )
    kept = rows[OBSERVED] > rows[OBSERVED].max() - DEPTH
    return {name: values[kept] for name, values in rows.items()}


CHECK = Companion(
    _points(
        "flavio-b-smumu-check",
        "Observables of b -> s mu mu and their ln L near its largest value, as a check",
    ),
    label_check,
)


def _labelled(points: Array, run: Run, name: str) -> Rows:
    known = read_companion(KNOWN, run)
    found = parts.compute(run, Predictions(OBSERVABLES, NAMES), points, part=PART, name=name)
    measured_, theory = (np.stack([known[c] for c in names]) for names in (MEASURED, THEORY))
    both = np.concatenate([known["standard_model"][None], found])
    ln_l = MEASUREMENTS.ln_l(both, known["central"], measured_, theory)
    return {
        **dict(zip(NAMES, points.T, strict=True)),
        OBSERVED: ln_l[1:] - ln_l[0],
        **dict(zip(COLUMNS, found.T, strict=True)),
    }


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """Rates and numerators as quadratic forms: observables are columns of the data set.

    Raises
    ------
    TrainingError
        If ``x`` are other rows than those of the data set.
    """
    known, rows = read_companion(KNOWN, run), read_companion(Companion(DATASET, label), run)
    if not np.array_equal(np.stack([rows[n] for n in NAMES], axis=1), x):
        raise TrainingError(
            f"the rows to train on are not those of {DATASET.name}, which holds their observables: "
            "use that data set"
        )
    covariance = np.stack([known[m] + known[t] for m, t in zip(MEASURED, THEORY, strict=True)])
    end = MeasuredForm(known["central"], covariance, BELOW, known["standard_model"])
    forms = end.forms(np.stack([rows[c] for c in COLUMNS], axis=1))
    return fit_forms(x, y, SEED, inputs=INPUTS, forms=forms, link=end)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """The Standard Model, flavio at points near the best fit, the best fit itself, one maximum
    along each coefficient."""

    def ln_l(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    known = read_companion(CHECK, run)
    value = ln_l(np.stack([known[n] for n in NAMES], axis=1))
    line = np.zeros((401, len(NAMES)))
    line[:, 0] = np.linspace(-2, 2, len(line))
    along = ln_l(line)
    best = float(line[int(np.argmax(along)), 0])
    turns = int((np.diff(np.sign(np.diff(along))) != 0).sum())
    return (
        measured(
            "zero in the Standard Model",
            float(abs(ln_l(np.zeros((1, len(NAMES))))[0])),
            1e-4,
            criterion="ln L at most 1e-4 from that of flavio",
        ),
        *against("flavio's FastLikelihood", value, known[OBSERVED], "Straub:2018kue"),
        Check(
            name="fit of C9 alone",
            passed=bool(abs(best - FITTED_C9) < 0.5 and along.max() > 2),
            figure=f"C9 = {best:.2f}, preferred to the Standard Model by -2 ln L = "
            f"{2 * along.max():.1f}",
            criterion=f"within 0.5 of {FITTED_C9}, which is from more data, R_K among them; "
            "preferred by more than 4",
            reference=FIT,
        ),
        Check(
            name="one maximum along C9",
            passed=turns == 1,
            figure=f"{turns} turn from -2 to 2",
            criterion="ln L rises, then falls",
        ),
    )


RECIPE = Recipe(
    name="likelihood-b-smumu",
    version=3,
    raises_uncertainty=True,
    kind="likelihood",
    title="Likelihood of b -> s mu mu measurements in four Wilson coefficients",
    description=(
        "ln L, relative to the Standard Model, of 28 measured observables: FL, S3, S4, S5, A_FB "
        "and the rate of B0 -> K*0 mu mu in four bins of q^2, rates of B+ -> K+ mu mu and Bs -> "
        "phi mu mu, and the branching ratio of Bs -> mu mu. It is flavio's FastLikelihood: one "
        "Gaussian, its covariance that of the measurements plus that of the predictions in the "
        "Standard Model. Ratios of muons to electrons are not part of it. The file holds the "
        "rates and numerators as quadratic forms, exact to the error of flavio's integrals: not a "
        "trained network. Inputs are real shifts of coefficients."
    ),
    subject="b-smumu",
    inputs=INPUTS,
    outputs=(
        Output(
            name=OBSERVED,
            unit="1",
            meaning="ln L of the measurements minus that of the Standard Model",
            scale="linear",
        ),
    ),
    default_output=OBSERVED,
    truth=Truth(
        program="flavio",
        version=_flavour.FLAVIO,
        settings=SETTINGS,
        references=tuple(_flavour.REFERENCES),
        no_uncertainty=(
            "Theory uncertainties of the observables are in ln L, as flavio has them in the "
            "Standard Model: form factors, decay constants, CKM elements, charm loops. Missing: "
            "that they change with the coefficients. The error of BR(Bs -> mu mu) moves between "
            "0.4 and 1.8 times that of the Standard Model over the region of obs-bs-mumu."
        ),
        seconds_per_label=1.1,
    ),
    dataset=DATASET,
    companions=(KNOWN, CHECK),
    label=label,
    split=_flavour.split_rows,
    fit=fit,
    baseline=fit_other_tenths(SEED),
    checks=physics_checks,
    seed=SEED,
    references=REFERENCES,
    created="2026-11-22",
    validation_note=(
        "Every row was predicted by forms fitted to nine tenths of the others. Errors are over "
        "the spread of ln L on all rows, most of which lie far below its largest value; the "
        "checks say what it is near it."
    ),
)
