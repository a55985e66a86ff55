"""Conformal calibration: how wide an interval must be to hold the truth as often as it says.

Scores are |truth - value| / spread. The quantile of the scores at 0.68 becomes the scale of the
uncertainty head, so that one `uncertainty` is a 68 % interval; the other quantiles over it are the
factors in the card. The quantile of rank ceil((n + 1) level) guarantees the coverage in expectation
for exchangeable rows (Vovk, Gammerman, Shafer, 2005).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets.format import Calibration

Array = NDArray[np.float64]

LEVELS = (0.5, 0.68, 0.9, 0.95, 0.99, 0.997)
ONE_SIGMA = 0.68


class CalibrationRowsError(Error, ValueError):
    """Rows that do not allow a calibration."""


@dataclass(frozen=True)
class Conformal:
    """Scale of the spread, shape (k,), and factors of the scaled spread at ``levels``, shape (k,
    levels)."""

    method: str
    rows: int
    levels: tuple[float, ...]
    scale: Array
    factors: Array

    def without_shrinking(self) -> Conformal:
        """The same with a scale of at least 1, and intervals that are no narrower for it."""
        scale = np.maximum(self.scale, 1.0)
        factors = np.maximum(self.factors * (self.scale / scale)[:, None], 1.0)
        return replace(self, scale=scale, factors=factors)

    def card(self, outputs: Sequence[str]) -> Calibration:
        """As the card says it, for the names of the ``outputs``."""
        rounded = {
            n: tuple(float(f"{v:.5g}") for v in f)
            for n, f in zip(outputs, self.factors, strict=True)
        }
        return Calibration(rows=self.rows, method=self.method, levels=self.levels, factors=rounded)

    def factor(self, level: float) -> Array:
        """Factor of each output at one of the levels, shape (k,)."""
        return np.asarray(self.factors[:, self.levels.index(level)])


def scores(truth: Array, value: Array, spread: Array) -> Array:
    """|truth - value| / spread for arrays of shape (N, k).

    Raises
    ------
    CalibrationRowsError
        If a spread is not positive or a number is not finite.
    """
    if not (spread > 0).all():
        raise CalibrationRowsError(
            "a spread is zero, negative or NaN: expected positive estimates of one standard "
            "deviation"
        )
    found = np.abs(truth - value) / spread
    if not np.isfinite(found).all():
        raise CalibrationRowsError(
            f"{int((~np.isfinite(found)).sum())} of {found.size} scores are not finite"
        )
    return found


def quantile(values: Array, level: float, *, nearest: bool = False) -> float:
    """The conformal quantile of ``values`` (n,): the order statistic of rank ceil((n + 1) level).

    The coverage to expect is rank/(n + 1), so that this is at least ``level``; with ``nearest`` the
    rank is the one next to (n + 1) level, whose coverage may be less by half of 1/(n + 1), and not
    more by nearly all of it.

    Raises
    ------
    CalibrationRowsError
        If n is too small for the level.
    """
    exact = round((len(values) + 1) * level, 9)
    rank = round(exact) if nearest else ceil(exact)
    if rank > len(values):
        raise CalibrationRowsError(
            f"{len(values)} calibration rows cannot guarantee the level {level:g}: "
            f"expected at least {ceil(level / (1 - level))}; use fewer levels or more rows"
        )
    return float(np.partition(values, rank - 1)[rank - 1])


def reachable(rows: int, levels: Sequence[float] = LEVELS) -> tuple[float, ...]:
    """Those of ``levels`` that ``rows`` calibration rows can guarantee."""
    return tuple(level for level in levels if ceil(round((rows + 1) * level, 9)) <= rows)


def conformal(
    found: Array,
    method: str = "split conformal",
    levels: Sequence[float] = LEVELS,
    *,
    nearest: bool = False,
) -> Conformal:
    """Calibrate on the scores (N, k) of rows that served for nothing else, or of rows held out fold
    by fold."""
    usable = reachable(len(found), levels)
    if ONE_SIGMA not in usable:
        raise CalibrationRowsError(
            f"{len(found)} calibration rows are too few even for the level {ONE_SIGMA}"
        )
    table = np.array(
        [[quantile(column, level, nearest=nearest) for level in usable] for column in found.T]
    )
    scale = table[:, usable.index(ONE_SIGMA)]
    return Conformal(method, len(found), usable, scale, table / scale[:, None])


def find_held(
    found: Array, calibration: Calibration, outputs: Sequence[str], level: float
) -> NDArray[np.bool_]:
    """Whether the interval at ``level`` holds each unseen row, shape (N, k).

    Parameters
    ----------
    found : scores (N, k) by the uncertainties of the exported file
    outputs : the names of the k outputs
    level : the next lower one of the calibration is taken if it has too few rows for this one
    """
    at = max(
        (known for known in calibration.levels if known <= level), default=min(calibration.levels)
    )
    place = calibration.levels.index(at)
    return np.asarray(found <= [calibration.factors[name][place] for name in outputs])


def find_held_by_folds(
    found: Array, fold: NDArray[np.int64], level: float, *, nearest: bool = False
) -> NDArray[np.bool_]:
    """The same without self-calibration: a fold is judged by the quantile of the scores of others.

    ``found`` (N, k) are out-of-fold scores and ``fold`` (N,) the number of the fold that held each
    row out.
    """
    held = np.empty(found.shape, dtype=bool)
    for number in np.unique(fold):
        inside = fold == number
        for k in range(found.shape[1]):
            held[inside, k] = found[inside, k] <= quantile(
                found[~inside, k], level, nearest=nearest
            )
    return held
