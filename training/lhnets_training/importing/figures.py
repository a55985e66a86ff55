"""Uncertainty and figures of an imported network, from rows that its author says the model never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Calibration, Input, Output, Validation
from lhnets_registry.cards.card_file import Draft
from lhnets_training.importing.assembly import Spread
from lhnets_training.importing.errors import ImportingError
from lhnets_training.importing.normalisation.columns import Array
from lhnets_training.importing.normalisation.evidence import are_labels
from lhnets_training.judging import classification
from lhnets_training.judging.calibrate import ONE_SIGMA, conformal, coverage, scores
from lhnets_training.judging.report import corners, errors, summary

Labels: TypeAlias = NDArray[np.int64]

FEWEST = 50
"""Rows that a table needs: half of them calibrate, half of them judge."""
ROUNDING = float(np.finfo(np.float32).eps)
"""The smallest uncertainty, of a value or of the spread of an output: that of single precision."""
LEAST_PROBABILITY = 1e-3
"""The smallest uncertainty of a probability that reliability bins can tell."""
SEED = 20_261_122


@dataclass(frozen=True)
class Rows:
    """Rows never seen: inputs (N, n), truth and values of the file (N, k), its own standard deviations where it has them."""

    x: Array
    truth: Array
    value: Array
    own: Array | None


@dataclass(frozen=True)
class Judged:
    """What goes into graph and card."""

    spread: Spread
    calibration: Calibration
    validation: Validation


def judge(rows: Rows, inputs: Sequence[Input], outputs: Sequence[Output], default: str, note: str) -> Judged:
    """Calibrate on one half of the rows, and take the figures from the other.

    Raises
    ------
    ImportingError
        where there are too few rows.
    """
    if len(rows.x) < FEWEST:
        raise ImportingError(
            f"{len(rows.x)} test points lie in the region; at least {FEWEST} are needed: half of them calibrate the uncertainty, "
            "half of them judge it"
        )
    order = np.random.default_rng(SEED).permutation(len(rows.x))
    first, second = order[::2], order[1::2]
    base = _shape(rows, outputs)
    width = base(rows.value, rows.own)
    found = np.maximum(scores(rows.truth, rows.value, width), _rounding(rows, base))
    calibrated = conformal(found[first])
    within = found[second]
    held = [
        coverage(within, calibrated, level) for level in (ONE_SIGMA, 0.95 if 0.95 in calibrated.levels else ONE_SIGMA)
    ]
    return Judged(
        base.scaled(calibrated.scale),
        calibrated.card([o.name for o in outputs]),
        _validation(rows, second, held, inputs, outputs, default, note),
    )


def inherited(
    rows: Rows, calibration: Calibration, inputs: Sequence[Input], outputs: Sequence[Output], default: str, note: str
) -> Judged:
    """The same for standard deviations that are calibrated already, where the model itself is the only truth."""
    whole = [np.ones(len(outputs))] * 2
    return Judged(
        _shape(rows, outputs),
        calibration,
        _validation(rows, np.arange(len(rows.x)), whole, inputs, outputs, default, note),
    )


def judge_classes(value: Array, label: Labels, outputs: Sequence[Output], signal: str, note: str) -> Judged:
    """The same for probabilities (N, k) of classes, whose truth is a frequency; ``label`` (N,) is the number of a class.

    One output alone is the probability of its class, number 0, against the rest.

    Raises
    ------
    ImportingError, ClassificationError
        where rows are too few, of one class alone, or no probabilities.
    """
    order = np.random.default_rng(SEED).permutation(len(value))
    first, second = order[::2], order[1::2]
    spread = np.full(value.shape, LEAST_PROBABILITY)
    found = classification.calibrated(value[first], label[first], spread[first])
    made = Spread(np.zeros(len(outputs)), LEAST_PROBABILITY * found.scale)
    names = [o.name for o in outputs]
    errors_ = classification.summaries(value[second], label[second], made(value[second], None))
    summaries = dict(zip(names, errors_, strict=True))
    own = summaries.pop(signal)
    whole, all_names = (
        (value, names) if len(names) > 1 else (np.concatenate([value, 1 - value], axis=1), [*names, "rest"])
    )
    return Judged(
        made,
        found.card(names),
        Validation(
            rows=len(second),
            metric="of_probability",
            **{name: getattr(own, name) for name in own.__struct_fields__},
            outputs=summaries,
            note=note,
            classification=classification.figures(whole[second], label[second], all_names, signal),
        ),
    )


def labels(truth: Array) -> Labels | None:
    """The number of the class of each row (N,), where the truth (N, k) says which it is by ones and zeros."""
    if not are_labels(truth):
        return None
    if truth.shape[1] == 1:
        return (1 - truth[:, 0]).astype(np.int64)
    return np.argmax(truth, axis=1) if (truth.sum(axis=1) == 1).all() else None


def _shape(rows: Rows, outputs: Sequence[Output]) -> Spread:
    """The model's own standard deviation, or a share of the value where errors are relative, or a constant."""
    if rows.own is not None:
        return Spread(np.ones(len(outputs)), np.zeros(len(outputs)), own=True)
    log = np.array([o.scale == "log" for o in outputs])
    return Spread(log.astype(np.float64), np.where(log, 0.0, _spreads(rows.truth)))


def _rounding(rows: Rows, base: Spread) -> Array:
    """The least scale (k,) for which the uncertainty is not below single precision."""
    if not base.own:
        return np.full(rows.truth.shape[1], ROUNDING)
    return np.asarray(ROUNDING * np.median(np.abs(rows.value) / base(rows.value, rows.own), axis=0))


def _validation(
    rows: Rows,
    second: np.ndarray[tuple[int], np.dtype[np.int64]],
    held: Sequence[Array],
    inputs: Sequence[Input],
    outputs: Sequence[Output],
    default: str,
    note: str,
) -> Validation:
    spreads = _spreads(rows.truth)
    found = {
        o.name: errors(rows.truth[second, k], rows.value[second, k], log=o.scale == "log", spread=float(spreads[k]))
        for k, o in enumerate(outputs)
    }
    summaries = {n: summary(e, float(held[0][k]), float(held[1][k])) for k, (n, e) in enumerate(found.items())}
    own = summaries.pop(default)
    chosen = next(o for o in outputs if o.name == default)
    return Validation(
        rows=len(second),
        metric="relative" if chosen.scale == "log" else "of_spread",
        **{name: getattr(own, name) for name in own.__struct_fields__},
        outputs=summaries,
        corners=corners(rows.x[second], found[default], inputs),
        note=note,
    )


def _spreads(truth: Array) -> Array:
    found = truth.std(axis=0)
    return np.where(found > 0, found, 1.0)


def judged(rows: Rows, draft: Draft, told: str) -> Judged:
    """By labels where a classifier is judged by them, else by the distance from the truth."""
    classes = labels(rows.truth) if draft.kind == "classifier" else None
    if classes is None:
        return judge(rows, draft.columns, draft.outputs, draft.default_output, told)
    return judge_classes(rows.value, classes, draft.outputs, draft.default_output, told)
