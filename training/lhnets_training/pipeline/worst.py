"""The worst points of a network: the search, asked with the truth of its recipe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets.format import HalfSpace, Input, WorstFound, WorstPoint
from lhnets_training.data.sample import box, coefficients
from lhnets_training.judging.search import Polytope, Project, Searched, search
from lhnets_training.pipeline.figures import find_spread
from lhnets_training.pipeline.labelled import ExportedFile, Labelled
from lhnets_training.recipe import Recipe, Run, TruthAt

Array = NDArray[np.float64]

SECONDS = 6.0
"""Processor time for the truth in one search."""
FEWEST, MOST = 100, 4_000
"""Points of a search."""
SLOWEST = 1.0
"""Seconds of a label above which there is no search."""
LAST = 1000
"""Seed of the search that a card shows, which no refit has seen."""
PULL, ERROR = 0, 1
"""Objectives."""


@dataclass(frozen=True)
class NetworkAndTruth:
    """Network and truth at points: pulls and errors (N, k), signed as network minus truth."""

    value: Array
    truth: Array
    uncertainty: Array
    pull: Array
    error: Array


def find_worst(file: ExportedFile, labelled: Labelled, run: Run) -> WorstFound | None:
    """The worst points that a search finds; None if the truth is not there or takes too long."""
    truth_at = find_truth(file.feed.recipe, labelled, run)
    if truth_at is None:
        return None
    found = search_region(file, truth_at, labelled, run, seed=LAST)
    return WorstFound(
        points=len(found.x),
        largest_pull=describe_point(file, truth_at, labelled, found, PULL, run),
        largest_error=describe_point(file, truth_at, labelled, found, ERROR, run),
    )


def find_truth(recipe: Recipe, labelled: Labelled, run: Run) -> TruthAt | None:
    """The truth at single points, with NaN where it has none, if it can be computed often here."""
    ask, seconds = recipe.truth_at, recipe.truth.seconds_per_label
    if ask is None or seconds is None or seconds > SLOWEST:
        return None
    try:
        ask(labelled.x[:1], run)
    except Error:
        return None

    def answer(x: Array, run: Run) -> Array:
        try:
            return ask(x, run)
        except (ValueError, ArithmeticError):
            if len(x) == 1:
                return np.full((1, len(recipe.outputs)), np.nan)
            return np.concatenate([answer(point[None], run) for point in x])

    return answer


def search_region(
    file: ExportedFile, truth_at: TruthAt, labelled: Labelled, run: Run, seed: int = 0
) -> Searched:
    """All points that the search asked for, with the largest |pull| and error of any output."""
    recipe = file.feed.recipe

    def ask(x: Array) -> Array:
        c = compare(file, truth_at, labelled, x, run)
        outside = file.answer(x).reach > 1
        worst = np.stack([np.abs(c.pull).max(axis=1), np.abs(c.error).max(axis=1)], axis=1)
        return np.where(outside[:, None], np.nan, worst)

    seconds = max(recipe.truth.seconds_per_label or 0.0, 1e-9)
    return search(
        ask,
        bound_region(recipe.inputs, recipe.half_spaces),
        labelled.x,
        points=int(np.clip(SECONDS / seconds, FEWEST, MOST)),
        seed=run.seed + 11 + seed,
        project=make_projection(recipe.inputs),
    )


def compare(
    file: ExportedFile, truth_at: TruthAt, labelled: Labelled, x: Array, run: Run
) -> NetworkAndTruth:
    """Network and truth at points (N, n). What the truth itself errs by counts in the pull."""
    recipe = file.feed.recipe
    truth, answers = truth_at(x, run), file.answer(x)
    noise = (recipe.truth.relative_error or 0.0) * np.abs(truth)
    spread = np.array([find_spread(column) for column in labelled.y.T])
    log = np.array([o.scale == "log" for o in recipe.outputs])
    off = answers.value - truth
    with np.errstate(divide="ignore", invalid="ignore"):
        error = off / np.where(log, truth, spread)
        pull = off / np.hypot(answers.uncertainty, noise)
    return NetworkAndTruth(answers.value, truth, answers.uncertainty, pull, error)


def describe_point(
    file: ExportedFile,
    truth_at: TruthAt,
    labelled: Labelled,
    found: Searched,
    objective: int,
    run: Run,
) -> WorstPoint:
    """The worst point of an objective as the card says it, with the output that is worst there."""
    recipe, point = file.feed.recipe, found.x[found.worst(objective)]
    c = compare(file, truth_at, labelled, point[None], run)
    k = int(np.nanargmax(np.abs((c.pull, c.error)[objective][0])))
    return WorstPoint(
        output=recipe.outputs[k].name,
        point={i.name: float(v) for i, v in zip(recipe.inputs, point, strict=True)},
        value=float(c.value[0, k]),
        truth=float(c.truth[0, k]),
        uncertainty=_short(c.uncertainty[0, k]),
        pull=_short(c.pull[0, k]),
        error=_short(abs(c.error[0, k])),
    )


def bound_region(inputs: Sequence[Input], region: Sequence[HalfSpace]) -> Polytope:
    """The box of the inputs and the half-spaces of the region."""
    low, high = box(inputs)
    one = np.eye(len(inputs))
    rows = [coefficients(h, inputs) for h in region]
    return Polytope(
        np.concatenate([one, -one, *(r[None] for r in rows)]),
        np.concatenate([high, -low, np.array([h.bound for h in region])]),
    )


def make_projection(inputs: Sequence[Input]) -> Project | None:
    """Entries of one row of a mixing matrix made a unit vector; None without any."""
    rows: dict[tuple[str, int], list[int]] = defaultdict(list)
    for k, i in enumerate(inputs):
        if i.slha is not None and i.slha.block.endswith("MIX"):
            rows[i.slha.block, i.slha.entry[0]].append(k)
    groups = [np.array(g) for g in rows.values() if len(g) > 1]
    if not groups:
        return None

    def project(x: Array) -> Array:
        made = x.copy()
        for g in groups:
            made[:, g] /= np.linalg.norm(made[:, g], axis=1, keepdims=True)
        return made

    return project


def _short(number: float) -> float:
    return float(f"{number:.4g}")
