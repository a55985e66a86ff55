"""Quadratic and cubic forms in the inputs, and a ratio of them: exact where an observable is one,
as in Wilson coefficients.

A rate is a square of amplitudes that are linear in the coefficients. Where the labels carry the
forms themselves (numerator and denominators integrated over a bin), a ratio is exact, too. Nothing
here is a trained network: the same file format, its error that of rounding and of the integrals
behind the labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from lhnets.format import HalfSpace, Input
from lhnets_training.fit.cross_validation import TENTHS, Mask, predict_folds, tenths
from lhnets_training.fit.links import Link, Normalised, Optimised, Positive, Relative
from lhnets_training.fit.measured_forms import MeasuredForm
from lhnets_training.fit.model import Model
from lhnets_training.fit.uncertainty import fit_constant
from lhnets_training.onnx.builder import Affine
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.recipe import Fitted, HeldOut

Array = NDArray[np.float64]

ROUNDING = 1e-16
STEPS = 20
"""Of the iteration to the maximum of a quasi-likelihood."""
NAMES = {2: "quadratic", 3: "cubic"}
METHODS: dict[type[Link], str] = {
    Relative: "one {} form for each output",
    Positive: "one {} form for the logarithm of each output",
    Normalised: "one {} form for each share, over their sum",
    Optimised: "numerator and two denominators as {} forms",
    MeasuredForm: "rates and numerators of ratios as {} forms, in one multivariate Gaussian",
}


@dataclass(frozen=True)
class Forms:
    """Forms of second or third ``order``, m of them, over coordinates divided by ``scale`` (c,):
    coefficients (terms, m).

    Coordinates are the inputs, or the logarithms of their sums by ``gaps`` (n, c), such as
    differences of masses.
    """

    scale: Array
    coefficients: Array
    gaps: Array | None = None
    order: int = 2

    @classmethod
    def of(cls, x: Array, forms: Array, gaps: Array | None = None) -> Forms:
        """By least squares from points (N, n) and values (N, m); N must exceed the number of
        terms."""
        z = x if gaps is None else np.log(x @ gaps)
        scale, size = np.abs(z).max(axis=0), np.abs(forms).max(axis=0)
        found, *_ = np.linalg.lstsq(terms(z / scale), forms / size, rcond=None)
        return cls(scale, found * size, gaps)

    @classmethod
    def of_rates(cls, x: Array, y: Array, errors: Array, gaps: Array | None = None) -> Forms:
        """Cubic forms for logarithms of rates ``y`` (N, m) with statistical ``errors`` (N, m), such
        as efficiencies in m bins.

        Maximum quasi-likelihood with a variance that is proportional to the rate (P. McCullagh, J.
        A. Nelder, Generalized Linear Models, 1989): a label of zero counts as others. One rate at
        least of each point must be above zero.
        """
        z = x if gaps is None else np.log(x @ gaps)
        scale = np.abs(z).max(axis=0)
        design = terms(z / scale, 3)
        dispersion = ((errors**2).sum(axis=1) / y.sum(axis=1))[:, None]
        rate, coefficients = (
            np.maximum(y, 0.1 * y.mean(axis=0)),
            np.empty((design.shape[1], y.shape[1])),
        )
        for _ in range(STEPS):
            weight, response = np.sqrt(rate / dispersion), np.log(rate) + y / rate - 1
            for k in range(y.shape[1]):
                coefficients[:, k] = np.linalg.lstsq(
                    design * weight[:, [k]], (response * weight)[:, k], rcond=None
                )[0]
            rate = np.exp(design @ coefficients)
        return cls(scale, coefficients, gaps, 3)

    def __call__(self, x: Array) -> Array:
        """Values (N, m) at points (N, n)."""
        z = x if self.gaps is None else np.log(x @ self.gaps)
        return np.asarray(terms(z / self.scale, self.order) @ self.coefficients)

    def build(self, graph: NetworkGraph) -> Affine:
        """The nodes: as many selections of factors from 1 and the inputs as the order, their
        products, one Gemm."""
        n, source = len(self.scale), PARAMETERS
        if self.gaps is not None:
            source = graph.node("Log", graph.affine(PARAMETERS, self.gaps, np.zeros(n)))
        selected = []
        for factor in factors(n, self.order):
            weights = np.eye(n + 1)[1:, factor] / self.scale[:, None]
            selected.append(graph.affine(source, weights, (factor == 0).astype(np.float64)))
        products = selected[0]
        for other in selected[1:]:
            products = graph.node("Mul", products, other)
        return Affine(((products, self.coefficients),), np.zeros(self.coefficients.shape[1]))


def factors(n: int, order: int = 2) -> NDArray[np.int64]:
    """The factors of each term, 0 for one and 1 to n for the inputs, shape (order, terms)."""
    return np.array(list(combinations_with_replacement(range(n + 1), order)), dtype=np.int64).T


def terms(x: Array, order: int = 2) -> Array:
    """1, the inputs and their products up to an order, shape (N, (n + order)!/(n! order!))."""
    known = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    return np.asarray(known[:, factors(x.shape[1], order)].prod(axis=1))


def fit_forms(
    x: Array,
    y: Array,
    seed: int,
    *,
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...] = (),
    forms: Array | None = None,
    gaps: Array | None = None,
    link: Link | None = None,
    errors: Array | None = None,
) -> Fitted:
    """Outputs (N, k) from ``forms`` (N, m), which are the outputs themselves where none are given,
    over the coordinates of ``gaps`` as in `Forms`. Outputs with ``errors`` (N, k) are noisy rates,
    fitted by `Forms.of_rates`.

    Every row is judged by a fit to nine tenths of the others; the published forms are fitted to all
    rows.
    """
    link, values = link or Relative(), y if forms is None else forms

    def of(rows: Mask) -> Forms:
        if errors is not None:
            return Forms.of_rates(x[rows], y[rows], errors[rows], gaps)
        return Forms.of(x[rows], values[rows], gaps)

    fold = tenths(len(x), seed)
    t = predict_folds(fold, lambda kept, held: of(kept)(x[held]))
    value, unit = link.values(t), link.unit(t)
    final, error = of(np.ones(len(x), dtype=bool)), fit_constant((value - y) / unit, ROUNDING)
    model = Model(final, link, error)
    found_by = "least squares" if errors is None else "maximum quasi-likelihood"
    return Fitted(
        predict=model.predict,
        export=lambda scale: model.export(inputs, region, scale),
        method=f"{METHODS[type(link)].format(NAMES[final.order])}, by {found_by}; not a trained "
        "network",
        framework="numpy",
        framework_version=np.__version__,
        hyperparameters={
            "terms": len(final.coefficients),
            "forms": final.coefficients.shape[1],
            "folds": TENTHS,
        },
        held_out=HeldOut(rows=np.arange(len(x)), fold=fold, value=value, spread=unit * error(x)),
    )
