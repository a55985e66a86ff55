"""Why points of a scan have no answer: how many break which bound. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Card, HalfSpace, Input, UnitVector

Reasons: TypeAlias = Counter[str]
"""Reason -> points; a point that breaks several bounds counts in each."""

POINTS = "points without an answer"
"""Counts every such point once."""
_MOST_TOLD = 8


def count_reasons(card: Card, rows: NDArray[np.float64], beyond: NDArray[np.bool_]) -> Reasons:
    """What keeps points from an answer.

    Parameters
    ----------
    card : Card
        Of the network.
    rows : array of shape (N, n)
        The points, NaN where a table has no number.
    beyond : array of shape (N,)
        Which of them have no answer.
    """
    found: Reasons = Counter()
    if not beyond.any():
        return found
    rows = rows[beyond]
    found[POINTS] = len(rows)
    unexplained = np.ones(len(rows), dtype=bool)
    for reason, holds in _list_broken(card, rows):
        found[reason] += int(holds.sum())
        unexplained &= ~holds
    others = "; ".join(c.meaning for c in card.region if not isinstance(c, HalfSpace | UnitVector))
    found[f"beyond the edge of the region{f' ({others})' if others else ''}"] = int(
        unexplained.sum()
    )
    return Counter({reason: count for reason, count in found.items() if count})


def tell_reasons(name: str, points: int, reasons: Mapping[str, int]) -> str:
    """One sentence for a question, the most frequent reasons first; empty if all points have an
    answer."""
    without = reasons.get(POINTS, 0)
    if not without:
        return ""
    ordered = sorted((r for r in reasons if r != POINTS), key=lambda r: (-reasons[r], r))
    told = "; ".join(f"{reasons[r]:,} with {r}" for r in ordered[:_MOST_TOLD])
    more = f"; {len(ordered) - _MOST_TOLD} more reasons" if len(ordered) > _MOST_TOLD else ""
    return f"{name} is NaN at {without:,} of {points:,} points: {told}{more}"


def _list_broken(card: Card, rows: NDArray[np.float64]) -> list[tuple[str, NDArray[np.bool_]]]:
    found = []
    columns = {i.name: rows[:, k] for k, i in enumerate(card.columns)}
    for i in card.columns:
        values = columns[i.name]
        found.append((f"{i.name} not a finite number", ~np.isfinite(values)))
        if i.low is not None:
            found.append((f"{i.name} < {_spell(i.low, i)}", values < i.low))
        if i.high is not None:
            found.append((f"{i.name} > {_spell(i.high, i)}", values > i.high))
    for c in card.region:
        if isinstance(c, HalfSpace):
            total = sum(k * columns[name] for name, k in c.coefficients.items())
            found.append((f"'{c.meaning}' not met", np.asarray(total > c.bound)))
        elif isinstance(c, UnitVector):
            square = sum(columns[name] ** 2 for name in c.inputs)
            found.append((f"'{c.meaning}' not met", np.asarray(np.abs(square - 1) > c.tolerance)))
    return found


def _spell(bound: float, i: Input) -> str:
    return f"{bound:g}" if i.unit == "1" else f"{bound:g} {i.unit}"
