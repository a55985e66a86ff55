"""The uncertainty of a finished graph raised where rows that it had not seen show it too small.

The factor (`onnx.windows`) is fitted to rows apart from those that judge it: those of validation
and calibration, or, where a small table holds rows out fold by fold, those of the other folds. The
file then gets the factor that all of them ask for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit.cell_factor import fit_windows
from lhnets_training.judging.calibrate import scores
from lhnets_training.judging.cells import find_least
from lhnets_training.onnx.windows import Windows
from lhnets_training.pipeline.labelled import ExportedFile, Labelled
from lhnets_training.recipe import HeldOut

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Raised:
    """The graph, the rows held out with the uncertainty that they are judged by, and in how many
    parts of the region it was raised."""

    model: bytes
    held: HeldOut | None
    windows: int


def raise_short_cells(
    file: ExportedFile, model: bytes, held: HeldOut | None, labelled: Labelled
) -> Raised:
    """The ``model`` of the ``file`` with an uncertainty that is wide enough in every cell.

    Of rows ``held`` out, only the values count: what is judged is the uncertainty of the file.
    """
    if held is None:
        windows = _fit_to_rows_apart(file, labelled)
        return _apply(windows, model, None)
    x, uncertainty = labelled.x[held.rows], file.answer(labelled.x[held.rows]).uncertainty
    found = scores(labelled.y[held.rows], held.value, uncertainty)
    windows = fit_windows(x, held.value, found)
    if windows is None:
        return Raised(model, replace(held, spread=uncertainty), 0)
    spread = uncertainty * judge_by_others(x, held.value, found, held.fold)
    return _apply(windows, model, replace(held, spread=spread, final=True))


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
    rows = np.concatenate([labelled.split.validation, labelled.split.calibration])
    x, answers = labelled.x[rows], file.answer(labelled.x[rows])
    return fit_windows(
        x, answers.value, scores(labelled.y[rows], answers.value, answers.uncertainty)
    )


def _apply(windows: Windows | None, model: bytes, held: HeldOut | None) -> Raised:
    if windows is None:
        return Raised(model, held, 0)
    return Raised(windows.apply(model), held, len(windows.windows))
