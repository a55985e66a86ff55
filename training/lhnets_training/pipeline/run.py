"""From a recipe to a network file: label, split, fit and distil, calibrate, export, check, card.

What is done stays under the run's folder: parts of the labels, the fit's best weights, the table; a run that was
interrupted goes on from there.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets.format import (
    Calibration,
    Card,
    Check,
    Data,
    ErrorSummary,
    LabelNoise,
    Parity,
    Reference,
    Training,
    Validation,
    seal,
)
from lhnets_training.data import table
from lhnets_training.data.sample import uniform
from lhnets_training.judging.calibrate import ONE_SIGMA, Conformal, conformal, coverage, cross_coverage, scores
from lhnets_training.judging.report import baseline, corners, errors, label_noise, summary
from lhnets_training.recipe import Array, Companion, DataSet, Fitted, Recipe, Rows, Run
from lhnets_training.split import Split

REFERENCE_POINTS = 64
PARITY_POINTS = 10_000


class TrainingError(Error, RuntimeError):
    """A step of a training whose result cannot be used."""


@dataclass(frozen=True)
class Trained:
    """A network file that was written, with its card."""

    path: Path
    card: Card


@dataclass(frozen=True)
class Unseen:
    """What the figures in the card are computed from: rows that the model never saw."""

    x: Array
    truth: Array
    value: Array
    calibration: Conformal
    coverage_68: Array
    coverage_95: Array
    train: NDArray[np.int64]
    """Rows that the baseline may use."""
    rows: NDArray[np.int64]


def labels(recipe: Recipe, run: Run, *, source: Path | None = None, relabel: bool = False) -> Path:
    """The Parquet file of the recipe's data set: ``source``, the bundled one, or made afresh under the run's folder."""
    if source is not None:
        return source
    return _data(Companion(recipe.dataset, recipe.label), run, afresh=relabel or run.rows is not None)


def companions(recipe: Recipe, run: Run, *, relabel: bool = False) -> list[tuple[DataSet, Path]]:
    """The Parquet files of the further data sets of a recipe, bundled or made afresh."""
    return [(c.dataset, _data(c, run, afresh=relabel)) for c in recipe.companions]


def companion(made: Companion, run: Run) -> Rows:
    """The rows of a further data set, as the run made it afresh, as bundled, or made now."""
    own = _own(made.dataset, run)
    return table.read(own if own.exists() else _data(made, run, afresh=False), made.dataset)


def _data(made: Companion, run: Run, *, afresh: bool) -> Path:
    shipped = table.bundled(made.dataset)
    if shipped is not None and not afresh:
        return shipped
    rows = made.label(run)
    path = _own(made.dataset, run)
    table.write(path, made.dataset, rows)
    run.console.print(f"{len(next(iter(rows.values())))} rows in {path}", soft_wrap=True)
    return path


def _own(dataset: DataSet, run: Run) -> Path:
    return run.out / f"{dataset.name}.parquet"


def train(recipe: Recipe, run: Run, data: Path) -> Trained:
    """Make the network file ``run.out/NAME.onnx`` of a network of parameters from the data set at ``data``."""
    rows = table.read(data, recipe.dataset)
    x, y = inputs_outputs(recipe, rows)
    split = recipe.split(len(x), run.seed)
    start = time.perf_counter()
    fitted = recipe.fit(x, y, split, run)
    duration = time.perf_counter() - start
    unseen = judge(fitted, x, y, split)
    model = fitted.export(unseen.calibration.scale)
    predict = runner(model)
    card = Card(
        **physics(recipe),
        data=described(recipe, data, split, len(x)),
        training=training(recipe, fitted, run, duration),
        parity=parity(recipe, fitted, predict, run.seed),
        calibration=calibration(recipe, unseen),
        validation=msgspec.structs.replace(
            validation(recipe, unseen, y, x), label_noise=noise(recipe, unseen, rows, y, predict, run)
        ),
        checks=checks(recipe, predict, run),
    )
    return written(run, seal(model, card, reference(recipe, predict, run.seed)), card)


def described(recipe: Recipe, data: Path, split: Split, rows: int) -> Data:
    """The data set as the card says it."""
    sha256 = hashlib.sha256(data.read_bytes()).hexdigest()
    return Data(name=recipe.dataset.name, sha256=sha256, rows=rows, split=split.counts)


def training(recipe: Recipe, fitted: Fitted, run: Run, duration: float) -> Training:
    """How it was made, as the card says it; ``duration`` of the fit in seconds."""
    return Training(
        recipe=recipe.module,
        method=fitted.method,
        framework=fitted.framework,
        framework_version=fitted.framework_version,
        seed=run.seed,
        hyperparameters=fitted.hyperparameters,
        duration=round(duration if fitted.seconds is None else fitted.seconds, 1),
    )


def written(run: Run, content: bytes, card: Card) -> Trained:
    """The network file ``content``, in the run's folder all at once."""
    path = run.out / f"{card.name}.onnx"
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)
    return Trained(path, card)


