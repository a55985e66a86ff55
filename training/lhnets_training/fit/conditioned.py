"""Gaussian processes given the rows of a table, and what they say of rows without these.

The process has a quadratic trend with free weights. What it says of a row, or of a part of the
rows, without them follows from one matrix (O. Dubrule, Mathematical Geology 15 (1983) 687).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, qr

from lhnets_training.fit.coordinates import Coordinates
from lhnets_training.fit.kernels import SMOOTH, Kernel, Process

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

NUGGET = 1e-11
"""Added to the unit diagonal of the kernel, for the rounding of the matrix."""
SMALLEST = 1e-14
"""Residual over the spread of a target: smaller ones are rounding."""


@dataclass(frozen=True)
class LeftOut:
    """Rows that a process is judged by: of planes of a grid, and of whole neighbourhoods."""

    planes: Sequence[Rows] = ()
    parts: Sequence[Rows] = ()


@dataclass(frozen=True)
class Conditioned:
    """The process of rows at given lengths: weights of kernel and trend, in standardised targets,
    and the shares of the rows."""

    kernel: Kernel
    z: Array
    length: Array
    mean: Array
    scale: Array
    weights: Array
    trend: Array
    precision: Array
    """Inverse covariance of the rows beside the trend, (N, N), which tells of rows left out."""
    curved: Mask

    @property
    def residuals(self) -> Array:
        """Truth minus what the process says of each row without it, shape (N, k)."""
        return np.asarray(self.weights / np.diag(self.precision)[:, None] * self.scale)

    def leave_out(self, part: Rows) -> Array:
        """Truth minus what the process says of the rows of ``part`` without them, (rows, k)."""
        block = self.precision[np.ix_(part, part)]
        return np.asarray(np.linalg.solve(block, self.weights[part]) * self.scale)

    def leave_out_each(self, planes: Sequence[Rows]) -> Array:
        """The same for each row by itself, or with the rows of one of ``planes`` if it errs more.

        Rows of a grid are told by their neighbours along a fine coordinate, however coarse another
        is: the truth between the rows is told by what is said of rows without their plane.
        """
        worst = self.residuals
        for plane in planes:
            found = self.leave_out(plane)
            larger = np.abs(found) > np.abs(worst[plane])
            worst[plane] = np.where(larger, found, worst[plane])
        return worst

    def score(self, left: LeftOut) -> float:
        """Logarithm of the size of the errors of rows left out, each by itself or in a plane, and
        in parts, in the spread of the targets.

        The mean square and the median count alike, and so do single rows and the parts of each
        size.
        """
        sizes = [self.leave_out_each(left.planes) / self.scale]
        for size in sorted({len(part) for part in left.parts}):
            found = [self.leave_out(part) for part in left.parts if len(part) == size]
            sizes.append(np.concatenate(found) / self.scale)
        return float(np.mean([_log_size(size) for size in sizes]))

    def process(self, coordinates: Coordinates) -> Process:
        """The process of all rows."""
        slopes = self.trend * self.scale
        middle, spread = self.z.mean(axis=0), self.z.std(axis=0)
        n = self.z.shape[1]
        first, second = slopes[1 : n + 1] / spread[:, None], np.zeros((n, slopes.shape[1]))
        second[self.curved] = slopes[n + 1 :] / spread[self.curved, None] ** 2
        constant = self.mean + slopes[0] - middle @ first + middle**2 @ second
        trend = np.concatenate([first - 2 * middle[:, None] * second, second])
        return Process(
            coordinates,
            self.kernel,
            self.z,
            self.length,
            self.weights * self.scale,
            constant,
            trend,
        )


def condition(
    z: Array,
    y: Array,
    length: Array,
    nugget: Array | float = NUGGET,
    curved: Mask | None = None,
    kernel: Kernel = SMOOTH,
) -> Conditioned:
    """The process of rows z (N, c), y (N, k) with given lengths; ``nugget`` adds to the unit
    variance, for each row or all.

    The trend has the squares of those coordinates that are marked in ``curved`` (c,), of all by
    default.
    """
    mean, scale = y.mean(axis=0), y.std(axis=0)
    marked = np.ones(z.shape[1], dtype=bool) if curved is None else curved
    target, trend = (y - mean) / scale, _trend(z, marked)
    matrix = kernel(z, z, length) + nugget * np.eye(len(z))
    solve = _solve_beside if kernel.needs_trend else _solve
    weights, slopes, precision = solve(matrix, trend, target)
    return Conditioned(kernel, z, length, mean, scale, weights, slopes, precision, marked)


def _solve(matrix: Array, trend: Array, target: Array) -> tuple[Array, Array, Array]:
    """Weights of the kernel and of the trend, and the inverse with the trend projected out."""
    columns = [len(matrix), len(matrix) + trend.shape[1]]
    every = np.concatenate([np.eye(len(matrix)), trend, target], axis=1)
    solved = cho_solve(cho_factor(matrix), every)
    inverse, of_trend, of_target = np.split(solved, columns, axis=1)
    normal = trend.T @ of_trend
    slopes = np.linalg.solve(normal, trend.T @ of_target)
    precision = inverse - of_trend @ np.linalg.solve(normal, of_trend.T)
    return of_target - of_trend @ slopes, slopes, precision


def _solve_beside(matrix: Array, trend: Array, target: Array) -> tuple[Array, Array, Array]:
    """The same for a matrix that is positive definite beside the trend only."""
    beside = qr(trend)[0][:, trend.shape[1] :]
    precision = beside @ cho_solve(cho_factor(beside.T @ matrix @ beside), beside.T)
    weights = precision @ target
    slopes = np.linalg.lstsq(trend, target - matrix @ weights, rcond=None)[0]
    return weights, slopes, precision


def _log_size(residual: Array) -> float:
    """Logarithm of the root mean square and of the median of residuals (N, k), on average."""
    size = np.maximum(np.abs(residual), SMALLEST)
    median = np.median(size, axis=0)
    return float((np.log((size**2).mean(axis=0)) / 2 + np.log(median)).mean() / 2)


def _trend(z: Array, curved: Mask) -> Array:
    u = (z - z.mean(axis=0)) / z.std(axis=0)
    return np.concatenate([np.ones((len(z), 1)), u, u[:, curved] ** 2], axis=1)
