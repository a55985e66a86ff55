"""From a recipe to a network file: label, split, fit and distil, calibrate, export, compare,
measure, check, card.

What is done stays under the run's folder: parts of the labels, the fit's best weights, the table; a
run that was interrupted goes on from there.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from lhnets.format import (
    AnyValidation,
    Calibration,
    Card,
    Data,
    Parity,
    Reference,
    Training,
    Validation,
    seal,
)
from lhnets_training.data import table
from lhnets_training.pipeline import figures
from lhnets_training.pipeline.card import Measured, complete_card, draft_card
from lhnets_training.pipeline.events import EventFeed
from lhnets_training.pipeline.exported import run_arrays
from lhnets_training.pipeline.fresh import judge_cells
from lhnets_training.pipeline.labelled import ExportedFile, Feed, Labelled
from lhnets_training.pipeline.noise import NoiseFeed
from lhnets_training.pipeline.parameters import ParameterFeed
from lhnets_training.pipeline.parity import (
    ROUNDING,
    ModelAnswers,
    compare,
    describe_parity,
    require_parity,
)
from lhnets_training.pipeline.worst import find_worst
from lhnets_training.recipe import Examined, Fitted, HeldOut, Measure, Recipe, Run

Array = NDArray[np.float64]

UNCHECKED = ".unchecked.onnx"
"""End of the name of a file whose checks have not run, or raised an error."""
PART = 1024
"""Rows that the fitted model predicts at once."""


@dataclass(frozen=True)
class Trained:
    """A network file that was written, with its card."""

    path: Path
    card: Card
    labelled: Labelled | None = None
    unseen: figures.Unseen | None = None
    """Rows that no fit saw, if they are compared one by one."""
    held_out: HeldOut | None = None
    """Rows that the fit held out, if it did."""


def train(recipe: Recipe, run: Run, data: Path) -> Trained:
    """Make the network file ``run.out/NAME.onnx`` from the data set at ``data``.

    It is written as ``NAME.unchecked.onnx`` before its physics checks, which may take long or fail.

    Raises
    ------
    TrainingError
        if labels cannot be used.
    ParityError
        if the exported file does not compute what the fitted model computes.
    """
    feed = choose_feed(recipe)
    labelled = read_labels(feed, run, data)
    fitted = fit_model(recipe, labelled, run)
    scale, calibration = calibrate(recipe, fitted, labelled)
    model = fitted.export(scale)
    file = ExportedFile(feed, run_arrays(model))
    parity = check_parity(feed, fitted, scale, file, labelled.x, run.seed)
    validation: AnyValidation
    if recipe.measure is not None:
        validation, unseen = measure(recipe.measure, file, labelled, run), None
    else:
        found, unseen = validate(recipe, fitted.held_out, calibration, file, labelled, run)
        validation = figures.add_cost(found, model, file, labelled)
    draft = draft_card(
        recipe, describe_data(recipe, data, labelled), describe_training(recipe, fitted, run)
    )
    measured = Measured(parity=parity, calibration=calibration, validation=validation)
    draft = msgspec.structs.replace(draft, region=(*draft.region, *fitted.region))
    card = complete_card(draft, measured, recipe.created)
    reference = make_reference(feed, file, labelled, run.seed)
    unchecked = write_network(run, seal(model, card, reference), card, UNCHECKED)
    checks = tuple(recipe.checks(lambda given: file.answer(given).value, run))
    if unseen is not None:
        checks += tuple(recipe.judge(validation, unseen.rows, unseen.held_68))
    card = msgspec.structs.replace(card, checks=checks)
    path = write_network(run, seal(model, card, reference), card)
    unchecked.unlink()
    return Trained(path, card, labelled, unseen, fitted.held_out)


def calibrate(recipe: Recipe, fitted: Fitted, labelled: Labelled) -> tuple[Array, Calibration]:
    """The scale of the spread (k,), and the calibration of the intervals; none of what has no
    uncertainty."""
    if recipe.measure is not None:
        nothing = Calibration(rows=0, method="none: no output has one", levels=(), factors={})
        return np.ones(len(recipe.outputs)), nothing
    conformal = figures.calibrate(recipe, fitted.held_out, fitted.predict, labelled)
    if fitted.exact:
        conformal = conformal.without_shrinking()
    return conformal.scale, conformal.card([o.name for o in recipe.outputs])


def choose_feed(recipe: Recipe) -> Feed:
    """How the data set of the recipe is given to its network."""
    if any(i.noise for i in recipe.inputs):
        return NoiseFeed(recipe)
    return ParameterFeed(recipe) if recipe.events is None else EventFeed(recipe)


def read_labels(feed: Feed, run: Run, data: Path) -> Labelled:
    """The rows of the data set at ``data``, split by their use."""
    rows = table.read(data, feed.recipe.dataset)
    x, y = feed.read(rows)
    return Labelled(rows, x, y, feed.recipe.split(len(x), run.seed))


def fit_model(recipe: Recipe, labelled: Labelled, run: Run) -> Fitted:
    """The recipe's fit, with the seconds that it took."""
    start = time.perf_counter()
    fitted = recipe.fit(labelled.x, labelled.y, labelled.split, run)
    seconds = time.perf_counter() - start if fitted.seconds is None else fitted.seconds
    return replace(fitted, seconds=round(seconds, 1))


