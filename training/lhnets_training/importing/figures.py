"""Uncertainty and figures of an imported network, from rows that its author says the model never
saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Calibration, Output, Validation
from lhnets_registry.cards.card_file import Draft
from lhnets_training.importing.assembly import Spread
from lhnets_training.importing.errors import ImportingError
from lhnets_training.importing.normalisation.columns import Array
from lhnets_training.importing.normalisation.evidence import are_labels
from lhnets_training.judging import classification
from lhnets_training.judging.calibrate import ONE_SIGMA, conformal, find_held, scores
from lhnets_training.judging.report import corners, errors, summary
from lhnets_training.pipeline.figures import TWO_SIGMA, describe_errors, find_default
from lhnets_training.pipeline.parity import ModelAnswers

Labels: TypeAlias = NDArray[np.int64]

FEWEST = 50
"""Rows that a table needs: half of them calibrate, half of them judge."""
ROUNDING = float(np.finfo(np.float32).eps)
"""The smallest uncertainty, of a value or of the spread of an output: that of single precision."""
LEAST_PROBABILITY = 1e-3
"""The smallest uncertainty of a probability that reliability bins can tell."""
SEED = 20_261_122


@dataclass(frozen=True)
class UnseenRows:
    """Rows never seen: inputs (N, n), truth and values of the file (N, k), its own standard
    deviations where it has them."""

    x: Array
    truth: Array
    value: Array
    own: Array | None


@dataclass(frozen=True)
class Calibrated:
    """The uncertainty that goes into the graph, and the rows that its figures are measured on."""

    spread: Spread
    calibration: Calibration
    unseen: Labels
    """Numbers of the rows that judge, shape (M,)."""
    classes: Labels | None = None
    """Numbers of the classes of all rows (N,), if the outputs are judged as probabilities."""


def calibrate(rows: UnseenRows, draft: Draft) -> Calibrated:
    """Calibrate on one half of the rows: by labels if a classifier has them, else by the distance
    from the truth.

    Raises
    ------
    ImportingError, ClassificationError
        if there are too few rows, of one class alone, or no probabilities.
    """
    classes = labels(rows.truth) if draft.kind == "classifier" else None
    if classes is None:
        return calibrate_values(rows, draft.outputs)
    return calibrate_classes(rows.value, classes, draft.outputs)


def calibrate_values(rows: UnseenRows, outputs: Sequence[Output]) -> Calibrated:
    """Calibrate outputs that are numbers; see `calibrate`."""
    if len(rows.x) < FEWEST:
        raise ImportingError(
            f"{len(rows.x)} test points lie in the region; at least {FEWEST} are needed: half of "
            "them calibrate the uncertainty, half of them judge it"
        )
    first, second = _halve(len(rows.x))
    base = _shape(rows, outputs)
    found = np.maximum(
        scores(rows.truth, rows.value, base(rows.value, rows.own)), _rounding(rows, base)
    )
    calibrated = conformal(found[first])
    return Calibrated(
        base.scaled(calibrated.scale), calibrated.card([o.name for o in outputs]), second
    )


def calibrate_classes(value: Array, label: Labels, outputs: Sequence[Output]) -> Calibrated:
    """Calibrate probabilities (N, k) of classes, whose truth is a frequency; ``label`` (N,) is the
    number of a class.

    One output alone is the probability of its class, number 0, against the rest.
    """
    first, second = _halve(len(value))
    found = classification.calibrated(
        value[first], label[first], np.full(value[first].shape, LEAST_PROBABILITY)
    )
    spread = Spread(np.zeros(len(outputs)), LEAST_PROBABILITY * found.scale)
    return Calibrated(spread, found.card([o.name for o in outputs]), second, label)


def inherit(rows: UnseenRows, calibration: Calibration, outputs: Sequence[Output]) -> Calibrated:
    """Keep standard deviations that are calibrated already, if the model itself is the only
    truth."""
    return Calibrated(_shape(rows, outputs), calibration, np.arange(len(rows.x)))


def keep_own(rows: UnseenRows, outputs: Sequence[Output]) -> Calibrated:
    """Keep the standard deviations that a model gives itself, if the model is the only truth:
    nothing can tell how wide they ought to be."""
    level = (ONE_SIGMA, TWO_SIGMA)
    factors = tuple(float(NormalDist().inv_cdf((1 + p) / 2)) for p in level)
    stated = Calibration(
        rows=0,
        method="none: the model's own standard deviations, which nobody validated",
        levels=level,
        factors={o.name: (1.0, factors[1] / factors[0]) for o in outputs},
    )
    return inherit(rows, stated, outputs)


def validate(
    rows: UnseenRows, calibrated: Calibrated, found: ModelAnswers, draft: Draft, note: str
) -> Validation:
    """The figures of the file, which has ``found`` its answers at the unseen rows."""
    if calibrated.classes is not None:
        return _validate_classes(calibrated.classes[calibrated.unseen], found, draft, note)
    names, truth = [o.name for o in draft.outputs], rows.truth[calibrated.unseen]
    distances = scores(truth, found.value, found.uncertainty)
    low, high = (
        find_held(distances, calibrated.calibration, names, level).mean(axis=0)
        for level in (ONE_SIGMA, TWO_SIGMA)
    )
    spreads = _spreads(rows.truth)
    errors_ = {
        o.name: errors(
            truth[:, k], found.value[:, k], log=o.scale == "log", spread=float(spreads[k])
        )
        for k, o in enumerate(draft.outputs)
    }
    return describe_errors(
        {n: summary(e, float(low[k]), float(high[k])) for k, (n, e) in enumerate(errors_.items())},
        draft.outputs[find_default(draft.outputs, draft.default_output)],
        rows=len(truth),
        corners=corners(rows.x[calibrated.unseen], errors_[draft.default_output], draft.columns),
        note=note,
    )


def _validate_classes(label: Labels, found: ModelAnswers, draft: Draft, note: str) -> Validation:
    names = [o.name for o in draft.outputs]
    summaries = classification.summaries(found.value, label, found.uncertainty)
    whole = found.value
    if len(names) == 1:
        whole, names = np.concatenate([whole, 1 - whole], axis=1), [*names, "rest"]
    return describe_errors(
        dict(zip(names, summaries, strict=False)),
        draft.outputs[find_default(draft.outputs, draft.default_output)],
        metric="of_probability",
        rows=len(label),
        note=note,
        classification=classification.figures(whole, label, names, draft.default_output),
    )


def _halve(rows: int) -> tuple[Labels, Labels]:
    order = np.random.default_rng(SEED).permutation(rows)
    return order[::2], order[1::2]


def labels(truth: Array) -> Labels | None:
    """The number of the class of each row (N,), where the truth (N, k) says which it is by ones and
    zeros."""
    if not are_labels(truth):
        return None
    if truth.shape[1] == 1:
        return (1 - truth[:, 0]).astype(np.int64)
    return np.argmax(truth, axis=1) if (truth.sum(axis=1) == 1).all() else None


def _shape(rows: UnseenRows, outputs: Sequence[Output]) -> Spread:
    """The model's own standard deviation, or a share of the value where errors are relative, or a
    constant."""
    if rows.own is not None:
        return Spread(np.ones(len(outputs)), np.zeros(len(outputs)), own=True)
    log = np.array([o.scale == "log" for o in outputs])
    return Spread(log.astype(np.float64), np.where(log, 0.0, _spreads(rows.truth)))


def _rounding(rows: UnseenRows, base: Spread) -> Array:
    """The least scale (k,) for which the uncertainty is not below single precision."""
    if not base.own:
        return np.full(rows.truth.shape[1], ROUNDING)
    return np.asarray(ROUNDING * np.median(np.abs(rows.value) / base(rows.value, rows.own), axis=0))


def _spreads(truth: Array) -> Array:
    found = truth.std(axis=0)
    return np.where(found > 0, found, 1.0)
