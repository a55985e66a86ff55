"""What speaks for or against a reading of a normalisation: the card's ranges, the file's metadata,
the author's test points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Input, Output
from lhnets_training.importing.normalisation.columns import LN10, Array, ModelColumn, Normalisation
from lhnets_training.importing.normalisation.sidecar import Convention, Sidecar, SidecarEntry
from lhnets_training.importing.vectors import Matrix

FARTHEST = 50.0
"""Standardised numbers beyond which no model was trained."""
NARROWEST = 0.05
"""An input whose whole range is narrower than this, once standardised, says nothing to a model."""
_WORST = 50.0
_AGREEMENT = 1e-5


@dataclass(frozen=True)
class TestPoints:
    """Points that the author knows the truth of: inputs (N, n) and outputs (N, k) in the order of
    the card."""

    __test__ = False

    x: Array
    y: Array


@dataclass(frozen=True)
class ReadingTrial:
    """A model under a reading: how far it is from the test points, in units in which a constant
    guess is about 1."""

    core: Matrix
    points: TestPoints
    inputs: tuple[str, ...]
    outputs: tuple[Output, ...]

    def misfit(self, reading: Normalisation) -> float:
        """Mean error over rows and outputs, over the error of a constant guess; each error at most
        some 50."""
        return float(np.mean(self.misfits(reading)))

    def misfits(self, reading: Normalisation) -> NDArray[np.float64]:
        """The same for each output, shape (k,)."""
        value = self.values(reading)
        return np.array(
            [
                misfit(self.points.y[:, k], value[:, k], log=o.scale == "log")
                for k, o in enumerate(self.outputs)
            ]
        )

    def better(self, other: Normalisation, than: Normalisation) -> float:
        """By how many standard deviations the errors of ``other`` are smaller, row by row."""
        gain = self._errors(than) - self._errors(other)
        return float(gain.mean() / (gain.std() / np.sqrt(len(gain)) + 1e-300))

    def _errors(self, reading: Normalisation) -> Array:
        """The error of each row, shape (N,)."""
        value, truth = self.values(reading), self.points.y
        found = [
            row_errors(truth[:, k], value[:, k], log=o.scale == "log")
            for k, o in enumerate(self.outputs)
        ]
        return np.asarray(np.mean(found, axis=0))

    def values(self, reading: Normalisation) -> Array:
        """The model's values (N, k) at the test points."""
        z = reading.prepared(self.points.x, self.inputs)
        return reading.physical(self.core(z), [o.name for o in self.outputs])[0]


def are_labels(truth: Array) -> bool:
    """Whether the truth (N, k) or (N,) says to which class a row belongs: zeros and ones, and
    both."""
    return bool(np.isin(truth, (0.0, 1.0)).all()) and truth.min() < truth.max()


def misfit(truth: Array, value: Array, *, log: bool) -> float:
    """Mean error of ``value`` (N,) over that of the best constant; 0 is perfect, 1 is no better
    than a constant."""
    return float(np.mean(row_errors(truth, value, log=log)))


def row_errors(truth: Array, value: Array, *, log: bool) -> Array:
    """The error of each row (N,) over the mean error of the best constant, at most some 50.

    The squared error where the truth is a label, so that a probability is best where it is the
    frequency.
    """
    if not log and are_labels(truth):
        share = float(truth.mean())
        found = (value - truth) ** 2 / (share * (1 - share))
    else:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if log:
                truth, value = np.log(truth), np.log(np.where(value > 0, value, np.nan))
            found = np.abs(value - truth) / (
                float(np.mean(np.abs(truth - np.median(truth)))) or 1.0
            )
    return np.asarray(np.minimum(np.nan_to_num(found, nan=_WORST, posinf=_WORST), _WORST))


def interval(column: ModelColumn, given: Input) -> tuple[float, float]:
    """The range of an input as the model's column sees it before it is standardised."""
    low, high = float(given.low or 0.0), float(given.high or 0.0)
    if column.log == "none":
        return low, high
    if low <= 0:
        return float("-inf"), float("inf")
    factor = 1.0 if column.log == "ln" else 1 / LN10
    return float(np.log(low)) * factor, float(np.log(high)) * factor


def implausible(reading: Normalisation, inputs: Sequence[Input]) -> dict[str, str]:
    """Columns that no model can have been trained on, by the card's ranges, with what they would
    be."""
    given = {i.name: i for i in inputs}
    found = {}
    for column in reading.columns:
        low, high = (
            (u - column.shift) / column.width for u in interval(column, given[column.name])
        )
        if not max(abs(low), abs(high)) <= FARTHEST:
            found[column.name] = f"would reach from {low:.3g} to {high:.3g}"
        elif abs(high - low) < NARROWEST:
            found[column.name] = f"would only move from {low:.3g} to {high:.3g}"
    return found


def outside_range(
    reading: Normalisation,
    entries: Sequence[SidecarEntry],
    inputs: Sequence[Input],
    convention: Convention,
) -> dict[str, str]:
    """Entries called mean and standard deviation that no sample in the card's range can have, with
    the reason.

    The mean lies within, and the standard deviation is at most half the range.
    """
    given = {i.name: i for i in inputs}
    found = {}
    for column, entry in zip(reading.columns, entries, strict=True):
        low, high = interval(column, given[column.name])
        if (
            not entry.words[0].startswith(("mean", "mu"))
            or convention != "subtract-divide"
            or not np.isfinite(high)
        ):
            continue
        if _possible(column.shift, column.width, low, high):
            continue
        what = f"{entry.words[0]} {entry.first:g} and {entry.words[1]} {entry.second:g}"
        swapped = entry.swapped.affine(convention)
        hint = (
            ": the two are exchanged, it seems"
            if swapped[1] > 0 and _possible(*swapped, low, high)
            else ""
        )
        span = f"[{low:g}, {high:g}]" + (f" ({column.log})" if column.log != "none" else "")
        found[column.name] = f"{what} do not belong to a sample in the card's range {span}{hint}"
    return found


def metadata_disagreements(
    sidecar: Sidecar, other: Sidecar
) -> dict[tuple[Convention, Convention], dict[str, str]]:
    """For each pair of conventions the variables for which both files give different maps, with
    both maps."""
    theirs = {e.name: e for e in other.inputs}
    found: dict[tuple[Convention, Convention], dict[str, str]] = {}
    for own in sidecar.conventions:
        for foreign in other.conventions:
            differ = {}
            for entry in sidecar.inputs:
                if entry.name in theirs and entry.name is not None:
                    mine, yours = entry.affine(own), theirs[entry.name].affine(foreign)
                    if not np.allclose(mine, yours, rtol=_AGREEMENT, atol=0):
                        differ[entry.name] = f"{_map(*mine)} against {_map(*yours)}"
            found[own, foreign] = differ
    return found


def _possible(mean: float, std: float, low: float, high: float) -> bool:
    slack = 0.02 * (high - low)
    return low - slack <= mean <= high + slack and 0 < std <= 0.525 * (high - low)


def _map(shift: float, width: float) -> str:
    return f"(x {'-' if shift >= 0 else '+'} {abs(shift):.6g}) / {width:.6g}"
