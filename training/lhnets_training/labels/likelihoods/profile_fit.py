"""Minimising -2 ln L of counts with constraints: Newton steps with damping inside the bounds of the
parameters.

With exact second derivatives a dozen steps of a millisecond take the place of thousands of
likelihood evaluations with numerical derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.special import gammaln

from lhnets.errors import Error
from lhnets_training.labels.likelihoods.histfactory import Expansion

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Expand: TypeAlias = Callable[[Array], Expansion]
"""Expected counts and their derivatives at parameters (parameters,)."""

STEPS = 500
TOLERANCE = 1e-9
"""A fit ends with a step that can lower -2 ln L by no more than this; what it leaves is far
smaller."""
ENOUGH = 1e-3
"""Damping at which a step still is nearly Newton's."""
SMALLEST, FIRST, LARGEST = 1e-8, 1e-3, 1e12
"""Damping below the first counts as none; a step that fails begins with the second; beyond the
third nothing helps."""
FLOOR = 1e-6


class FitError(Error, RuntimeError):
    """A fit that did not end in a minimum."""


@dataclass(frozen=True)
class Constraints:
    """Constraint terms of the parameters: Gaussian where ``sigma`` is finite, Poisson where ``tau``
    > 0, both (parameters,)."""

    sigma: Array
    tau: Array

    @property
    def gaussian(self) -> Mask:
        """Which parameters have a Gaussian constraint."""
        return np.isfinite(self.sigma)

    @property
    def poisson(self) -> Mask:
        """Which parameters have a Poisson constraint."""
        return self.tau > 0

    def expected(self, theta: Array) -> Array:
        """The auxiliary measurements (parameters,) that parameters would give; zero where there is
        none."""
        return np.where(self.gaussian, theta, 0.0) + self.tau * theta

    def terms(self, theta: Array, auxiliary: Array) -> tuple[float, Array, Array]:
        """Their part of -2 ln L with all constants, its gradient and its second derivatives
        (parameters,)."""
        g, p = self.gaussian, self.poisson
        pull = (theta[g] - auxiliary[g]) / self.sigma[g]
        value = float((pull**2 + np.log(2 * np.pi * self.sigma[g] ** 2)).sum())
        gradient, curvature = np.zeros_like(theta), np.zeros_like(theta)
        gradient[g], curvature[g] = 2 * pull / self.sigma[g], 2 / self.sigma[g] ** 2
        if p.any():
            rate, found = self.tau[p] * theta[p], auxiliary[p]
            value += twice_nll(found, rate)
            gradient[p] = 2 * (self.tau[p] - found / theta[p])
            curvature[p] = 2 * found / theta[p] ** 2
        return value, gradient, curvature


@dataclass(frozen=True)
class FitData:
    """What was measured, or what an Asimov data set says: counts (bins,) and auxiliary measurements
    (parameters,)."""

    counts: Array
    auxiliary: Array


@dataclass(frozen=True)
class Minimum:
    """The end of a fit: -2 ln L with all constants, and the parameters there."""

    twice_nll: float
    theta: Array
    steps: int


@dataclass(frozen=True)
class Objective:
    """-2 ln L of data under rates and constraints, and the bounds of the parameters."""

    rates: Expand
    constraints: Constraints
    data: FitData
    low: Array
    high: Array

    def value(self, theta: Array) -> float:
        """-2 ln L; infinite where a rate is not positive though there are counts."""
        return self._whole(
            self.rates(theta).rate, self.constraints.terms(theta, self.data.auxiliary)[0]
        )

    def derivatives(self, theta: Array) -> tuple[float, Array, Array]:
        """-2 ln L, its gradient (parameters,) and its second derivatives (parameters,
        parameters)."""
        at = self.rates(theta)
        constraint, gradient, curvature = self.constraints.terms(theta, self.data.auxiliary)
        missing = 2 * (1 - self.data.counts / at.rate)
        matrix = (at.jacobian.T * (2 * self.data.counts / at.rate**2)) @ at.jacobian + at.curvature(
            missing
        )
        return (
            self._whole(at.rate, constraint),
            gradient + missing @ at.jacobian,
            matrix + np.diag(curvature),
        )

    def _whole(self, rate: Array, constraint: float) -> float:
        if not (rate > 0).all():
            return float("inf")
        return twice_nll(self.data.counts, rate) + constraint


def twice_nll(counts: Array, rate: Array) -> float:
    """-2 ln of Poisson probabilities, continued to counts that are not whole, as pyhf does."""
    return float(-2 * (counts * np.log(rate) - rate - gammaln(counts + 1)).sum())


def minimise(objective: Objective, start: Array, free: Mask) -> Minimum:
    """The minimum over the ``free`` parameters, from ``start``; the others stay there.

    Raises
    ------
    FitError
        If the start has no finite likelihood or the steps do not end.
    """
    theta, damping = np.clip(start, objective.low, objective.high), 0.0
    theta[~free] = start[~free]
    value, gradient, matrix = objective.derivatives(theta)
    if not np.isfinite(value):
        raise FitError(
            "the likelihood is not finite where a fit starts: expected positive rates in every bin"
        )
    for step in range(STEPS):
        moving = np.flatnonzero(free & ~_pushed_out(objective, theta, gradient))
        change = _step(gradient[moving], matrix[np.ix_(moving, moving)], damping)
        if change is not None:
            ended = damping <= ENOUGH and float(-gradient[moving] @ change) / 2 < TOLERANCE
            trial = theta.copy()
            trial[moving] = np.clip(
                theta[moving] + change, objective.low[moving], objective.high[moving]
            )
            reached = objective.value(trial)
            if ended:
                return Minimum(min(value, reached), trial if reached <= value else theta, step)
            if reached <= value:
                theta, damping = trial, damping / 10 if damping > SMALLEST else 0.0
                value, gradient, matrix = objective.derivatives(theta)
                continue
        damping = max(10 * damping, FIRST)
        if damping > LARGEST:
            return Minimum(value, theta, step)
    raise FitError(f"{STEPS} steps did not end in a minimum of -2 ln L")


def _pushed_out(objective: Objective, theta: Array, gradient: Array) -> Mask:
    return np.asarray(
        ((theta <= objective.low) & (gradient > 0)) | ((theta >= objective.high) & (gradient < 0))
    )


def _step(gradient: Array, matrix: Array, damping: float) -> Array | None:
    """The damped Newton step; None where the damped matrix is not positive definite."""
    diagonal = np.abs(np.diag(matrix))
    try:
        factor = cho_factor(
            matrix + np.diag(damping * np.maximum(diagonal, FLOOR * diagonal.max(initial=0.0)))
        )
    except LinAlgError:
        return None
    return np.asarray(cho_solve(factor, -gradient))