def inputs_outputs(recipe: Recipe, rows: Rows) -> tuple[Array, Array]:
    """Inputs (N, n) and outputs (N, k) in the order of the card, from the columns of the same names.

    Raises
    ------
    TrainingError
        where a number is not finite, or a logarithmic output is not of one sign.
    """
    x = np.stack([np.asarray(rows[i.name], dtype=np.float64) for i in recipe.inputs], axis=1)
    y = np.stack([np.asarray(rows[o.name], dtype=np.float64) for o in recipe.outputs], axis=1)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise TrainingError(f"the data set {recipe.dataset.name} has numbers that are not finite; repair its labels")
    for k, output in enumerate(recipe.outputs):
        unlike = min(int((y[:, k] <= 0).sum()), int((y[:, k] >= 0).sum()))
        if output.scale == "log" and unlike:
            raise TrainingError(
                f"the output {output.name!r} is logarithmic, expected labels of one sign, but {unlike} are zero or of another"
            )
    return x, y


def judge(fitted: Fitted, x: Array, y: Array, split: Split) -> Unseen:
    """Calibrate, and predict the rows that the figures are computed from."""
    held = fitted.held_out
    if held is not None:
        found = scores(y[held.rows], held.value, held.spread)
        count = len(np.unique(held.fold))
        method = f"cross-conformal, {count} folds" + (", nearest rank" if held.nearest else "")
        calibrated = conformal(found, method, nearest=held.nearest)
        return Unseen(
            x[held.rows], y[held.rows], held.value, calibrated,
            cross_coverage(found, held.fold, ONE_SIGMA, nearest=held.nearest),
            cross_coverage(found, held.fold, 0.95, nearest=held.nearest),
            split.train, held.rows,
        )  # fmt: skip
    calibrated = conformal(scores(y[split.calibration], *fitted.predict(x[split.calibration])))
    value, spread = fitted.predict(x[split.test])
    found = scores(y[split.test], value, spread)
    return Unseen(
        x[split.test], y[split.test], value, calibrated,
        coverage(found, calibrated, ONE_SIGMA), coverage(found, calibrated, 0.95),
        split.train, split.test,
    )  # fmt: skip