def check_parity(
    feed: Feed,
    fitted: Fitted,
    scale: Array,
    file: ExportedFile,
    x: Array,
    seed: int,
    rounding: float = ROUNDING,
) -> Parity:
    """Compare the file with the fitted model, whose spread times ``scale`` (k,) is the uncertainty.

    Values may differ by the share ``rounding`` of it.

    Raises
    ------
    ParityError
        if value, uncertainty or reach differ.
    """
    what, chosen = feed.choose_parity_rows(x, seed)
    parts = np.array_split(chosen, -(-len(chosen) // PART))
    value, spread = (np.concatenate(a) for a in zip(*map(fitted.predict, parts), strict=True))
    expected = ModelAnswers(value, scale * spread, feed.compute_reach(chosen, fitted))
    compared = compare(
        what,
        expected,
        file.answer(chosen),
        feed.recipe.outputs,
        lambda row: feed.tell_point(chosen, row),
        rounding=rounding,
    )
    model = f"the {fitted.framework} model"
    require_parity([compared], model)
    return describe_parity([compared], model)


def validate(
    recipe: Recipe,
    held: HeldOut | None,
    calibration: Calibration,
    file: ExportedFile,
    labelled: Labelled,
    run: Run,
) -> tuple[Validation, figures.Unseen | None]:
    """Errors and coverage of the exported file on rows never seen, or on those ``held`` out, and
    these rows."""
    if figures.is_judged_by_bins(recipe):
        return figures.validate_classes(recipe, file, labelled), None
    unseen = figures.measure_unseen(held, calibration, file, labelled)
    noise = figures.measure_label_noise(recipe, unseen, labelled, file, run)
    found = figures.validate(recipe, unseen, labelled)
    found = judge_cells(found, calibration, file, labelled, run)
    worst = find_worst(file, labelled, run)
    return msgspec.structs.replace(found, label_noise=noise, worst_found=worst), unseen


def measure(judge: Measure, file: ExportedFile, labelled: Labelled, run: Run) -> AnyValidation:
    """The figures of a network that is not compared with a truth row by row."""
    return judge(
        Examined(
            predict=lambda given: file.answer(given).value,
            x=labelled.x,
            y=labelled.y,
            split=labelled.split,
            run=run,
        )
    )


def describe_data(recipe: Recipe, data: Path, labelled: Labelled) -> Data:
    """The data set as the card says it."""
    sha256 = hashlib.sha256(data.read_bytes()).hexdigest()
    return Data(
        name=recipe.dataset.name, sha256=sha256, rows=len(labelled.x), split=labelled.split.counts
    )


def describe_training(recipe: Recipe, fitted: Fitted, run: Run) -> Training:
    """How the network was made, as the card says it."""
    return Training(
        recipe=recipe.module,
        method=fitted.method,
        framework=fitted.framework,
        framework_version=fitted.framework_version,
        seed=run.seed,
        hyperparameters=fitted.hyperparameters,
        duration=fitted.seconds,
    )


def make_reference(feed: Feed, file: ExportedFile, labelled: Labelled, seed: int) -> Reference:
    """Points with the answers of the file, from which it can be verified anywhere."""
    rows = slice(None) if feed.recipe.rows_fill_region else labelled.split.test
    arrays = feed.choose_reference(file, labelled.x[rows], seed)
    return Reference.of(arrays, file.predict(arrays))


def write_network(run: Run, content: bytes, card: Card, suffix: str = ".onnx") -> Path:
    """Write the network file ``content`` into the run's folder, all at once."""
    path = run.out / f"{card.name}{suffix}"
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)
    return path
