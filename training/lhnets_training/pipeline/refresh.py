"""From a published network and today's recipe to its next version: the same values, a new card; and
from a training to what is published.

The graph of values is that of the earlier file; its uncertainty is refitted where a search finds
it too small and raised where held-out rows do, and its region follows the recipe. What a card
declares (assumptions, entries, uncertainties of the truth, places of outputs, references) comes
from the recipe, what it measures (errors, coverage by cell, worst points, checks) from the data set
and the truth, anew.
"""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from lhnets.format import (
    Calibration,
    Card,
    Check,
    ClassifierValidation,
    EventRange,
    HalfSpace,
    NetworkFile,
    Reference,
    Supersedes,
    Training,
    UnitVector,
    Validation,
    read_path,
    seal,
    strip,
)
from lhnets.networks import default_zoo
from lhnets_registry.admission.region import pure
from lhnets_training.data.sample import project
from lhnets_training.fit.cross_validation import judge_test_rows
from lhnets_training.judging.calibrate import Array
from lhnets_training.onnx.export import PARAMETERS
from lhnets_training.onnx.narrow import narrow
from lhnets_training.onnx.rounding import state_rounding
from lhnets_training.onnx.windows import remove_windows
from lhnets_training.pipeline import figures
from lhnets_training.pipeline.card import Measured, complete_card, draft_card
from lhnets_training.pipeline.errors import RefreshError
from lhnets_training.pipeline.exported import run_arrays
from lhnets_training.pipeline.labelled import ExportedFile, Feed, Labelled
from lhnets_training.pipeline.raise_cells import Raised, raise_short_cells
from lhnets_training.pipeline.train import (
    Trained,
    check_parity,
    choose_feed,
    describe_data,
    fit_model,
    read_labels,
    train,
    validate,
    write_network,
)
from lhnets_training.pipeline.widen import widen
from lhnets_training.recipe import HeldOut, Recipe, Run

HELD_OUT = "held-out.npz"
"""Rows of a small table as they were held out, kept so that a run can go on."""
LONGEST = 900.0
"""Seconds of a training above which rows are not held out again by another one."""
EPSILON, PURE_ROWS = float(np.finfo(float).eps), 16
"""Rounding of an exact evaluation over its typical value, and rows at which zeros are looked
for."""
ALIKE = 0.5
"""Share of its uncertainty by which a value of the file may differ from that of the fit that holds
rows out again: its errors are then alike."""
MODEL, MEASURED = "model.onnx", "measured.json"
"""The graph with its new uncertainty and region, and what was measured on it."""
_ALWAYS = frozenset({"version", "created", "supersedes", "requires", "unknown"})
"""Fields that any two versions may differ in."""


class KeptMeasurement(Struct, frozen=True):
    """What was measured on the graph, kept so that a run can go on.

    ``key`` says of which file, data set and region; ``searched`` at how many points the truth was
    computed to refit the uncertainty.
    """

    key: str
    calibration: Calibration
    validation: Validation | ClassifierValidation
    checks: tuple[Check, ...]
    searched: int = 0
    windows: int = 0
    """In how many parts of the region the uncertainty was raised by held-out rows."""