def runner(model: bytes) -> Callable[[Array], dict[str, Array]]:
    """The exported ``model`` as a function of points (N, n), run with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]

    def predict(x: Array) -> dict[str, Array]:
        return dict(zip(names, session.run(None, {"parameters": np.ascontiguousarray(x)}), strict=True))

    return predict


def parity(recipe: Recipe, fitted: Fitted, predict: Callable[[Array], dict[str, Array]], seed: int) -> Parity:
    """The file against the fitted model, on random points of the region."""
    points = uniform(recipe.inputs, PARITY_POINTS, seed + 1, recipe.region)
    expected, _ = fitted.predict(points)
    found = predict(points)["value"]
    worst = max(
        float(errors(expected[:, k], found[:, k], log=o.scale == "log", spread=_spread(expected[:, k])).max())
        for k, o in enumerate(recipe.outputs)
    )
    return Parity(
        points=len(points), max_relative=float(f"{worst:.3g}"), against=f"{fitted.framework} model in float64"
    )


def calibration(recipe: Recipe, unseen: Unseen) -> Calibration:
    """The factors of the intervals by the names of the outputs."""
    return unseen.calibration.card([o.name for o in recipe.outputs])


def validation(recipe: Recipe, unseen: Unseen, y: Array, x: Array) -> Validation:
    """Errors and coverage of every output on unseen rows, and the baseline on the same rows."""
    found = {
        o.name: errors(unseen.truth[:, k], unseen.value[:, k], log=o.scale == "log", spread=_spread(y[:, k]))
        for k, o in enumerate(recipe.outputs)
    }
    summaries: dict[str, ErrorSummary] = {
        name: summary(e, float(unseen.coverage_68[k]), float(unseen.coverage_95[k]))
        for k, (name, e) in enumerate(found.items())
    }
    chosen = [o.name for o in recipe.outputs].index(recipe.default_output)
    default = recipe.outputs[chosen]
    own = summaries.pop(default.name)
    extra = recipe.corners(unseen.x) if recipe.corners else {}
    simple, guessed = recipe.baseline(x[unseen.train], y[unseen.train], unseen.x)
    simple_errors = errors(
        unseen.truth[:, chosen], guessed[:, chosen], log=default.scale == "log", spread=_spread(y[:, chosen])
    )
    return Validation(
        rows=len(unseen.x),
        metric="relative" if default.scale == "log" else "of_spread",
        **{name: getattr(own, name) for name in own.__struct_fields__},
        baseline=baseline(simple, simple_errors),
        outputs=summaries,
        corners=corners(unseen.x, found[default.name], recipe.inputs, extra),
        note=recipe.validation_note,
    )


def noise(
    recipe: Recipe, unseen: Unseen, rows: Rows, y: Array, predict: Callable[[Array], dict[str, Array]], run: Run
) -> LabelNoise | None:
    """What the errors of the default output owe to those of labels, where the recipe says how large these are."""
    if recipe.label_errors is None:
        return None
    truth, value, error = unseen.truth, unseen.value, recipe.label_errors(rows)[unseen.rows]
    if recipe.better_labels is not None:
        better = companion(recipe.better_labels, run)
        points, truth = inputs_outputs(recipe, better)
        value, error = predict(points)["value"], recipe.label_errors(better)
    k = [o.name for o in recipe.outputs].index(recipe.default_output)
    log, spread = recipe.outputs[k].scale == "log", _spread(y[:, k])
    return label_noise(truth[:, k], value[:, k], error[:, k], log=log, spread=spread)


def checks(recipe: Recipe, predict: Callable[[Array], dict[str, Array]], run: Run) -> tuple[Check, ...]:
    """The recipe's physics checks, made with the exported file."""
    return tuple(recipe.checks(lambda points: predict(points)["value"], run))


def reference(recipe: Recipe, predict: Callable[[Array], dict[str, Array]], seed: int) -> Reference:
    """Points with the answers of the file, from which it can be verified anywhere."""
    points = uniform(recipe.inputs, REFERENCE_POINTS, seed + 2, recipe.region)
    return Reference.of({"parameters": points}, {**predict(points)})


def physics(recipe: Recipe) -> dict[str, Any]:
    """The parts of the card that the recipe states."""
    names = (
        "name", "version", "kind", "title", "description", "subject", "conditions", "inputs", "outputs", "default_output",
        "region", "assumptions", "physics_uncertainty", "truth", "authors", "licence", "references", "created",
    )  # fmt: skip
    return {name: getattr(recipe, name) for name in names}


def _spread(values: Array) -> float:
    return float(values.std()) or 1.0
