"""Networks for the profile likelihoods of HistFactory workspaces over the signal yields of their
regions.

The yields alone suffice: the likelihood of a signal at strength mu is that of yields times mu, so
the network gives scans in mu, mu-hat, CLs and upper limits. How a likelihood is represented is said
by `Analysis.method`.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from importlib.metadata import version
from itertools import product

import numpy as np

from lhnets.format import Input, Output, Truth
from lhnets.statistics import ASIMOV, OBSERVED
from lhnets_datasets.library.manifest import Column, Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol
from lhnets_training.data.table import column
from lhnets_training.fit.baselines import fit_other_folds, fit_training_rows, interpolate_cubic
from lhnets_training.fit.cross_validation import TENTHS, tenths, use_every_row
from lhnets_training.fit.gaussian_process import fit_process
from lhnets_training.fit.links import Signed
from lhnets_training.labels import parts
from lhnets_training.labels.likelihoods import directions, workspace_labels
from lhnets_training.recipe import (
    Array,
    BaselineFit,
    Companion,
    Fitted,
    Points,
    Recipe,
    RecipeDataSet,
    Rows,
    Run,
)
from lhnets_training.recipes.likelihoods import _linear
from lhnets_training.recipes.likelihoods._analysis import Analysis, find_workspace
from lhnets_training.recipes.likelihoods._directional import Directional
from lhnets_training.recipes.likelihoods._likelihood_checks import likelihood_checks
from lhnets_training.split import Split, split

SEED = 20261121
EDGES, STEP = 0.6, 1e-4
PART, CHECK_PART = 25, 4
CHECK_DEPTH = 12.5
"""ln L below its largest value down to which yields serve for checks: 25 in -2 ln L."""
COMMON = ("pyhf_joss", "Cranmer:2012sba", "Cowan:2010js")
NOTES = {
    "signal": (
        "yield of each region times mu, times the luminosity where the workspace varies it; "
        "no other uncertainty"
    ),
    "interpolation": "code4 for normsys, code4p for histosys",
    "minimum": "the one that continues the fit of the background alone, which starts at the "
    "nominal parameters; workspaces "
    "with large asymmetric variations have others far from it",
    "asimov": (
        "expectation of the fit of the background alone to the data, auxiliary measurements "
        "included"
    ),
}


OUTPUTS = (
    Output(
        name=OBSERVED,
        unit="1",
        meaning="ln L of the data at mu = 1, profiled in all nuisance parameters, minus that of "
        "the background alone",
    ),
    Output(
        name=ASIMOV,
        unit="1",
        meaning="the same for the Asimov data of the background, from which expected limits and "
        "CLs follow",
    ),
)


def likelihood(analysis: Analysis) -> Recipe:
    """The recipe of one workspace."""
    if analysis.method == "process":
        return _in_a_box(analysis)
    return _exact_in_a_box(analysis) if analysis.in_a_box else _by_directions(analysis)


def _exact_in_a_box(analysis: Analysis) -> Recipe:
    """The profile itself in the graph, judged by rows and signals of a box of yields."""
    plain = _in_a_box(analysis)
    (check,) = plain.companions
    generator = plain.dataset.generator
    made = Directional(analysis, _numbers(analysis, generator, plain.references), check)
    return replace(
        plain,
        companions=(check, made.numbers),
        points=None,
        split=_split_exact,
        fit=made.fit,
        baseline=_baseline(np.array(analysis.offset), small=False),
        validation_note=(
            "Nothing was fitted: the training rows serve the baseline alone, and what differs is "
            "the tolerance of the labels. Errors are over the spread of ln L on all rows."
        ),
    )


def _numbers(analysis: Analysis, generator: Generator, references: dict[str, str]) -> Companion:
    """The profile with linear nuisances as a data set."""
    numbers = RecipeDataSet(
        name=f"{analysis.name}-profile",
        title=f"{analysis.title}: its profile with linear nuisances",
        description=(
            "Backgrounds, counts and shifts by the nuisances: the likelihood itself, if it has one "
            "nuisance whose shifts are linear, else its approximation at the fit of the background "
            "alone."
        ),
        columns=_linear.COLUMNS,
        generator=generator,
        references=references,
    )
    return Companion(numbers, functools.partial(label_numbers, analysis))


def _by_directions(analysis: Analysis) -> Recipe:
    """With signals drawn by directions, and a profile with linear nuisances in the graph."""
    generator, references = _generator(analysis), bibtex.select(*analysis.references, *COMMON)
    dataset = RecipeDataSet(
        name=analysis.name,
        title=f"{analysis.title}: profile likelihood over signal yields",
        description=(
            "ln L over signal yields, profiled and relative to the fit of the background alone, "
            "for the data and for the background's Asimov data. Random directions of one, few and "
            "many regions, times a strength that makes -2 ln L uniform up to "
            f"{directions.DEEPEST:g} on one of both data sets."
        ),
        columns=tuple(_columns(analysis)[:-1]),
        generator=generator,
        references=references,
    )
    reference = _check_dataset(analysis, generator, references)
    levels = [
        column(name, "1", f"{which} CLs at mu = 1 by exact fits", "target")
        for name, which in (("cls", "observed"), ("expected_cls", "median expected"))
    ]
    reference = replace(
        reference, columns=(*reference.columns[:-1], *levels, reference.columns[-1])
    )
    made = Directional(
        analysis,
        _numbers(analysis, generator, references),
        Companion(reference, lambda run: made.label_checks(run)),
    )
    note = "Errors are over the spread of ln L on all rows."
    return replace(
        _in_a_box(analysis),
        dataset=dataset,
        companions=(made.numbers, made.check),
        label=made.label,
        points=None,
        split=_split_exact if made.exact else split_rows,
        rows_fill_region=not made.exact,
        fit=made.fit,
        baseline=_baseline(np.array(analysis.offset), small=False),
        checks=made.checks,
        validation_note=(
            f"Nothing was fitted: the training rows serve the baseline alone. {note}"
            if made.exact
            else note
        ),
    )


def label_numbers(analysis: Analysis, run: Run) -> Rows:
    """The profile with linear nuisances."""
    fits = workspace_labels.profile(find_workspace(analysis, run), analysis.regions)
    profile = _linear.exact_profile(fits) if analysis.method == "exact" else None
    return _linear.to_rows(profile or _linear.linearised_profile(fits))


def _generator(analysis: Analysis) -> Generator:
    return Generator(
        program="lhnets_training.labels.likelihoods.pyhf_profile",
        version="1",
        settings={
            "model": f"pyhf {version('pyhf')}",
            "workspace": f"{analysis.file}, SHA-256 {analysis.sha256}; {analysis.source}",
            "regions": "; ".join(f"{r.name}: bin {r.bin} of {r.channel}" for r in analysis.regions),
            "reading": analysis.reading_told,
            **NOTES,
        },
        recipe=analysis.module,
        seed=SEED,
        tolerance=1e-5,
    )


def _in_a_box(analysis: Analysis) -> Recipe:
    """With yields in a box, and a Gaussian process."""
    inputs, offset = analysis.inputs, np.array(analysis.offset)
    references = bibtex.select(*analysis.references, *COMMON)
    generator = _generator(analysis)
    dataset = _dataset(analysis, generator, references)
    points = Points(
        design=functools.partial(design, analysis),
        label=functools.partial(label, analysis),
        rows=analysis.rows,
        seed=SEED,
    )
    check = Companion(
        _check_dataset(analysis, generator, references), functools.partial(label_checks, analysis)
    )
    return Recipe(
        name=analysis.name,
        version=analysis.version,
        raises_uncertainty=analysis.raises_uncertainty,
        kind="likelihood",
        title=analysis.title,
        description=(
            f"{analysis.title}: ln L over the signal yields of "
            f"{', '.join(r.name for r in analysis.regions)}, profiled in all nuisance parameters "
            "and relative to the fit of the background alone, for the data and for the "
            f"background's Asimov data. From {analysis.source}. The signal has no uncertainty but "
            "that of the luminosity where the workspace varies it, and no yield outside these "
            "regions."
        ),
        subject=analysis.subject,
        inputs=inputs,
        outputs=OUTPUTS,
        default_output=OBSERVED,
        truth=Truth(
            program=generator.program,
            version=generator.version,
            settings=generator.settings,
            references=(*analysis.references, *COMMON),
            no_uncertainty=(
                "The published statistical model is the truth; its systematic uncertainties are "
                "profiled in ln L. The labels are exact to the tolerance of the fit. Missing: the "
                "theory uncertainty of the signal, 10 to 30 % for cross sections of supersymmetry; "
                "yields that are predictions bring theirs along."
            ),
            seconds_per_label=analysis.seconds,
        ),
        dataset=dataset,
        companions=(check,),
        label=points.table,
        points=points,
        truth_at=functools.partial(ln_l_at, analysis),
        split=use_every_row,
        fit=functools.partial(_fit_process, inputs, offset),
        baseline=_baseline(offset, small=True),
        checks=functools.partial(likelihood_checks, analysis.inputs, check),
        seed=SEED,
        created="2026-11-21",
        references=references,
        validation_note=(
            "Each row is predicted by the process without it (lengths chosen on all rows); "
            "intervals of each tenth of the rows are judged by the scores of the others. Errors "
            "are over the spread of ln L on all rows."
        ),
    )


def label(analysis: Analysis, points: Array, run: Run) -> Rows:
    """ln L of data and Asimov data and mu-hat at yields (N, regions)."""
    work = functools.partial(
        workspace_labels.likelihoods,
        reading=find_workspace(analysis, run),
        regions=analysis.regions,
    )
    found = parts.compute(run, work, points, part=PART, name=analysis.name)
    names = (*(r.name for r in analysis.regions), OBSERVED, ASIMOV, "mu_hat")
    return dict(zip(names, np.concatenate([points, found], axis=1).T, strict=True))


def ln_l_at(analysis: Analysis, points: Array, run: Run) -> Array:
    """ln L (N, 2) of data and Asimov data at yields (N, regions)."""
    reading = find_workspace(analysis, run)
    return workspace_labels.likelihoods(points, reading, analysis.regions)[:, :2]


def label_checks(analysis: Analysis, run: Run) -> Rows:
    """Yields whose likelihood is not negligible, with limits and pyhf's own fits."""
    reading = find_workspace(analysis, run)
    work = functools.partial(
        workspace_labels.references, reading=reading, regions=analysis.regions, high=analysis.high
    )
    fits = workspace_labels.profile(reading, analysis.regions)
    largest = np.array(analysis.high) * 0.6
    drawn = (
        np.random.default_rng(SEED + 1).random((100 * analysis.checks, len(largest))) ** 2 * largest
    )
    kept: list[Array] = [np.array(ray, dtype=np.float64) for ray in analysis.rays]
    for point in drawn:
        if len(kept) >= analysis.checks:
            break
        if min(fits.ln_l(point), fits.ln_l(point, "asimov")) > -CHECK_DEPTH:
            kept.append(point)
    points = np.array(kept)
    found = parts.compute(run, work, points, part=CHECK_PART, name=f"{analysis.name}-check")
    names = (
        *(r.name for r in analysis.regions),
        OBSERVED,
        ASIMOV,
        "mu_hat",
        "limit",
        "expected_limit",
        "pyhf",
    )
    return dict(zip(names, np.concatenate([points, found], axis=1).T, strict=True))