def refresh(
    recipe: Recipe, run: Run, data: Path, earlier: NetworkFile, *, measure: bool = True
) -> Trained:
    """Make the next version of the network in the file ``earlier`` under ``run.out``.

    Without ``measure``, figures and checks are those of the earlier card, unless an interrupted run
    has measured them.

    Raises
    ------
    RefreshError
        if the recipe does not state the next version or has other inputs or outputs, or if the
        data set is not that of the file.
    ParityError
        if rows have to be held out again and the fit does not give the model of the file.
    """
    _require_successor(recipe, earlier.card)
    feed = choose_feed(recipe)
    labelled = read_labels(feed, run, data)
    described = describe_data(recipe, data, labelled)
    _require_same_data(earlier.card, described.sha256, data)
    kept, model = _measure_once(earlier, described.sha256, labelled, feed, run, measure)
    measured = Measured(
        parity=earlier.card.parity,
        calibration=kept.calibration,
        validation=kept.validation,
        checks=kept.checks,
    )
    file = ExportedFile(feed, run_arrays(model))
    training = _describe_training(earlier.card.training, kept)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    draft = draft_card(recipe, described, training)
    supersedes = Supersedes(
        version=earlier.card.version,
        values=compare_values(file, earlier, labelled, run.seed),
        changes=find_changes(earlier.card, complete_card(draft, measured, today)),
    )
    card = complete_card(draft, measured, today, supersedes)
    points = choose_reference(recipe, earlier)
    reference = Reference.of(points, file.predict(points))
    return Trained(write_network(run, seal(model, card, reference), card), card)


def train_as_published(recipe: Recipe, run: Run, data: Path) -> Trained:
    """Train a network anew; if the recipe says so, raise its uncertainty as `refresh` does.

    Raises
    ------
    TrainingError, ParityError
        As of `train`.
    """
    trained = train(recipe, run, data)
    if not recipe.raises_uncertainty or trained.labelled is None:
        return trained
    feed, labelled = choose_feed(recipe), trained.labelled
    described = describe_data(recipe, data, labelled)
    if trained.held_out is not None and not labelled.split.test.size:
        _keep_held_out(run, trained.held_out)
    plain = read_path(trained.path)
    kept, model = _measure_once(plain, described.sha256, labelled, feed, run, measure=True)
    measured = Measured(
        parity=plain.card.parity,
        calibration=kept.calibration,
        validation=kept.validation,
        checks=kept.checks,
    )
    training = _describe_training(plain.card.training, kept)
    card = complete_card(draft_card(recipe, described, training), measured, recipe.created)
    file = ExportedFile(feed, run_arrays(model))
    reference = Reference.of(plain.reference.inputs, file.predict(plain.reference.inputs))
    return Trained(write_network(run, seal(model, card, reference), card), card, labelled)


def choose_reference(recipe: Recipe, earlier: NetworkFile) -> dict[str, NDArray[Any]]:
    """The points that the ``earlier`` file is verified by, on the unit vectors of the recipe."""
    types = {i.name: i.dtype for i in earlier.card.tensors}
    points = {
        name: np.asarray(array).astype(types.get(name, "float64"))
        for name, array in earlier.reference.inputs.items()
    }
    if not earlier.card.tensors:
        points[PARAMETERS] = project(points[PARAMETERS], recipe.inputs, recipe.surfaces)
    return points


def find_earlier(recipe: Recipe) -> NetworkFile:
    """The file of the version before the one that the recipe states.

    Raises
    ------
    NetworkNotFoundError
        if there is none within reach.
    """
    return default_zoo().load(f"{recipe.name}@{recipe.version - 1}").file


def compare_values(file: ExportedFile, earlier: NetworkFile, labelled: Labelled, seed: int) -> str:
    """How the values of ``file`` compare with those of the ``earlier`` one, as the card says it."""
    what, chosen = file.feed.choose_parity_rows(labelled.x, seed + 7)
    before = ExportedFile(file.feed, run_arrays(strip(earlier.content))).answer(chosen).value
    now = file.answer(chosen).value
    points = f"{len(chosen):,} {what}"
    if before.tobytes() == now.tobytes():
        return f"the same bit for bit at {points}"
    differ = int((before != now).any(axis=1).sum())
    return f"differ at {differ:,} of {points}"


def find_changes(before: Card, now: Card) -> tuple[str, ...]:
    """The fields in which two cards differ, besides those that any two versions may differ in."""
    return tuple(
        name
        for name in Card.__struct_fields__
        if name not in _ALWAYS and getattr(before, name) != getattr(now, name)
    )


