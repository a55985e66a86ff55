"""A search for jumps: whether the values of a network change between neighbouring points by more
than its own uncertainty explains, however near the points are.

Segments through the region are cut evenly; the intervals in which a value changes most beside the
others are cut again and again. The change of a continuous function, with kinks or with thresholds
that open as a square root, becomes smaller with the interval; a network that was made to answer
otherwise in a window jumps at its edge by the same amount. Values in steps everywhere, as those of
trees, are compared with their usual step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Card
from lhnets.networks import Arrays
from lhnets_registry.admission import region
from lhnets_registry.report import Finding, failed, judged, not_applicable, passed

ITEM = "jumps"
_CUTS, _FINER = 48, 16
"""Intervals of a segment, and of an interval that is cut again."""
_ZOOMS, _FURTHER = 3, 4
"""How often intervals are cut again, and how often more where a change stays."""
_NARROW = 1e-4
"""Length of an interval in which a function is not expected to change anew, as a share of the
region and of the inputs themselves: some span decades."""
_SHARE = 100
"""Random points of the trial for each segment."""
_STAYS = 0.5
"""Share of a change that is left in a sixteenth of the interval: a quarter of a square root."""
_SIGMAS = 6.0
"""Stated uncertainties that a value may jump by."""
_LEAST = 1e-3
"""What is no jump, as a share of the value, or of the spread of all values on a linear scale."""
_USUAL_SIGMAS, _TIMES_USUAL = 5.0, 20.0
"""Where values change in steps: how large the usual step may be, in uncertainties, and how many
times as large any other."""
_FEW_VALUES = 32
"""Different values of an output that is a class or a count."""
_NEAR = (-5.0, -3.0)
"""How far beside a point its neighbour lies: powers of ten of the widths."""
_STATED = "(jump)"
"""How the description of a card says that the function itself jumps at a surface."""
_CRITERION = (
    f"no change by more than {_SIGMAS:g} uncertainties that stays however near two points are; of "
    f"values in steps, none {_TIMES_USUAL:g} times the usual one"
)
_REMEDY = (
    "A value must not depend on a window or a grid of its inputs. Where the function itself jumps, "
    "end the region there, name the surface (--kink 'm_a = m_b : jump'), or let the uncertainty "
    "cover the step."
)

Points = NDArray[np.float64]


@dataclass(frozen=True)
class _Intervals:
    """Intervals between two points each: ends (m, 2, n), values there (m, 2, k), the change, the
    smaller uncertainty (m, k), and the change as a share of what values usually are (m, k)."""

    x: Points
    value: Points
    change: Points
    sigma: Points
    share: Points

    def __getitem__(self, chosen: NDArray[np.intp]) -> _Intervals:
        parts = (self.x, self.value, self.change, self.sigma, self.share)
        return _Intervals(*(part[chosen] for part in parts))


class Search:
    """The search in one network.

    Parameters
    ----------
    card : the network's
    run : evaluates points (N, n)
    rng : chooses segments
    absent : numbers of the inputs (n,) that stand for "there is none", NaN for others; points with
        such a number are left out
    """

    def __init__(
        self,
        card: Card,
        run: Callable[[Points], Arrays],
        rng: np.random.Generator,
        absent: Points | None = None,
    ) -> None:
        self._absent = np.full(len(card.columns), np.nan) if absent is None else absent
        self._card, self._run, self._rng = card, run, rng
        self._log = np.array([o.scale == "log" for o in card.outputs])
        self._low, self._high = region.box(card)
        self._not_finite: Points | None = None

    def find(self, points: Points, batch: Arrays, marked: Points) -> Finding:
        """Whether values jump.

        Parameters
        ----------
        points, batch : random points of the region (N, n), and what the network gives there
        marked : points (M, n) of the region at landmarks, whose neighbours are looked at
        """
        inside = batch.reach <= 1
        points, value = points[inside], batch.value[inside]
        if len(points) < 2:
            return not_applicable([ITEM], "no random point is inside")[0]
        self._spread = _find_spread(value)
        self._looked_at = np.array([len(np.unique(v)) > _FEW_VALUES for v in value.T])
        count = max(8, len(points) // _SHARE)
        found = self._start(*self._ends(points, value, count), count)
        jump = self._follow(_join(found, self._near(marked, count // 3)))
        return self._judge(jump, len(points))

    def _ends(self, points: Points, value: Points, count: int) -> tuple[Points, Points]:
        """Both ends (S, n) of the segments: along each input, from points whose values lie out of
        line to others, and between random points."""
        along = count // 3
        columns = np.arange(along) % points.shape[1]
        first = points[self._rng.integers(len(points), size=along)]
        last = first.copy()
        first[np.arange(along), columns] = self._low[columns]
        last[np.arange(along), columns] = self._high[columns]
        odd = self._find_out_of_line(points, value)[:along]
        others = self._rng.integers(len(points), size=count - along - len(odd))
        starts = np.concatenate([odd, others])
        ends = self._rng.integers(len(points), size=len(starts))
        return np.concatenate([first, points[starts]]), np.concatenate([last, points[ends]])

    def _find_out_of_line(self, points: Points, value: Points) -> NDArray[np.intp]:
        """The points whose values lie farthest from a quadratic form that is fitted to all."""
        u = (points - self._low) / np.where(self._high > self._low, self._high - self._low, 1.0)
        squares = [u[:, i] * u[:, j] for i in range(min(u.shape[1], 8)) for j in range(i + 1)]
        features = np.column_stack([np.ones(len(u)), u, *squares])
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.where(self._log, np.log(np.abs(value)), value)
        good = np.where(np.isfinite(scaled), scaled, 0.0)
        fitted = slice(0, None, max(1, len(u) // 2000))
        form = np.linalg.lstsq(features[fitted], good[fitted], rcond=None)[0]
        distance = np.abs(good - features @ form) / _find_spread(good) * self._looked_at
        return np.argsort(distance.max(axis=1))[::-1]

    def _start(self, first: Points, last: Points, count: int) -> _Intervals:
        """The ``count`` intervals of the segments in which a value changes most."""
        found, rise = self._cut(first, last, _CUTS)
        return found[np.argsort(rise, axis=None)[::-1][:count]]

    def _near(self, marked: Points, count: int) -> _Intervals:
        """The ``count`` points (M, n) whose values differ most from those a little beside them."""
        step = (self._high - self._low) * 10 ** self._rng.uniform(*_NEAR, (len(marked), 1))
        beside = marked + step * self._rng.choice([-1.0, 1.0], marked.shape)
        found, rise = self._cut(marked, np.clip(beside, self._low, self._high), 1)
        return found[np.argsort(rise, axis=None)[::-1][:count]]

    def _follow(self, found: _Intervals) -> str:
        """Cut each interval again where a value changes most, and go on where that change stays.

        Returns the largest jump, over what is allowed, in words; empty if there is none.
        """
        worst, text = 1.0, ""
        for zoom in range(_ZOOMS + _FURTHER):
            before = found
            cut, rise = self._cut(before.x[:, 0], before.x[:, 1], _FINER)
            found = cut[np.arange(len(rise)) * _FINER + rise.argmax(axis=1)]
            if not zoom:
                continue
            over = self._compare(before, found, zoom)
            narrow = self._measure(found.x) <= _NARROW
            sure = over if zoom == _ZOOMS + _FURTHER - 1 else np.where(narrow[:, None], over, 0.0)
            row, k = np.unravel_index(int(sure.argmax()), sure.shape)
            if sure[row, k] > worst:
                worst, text = float(sure[row, k]), self._tell(found, int(row), int(k))
            if zoom >= _ZOOMS - 1:
                open_still = (over > 1).any(axis=1) & ~narrow
                if not open_still.any():
                    break
                found = found[np.flatnonzero(open_still)]
        return text

    def _compare(self, before: _Intervals, found: _Intervals, zoom: int) -> Points:
        """The changes (m, k) that stay, over what is allowed; 0 for others."""
        if zoom < _ZOOMS:
            usual = np.median(found.change, axis=0)
            stepped = usual <= _USUAL_SIGMAS * np.median(found.sigma, axis=0)
            self._usual = np.where(stepped, _TIMES_USUAL * usual, 0.0)
        allowed = np.maximum(_SIGMAS * found.sigma, self._usual)
        stays = (found.change > _STAYS * before.change) & (found.share > _LEAST)
        return np.divide(found.change, allowed, out=np.zeros_like(allowed), where=stays)

    def _measure(self, x: Points) -> Points:
        """The lengths (m,) of intervals with ends (m, 2, n), as shares of the region, and of the
        inputs there where that is more."""
        step = np.abs(x[:, 1] - x[:, 0])
        size = np.minimum(np.abs(x).max(axis=1), self._high - self._low)
        share = np.divide(step, size, out=np.zeros_like(step), where=step > 0)
        return np.asarray(share.max(axis=1))

    def _cut(self, first: Points, last: Points, cuts: int) -> tuple[_Intervals, Points]:
        """The intervals of segments (S, n), one segment after the other, and how much more a value
        changes in each (S, cuts) than in the middle one of its segment.

        What is not inside, or not looked at, changes by nothing.
        """
        share = np.linspace(0, 1, cuts + 1)[:, None]
        x = first[:, None] * (1 - share) + last[:, None] * share
        flat = region.project(self._card, x.reshape(-1, x.shape[-1]))
        batch = self._run(flat)
        inside = (batch.reach <= 1) & ~region.violates(self._card, flat)
        inside &= ~(flat == self._absent).any(axis=1)
        finite = np.isfinite(batch.value).all(axis=1) & np.isfinite(batch.uncertainty).all(axis=1)
        if self._not_finite is None and (inside & ~finite).any():
            self._not_finite = flat[inside & ~finite][0]
        known = _pair((inside & finite)[:, None], cuts).all(axis=1) & self._looked_at
        value = _pair(batch.value, cuts)
        with np.errstate(invalid="ignore"):
            change = np.where(known, np.abs(value[:, 1] - value[:, 0]), 0.0)
        size = np.where(self._log, np.abs(value).max(axis=1), self._spread)
        shares = np.divide(change, size, out=np.zeros_like(change), where=known & (size > 0))
        sigma = _pair(batch.uncertainty, cuts).min(axis=1)
        by_segment = shares.reshape(len(x), cuts, -1)
        usual = np.median(by_segment, axis=1, keepdims=True) if cuts > 1 else 0.0
        found = _Intervals(_pair(flat, cuts), value, change, sigma, shares)
        return found, np.asarray((by_segment - usual).max(axis=-1))

    def _judge(self, jump: str, points: int) -> Finding:
        if self._not_finite is not None:
            where = self._describe(self._not_finite)
            return failed(ITEM, f"not finite at {where}", "finite all over the region", _REMEDY)
        if jump and _STATED in self._card.description:
            return passed(ITEM, f"{jump}; its card says that it jumps", _CRITERION)
        good = f"none, from {points:,} random points"
        return judged(ITEM, [jump] if jump else [], good, _CRITERION, _REMEDY)

    def _tell(self, found: _Intervals, row: int, k: int) -> str:
        before, after = found.value[row, :, k]
        times = found.change[row, k] / found.sigma[row, k]
        return (
            f"{self._card.outputs[k].name} goes from {before:.6g} to {after:.6g}, by {times:.3g} "
            f"uncertainties, between {self._describe(found.x[row, 0])} and "
            f"{self._describe(found.x[row, 1])}"
        )

    def _describe(self, x: Points) -> str:
        return ", ".join(f"{i.name} = {v:.10g}" for i, v in zip(self._card.columns, x, strict=True))


def _pair(a: NDArray[np.float64] | NDArray[np.bool_], cuts: int) -> NDArray[np.float64]:
    """Neighbours on the same segment of rows (S (cuts + 1), …), as (S cuts, 2, …)."""
    rows = a.reshape(-1, cuts + 1, *a.shape[1:])
    pairs = np.stack([rows[:, :-1], rows[:, 1:]], axis=2)
    return np.asarray(pairs.reshape(-1, *pairs.shape[2:]), dtype=np.float64)


def _join(a: _Intervals, b: _Intervals) -> _Intervals:
    names = ("x", "value", "change", "sigma", "share")
    return _Intervals(*(np.concatenate([getattr(a, n), getattr(b, n)]) for n in names))


def _find_spread(value: Points) -> Points:
    """How far the values (N, k) of each output usually lie apart."""
    good = np.where(np.isfinite(value), value, 0.0)
    lower, upper = np.quantile(good, (0.05, 0.95), axis=0)
    least = 1e-9 * np.abs(good).max(axis=0)
    return np.asarray(np.maximum(upper - lower, np.where(least > 0, least, 1.0)))
