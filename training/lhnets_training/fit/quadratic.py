"""Quadratic and cubic forms in the inputs, and a ratio of them: exact where an observable is one, as in Wilson coefficients.

A rate is a square of amplitudes that are linear in the coefficients. Where the labels carry the forms themselves (numerator and
denominators integrated over a bin), a ratio is exact, too. Nothing here is a trained network: the same file format, its error
that of rounding and of the integrals behind the labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from lhnets.format import HalfSpace, Input
from lhnets_training.fit.cross_validation import TENTHS, Mask, predict_folds, tenths
from lhnets_training.onnx.export import PARAMETERS, Graph
from lhnets_training.recipe import Fitted, HeldOut

Array = NDArray[np.float64]

ROUNDING = 1e-16
STEPS = 20
"""Of the iteration to the maximum of a quasi-likelihood."""
NAMES = {2: "quadratic", 3: "cubic"}


@dataclass(frozen=True)
class Forms:
    """Forms of second or third ``order``, m of them, over coordinates divided by ``scale`` (c,): coefficients (terms, m).

    Coordinates are the inputs, or the logarithms of their sums by ``gaps`` (n, c), such as differences of masses.
    """

    scale: Array
    coefficients: Array
    gaps: Array | None = None
    order: int = 2

    @classmethod
    def of(cls, x: Array, forms: Array, gaps: Array | None = None) -> Forms:
        """By least squares from points (N, n) and values (N, m); N must exceed the number of terms."""
        z = x if gaps is None else np.log(x @ gaps)
        scale, size = np.abs(z).max(axis=0), np.abs(forms).max(axis=0)
        found, *_ = np.linalg.lstsq(terms(z / scale), forms / size, rcond=None)
        return cls(scale, found * size, gaps)

    @classmethod
    def of_rates(cls, x: Array, y: Array, errors: Array, gaps: Array | None = None) -> Forms:
        """Cubic forms for logarithms of rates ``y`` (N, m) with statistical ``errors`` (N, m), such as efficiencies in m bins.

        Maximum quasi-likelihood with a variance that is proportional to the rate (P. McCullagh, J. A. Nelder, Generalized
        Linear Models, 1989): a label of zero counts as others. One rate at least of each point must be above zero.
        """
        z = x if gaps is None else np.log(x @ gaps)
        scale = np.abs(z).max(axis=0)
        design = terms(z / scale, 3)
        dispersion = ((errors**2).sum(axis=1) / y.sum(axis=1))[:, None]
        rate, coefficients = np.maximum(y, 0.1 * y.mean(axis=0)), np.empty((design.shape[1], y.shape[1]))
        for _ in range(STEPS):
            weight, response = np.sqrt(rate / dispersion), np.log(rate) + y / rate - 1
            for k in range(y.shape[1]):
                coefficients[:, k] = np.linalg.lstsq(design * weight[:, [k]], (response * weight)[:, k], rcond=None)[0]
            rate = np.exp(design @ coefficients)
        return cls(scale, coefficients, gaps, 3)

    def __call__(self, x: Array) -> Array:
        """Values (N, m) at points (N, n)."""
        z = x if self.gaps is None else np.log(x @ self.gaps)
        return np.asarray(terms(z / self.scale, self.order) @ self.coefficients)

    def build(self, graph: Graph) -> str:
        """The nodes: as many selections of factors from 1 and the inputs as the order, their products, one Gemm."""
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
        return graph.affine(products, self.coefficients, np.zeros(self.coefficients.shape[1]))


def factors(n: int, order: int = 2) -> NDArray[np.int64]:
    """The factors of each term, 0 for one and 1 to n for the inputs, shape (order, terms)."""
    return np.array(list(combinations_with_replacement(range(n + 1), order)), dtype=np.int64).T


def terms(x: Array, order: int = 2) -> Array:
    """1, the inputs and their products up to an order, shape (N, (n + order)!/(n! order!))."""
    known = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    return np.asarray(known[:, factors(x.shape[1], order)].prod(axis=1))


class Plain:
    """The outputs are the forms."""

    method = "one {} form for each output"

    def values(self, forms: Array) -> Array:
        """The forms (N, k) themselves."""
        return forms

    def unit(self, value: Array) -> Array:
        """Errors are relative: rounding."""
        return np.abs(value)

    def build(self, graph: Graph, forms: str) -> str:
        """Name them `value`; gives the tensor of their unit."""
        graph.node("Identity", forms, output="value")
        return graph.node("Abs", "value")


class Normalised(Plain):
    """The outputs are the shares of the forms in their sum: branching ratios from partial widths."""

    method = "one {} form for each share, over their sum"

    def values(self, forms: Array) -> Array:
        """Each row sums to one."""
        return np.asarray(forms / forms.sum(axis=1, keepdims=True))

    def build(self, graph: Graph, forms: str) -> str:
        """One sum and one quotient."""
        total = graph.node("ReduceSum", forms, graph.constant(np.array([1])), keepdims=1)
        graph.node("Div", forms, total, output="value")
        return graph.node("Abs", "value")


class Exponential(Plain):
    """The outputs are exponentials of the forms, which are their logarithms."""

    method = "one {} form for the logarithm of each output"

    def values(self, forms: Array) -> Array:
        """Positive numbers (N, k)."""
        return np.asarray(np.exp(forms))

    def build(self, graph: Graph, forms: str) -> str:
        """One Exp, which is the unit, too."""
        return graph.node("Exp", forms, output="value")


class Optimised:
    """One output: s5 / (2 sqrt(-s2s s2c)) of three forms, as the angular observable P5' of B -> K* mu mu."""

    method = "numerator and two denominators as {} forms"

    def values(self, forms: Array) -> Array:
        """Shape (N, 1), of forms (N, 3)."""
        return np.asarray(forms[:, :1] / (2 * np.sqrt(-forms[:, 1:2] * forms[:, 2:3])))

    def unit(self, value: Array) -> Array:
        """Errors are absolute: the output crosses zero."""
        return np.ones_like(value)

    def build(self, graph: Graph, forms: str) -> str:
        """Split, and the quotient; gives the tensor of the unit."""
        graph.nodes("Split", [forms, graph.constant(np.array([1, 1, 1]))], ["s5", "s2s", "s2c"], axis=1)
        below = graph.node("Sqrt", graph.node("Mul", graph.node("Neg", "s2s"), "s2c"))
        graph.node("Mul", graph.node("Div", "s5", below), graph.constant(np.array(0.5)), output="value")
        return graph.node(
            "Add", graph.node("Mul", "value", graph.constant(np.array(0.0))), graph.constant(np.array(1.0))
        )


