"""Expected counts of a HistFactory model with their derivatives, compiled from the specification
that pyhf reads.

pyhf gives the parameters, their order, bounds and constraints; the rates and the Jacobian are
written out here, so that a second-order minimiser can use them. K. Cranmer et al.,
CERN-OPEN-2012-016; interpolation codes 4 (normsys) and 4p (histosys) of pyhf.
`lhnets_training.labels.likelihoods.pyhf_profile` compares both at random parameters before any
label is made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

TINY = 1e-10
"""Smallest size of a factor; its logarithm and its inverse must exist."""


class HistFactoryError(Error, ValueError):
    """A specification with something that these labels do not know."""


@dataclass(frozen=True)
class ModifierTerms:
    """One kind of modifier in all cells: the cell and the parameter of each term, and its effects
    up and down."""

    cell: Indices
    parameter: Indices
    up: Array
    down: Array

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, float, float]]) -> ModifierTerms:
        """From tuples (cell, parameter, up, down)."""
        table = np.array(rows, dtype=np.float64).reshape(-1, 4)
        return cls(
            table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3]
        )


@dataclass(frozen=True)
class Expansion:
    """Expected counts (bins,) at one point, their Jacobian (bins, parameters), and their second
    derivatives by `curvature`."""

    rate: Array
    jacobian: Array
    curvature: Callable[[Array], Array]
    """Gives sum_b weights[b] d2 rate_b / d theta_i d theta_j, shape (parameters, parameters), for
    weights (bins,)."""


@dataclass(frozen=True)
class Rates:
    """Expected counts of all bins as a function of the parameters.

    A cell is one bin of one sample: base * product, where the base is nominal + sum of additive
    terms and the product is that of interpolated factors and of parameters. A bin is the sum of its
    cells.
    """

    parameters: int
    bins: int
    bin: Indices
    nominal: Array
    additive: ModifierTerms
    factor: ModifierTerms
    scale: ModifierTerms

    def __call__(self, theta: Array) -> Expansion:
        """The counts and their derivatives at parameters (parameters,)."""
        shift = additive(theta[self.additive.parameter], self.additive.up, self.additive.down)
        factor = multiplicative(theta[self.factor.parameter], self.factor.up, self.factor.down)
        scale = theta[self.scale.parameter]
        scale = np.where(np.abs(scale) < TINY, TINY, scale)
        base = self.nominal + _counted(self.additive.cell, shift[0], len(self.bin))
        product = self._product(np.concatenate([factor[0], scale]))
        log_slope, log_bend = (
            factor[1] / factor[0],
            factor[2] / factor[0] - (factor[1] / factor[0]) ** 2,
        )
        grown = self._spread(self.additive, shift[1])
        logs = self._spread(self.factor, log_slope) + self._spread(self.scale, 1 / scale)
        jacobian = self._sum(product[:, None] * (grown + base[:, None] * logs))

        def curvature(weights: Array) -> Array:
            by_product, by_count = weights[self.bin] * product, weights[self.bin] * base * product
            mixed = (grown.T * by_product) @ logs
            bends = (
                (self.additive, shift[2] * by_product[self.additive.cell]),
                (self.factor, log_bend * by_count[self.factor.cell]),
                (self.scale, -by_count[self.scale.cell] / scale**2),
            )
            diagonal = sum(
                _counted(terms.parameter, values, self.parameters) for terms, values in bends
            )
            return np.asarray(mixed + mixed.T + (logs.T * by_count) @ logs + np.diag(diagonal))

        return Expansion(_counted(self.bin, base * product, self.bins), jacobian, curvature)

    def moves(self, parameter: int) -> bool:
        """Whether a parameter changes any count."""
        shifts, factors = self.additive, self.factor
        return bool(
            (self.scale.parameter == parameter).any()
            or ((shifts.parameter == parameter) & ((shifts.up != 0) | (shifts.down != 0))).any()
            or ((factors.parameter == parameter) & ((factors.up != 1) | (factors.down != 1))).any()
        )

    def is_linear(self, parameter: int, tolerance: float) -> bool:
        """Whether a parameter shifts counts only, up as much as down."""
        own = self.additive.parameter == parameter
        up, down = self.additive.up[own], self.additive.down[own]
        others = (self.factor.parameter == parameter).any() or (
            self.scale.parameter == parameter
        ).any()
        return bool(not others and (np.abs(up + down) <= tolerance * np.abs(up).max()).all())

    def _product(self, factors: Array) -> Array:
        cell, cells = np.concatenate([self.factor.cell, self.scale.cell]), len(self.bin)
        negative = _counted(cell, (factors < 0).astype(np.float64), cells) % 2
        return np.asarray(
            (1.0 - 2.0 * negative) * np.exp(_counted(cell, np.log(np.abs(factors)), cells))
        )

    def _spread(self, terms: ModifierTerms, values: Array) -> Array:
        """The values of terms as a table (cells, parameters)."""
        flat = _counted(
            terms.cell * self.parameters + terms.parameter, values, len(self.bin) * self.parameters
        )
        return flat.reshape(len(self.bin), self.parameters)

    def _sum(self, table: Array) -> Array:
        """The sums (bins, columns) of the cells (cells, columns) of each bin."""
        found = np.zeros((self.bins, table.shape[1]))
        np.add.at(found, self.bin, table)
        return found


def _counted(index: Indices, values: Array, length: int) -> Array:
    """Sums (length,) of the values (M,) of each index (M,)."""
    return np.asarray(np.bincount(index, values, length), dtype=np.float64)


def additive(alpha: Array, up: Array, down: Array) -> tuple[Array, Array, Array]:
    """Interpolation code 4p for shifts ``up`` at +1 and ``down`` at -1: the shift and its two
    derivatives, all (M,)."""
    symmetric, skew = (up - down) / 2, (up + down) / 16
    square = alpha * alpha
    inside = alpha * (symmetric + alpha * skew * (15 + square * (3 * square - 10)))
    slope = symmetric + alpha * skew * (30 + square * (18 * square - 40))
    bend = skew * (30 + square * (90 * square - 120))
    outer = np.where(alpha > 0, up, -down)
    beyond = np.abs(alpha) > 1
    return (
        np.where(beyond, alpha * outer, inside),
        np.where(beyond, outer, slope),
        np.where(beyond, 0.0, bend),
    )


def multiplicative(alpha: Array, up: Array, down: Array) -> tuple[Array, Array, Array]:
    """Interpolation code 4 for factors ``up`` at +1 and ``down`` at -1: the factor and its two
    derivatives, all (M,)."""
    logs = np.log(np.where(alpha > 0, up, down)) * np.sign(alpha)
    outer = np.exp(logs * alpha)
    coefficients = polynomial(up, down)
    powers, n = alpha[:, None] ** np.arange(7), np.arange(7)
    inside = (powers * coefficients).sum(axis=1)
    slope = (powers[:, :6] * (coefficients * n)[:, 1:]).sum(axis=1)
    bend = (powers[:, :5] * (coefficients * n * (n - 1))[:, 2:]).sum(axis=1)
    beyond = np.abs(alpha) >= 1
    found = (np.where(beyond, outer, inside), np.where(beyond, outer * logs, slope))
    return *found, np.where(beyond, outer * logs**2, bend)


def polynomial(up: Array, down: Array) -> Array:
    """Coefficients (M, 7) of the sixth-order polynomial that joins up^alpha and down^-alpha with
    two derivatives at +-1."""
    log_up, log_down = np.log(up), np.log(down)
    conditions = np.stack(
        [
            up - 1, down - 1, up * log_up, -down * log_down, up * log_up**2, down * log_down**2,
        ]
    )  # fmt: skip
    return np.concatenate([np.ones((len(up), 1)), (_INVERSE @ conditions).T], axis=1)


def _inverse() -> Array:
    n = np.arange(1, 7)
    rows = []
    for order in range(3):
        falling = np.prod([n - k for k in range(order)], axis=0) if order else np.ones(6)
        rows += [falling, falling * (-1.0) ** (n - order)]
    return np.asarray(np.linalg.inv(np.array(rows, dtype=np.float64)))


_INVERSE = _inverse()


def compile_rates(
    channels: Iterable[Mapping[str, Any]],
    slices: Mapping[str, slice],
    parameters: int,
    bins: Mapping[str, slice],
) -> Rates:
    """The rates of a specification.

    Parameters
    ----------
    channels
        As in the workspace.
    slices
        Where the parameters of each name stand in the vector.
    parameters
        Length of that vector.
    bins
        Where the bins of each channel stand.

    Raises
    ------
    HistFactoryError
        for a modifier of an unknown type.
    """
    cells: list[tuple[int, float]] = []
    rows: dict[str, list[tuple[int, int, float, float]]] = defaultdict(list)
    total = max(s.stop for s in bins.values())
    for channel in channels:
        first = bins[channel["name"]].start
        for sample in channel["samples"]:
            for b, nominal in enumerate(sample["data"]):
                cells.append((first + b, nominal))
                for modifier in sample["modifiers"]:
                    kind, term = _term(modifier, b, nominal)
                    start = slices[modifier["name"]].start
                    position = start + (b if modifier["type"] in _PER_BIN else 0)
                    rows[kind].append((len(cells) - 1, position, *term))
    where = np.array([c[0] for c in cells], dtype=np.int64)
    nominal_rates = np.array([c[1] for c in cells], dtype=np.float64)
    terms = (ModifierTerms.of(rows[kind]) for kind in ("additive", "factor", "scale"))
    return Rates(parameters, total, where, nominal_rates, *terms)


_PER_BIN = frozenset({"staterror", "shapesys", "shapefactor"})
_SCALES = frozenset({"normfactor", "lumi", *_PER_BIN})


def _term(modifier: Mapping[str, Any], b: int, nominal: float) -> tuple[str, tuple[float, float]]:
    kind, data = modifier["type"], modifier["data"]
    if kind == "histosys":
        return "additive", (data["hi_data"][b] - nominal, data["lo_data"][b] - nominal)
    if kind == "normsys":
        return "factor", (data["hi"], data["lo"])
    if kind in _SCALES:
        return "scale", (0.0, 0.0)
    raise HistFactoryError(
        f"the modifier {modifier['name']!r} is of the type {kind!r}: expected histosys, normsys, "
        f"{', '.join(sorted(_SCALES))}"
    )
