"""The exported file against the model that it was made from: value, uncertainty and reach, by two
programs.

A card's `parity` states the largest differences. Recipes, tables, event runs and imports refuse a
file that differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets.format import Output, Parity
from lhnets_training.pipeline.rounding import DoubleRun, allow_rounding, exceeded

Array = NDArray[np.float64]

VALUE = 1e-5
"""Largest difference of values: relative if the output is logarithmic, else over the spread of the
output."""
UNCERTAINTY = 1e-3
"""Largest relative difference of uncertainties."""
REACH = 1e-5
"""Largest difference of reaches, relative above 1."""
ROUNDING = 0.05
"""Share of the uncertainty by which values may differ if the model itself is no better in double
precision."""

REMEDY = "The graph of the fit and its `predict` compute different numbers: correct the export"


class ParityError(Error, RuntimeError):
    """A file that does not give what the model gives that it was made from."""


@dataclass(frozen=True)
class ModelAnswers:
    """``value`` and ``uncertainty`` (N, k), and ``reach`` (N,)."""

    value: Array
    uncertainty: Array
    reach: Array

    @classmethod
    def of_file(cls, outputs: Mapping[str, NDArray[Any]]) -> ModelAnswers:
        """From the outputs of a file by their names."""
        return cls(outputs["value"], outputs["uncertainty"], outputs["reach"])

    def take(self, rows: NDArray[np.int64]) -> ModelAnswers:
        """Those of some rows."""
        return ModelAnswers(self.value[rows], self.uncertainty[rows], self.reach[rows])


@dataclass(frozen=True)
class Difference:
    """The largest difference of one quantity, the limit it must keep, and both numbers where it is
    largest."""

    quantity: str
    largest: float
    limit: float
    where: str
    against: str = ""
    """The run of the model, where it is not that in its own precision."""

    @property
    def passed(self) -> bool:
        """Whether file and model agree."""
        return self.largest <= self.limit


@dataclass(frozen=True)
class Compared:
    """Differences of file and model on one set of points."""

    what: str
    points: int
    value: Difference
    uncertainty: Difference
    reach: Difference
    precision: tuple[Difference, ...] = ()
    """Where the values of the file are farther from double precision than those of the model."""

    @property
    def failures(self) -> list[Difference]:
        """Quantities that differ by more than their limits."""
        judged = (self.value, self.uncertainty, self.reach, *self.precision)
        return [d for d in judged if not d.passed]


def compare(
    what: str,
    expected: ModelAnswers,
    found: ModelAnswers,
    outputs: Sequence[Output],
    tell_point: Callable[[int], str],
    *,
    rounding: float = 0.0,
    exact: DoubleRun | None = None,
) -> Compared:
    """Compare the ``found`` answers of a file with the ``expected`` ones of the model, at the same
    points.

    Parameters
    ----------
    what : the set of points, as the card says it
    tell_point : from the number of a point to its text, for messages
    rounding : share of the uncertainty by which values may differ, `ROUNDING` or none
    exact : the model in double precision, where it is in single: values may differ by `TIMES` the
        rounding of the model at each point, if those of the file are altogether as near to double
        precision as those of the model
    """
    log = [o.scale == "log" for o in outputs]
    unit = np.where(log, np.abs(expected.value), _find_spread(expected.value))
    value = _measure(expected.value, found.value, unit)
    allowed = np.maximum(
        VALUE, rounding * np.abs(expected.uncertainty) / np.maximum(unit, np.finfo(float).tiny)
    )
    precision: tuple[Difference, ...] = ()
    rounded = np.flatnonzero((value > allowed).any(axis=1))
    if exact is not None and len(rounded):
        near = exact.rounding_at(rounded) / np.broadcast_to(unit, value.shape)[rounded]
        precision = tuple(_judge_precision(exact.value, expected, found, value, unit, outputs))
        allowed[rounded] = np.maximum(allowed[rounded], allow_rounding(near))
    reach, reach_found = expected.reach[:, None], found.reach[:, None]

    def tell(row: int, column: int) -> str:
        return f" of {outputs[column].name} at {tell_point(row)}"

    return Compared(
        what,
        len(expected.value),
        _find_largest("value", value, allowed, expected.value, found.value, tell),
        _find_largest(
            "uncertainty",
            _measure(expected.uncertainty, found.uncertainty, np.abs(expected.uncertainty)),
            np.full(value.shape, UNCERTAINTY),
            expected.uncertainty,
            found.uncertainty,
            tell,
        ),
        _find_largest(
            "reach",
            _measure(reach, reach_found, np.maximum(np.abs(reach), 1.0)),
            np.full(reach.shape, REACH),
            reach,
            reach_found,
            lambda row, _: f" at {tell_point(row)}",
        ),
        precision,
    )


def _judge_precision(
    exact: Array,
    expected: ModelAnswers,
    found: ModelAnswers,
    between: Array,
    unit: Array,
    outputs: Sequence[Output],
) -> Iterator[Difference]:
    """Quantiles at which the values of the file are farther from the ``exact`` ones than those of
    the model; where both agree they are equally near."""
    model, file = (_measure(exact, a.value, unit) for a in (expected, found))
    model = np.where(np.isfinite(model), model, 0.0)
    file = np.where(between <= VALUE, np.minimum(file, model), file)
    for column, output in enumerate(outputs):
        over = exceeded(file[:, column], model[:, column], VALUE)
        if over is not None:
            yield Difference(
                "value",
                over.error,
                over.limit,
                f"{output.name} at the {100 * over.share:g} % quantile, where the model in single "
                f"precision is off by {over.other:.1e}",
                " in double precision",
            )


def require_parity(compared: Sequence[Compared], model: str, remedy: str = REMEDY) -> None:
    """Refuse a file that differs from the ``model``, given as a text.

    Raises
    ------
    ParityError
        with the quantity and the point that differ most, and the ``remedy``.
    """
    failures = [(d, c) for c in compared for d in c.failures]
    if not failures:
        return
    worst, on = max(failures, key=lambda f: f[0].largest / f[0].limit)
    raise ParityError(
        f"the {worst.quantity} of the file differs from that of {model}{worst.against} by "
        f"{worst.largest:.1e} on {on.what}, expected at most {worst.limit:.1e}: {worst.where}. "
        f"{remedy}"
    )


def describe_parity(compared: Sequence[Compared], against: str) -> Parity:
    """The largest differences as the card says them; ``against`` is the model."""
    what = " and ".join(f"{c.points:,} {c.what}" for c in compared)
    return Parity(
        points=sum(c.points for c in compared),
        max_relative=_round(max(c.value.largest for c in compared)),
        max_uncertainty=_round(max(c.uncertainty.largest for c in compared)),
        max_reach=_round(max(c.reach.largest for c in compared)),
        against=f"{against}, {what}",
    )


def _measure(expected: Array, found: Array, unit: Array) -> Array:
    """|found - expected| / unit; zero where both are the same infinity or NaN, infinite where only
    one is."""
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = np.where(same, 0.0, np.abs(found - expected) / unit)
    return np.nan_to_num(difference, nan=np.inf)


def _find_largest(
    quantity: str,
    difference: Array,
    allowed: Array,
    expected: Array,
    found: Array,
    tell: Callable[[int, int], str],
) -> Difference:
    """The largest difference; if any exceeds what is allowed at its point, that which exceeds it
    most."""
    over = difference / allowed
    judged = over if (over > 1).any() else difference
    row, column = (int(k) for k in np.unravel_index(int(np.argmax(judged)), judged.shape))
    numbers = f"{expected[row, column]:.8g}, file {found[row, column]:.8g}"
    return Difference(
        quantity,
        float(difference[row, column]),
        float(allowed[row, column]),
        f"model {numbers}{tell(row, column)}",
    )


def _find_spread(values: Array) -> Array:
    finite = np.where(np.isfinite(values), values, 0.0)
    found = finite.std(axis=0)
    return np.asarray(
        np.where(found > 0, found, np.maximum(np.abs(finite).max(axis=0, initial=0.0), 1e-300))
    )


def _round(number: float) -> float:
    return float(f"{number:.3g}")