def fit_forms(
    x: Array,
    y: Array,
    seed: int,
    *,
    inputs: tuple[Input, ...],
    region: tuple[HalfSpace, ...] = (),
    forms: Array | None = None,
    gaps: Array | None = None,
    end: Plain | Optimised | None = None,
    errors: Array | None = None,
) -> Fitted:
    """Outputs (N, k) from ``forms`` (N, m), which are the outputs themselves where none are given,
    over the coordinates of ``gaps`` as in `Forms`. Outputs with ``errors`` (N, k) are noisy rates, fitted by `Forms.of_rates`.

    Every row is judged by a fit to nine tenths of the others; the published forms are fitted to all rows.
    """
    end, values = end or Plain(), y if forms is None else forms

    def of(rows: Mask) -> Forms:
        if errors is not None:
            return Forms.of_rates(x[rows], y[rows], errors[rows], gaps)
        return Forms.of(x[rows], values[rows], gaps)

    fold = tenths(len(x), seed)
    value = predict_folds(fold, lambda kept, held: end.values(of(kept)(x[held])))
    relative = (value - y) / end.unit(value)
    final, error = of(np.ones(len(x), dtype=bool)), _rms(relative)
    found_by = "least squares" if errors is None else "maximum quasi-likelihood"

    def predict(points: Array) -> tuple[Array, Array]:
        found = end.values(final(points))
        return found, end.unit(found) * error

    def export(scale: Array) -> bytes:
        graph = Graph(inputs, region)
        unit = end.build(graph, final.build(graph))
        graph.node("Mul", unit, graph.constant(error * scale), output="uncertainty")
        graph.reach()
        return graph.serialize(y.shape[1])

    return Fitted(
        predict=predict,
        export=export,
        method=f"{end.method.format(NAMES[final.order])}, by {found_by}; not a trained network",
        framework="numpy",
        framework_version=np.__version__,
        hyperparameters={"terms": len(final.coefficients), "forms": final.coefficients.shape[1], "folds": TENTHS},
        held_out=HeldOut(rows=np.arange(len(x)), fold=fold, value=value, spread=end.unit(value) * error),
    )


def _rms(residual: Array) -> Array:
    """Of each column, not below rounding."""
    return np.asarray(np.maximum(np.sqrt((residual**2).mean(axis=0)), ROUNDING))
