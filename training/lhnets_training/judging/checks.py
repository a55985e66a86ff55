"""Graded physics checks: each gives a figure and says whether it passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Check

Array = NDArray[np.float64]
Values = Callable[[Array], Array]
"""Values (N,) of one output at points (N, n)."""


def positive(values: Values, points: Array) -> Check:
    """The output is positive and finite at all ``points``."""
    found = values(points)
    passed = bool(np.isfinite(found).all() and (found > 0).all())
    return Check(
        name="positive",
        passed=passed,
        figure=f"smallest value {found.min():.3g} at {len(points)} points",
        criterion="positive and finite everywhere in the region",
    )


def falls(values: Values, lines: Array, name: str) -> Check:
    """The output falls along every line; ``lines`` has shape (lines, steps, n), ordered by the
    input ``name``."""
    count, steps, columns = lines.shape
    found = values(lines.reshape(-1, columns)).reshape(count, steps)
    rising = int((np.diff(found, axis=1) >= 0).sum())
    return Check(
        name=f"falls with {name}",
        passed=rising == 0,
        figure=f"{rising} rising steps of {count * (steps - 1)}",
        criterion=f"falls from step to step on {count} lines in {name}",
    )


def flat(
    values: Values, first: Array, second: Array, *, name: str, within: float, criterion: str
) -> Check:
    """The output changes by at most ``within`` (relative) between two arrays of points (N, n), as
    where a particle decouples."""
    change = np.abs(values(second) / values(first) - 1)
    return Check(
        name=name,
        passed=bool(change.max() <= within),
        figure=f"largest change {100 * change.max():.2f} %",
        criterion=criterion,
    )


def between(
    values: Values,
    first: Array,
    second: Array,
    low: float,
    high: float,
    *,
    name: str,
    criterion: str,
) -> Check:
    """The ratio value(second) / value(first) lies in [low, high] at all points."""
    ratio = values(second) / values(first)
    passed = bool((ratio >= low).all() and (ratio <= high).all())
    return Check(
        name=name,
        passed=passed,
        figure=f"ratio {ratio.min():.3g} to {ratio.max():.3g}",
        criterion=criterion,
    )


def agrees(
    values: Values,
    points: Array,
    expected: Array,
    *,
    name: str,
    within: float,
    reference: str | None = None,
) -> Check:
    """The output agrees with ``expected`` (N,) at ``points`` (N, n) within a relative
    difference."""
    difference = values(points) / expected - 1
    worst = float(np.abs(difference).max())
    where = f" at {len(points)} points" if len(points) > 1 else ""
    return Check(
        name=name,
        passed=bool(worst <= within),
        figure=f"largest difference {100 * worst:.2g} %, mean {100 * difference.mean():+.2g} "
        f"%{where}",
        criterion=f"within {100 * within:g} %",
        reference=reference,
    )


def measured(
    name: str, figure: float, limit: float, *, criterion: str, reference: str | None = None
) -> Check:
    """A number found elsewhere, which must not exceed ``limit``."""
    return Check(
        name=name,
        passed=bool(figure <= limit),
        figure=f"{figure:.2g}",
        criterion=criterion,
        reference=reference,
    )


def points_of(columns: Mapping[str, object], order: tuple[str, ...]) -> Array:
    """Points (N, n) from scalars and arrays by name, broadcast, in the order of the inputs."""
    return np.stack(
        np.broadcast_arrays(*(np.asarray(columns[n], dtype=np.float64) for n in order)), axis=-1
    )
