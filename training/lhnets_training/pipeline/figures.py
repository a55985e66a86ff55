"""The figures of a card: calibrated on rows set apart, measured with the exported file on rows that
no fit saw.

Where a table is too small to give rows away, every row is predicted by a model that had not seen it
(`HeldOut`). Its errors and coverage are those of these models, since the file itself was fitted to
all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime
from msgspec import structs
from numpy.typing import NDArray

from lhnets.format import (
    Calibration,
    ClassifierValidation,
    ErrorSummary,
    LabelNoise,
    Output,
    Validation,
)
from lhnets_training.fit.cross_validation import Predict
from lhnets_training.judging import classification
from lhnets_training.judging.calibrate import (
    ONE_SIGMA,
    Conformal,
    conformal,
    find_held,
    find_held_by_folds,
    scores,
)
from lhnets_training.judging.cells import map_coverage
from lhnets_training.judging.cost import BATCH, measure_cost
from lhnets_training.judging.report import baseline, corners, errors, label_noise, summary
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.pipeline.labelled import ExportedFile, Labelled
from lhnets_training.pipeline.parameters import read_columns
from lhnets_training.recipe import HeldOut, Recipe, Run

Array = NDArray[np.float64]

TWO_SIGMA = 0.95


@dataclass(frozen=True)
class Unseen:
    """Rows that the model never saw, with what is measured on them."""

    rows: NDArray[np.int64]
    """Their numbers in the data set, shape (M,)."""
    value: Array
    """Predictions (M, k)."""
    held_68: NDArray[np.bool_]
    held_95: NDArray[np.bool_]
    """Whether the truth lies in the intervals, shape (M, k)."""


def is_judged_by_bins(recipe: Recipe) -> bool:
    """Whether the outputs are probabilities of classes, whose truth is a frequency."""
    return recipe.kind == "classifier" and recipe.events is not None


def calibrate(
    recipe: Recipe, held: HeldOut | None, predict: Predict, labelled: Labelled
) -> Conformal:
    """The scale of the spread that a model predicts, and the factors of the intervals."""
    if held is not None:
        count = len(np.unique(held.fold))
        method = f"cross-conformal, {count} folds" + (", nearest rank" if held.nearest else "")
        return conformal(
            scores(labelled.y[held.rows], held.value, held.spread), method, nearest=held.nearest
        )
    apart = labelled.split.calibration
    value, spread = predict(labelled.x[apart])
    if is_judged_by_bins(recipe):
        return classification.calibrated(value, labelled.y[apart].argmax(axis=1), spread)
    return conformal(scores(labelled.y[apart], value, spread))


def measure_unseen(
    held: HeldOut | None, calibration: Calibration, file: ExportedFile, labelled: Labelled
) -> Unseen:
    """Predict the unseen rows by the exported ``file``, or as they were ``held`` out."""
    levels, names = (ONE_SIGMA, TWO_SIGMA), [o.name for o in file.feed.recipe.outputs]
    if held is not None and held.final:
        found = scores(labelled.y[held.rows], held.value, held.spread)
        inside = [find_held(found, calibration, names, level) for level in levels]
        return Unseen(held.rows, held.value, *inside)
    if held is not None:
        found = scores(labelled.y[held.rows], held.value, held.spread)
        inside = [
            find_held_by_folds(found, held.fold, level, nearest=held.nearest) for level in levels
        ]
        return Unseen(held.rows, held.value, *inside)
    rows = labelled.split.test
    answers = file.answer(labelled.x[rows])
    found = scores(labelled.y[rows], answers.value, answers.uncertainty)
    inside = [find_held(found, calibration, names, level) for level in levels]
    return Unseen(rows, answers.value, *inside)


def validate(recipe: Recipe, unseen: Unseen, labelled: Labelled) -> Validation:
    """Errors and coverage of every output on unseen rows, and the baseline on the same rows."""
    x, truth = labelled.x[unseen.rows], labelled.y[unseen.rows]
    found = {
        o.name: _errors(recipe, k, truth, unseen.value, labelled.y)
        for k, o in enumerate(recipe.outputs)
    }
    summaries = {
        name: summary(e, float(unseen.held_68[:, k].mean()), float(unseen.held_95[:, k].mean()))
        for k, (name, e) in enumerate(found.items())
    }
    chosen = find_default(recipe.outputs, recipe.default_output)
    train = labelled.split.train
    method, guessed = recipe.baseline(labelled.x[train], labelled.y[train], x)
    return describe_errors(
        summaries,
        recipe.outputs[chosen],
        rows=len(x),
        baseline=baseline(method, _errors(recipe, chosen, truth, guessed, labelled.y)),
        corners=corners(
            x,
            found[recipe.default_output],
            recipe.inputs if recipe.events is None else (),
            recipe.corners(x) if recipe.corners else {},
        ),
        note=recipe.validation_note,
        coverage=map_coverage(
            x, unseen.value, unseen.held_68, recipe.inputs, recipe.outputs, chosen
        )
        if recipe.events is None
        else None,
    )


def validate_classes(recipe: Recipe, file: ExportedFile, labelled: Labelled) -> Validation:
    """Figures of class probabilities of the file on unseen rows; see
    `lhnets_training.judging.classification`."""
    names = [o.name for o in recipe.outputs]
    rows = labelled.split.test
    x, truth, unseen = (
        labelled.x[rows],
        labelled.y[rows].argmax(axis=1),
        file.answer(labelled.x[rows]),
    )
    found = classification.summaries(unseen.value, truth, unseen.uncertainty)
    chosen, train = names.index(recipe.default_output), labelled.split.train
    method, guessed = recipe.baseline(labelled.x[train], labelled.y[train], x)
    bins = classification.reliability(
        unseen.value[:, chosen], truth == chosen, unseen.uncertainty[:, chosen]
    )
    of_row = np.empty(len(truth))
    of_row[np.argsort(unseen.value[:, chosen], kind="stable")] = bins.per_row()
    return describe_errors(
        dict(zip(names, found, strict=True)),
        recipe.outputs[chosen],
        metric="of_probability",
        rows=len(truth),
        baseline=classification.baseline_figures(
            method, guessed, truth, names, recipe.default_output
        ),
        corners=corners(x, of_row, (), recipe.corners(x) if recipe.corners else {}),
        note=recipe.validation_note,
        classification=classification.figures(
            unseen.value,
            truth,
            names,
            recipe.default_output,
            recipe.sculpted(x) if recipe.sculpted else None,
        ),
    )


def add_cost(
    validation: Validation, model: bytes, file: ExportedFile, labelled: Labelled
) -> Validation:
    """The validation of a classifier with what an event costs; others as they are."""
    if validation.classification is None or file.feed.recipe.events is None:
        return validation
    events = file.feed.arrays(labelled.x[labelled.split.test[:BATCH]])
    entries = max((a.shape[1] for a in events.values() if a.ndim > 1), default=1)
    cost = measure_cost(
        model, entries, lambda: file.predict(events), f"onnxruntime {onnxruntime.__version__}"
    )
    classes = structs.replace(validation.classification, cost=cost)
    return structs.replace(validation, classification=classes)


def describe_errors(
    summaries: dict[str, ErrorSummary],
    default: Output,
    *,
    metric: str | None = None,
    **more: object,
) -> Validation:
    """The card's validation: the default output first, the others by their names."""
    own = summaries[default.name]
    kind = ClassifierValidation if "classification" in more else Validation
    return kind(
        metric=metric or ("relative" if default.scale == "log" else "of_spread"),  # type: ignore[arg-type]
        **{name: getattr(own, name) for name in own.__struct_fields__},
        outputs={name: s for name, s in summaries.items() if name != default.name},
        **more,  # type: ignore[arg-type]
    )


