"""Fresh points with their truth, where it is quick: they show coverage by cell far better than the
few unseen rows of a data set do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from lhnets.format import Calibration, Validation
from lhnets_training.data.sample import draw_alike
from lhnets_training.judging.calibrate import ONE_SIGMA, find_held, scores
from lhnets_training.judging.cells import map_coverage
from lhnets_training.pipeline import figures
from lhnets_training.pipeline.labelled import ExportedFile, Labelled
from lhnets_training.pipeline.worst import find_truth
from lhnets_training.recipe import Run

Array = NDArray[np.float64]

MOST, FEWEST, PART = 10_000, 2_000, 500
"""Points at most and at least, and how many the truth is asked for at once."""
SECONDS = 60.0
"""Processor time for the truth of one set of points."""
TO_FIT, TO_JUDGE = 21, 22
"""Seeds, added to that of the run: what fits an uncertainty never judges it."""


@dataclass(frozen=True)
class Fresh:
    """Points (N, n) that no fit has seen, and their truth (N, k)."""

    x: Array
    y: Array


def label_fresh(file: ExportedFile, labelled: Labelled, run: Run, seed: int) -> Fresh | None:
    """Points spread as the data set is, inside the region, with their truth.

    None if the truth cannot be asked, or takes too long for `FEWEST` points.
    """
    recipe = file.feed.recipe
    truth_at = find_truth(recipe, labelled, run)
    seconds = max(recipe.truth.seconds_per_label or 0.0, 1e-9)
    count = int(min(MOST, SECONDS / seconds))
    if truth_at is None or count < FEWEST:
        return None
    rng = np.random.default_rng(run.seed + seed)
    x = draw_alike(labelled.x, count, rng, recipe.inputs, recipe.surfaces)
    x = x[file.answer(x).reach <= 1]
    parts = np.array_split(x, -(-len(x) // PART))
    y = np.concatenate([truth_at(part, run) for part in parts])
    known = np.isfinite(y).all(axis=1)
    return Fresh(x[known], y[known])


def judge_cells(
    found: Validation, calibration: Calibration, file: ExportedFile, labelled: Labelled, run: Run
) -> Validation:
    """The figures ``found`` with coverage by cell on fresh points, where their truth is quick."""
    recipe = file.feed.recipe
    fresh = label_fresh(file, labelled, run, TO_JUDGE)
    if fresh is None:
        return found
    names, answers = [o.name for o in recipe.outputs], file.answer(fresh.x)
    off = scores(fresh.y, answers.value, answers.uncertainty)
    chosen = figures.find_default(recipe.outputs, recipe.default_output)
    coverage = map_coverage(
        fresh.x,
        answers.value,
        find_held(off, calibration, names, ONE_SIGMA),
        recipe.inputs,
        recipe.outputs,
        chosen,
    )
    told = f"Coverage by cell is that of {len(fresh.x):,} further points by the truth itself."
    note = f"{found.note} {told}" if found.note else told
    return structs.replace(found, coverage=coverage, note=note)
