"""ln L of measurements of rates and of ratios to them: quadratic forms in the inputs, confronted
with one Gaussian.

Rates are quadratic forms in Wilson coefficients, and so are the numerators of observables that are
normalised to a rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lhnets_training.fit.links import Link
from lhnets_training.onnx.builder import GraphBuilder

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MeasuredForm(Link):
    """One output: ln L relative to that of ``origin`` (m,), a vector of observables.

    The first m - r observables are rates, the others forms over the rates that ``below`` (r,)
    numbers. They are measured to be ``central`` (m,) with ``covariance`` (m, m).
    """

    central: Array
    covariance: Array
    below: NDArray[np.int64]
    origin: Array

    @cached_property
    def whitening(self) -> Array:
        """W (m, m), for which W W^T is the inverse of the covariance."""
        sigma = np.sqrt(np.diag(self.covariance))
        factor = np.linalg.cholesky(self.covariance / np.outer(sigma, sigma))
        return np.asarray(np.linalg.inv(factor).T / sigma[:, None])

    def forms(self, observables: Array) -> Array:
        """The forms (N, m) behind ``observables`` (N, m)."""
        rates = observables[:, : self._rates]
        return np.concatenate([rates, observables[:, self._rates :] * rates[:, self.below]], axis=1)

    def values(self, forms: Array) -> Array:
        """ln L, shape (N, 1)."""
        rates = forms[:, : self._rates]
        observables = np.concatenate(
            [rates, forms[:, self._rates :] / rates[:, self.below]], axis=1
        )
        return np.asarray(self._at_origin - self._half_square(observables)[:, None])

    def unit(self, t: Array) -> Array:
        """Errors grow with ln L: it is zero at the origin and large far away."""
        return 1 + np.abs(self.values(t))

    def append(self, graph: GraphBuilder, heads: str, spread: str) -> None:
        """Two selections and a quotient, one Gemm, one sum of squares."""
        m, rates = len(self.central), self._rates
        graph.nodes(
            "Split",
            [heads, graph.constant(np.array([rates, m - rates]))],
            ["rates", "numerators"],
            axis=1,
        )
        chosen = graph.affine("rates", np.eye(rates)[:, self.below], np.zeros(m - rates))
        observables = graph.node("Concat", "rates", graph.node("Div", "numerators", chosen), axis=1)
        pulls = graph.affine(observables, self.whitening, -self.central @ self.whitening)
        squares = graph.node("Mul", pulls, pulls)
        graph.affine(squares, np.full((m, 1), -0.5), np.array([self._at_origin]), output="value")
        unit = graph.node("Add", graph.node("Abs", "value"), graph.constant(np.array(1.0)))
        graph.node("Mul", unit, spread, output="uncertainty")

    @property
    def _rates(self) -> int:
        return len(self.central) - len(self.below)

    @property
    def _at_origin(self) -> float:
        return float(self._half_square(self.origin[None])[0])

    def _half_square(self, observables: Array) -> Array:
        pulls = (observables - self.central) @ self.whitening
        return np.asarray((pulls**2).sum(axis=1) / 2)
