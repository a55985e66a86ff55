"""Physics checks of tables that give several orders or energies as outputs."""

from __future__ import annotations

from lhnets.format import Check
from lhnets_training.recipe import Array


def ratio(
    above: Array, below: Array, low: float, high: float, *, name: str, criterion: str
) -> Check:
    """The ratio of two outputs (N,) at the same points lies in [low, high] everywhere."""
    found = above / below
    return Check(
        name=name,
        passed=bool((found >= low).all() and (found <= high).all()),
        figure=f"{found.min():.3g} to {found.max():.3g} at {len(found)} points",
        criterion=criterion,
    )


def rises(values: Array, *, name: str, criterion: str) -> Check:
    """Values (lines, steps) rise from step to step on every line."""
    steps = values[:, 1:] - values[:, :-1]
    falling = int((steps <= 0).sum())
    return Check(
        name=name,
        passed=falling == 0,
        figure=f"{falling} steps of {steps.size} do not rise; from {values.min():.3g} to "
        f"{values.max():.3g}",
        criterion=criterion,
    )