def design(analysis: Analysis, rows: int, seed: int) -> Array:
    """At most ``rows`` yields (rows, regions): corners of the box, then a Sobol design in the
    square roots of the yields.

    Yields are multiples of a ten-thousandth of their largest; the few that coincide are taken once.
    """
    unit = tuple(
        Input(name=r.name, meaning="", unit="1", low=0.0, high=1.0) for r in analysis.regions
    )
    corners = np.array(list(product((0.0, 1.0), repeat=len(unit))))
    drawn = np.concatenate([corners, sobol(unit, rows - len(corners), seed, edges=EDGES) ** 2])
    _, first = np.unique(np.round(drawn / STEP), axis=0, return_index=True)
    kept = np.round(drawn[np.sort(first)] / STEP) * STEP
    return np.asarray(np.round(kept * np.array(analysis.high), 9))


def split_rows(rows: int, seed: int) -> Split:
    """Half of the rows train a network, two fifths calibrate and test it."""
    return split(rows, validation=0.1, calibration=0.2, test=0.2, seed=seed)


def _split_exact(rows: int, seed: int) -> Split:
    """Nothing is trained: most rows test."""
    return split(rows, validation=0.0, calibration=0.3, test=0.5, seed=seed)


def _columns(analysis: Analysis) -> list[Column]:
    inputs = [column(i.name, i.unit, i.meaning, "input") for i in analysis.inputs]
    outputs = [column(o.name, o.unit, o.meaning, "target") for o in OUTPUTS]
    return [
        *inputs,
        *outputs,
        column("mu_hat", "1", "signal strength from 0 to 10 that fits the data best", "other"),
    ]


