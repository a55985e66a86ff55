"""The uncertainty of a finished graph raised where rows that it had not seen show it too small.

The factor (`onnx.windows`) is fitted to rows apart from those that judge it: fresh ones, where the
truth is quick, else those of validation and calibration, or, where a small table holds rows out
fold by fold, those of the other folds. The file then gets the factor that all of them ask for.
Where the truth can be asked, searches for the worst points go on until they find none, and windows
around what they found join the factor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit.cell_factor import AVERAGE, fit_windows
from lhnets_training.fit.tail_factor import fit_tails, join
from lhnets_training.judging.calibrate import quantile, scores
from lhnets_training.judging.cells import find_least
from lhnets_training.onnx.windows import Window, Windows
from lhnets_training.pipeline.exported import run_arrays
from lhnets_training.pipeline.fresh import TO_FIT, Fresh, label_fresh
from lhnets_training.pipeline.labelled import ExportedFile, Feed, Labelled
from lhnets_training.pipeline.worst import PULL, compare, find_truth, search_region
from lhnets_training.recipe import HeldOut, Run

Array = NDArray[np.float64]

LARGEST = 6.5
"""|pull| above which a search calls for windows."""
ROUNDS, CLEAN, FIRST_SEED = 40, 3, 100
"""Searches at most, how many in a row must find nothing if the truth is quick, and the seed of the
first: that which a card shows has another."""
QUICK = 1e-3
"""Seconds of a label; where it takes longer, one search that finds nothing is enough."""
LONGEST = 60.0
"""Seconds of processor for the truth after which no search begins."""


@dataclass(frozen=True)
class Raised:
    """The graph, the rows held out with the uncertainty that they are judged by, in how many parts
    of the region it was raised, and at how many points the truth was computed for that."""

    model: bytes
    held: HeldOut | None
    windows: int = 0
    searched: int = 0


def raise_short_cells(
    file: ExportedFile, model: bytes, held: HeldOut | None, labelled: Labelled, run: Run
) -> Raised:
    """The ``model`` of the ``file`` with an uncertainty that is wide enough in every cell.

    Of rows ``held`` out, only the values count: what is judged is the uncertainty of the file.
    """
    fresh = label_fresh(file, labelled, run, TO_FIT)
    windows, held = fit_cells(file, held, labelled, fresh)
    windows, more, searched = raise_found(file.feed, model, windows, labelled, run)
    if windows is None:
        return Raised(model, held, searched=searched)
    if held is not None and more:
        columns = np.concatenate([labelled.x[held.rows], held.value], axis=1)
        held = replace(held, spread=held.spread * Windows(more)(columns), final=True)
    if more:
        windows, held = _narrow(windows, file, held, labelled)
    return Raised(windows.apply(model), held, len(windows.windows), searched)


def _narrow(
    windows: Windows, file: ExportedFile, held: HeldOut | None, labelled: Labelled
) -> tuple[Windows, HeldOut | None]:
    """The windows with one of the whole region, so that not more than `AVERAGE` of all rows are
    covered, and what rows that were ``held`` out are judged by then."""
    if held is None:
        rows = _find_rows_apart(labelled)
        x, answers = labelled.x[rows], file.answer(labelled.x[rows])
        value = answers.value
        spread = answers.uncertainty * windows(np.concatenate([x, value], axis=1))
    else:
        rows, value, spread = held.rows, held.value, held.spread
    found = scores(labelled.y[rows], value, spread)
    heights = np.log([min(quantile(column, AVERAGE), 1.0) for column in found.T])
    if held is not None:
        held = replace(held, spread=spread * np.exp(heights))
    return Windows((*windows.windows, Window((), heights))), held


def fit_cells(
    file: ExportedFile, held: HeldOut | None, labelled: Labelled, fresh: Fresh | None = None
) -> tuple[Windows | None, HeldOut | None]:
    """The windows that rows ask for, and what each row that was ``held`` out is judged by."""
    if fresh is not None:
        return _fit_to_fresh(file, held, labelled, fresh)
    if held is None:
        return _fit_to_rows_apart(file, labelled), None
    x, uncertainty = labelled.x[held.rows], file.answer(labelled.x[held.rows]).uncertainty
    found = scores(labelled.y[held.rows], held.value, uncertainty)
    windows = fit_windows(x, held.value, found)
    if windows is None:
        return None, replace(held, spread=uncertainty)
    spread = uncertainty * judge_by_others(x, held.value, found, held.fold)
    return windows, replace(held, spread=spread, final=True)


def _fit_to_fresh(
    file: ExportedFile, held: HeldOut | None, labelled: Labelled, fresh: Fresh
) -> tuple[Windows | None, HeldOut | None]:
    """The windows that ``fresh`` points ask for; rows that were ``held`` out only judge them."""
    answers = file.answer(fresh.x)
    found = scores(fresh.y, answers.value, answers.uncertainty)
    windows = fit_windows(fresh.x, answers.value, found)
    if held is None:
        return windows, None
    x = labelled.x[held.rows]
    spread = file.answer(x).uncertainty
    if windows is not None:
        spread = spread * windows(np.concatenate([x, held.value], axis=1))
    return windows, replace(held, spread=spread, final=windows is not None)


def raise_found(
    feed: Feed, model: bytes, windows: Windows | None, labelled: Labelled, run: Run
) -> tuple[Windows | None, tuple[Window, ...], int]:
    """The ``windows`` and more until a search finds no |pull| above `LARGEST`, those that were
    added, and the number of points that were searched."""
    more: tuple[Window, ...] = ()
    truth_at, searched, clean = find_truth(feed.recipe, labelled, run), 0, 0
    if truth_at is None:
        return windows, more, 0
    seconds = feed.recipe.truth.seconds_per_label or 0.0
    for number in range(ROUNDS):
        if searched * seconds > LONGEST:
            break
        joined = join(windows, more)
        file = ExportedFile(feed, run_arrays(joined.apply(model) if joined else model))
        found = search_region(file, truth_at, labelled, run, seed=FIRST_SEED + number)
        searched += len(found.x)
        worst = float(found.found[:, PULL].max())
        run.console.print(f"worst pull {worst:.1f} at {len(found.x):,} points")
        clean = clean + 1 if worst <= LARGEST else 0
        if clean == (CLEAN if seconds < QUICK else 1):
            break
        if clean:
            continue
        pulls = compare(file, truth_at, labelled, found.x, run).pull
        inside = file.answer(found.x).reach <= 1
        more += fit_tails(
            _side_by_side(file, labelled.x),
            _side_by_side(file, found.x),
            np.nan_to_num(np.where(inside[:, None], pulls, 0.0)),
            labelled.x.shape[1],
        )
    return join(windows, more), more, searched


def _side_by_side(file: ExportedFile, x: Array) -> Array:
    return np.concatenate([x, file.answer(x).value], axis=1)


def judge_by_others(x: Array, value: Array, found: Array, fold: NDArray[np.int64]) -> Array:
    """The factors (N, k) at rows, each from the rows of other folds."""
    columns, factor = np.concatenate([x, value], axis=1), np.ones_like(found)
    for number in np.unique(fold):
        kept = fold != number
        least = int(find_least(len(x)) * kept.mean())
        windows = fit_windows(x[kept], value[kept], found[kept], least)
        if windows is not None:
            factor[~kept] = windows(columns[~kept])
    return factor


def _fit_to_rows_apart(file: ExportedFile, labelled: Labelled) -> Windows | None:
    rows = _find_rows_apart(labelled)
    x, answers = labelled.x[rows], file.answer(labelled.x[rows])
    return fit_windows(
        x, answers.value, scores(labelled.y[rows], answers.value, answers.uncertainty)
    )


def _find_rows_apart(labelled: Labelled) -> NDArray[np.int64]:
    """Rows that neither trained the network nor judge it."""
    return np.concatenate([labelled.split.validation, labelled.split.calibration])