def _measure_once(
    earlier: NetworkFile, data: str, labelled: Labelled, feed: Feed, run: Run, measure: bool
) -> tuple[KeptMeasurement, bytes]:
    """Amend the graph and measure it, or read what an interrupted run has measured."""
    recipe = feed.recipe
    key = hashlib.sha256(repr((earlier.sha256, data, _bounds(recipe))).encode()).hexdigest()
    path = run.out / MEASURED
    if path.exists() and (run.out / MODEL).exists():
        kept = msgspec.json.decode(path.read_bytes(), type=KeptMeasurement)
        if kept.key == key:
            return kept, (run.out / MODEL).read_bytes()
    model = remove_windows(strip(earlier.content))
    if recipe.replace_reach is not None:
        model = recipe.replace_reach(model)
    elif _bounds(recipe) != _bounds(earlier.card):
        model = narrow(model, recipe.inputs, recipe.surfaces)
    if not measure:
        card = earlier.card
        return KeptMeasurement(key, card.calibration, card.errors, card.checks), model
    if has_zeros(ExportedFile(feed, run_arrays(model)), earlier.card, labelled):
        model = state_rounding(model, EPSILON * np.median(np.abs(labelled.y), axis=0))
    widened = widen(ExportedFile(feed, run_arrays(model)), model, labelled, run)
    raised = _raise(ExportedFile(feed, run_arrays(widened.model)), widened.model, labelled,
                    earlier.card, run)  # fmt: skip
    file = ExportedFile(feed, run_arrays(raised.model))
    calibration, validation = _measure(file, raised.held, labelled, earlier.card, run)
    kept = KeptMeasurement(
        key=key,
        calibration=calibration,
        validation=validation,
        checks=tuple(recipe.checks(lambda given: file.answer(given).value, run)),
        searched=widened.points + raised.searched,
        windows=raised.windows,
    )
    (run.out / MODEL).write_bytes(raised.model)
    path.write_bytes(msgspec.json.encode(kept))
    return kept, raised.model


def has_zeros(file: ExportedFile, card: Card, labelled: Labelled) -> bool:
    """Whether the uncertainty is zero at a pure state of a mixing matrix."""
    points = labelled.x[:0] if card.tensors else pure(card, labelled.x[:PURE_ROWS])
    return bool(len(points)) and bool((file.answer(points).uncertainty <= 0).any())


def _raise(file: ExportedFile, model: bytes, labelled: Labelled, card: Card, run: Run) -> Raised:
    """The model with its uncertainty raised by cell, if rows that it had not seen can be had."""
    if figures.is_judged_by_bins(file.feed.recipe) or _takes_too_long(labelled, card, run):
        return Raised(model, None)
    return raise_short_cells(file, model, _hold_out(file, labelled, card, run), labelled, run)


def _takes_too_long(labelled: Labelled, card: Card, run: Run) -> bool:
    """Whether rows would have to be held out again by a long training."""
    long = (card.training.duration or 0.0) > LONGEST and not (run.out / HELD_OUT).exists()
    return long and not labelled.split.test.size


def _measure(
    file: ExportedFile, held: HeldOut | None, labelled: Labelled, card: Card, run: Run
) -> tuple[Calibration, Validation]:
    """Calibration and errors, anew; those of the ``card`` if it takes too long to fit again."""
    if file.feed.recipe.measure is not None:
        raise RefreshError(
            f"{card.identity} is judged by figures that need a training: make a new version with "
            f"`lhnets train {card.name}`"
        )
    if _takes_too_long(labelled, card, run):
        return card.calibration, card.errors
    calibration = _calibrate_again(file, held, labelled, card)
    return calibration, validate(file.feed.recipe, held, calibration, file, labelled, run)[0]


def _bounds(stated: Recipe | Card) -> object:
    half_spaces = [(dict(h.coefficients), h.bound) for h in stated.region
                   if isinstance(h, HalfSpace)]  # fmt: skip
    vectors = [(c.inputs, c.tolerance) for c in stated.region if isinstance(c, UnitVector)]
    events = [c for c in stated.region if isinstance(c, EventRange)]
    return [(i.low, i.high) for i in stated.inputs], half_spaces, vectors, events