def _dataset(analysis: Analysis, generator: Generator, references: dict[str, str]) -> RecipeDataSet:
    return RecipeDataSet(
        name=analysis.name,
        title=f"{analysis.title}: profile likelihood over signal yields",
        description=(
            "ln L over signal yields, profiled and relative to the fit of the background alone, "
            "for the data and for the background's Asimov data, and the best signal strength. "
            "Corners of the box and a scrambled Sobol design, denser at small yields and towards "
            "the edges."
        ),
        columns=tuple(_columns(analysis)),
        generator=generator,
        references=references,
    )


def _check_dataset(
    analysis: Analysis, generator: Generator, references: dict[str, str]
) -> RecipeDataSet:
    return RecipeDataSet(
        name=f"{analysis.name}-check",
        title=f"{analysis.title}: limits and pyhf's own fits, as a check",
        description=(
            "At random signal yields with -2 ln L less than 25 above the background alone: ln L "
            "and mu-hat, observed and median expected 95 % CL upper limits on mu by asymptotic "
            "CLs from exact fits, and ln L by pyhf's own fits."
        ),
        columns=(
            *_columns(analysis),
            column("limit", "1", "observed 95 % CL upper limit on mu", "target"),
            column("expected_limit", "1", "median expected 95 % CL upper limit on mu", "target"),
            column(
                "pyhf",
                "1",
                "ln L of the data by pyhf.infer.mle.fixed_poi_fit with numpy and scipy",
                "target",
            ),
        ),
        generator=generator,
        references=references,
    )


def _fit_process(
    inputs: tuple[Input, ...], offset: Array, x: Array, y: Array, split: Split, run: Run
) -> Fitted:
    return fit_process(x, y, run, offset=offset, inputs=inputs)


def _baseline(offset: Array, small: bool) -> BaselineFit:
    """Cubic radial basis functions with a linear trend in roots of counts, on the folds of a small
    table."""
    fit = interpolate_cubic(lambda points: np.sqrt(points + offset), degree=1)
    if small:
        method = f"cubic spline (radial basis) in roots of counts, {TENTHS} folds"
        return fit_other_folds(method, fit, Signed(), lambda rows: tenths(rows, 0))
    return fit_training_rows(fit, Signed(), "cubic RBF in roots of counts on {} rows")
