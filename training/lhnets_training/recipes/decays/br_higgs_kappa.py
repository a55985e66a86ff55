"""br-higgs-kappa: branching ratios of a Higgs boson of 125 GeV whose couplings are those of the
Standard Model times factors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, Conditions, Input, Output
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol, uniform
from lhnets_training.data.table import column
from lhnets_training.fit.baselines import fit_other_tenths
from lhnets_training.fit.cross_validation import use_every_row
from lhnets_training.fit.links import Normalised
from lhnets_training.fit.polynomial import fit_forms
from lhnets_training.judging import checks
from lhnets_training.labels.higgs.higgs_widths import CHANNELS, HiggsCouplings, widths
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.recipe import Array, Companion, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes.decays import _higgs, _higgs_bands
from lhnets_training.split import Split

ROWS, SEED, LOW, HIGH = 2000, 1, 0.5, 1.5
WORDS = {
    "w": "W bosons",
    "z": "Z bosons",
    "t": "top and charm quarks",
    "b": "bottom and strange quarks",
    "tau": "tau leptons",
    "mu": "muons",
}
INPUTS = tuple(
    Input(
        name=f"kappa_{k}",
        symbol=rf"\kappa_{{{k}}}",
        unit="1",
        low=LOW,
        high=HIGH,
        default=1.0,
        meaning=f"coupling to {words} over that of the Standard Model",
    )
    for k, words in WORDS.items()
)
NAMES = tuple(i.name for i in INPUTS)
OUTPUTS = tuple(
    Output(
        name=f"BR_{c}",
        unit="1",
        meaning=f"branching ratio into {_higgs.SPOKEN[c]}",
        scale="log",
        subject=_higgs.SUBJECTS[c],
    )
    for c in CHANNELS
)
KAPPA = "LHCHiggsCrossSectionWorkingGroup:2013rie"
REFERENCES = _higgs.REFERENCES | bibtex.select(KAPPA)
DATASET = RecipeDataSet(
    name="higgs-kappa-widths",
    title="Partial widths and branching ratios of a Higgs boson of 125 GeV with six coupling "
    "factors",
    description=(
        "Ten partial widths and branching ratios at 125 GeV, the other parameters at the values "
        "of the Standard Model network. Scrambled Sobol design, even in the factors. No decays "
        "but those of the Standard Model."
    ),
    columns=(
        *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
        *(
            column(f"BR_{c}", "1", f"branching ratio into {_higgs.SPOKEN[c]}", "target")
            for c in CHANNELS
        ),
        *(
            column(f"width_{c}", "GeV", f"partial width into {_higgs.SPOKEN[c]}", "other")
            for c in CHANNELS
        ),
    ),
    generator=Generator(
        program="lhnets_training.labels.higgs.higgs_widths",
        version="1",
        settings=_higgs.SETTINGS,
        recipe="br_higgs_kappa",
        seed=_higgs.SEED,
        tolerance=1e-9,
    ),
    references=REFERENCES,
)


def label(run: Run) -> Rows:
    """The columns of higgs-kappa-widths (a minute on one core)."""
    points = sobol(INPUTS, run.rows or ROWS, _higgs.SEED, digits=_higgs.DIGITS)
    found = _widths(points)
    total = found.sum(axis=1)
    return {
        **dict(zip(NAMES, points.T, strict=True)),
        **{f"BR_{c}": found[:, k] / total for k, c in enumerate(CHANNELS)},
        **{f"width_{c}": found[:, k] for k, c in enumerate(CHANNELS)},
    }


def _widths(points: Array) -> Array:
    return widths(np.repeat(_higgs.at()[None], len(points), axis=0), HiggsCouplings(*points.T))


COMPANION = Companion(DATASET, label)


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """A quadratic form for each partial width, whose values are columns of the data set, and their
    shares."""
    rows = read_companion(COMPANION, run)
    known = np.stack([rows[n] for n in NAMES], axis=1)
    if not np.array_equal(known, x):
        raise TrainingError(
            f"the rows to train on are not those of {DATASET.name}, which holds their partial "
            "widths: use that data set"
        )
    forms = np.stack([rows[f"width_{c}"] for c in CHANNELS], axis=1)
    return fit_forms(x, y, SEED, inputs=INPUTS, forms=forms, link=Normalised())


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Sum, the Standard Model, published numbers, how couplings act."""

    def share(channel: str) -> Callable[[Array], Array]:
        return lambda points: np.asarray(predict(points)[:, CHANNELS.index(channel)])

    def at(**given: object) -> Array:
        return checks.points_of({**dict.fromkeys(NAMES, 1.0), **given}, NAMES)

    points = uniform(INPUTS, 20_000, _higgs.SEED + 5)
    off = float(np.abs(predict(points).sum(axis=1) - 1).max())
    plain = widths(_higgs.at()[None])[0]
    scaled = predict(points[:1000] * (HIGH / points[:1000].max(axis=1, keepdims=True)))
    common = float(np.abs(scaled / predict(points[:1000]) - 1).max())
    lines = at(kappa_t=np.linspace(LOW, HIGH, 40))
    published = (
        checks.agrees(
            share(c),
            at()[None],
            np.array([br]),
            name=f"{c} with all factors 1, fourth report of the LHC Higgs working group",
            within=0.06,
            reference=_higgs.YR4,
        )
        for c, br in _higgs.YR4_BR.items()
    )
    return (
        checks.positive(lambda p: np.asarray(predict(p).min(axis=1)), points),
        checks.measured(
            "sum", off, 1e-12, criterion="branching ratios sum to 1 within 1e-12 at 20,000 points"
        ),
        checks.measured(
            "Standard Model",
            float(np.abs(predict(at()[None])[0] / (plain / plain.sum()) - 1).max()),
            1e-9,
            criterion="with all factors 1 the ratios of the labels' program to 1e-9",
        ),
        checks.measured(
            "a common factor drops out",
            common,
            1e-9,
            criterion="ratios unchanged to 1e-9 at 1,000 points",
            reference=KAPPA,
        ),
        checks.falls(
            lambda p: share("gamgam")(p) / share("WW")(p),
            lines[None],
            "kappa_t (two photons over W W: they interfere)",
        ),
        *published,
    )


RECIPE = Recipe(
    name="br-higgs-kappa",
    version=3,
    raises_uncertainty=True,
    kind="branching_ratio",
    title="Higgs boson of 125 GeV with coupling factors: all branching ratios",
    description=(
        "Branching ratios into ten channels when the couplings to W, Z, top and charm, bottom and "
        "strange, tau and mu are those of the Standard Model times factors of 0.5 to 1.5; loops "
        "follow their particles. No further decays. Each partial width is a quadratic form in the "
        "factors, and that is what the file holds: not a trained network. " + _higgs.ACCURACY
    ),
    subject=_higgs.SUBJECTS["bb"],
    conditions=Conditions(working_point="m_h = 125 GeV"),
    inputs=INPUTS,
    outputs=OUTPUTS,
    default_output="BR_bb",
    variations=(
        *_higgs_bands.parameters_of_shares(),
        *_higgs_bands.orders_of_shares(),
    ),
    truth=_higgs.TRUTH,
    dataset=DATASET,
    label=label,
    truth_at=lambda x, run: _higgs.shares(_widths(x)),
    split=use_every_row,
    fit=fit,
    baseline=fit_other_tenths(SEED),
    checks=physics_checks,
    seed=SEED,
    references=REFERENCES,
    created="2026-11-22",
    validation_note="Every row was predicted by forms fitted to nine tenths of the others.",
)
