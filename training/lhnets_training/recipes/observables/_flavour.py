"""What the networks of flavour observables share: Wilson coefficients as inputs, labels from
flavio, quadratic forms, checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lhnets.format import Check, Conditions, Input, Output, Truth
from lhnets_datasets.library.manifest import Column, Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol, uniform
from lhnets_training.data.table import column
from lhnets_training.fit.baselines import fit_other_tenths
from lhnets_training.fit.cross_validation import use_every_row
from lhnets_training.fit.links import Optimised
from lhnets_training.fit.polynomial import fit_forms
from lhnets_training.judging import checks
from lhnets_training.judging.checks import Values
from lhnets_training.labels import parts
from lhnets_training.labels.flavour.flavio_observables import SCALE
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.recipe import Array, Companion, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes.observables import _flavio_bands
from lhnets_training.split import Split

split_rows = use_every_row
SEED, DIGITS, FIT_SEED = 20261121, 7, 1
FLAVIO = "2.7.1"
WORDS = {
    "C7": "electromagnetic dipole operator",
    "C9": "vector muon current",
    "C10": "axial muon current",
    "CS": "scalar muon current",
    "CP": "pseudoscalar muon current",
}

REFERENCES = bibtex.select("Straub:2018kue", "Aebischer:2018bkb")
SETTINGS = {
    "coefficients": f"new-physics shifts, real, WET at {SCALE} GeV in flavio's basis",
    "parameters": "flavio's central values",
}


def coefficient(name: str, largest: float, unit: str = "1") -> Input:
    """The shift of one Wilson coefficient, named as flavio names it, between plus and minus
    ``largest``."""
    operator = name.partition("_")[0]
    primed, bare = operator.endswith("p"), operator.removesuffix("p")
    return Input(
        name=name,
        symbol=f"C_{{{bare[1:]}}}" + ("'" if primed else ""),
        unit=unit,
        low=-largest,
        high=largest,
        default=0.0,
        meaning=f"real shift of the {'right-handed ' if primed else ''}b -> s {WORDS[bare]} from "
        "its Standard Model value",
    )


def dataset(
    name: str, recipe: str, title: str, inputs: tuple[Input, ...], targets: tuple[Column, ...]
) -> RecipeDataSet:
    """A data set of points in Wilson coefficients and labels from flavio."""
    return RecipeDataSet(
        name=name,
        title=title,
        description=(
            f"{title}, from flavio at the central values of its parameters. Scrambled Sobol "
            "design, even in the coefficients."
        ),
        columns=(*(column(i.name, i.unit, i.meaning, "input") for i in inputs), *targets),
        generator=Generator(
            program="flavio",
            version=FLAVIO,
            settings=SETTINGS,
            recipe=recipe,
            seed=SEED,
            tolerance=1e-9,
        ),
        references=REFERENCES,
    )


def truth(seconds: float, relative_error: float, missing: str) -> Truth:
    """flavio, as a card says it, with what its uncertainty leaves out."""
    return Truth(
        program="flavio",
        version=FLAVIO,
        settings=SETTINGS,
        references=tuple(REFERENCES),
        relative_error=relative_error,
        no_uncertainty=missing,
        seconds_per_label=seconds,
    )


@dataclass(frozen=True, kw_only=True)
class StandardModelValue:
    """A value in the Standard Model that the network is held to."""

    value: float
    within: float
    name: str
    reference: str


def flavio_value(value: float, within: float) -> StandardModelValue:
    """What flavio itself gives."""
    return StandardModelValue(
        value=value, within=within, name="flavio in the Standard Model", reference="Straub:2018kue"
    )


@dataclass(frozen=True, kw_only=True)
class LabelPlan:
    """How the rows of a data set are made.

    ``compute`` gives the columns named ``columns`` at points (N, n), the output first and then,
    where the output is a quotient of quadratic forms, those; ``part`` rows are computed at a time.
    """

    dataset: RecipeDataSet
    compute: Callable[[Array], Array]
    columns: tuple[str, ...]
    rows: int
    part: int


def observable(
    *,
    name: str,
    title: str,
    description: str,
    subject: str,
    inputs: tuple[Input, ...],
    output: Output,
    labels: LabelPlan,
    truth: Truth,
    known: Sequence[StandardModelValue],
    further: Callable[[Values], Sequence[Check]],
    references: dict[str, str],
    quotient: Optimised | None = None,
    conditions: Conditions | None = None,
    version: int = 3,
) -> Recipe:
    """The recipe of an observable that is a quadratic form in its coefficients, or a ``quotient``
    of such forms.

    ``known`` are its values in the Standard Model; ``further`` are the checks that its own physics
    asks for.
    """
    names = tuple(i.name for i in inputs)
    dataset = labels.dataset

    def label(run: Run) -> Rows:
        points = sobol(inputs, run.rows or labels.rows, SEED, digits=DIGITS)
        found = parts.compute(run, labels.compute, points, part=labels.part, name=dataset.name)
        return dict(zip((*names, *labels.columns), (*points.T, *found.T), strict=True))

    def forms_at(x: Array, run: Run) -> Array:
        rows = read_companion(Companion(dataset, label), run)
        if not np.array_equal(np.stack([rows[n] for n in names], axis=1), x):
            raise TrainingError(
                f"the rows to train on are not those of {dataset.name}, which holds their "
                "integrals: use that data set"
            )
        return np.stack([rows[c] for c in labels.columns[1:]], axis=1)

    def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
        forms = None if quotient is None else forms_at(x, run)
        return fit_forms(x, y, FIT_SEED, inputs=inputs, forms=forms, link=quotient)

    def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
        def values(points: Array) -> Array:
            return np.asarray(predict(points)[:, 0])

        origin = np.zeros((1, len(inputs)))
        positive = [checks.positive(values, points_in(inputs))] if output.scale == "log" else []
        agree = [
            checks.agrees(
                values,
                origin,
                np.array([k.value]),
                name=k.name,
                within=k.within,
                reference=k.reference,
            )
            for k in known
        ]
        return (*positive, *agree, *further(values))

    forms = "a form" if quotient is None else "forms"
    return Recipe(
        name=name,
        version=version,
        raises_uncertainty=True,
        kind="observable",
        title=title,
        description=description,
        subject=subject,
        conditions=conditions or Conditions(),
        inputs=inputs,
        outputs=(output,),
        default_output=output.name,
        variations=_flavio_bands.variations(name),
        truth=truth,
        dataset=dataset,
        label=label,
        truth_at=lambda x, run: labels.compute(x)[:, :1],
        split=split_rows,
        fit=fit,
        baseline=fit_other_tenths(FIT_SEED),
        checks=physics_checks,
        seed=FIT_SEED,
        references=references,
        created="2026-11-21",
        validation_note=f"Every row was predicted by {forms} fitted to nine tenths of the others.",
    )


def points_in(inputs: tuple[Input, ...]) -> Array:
    """20,000 random points (N, n) for checks."""
    return uniform(inputs, 20_000, SEED + 3)