def _describe_training(training: Training, kept: KeptMeasurement) -> Training:
    """How the network was made, with what its uncertainty was refitted to."""
    told = {}
    if kept.searched:
        told["uncertainty"] = (
            f"refitted to pulls at {kept.searched:,} points that searches for the worst found"
        )
    if kept.windows:
        told["uncertainty by cell"] = (
            f"raised in {kept.windows} parts of the region, where rows that the model had not "
            "seen lay too seldom in their 68 % intervals"
        )
    return msgspec.structs.replace(training, hyperparameters={**training.hyperparameters, **told})


def _require_successor(recipe: Recipe, card: Card) -> None:
    if (recipe.name, recipe.version) != (card.name, card.version + 1):
        raise RefreshError(
            f"the recipe states {recipe.name}@{recipe.version}, expected {card.name}@"
            f"{card.version + 1}, the next version of the file: raise `version` in the recipe"
        )
    for what in ("inputs", "outputs"):
        names, known = ([p.name for p in getattr(c, what)] for c in (recipe, card))
        if names != known:
            raise RefreshError(
                f"the recipe of {card.name} has the {what} {names}, its file {known}: train it anew"
            )


def _require_same_data(card: Card, sha256: str, data: Path) -> None:
    if card.data is None or card.data.sha256 != sha256:
        raise RefreshError(
            f"{data} (SHA-256 {sha256[:12]}…) is not the data set of {card.identity}: train the "
            "network on it instead"
        )


def _hold_out(file: ExportedFile, labelled: Labelled, card: Card, run: Run) -> HeldOut | None:
    """Rows by models that had not seen them, if the network was judged so."""
    if not card.calibration.method.startswith("cross-conformal"):
        return None
    if labelled.split.test.size:
        return judge_test_rows(lambda x: _predict(file, x), labelled.x, labelled.split, run.seed)
    path = run.out / HELD_OUT
    if not path.exists():
        _keep_held_out(run, _fit_again(file, labelled, run))
    with np.load(path) as kept:
        arrays = {name: kept[name] for name in ("rows", "fold", "value", "spread")}
        return HeldOut(**arrays, nearest=bool(kept["nearest"]))


def _keep_held_out(run: Run, held: HeldOut) -> None:
    np.savez(run.out / HELD_OUT, rows=held.rows, fold=held.fold, value=held.value,
             spread=held.spread, nearest=held.nearest)  # fmt: skip


def _fit_again(file: ExportedFile, labelled: Labelled, run: Run) -> HeldOut:
    """The rows that a fit held out, if it gives the values of the file."""
    recipe = file.feed.recipe
    fitted = fit_model(recipe, labelled, run)
    if fitted.held_out is None:
        raise RefreshError(f"the fit of {recipe.name} holds out no rows, as its card says it does")
    same_but_values = replace(
        fitted,
        predict=lambda x: (fitted.predict(x)[0], file.answer(x).uncertainty),
        reach=lambda x: file.answer(x).reach,
    )
    check_parity(file.feed, same_but_values, np.ones(1), file, labelled.x, run.seed, ALIKE)
    return fitted.held_out


def _calibrate_again(
    file: ExportedFile, held: HeldOut | None, labelled: Labelled, card: Card
) -> Calibration:
    """The factors of the intervals, anew; those of probabilities follow from the graph alone."""
    recipe = file.feed.recipe
    if figures.is_judged_by_bins(recipe):
        return card.calibration
    found = figures.calibrate(recipe, held, lambda x: _predict(file, x), labelled)
    return found.card([o.name for o in recipe.outputs])


def _predict(file: ExportedFile, x: Array) -> tuple[Array, Array]:
    answers = file.answer(x)
    return answers.value, answers.uncertainty
