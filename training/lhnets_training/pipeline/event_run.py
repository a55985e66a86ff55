"""From a recipe of an event network to its file: as `lhnets_training.pipeline.run`, with named arrays in place of parameters."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from lhnets.format import Card, Parity, Reference, Validation, seal
from lhnets_training.data import table
from lhnets_training.judging import classification
from lhnets_training.judging.calibrate import Conformal
from lhnets_training.judging.report import baseline, corners, errors, summary
from lhnets_training.pipeline import run
from lhnets_training.recipe import Array, Fitted, Recipe, Run
from lhnets_training.split import Split

Events = dict[str, NDArray[Any]]
Predict = Callable[[Events], dict[str, Array]]

_CHUNK = 1024


def train(recipe: Recipe, job: Run, data: Path) -> run.Trained:
    """Make the network file ``job.out/NAME.onnx`` from the data set at ``data``."""
    rows = table.read(data, recipe.dataset)
    x, y = table.columns(rows, recipe.dataset, "input"), targets(recipe, table.columns(rows, recipe.dataset, "target"))
    split = recipe.split(len(x), job.seed)
    start = time.perf_counter()
    fitted = recipe.fit(x, y, split, job)
    duration = time.perf_counter() - start
    if recipe.kind == "classifier":
        calibration, validation = classified(recipe, fitted, x, y, split)
    else:
        unseen = run.judge(fitted, x, y, split)
        calibration, validation = unseen.calibration, measured(recipe, unseen, x, y)
    model = fitted.export(calibration.scale)
    predict = runner(model)
    card = Card(
        **run.physics(recipe),
        data=run.described(recipe, data, split, len(x)),
        training=run.training(recipe, fitted, job, duration),
        parity=parity(recipe, fitted, predict, x),
        calibration=calibration.card([o.name for o in recipe.outputs]),
        validation=validation,
        checks=tuple(recipe.checks(lambda events: predict(events)["value"], job)),
    )
    return run.written(job, seal(model, card, reference(recipe, predict, x[split.test])), card)


def targets(recipe: Recipe, given: Array) -> Array:
    """The truth (N, k) of the outputs; of two classes the second is what the first is not.

    Raises
    ------
    TrainingError
        where columns and outputs do not fit.
    """
    if recipe.kind == "classifier" and given.shape[1] == 1 and len(recipe.outputs) == 2:
        given = np.concatenate([given, 1 - given], axis=1)
    if given.shape[1] != len(recipe.outputs) or not np.isfinite(given).all():
        raise run.TrainingError(
            f"the data set {recipe.dataset.name} has {given.shape[1]} columns of role target for {len(recipe.outputs)} "
            "outputs, or numbers that are not finite: declare one finite column for each output"
        )
    return given


def classified(recipe: Recipe, fitted: Fitted, x: Array, y: Array, split: Split) -> tuple[Conformal, Validation]:
    """Calibration and figures of class probabilities; see `lhnets_training.judging.classification`."""
    names = [o.name for o in recipe.outputs]
    label = y.argmax(axis=1)
    calibration = classification.calibrated(*_judged(fitted, x, label, split.calibration))
    value, truth, spread = _judged(fitted, x, label, split.test)
    found = classification.summaries(value, truth, spread * calibration.scale)
    chosen = names.index(recipe.default_output)
    method, guessed = recipe.baseline(x[split.train], y[split.train], x[split.test])
    bins = classification.reliability(value[:, chosen], truth == chosen, spread[:, chosen])
    order = np.empty(len(truth))
    order[np.argsort(value[:, chosen], kind="stable")] = bins.per_row()
    return calibration, Validation(
        rows=len(truth),
        metric="of_probability",
        **{n: getattr(found[chosen], n) for n in found[chosen].__struct_fields__},
        baseline=classification.baseline_figures(method, guessed, truth, names, recipe.default_output),
        outputs={n: s for n, s in zip(names, found, strict=True) if n != recipe.default_output},
        corners=corners(x[split.test], order, (), recipe.corners(x[split.test]) if recipe.corners else {}),
        note=recipe.validation_note,
        classification=classification.figures(value, truth, names, recipe.default_output),
    )


def _judged(
    fitted: Fitted, x: Array, label: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[Array, NDArray[np.int64], Array]:
    value, spread = fitted.predict(x[rows])
    return value, label[rows], spread


def measured(recipe: Recipe, unseen: run.Unseen, x: Array, y: Array) -> Validation:
    """Errors of an output that is a number, as of any other network."""
    chosen = [o.name for o in recipe.outputs].index(recipe.default_output)
    default = recipe.outputs[chosen]
    spread = float(y[:, chosen].std()) or 1.0
    found = errors(unseen.truth[:, chosen], unseen.value[:, chosen], log=default.scale == "log", spread=spread)
    own = summary(found, float(unseen.coverage_68[chosen]), float(unseen.coverage_95[chosen]))
    method, guessed = recipe.baseline(x[unseen.train], y[unseen.train], unseen.x)
    simple = errors(unseen.truth[:, chosen], guessed[:, chosen], log=default.scale == "log", spread=spread)
    return Validation(
        rows=len(unseen.x),
        metric="relative" if default.scale == "log" else "of_spread",
        **{n: getattr(own, n) for n in own.__struct_fields__},
        baseline=baseline(method, simple),
        corners=corners(unseen.x, found, (), recipe.corners(unseen.x) if recipe.corners else {}),
        note=recipe.validation_note,
    )


def runner(model: bytes) -> Predict:
    """The exported ``model`` as a function of named arrays, run with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]

    def predict(events: Events) -> dict[str, Array]:
        count = len(next(iter(events.values())))
        parts = [
            session.run(None, {k: v[start : start + _CHUNK] for k, v in events.items()})
            for start in range(0, count, _CHUNK)
        ]
        return {n: np.concatenate(p) for n, p in zip(names, zip(*parts, strict=True), strict=True)}

    return predict


def parity(recipe: Recipe, fitted: Fitted, predict: Predict, x: Array) -> Parity:
    """The file against the fitted model, on all rows: the largest difference over the spread of an output."""
    parts = np.array_split(x, -(-len(x) // _CHUNK))
    expected = np.concatenate([fitted.predict(part)[0] for part in parts])
    found = np.concatenate([predict(_events(recipe, part))["value"] for part in parts])
    worst = float((np.abs(found - expected) / expected.std(axis=0)).max())
    return Parity(points=len(x), max_relative=float(f"{worst:.3g}"), against=f"{fitted.framework} model, all rows")


def reference(recipe: Recipe, predict: Predict, x: Array) -> Reference:
    """Unseen events inside the region, with the answers of the file."""
    few = _events(recipe, x[: 4 * run.REFERENCE_POINTS])
    inside = np.flatnonzero(predict(few)["reach"] <= 1)[: run.REFERENCE_POINTS]
    events = {name: array[inside] for name, array in few.items()}
    return Reference.of(events, dict(predict(events)))


def _events(recipe: Recipe, x: Array) -> Events:
    if recipe.events is None:
        raise run.TrainingError(f"the recipe {recipe.name} does not say how rows become events: give it `events`")
    return recipe.events(x)