def measure_label_noise(
    recipe: Recipe, unseen: Unseen, labelled: Labelled, file: ExportedFile, run: Run
) -> LabelNoise | None:
    """What the errors of the default output owe to those of labels, if the recipe says how large
    these are."""
    if recipe.label_errors is None:
        return None
    truth, value = labelled.y[unseen.rows], unseen.value
    error = recipe.label_errors(labelled.rows)[unseen.rows]
    if recipe.better_labels is not None:
        better = read_companion(recipe.better_labels, run)
        points, truth = read_columns(recipe, better)
        value, error = file.answer(points).value, recipe.label_errors(better)
    k = find_default(recipe.outputs, recipe.default_output)
    log, spread = recipe.outputs[k].scale == "log", find_spread(labelled.y[:, k])
    return label_noise(truth[:, k], value[:, k], error[:, k], log=log, spread=spread)


def find_default(outputs: Sequence[Output], name: str) -> int:
    """The number of the default output."""
    return [o.name for o in outputs].index(name)


def find_spread(values: Array) -> float:
    """The standard deviation of labels (N,), or 1 if they do not vary."""
    return float(values.std()) or 1.0


def _errors(recipe: Recipe, k: int, truth: Array, value: Array, y: Array) -> Array:
    log = recipe.outputs[k].scale == "log"
    return errors(truth[:, k], value[:, k], log=log, spread=find_spread(y[:, k]))
