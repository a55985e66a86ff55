"""Splines of log cross sections: the baseline of every small table, and a network file where
nothing beats it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from lhnets.format import HalfSpace, Input
from lhnets_training.fit.cross_validation import Fold, Predictor, cross_fit
from lhnets_training.fit.links import Shifted
from lhnets_training.fit.model import Model
from lhnets_training.onnx.builder import Affine
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.recipe import Fitted, Run

Array = NDArray[np.float64]


def log_spline(x: Array, t: Array) -> Predictor:
    """Cubic not-a-knot spline of heads (N, k) over the logarithm of one input (N, 1)."""
    return power_spline(x, t, None)


def power_spline(x: Array, t: Array, power: float | None) -> Predictor:
    """The same over x**power, or over log x without a power."""
    curve = _curve(x, t, power)
    return lambda points: np.asarray(curve(_abscissa(points, power)))


@dataclass(frozen=True)
class Lead:
    """Logarithms of a known function, such as a cross section at leading order, by a cubic spline
    over log x of one input."""

    words: str
    knots: Array
    """Where it was computed, shape (K,), ascending; close enough for the spline to be exact for
    what the heads are known to."""
    logs: Array
    """Its logarithms there for each head, shape (K, k)."""

    def __call__(self, x: Array) -> Array:
        """The logarithms (N, k) at points (N, 1)."""
        return np.asarray(self._curve(np.log(x[:, 0])))

    def corrected(self, factor: Predictor) -> Predictor:
        """Heads from the logarithms of their ratio to the lead."""
        return lambda points: self(points) + factor(points)

    @cached_property
    def _curve(self) -> CubicSpline:
        return CubicSpline(np.log(self.knots), self.logs, bc_type="not-a-knot")


@dataclass(frozen=True)
class CubeSum:
    """A cubic spline as sum_i |u - knots_i|^3 cubes_i + u slope + constant, between the first and
    the last knot."""

    knots: Array
    cubes: Array
    slope: Array
    constant: Array

    @classmethod
    def of(cls, curve: CubicSpline) -> CubeSum:
        """From a spline of scipy with values (k,). The cubes follow from its third derivative, and
        its second at one end."""
        knots = np.asarray(curve.x)
        third, second, width = 6 * curve.c[0], 2 * curve.c[1][0], knots[-1] - knots[0]
        inner = np.diff(third, axis=0) / 12
        last = (second - 6 * (knots[1:-1] - knots[0]) @ inner) / (6 * width)
        first = third[0] / 6 + inner.sum(axis=0) + last
        cubes = np.concatenate([first[None], inner, last[None]])
        low, high = curve(knots[[0, -1]]) - _cubes(knots[[0, -1]], knots) @ cubes
        slope = (high - low) / width
        return cls(knots, cubes, slope, low - slope * knots[0])

    def __call__(self, u: Array) -> Array:
        """Values (N, k) at u (N,)."""
        return np.asarray(
            _cubes(u, self.knots) @ self.cubes + u[:, None] * self.slope + self.constant
        )


@dataclass(frozen=True)
class Spline:
    """Heads by a cubic spline over x**power of one input, or over log x without a power."""

    curve: CubicSpline
    power: float | None

    def __call__(self, x: Array) -> Array:
        """Heads (N, k) at points (N, 1)."""
        return np.asarray(self.curve(_abscissa(x, self.power)))

    def build(self, graph: NetworkGraph) -> Affine:
        """Distances to the knots, their cubes, one Gemm for all heads."""
        cubes = CubeSum.of(self.curve)
        logs = graph.coordinates([True])
        u = (
            logs
            if self.power is None
            else graph.node("Pow", PARAMETERS, graph.constant(np.array([self.power])))
        )
        distance = graph.affine(u, np.ones((1, len(cubes.knots))), -cubes.knots)
        cubed = graph.node(
            "Mul", graph.node("Mul", distance, distance), graph.node("Abs", distance)
        )
        return Affine(((u, cubes.slope[None, :]), (cubed, cubes.cubes)), cubes.constant)


def fit_spline(
    x: Array,
    y: Array,
    run: Run,
    *,
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...],
    link: Shifted,
    power: float | None,
    fold: Fold,
    lead: Lead | None = None,
    nearest: bool = False,
) -> Fitted:
    """Cubic spline of log y over x**power, or over log x without a power, through all rows of a
    table in one input.

    With a ``lead`` the spline is that of the heads less those of the lead, and one spline is
    exported for their sum. ``nearest`` is that of `HeldOut`.
    """

    def fit(rows: Array, t: Array) -> Predictor:
        return (
            power_spline(rows, t, power)
            if lead is None
            else lead.corrected(power_spline(rows, t - lead(rows), power))
        )

    held_out, error = cross_fit(x, y, link, fold, fit, run)
    knots = x if lead is None else np.union1d(x[:, 0], lead.knots)[:, None]
    curve = _curve(knots, fit(x, link.targets(y))(knots), power)
    abscissa = (
        "the logarithm of the input" if power is None else f"the input to the power {power:g}"
    )
    of = "log y" if lead is None else f"log y less that of {lead.words},"

    model = Model(Spline(curve, power), link, error)
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method=f"cubic not-a-knot spline of {of} over {abscissa}; not a trained network",
        framework="scipy",
        framework_version=scipy.__version__,
        hyperparameters={"knots": len(x), "power": "log" if power is None else power},
        held_out=replace(held_out, nearest=nearest),
    )


def _curve(x: Array, t: Array, power: float | None) -> CubicSpline:
    order = np.argsort(x[:, 0])
    return CubicSpline(_abscissa(x[order], power), t[order], bc_type="not-a-knot")


def _abscissa(x: Array, power: float | None) -> Array:
    return np.log(x[:, 0]) if power is None else x[:, 0] ** power


def _cubes(u: Array, knots: Array) -> Array:
    return np.asarray(np.abs(u[:, None] - knots) ** 3)
