"""Predictions made of predictions: cross section times branching ratio times efficiency, and sums of such.

Uncertainties are propagated to first order. A prediction that enters more than once (squared, or in several terms of a sum)
counts once, with its whole derivative; different predictions are taken as independent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.prediction import Prediction, Shift, Values
from lhnets._asking import units
from lhnets.errors import ParameterError

Key: TypeAlias = tuple[Any, ...]


class Source(NamedTuple):
    """A prediction of one network, and the derivative of a composed value by it."""

    prediction: Prediction
    slope: Values


class Composed(Prediction):
    """A value made of predictions, with its unit; used like a prediction of one network.

    Attributes
    ----------
    value, uncertainty, reach, unit
        As of a prediction; ``reach`` is the largest of its sources.
    sources : tuple of Source
        The predictions it is made of, and its derivatives by them.
    """

    __slots__ = ("_sources", "_unit")

    def __init__(self, value: Values, unit: str, sources: Mapping[Key, Source]) -> None:
        self.value = _plain(value)
        self.energy = None
        self._row = None
        self._unit = unit
        self._sources = dict(sources)
        self.uncertainty = quadrature(s.slope * s.prediction.uncertainty for s in self.sources)
        self.reach = _largest(s.prediction.reach for s in self.sources)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The predictions it is made of."""
        return tuple(self._sources.values())

    @property
    def unit(self) -> str:
        """Unit of value and uncertainty."""
        return self._unit

    @property
    def network(self) -> str:
        """NAME@VERSION of the networks that answered."""
        return ", ".join(dict.fromkeys(s.prediction.network for s in self.sources))

    @property
    def order(self) -> str | None:
        """The perturbative order, where all sources that have one share it."""
        orders = {s.prediction.order for s in self.sources} - {None}
        return orders.pop() if len(orders) == 1 else None

    @property
    def title(self) -> str:
        """The titles of the networks."""
        return "; ".join(dict.fromkeys(s.prediction.title for s in self.sources))

    @property
    def conditions(self) -> str:
        """Empty: each source has its own."""
        return ""

    def __getattr__(self, name: str) -> NoReturn:
        """What belongs to one network alone, such as its card, is found in the sources."""
        hint = ": it is made of several predictions, each in .sources" if name in {"card", "output"} else ""
        raise AttributeError(f"a composed prediction has no {name}{hint}")

    def interval(self, level: float = 0.68) -> tuple[Values, Values]:
        """Lower and upper end of the interval at ``level``: the calibrated ones of the sources, added in quadrature."""
        half = quadrature(s.slope * (s.prediction.interval(level)[1] - s.prediction.value) for s in self.sources)
        return self.value - half, self.value + half

    @property
    def components(self) -> dict[str, Shift]:
        """Uncertainties of the truth by their source; those of one name move together in all predictions."""
        found: dict[str, Shift] = {}
        for prediction, slope in self.sources:
            for name, (up, down) in prediction.components.items():
                rises, falls = np.maximum(slope, 0.0), np.maximum(-np.asarray(slope), 0.0)
                before = found.get(name, Shift(0.0, 0.0))
                shifts = before.up + rises * up + falls * down, before.down + rises * down + falls * up
                found[name] = Shift(*map(_plain, shifts))
        return found

    def cite(self) -> str:
        """BibTeX of all networks, their data and generators."""
        from lhnets._answers.cite import bibtex

        return bibtex(list({s.prediction.network: s.prediction.card for s in self.sources}.values()))

    def __getitem__(self, index: Any) -> Composed:
        """The composition of some of the points."""
        if isinstance(self.value, float):
            raise TypeError("a prediction for scalar parameters has no items")
        shape = np.shape(self.value)
        sources = {
            key: Source(_spread(p, shape)[index], _plain(np.broadcast_to(slope, shape)[index]))
            for key, (p, slope) in self._sources.items()
        }
        return Composed(self.value[index], self.unit, sources)


def multiply(first: Any, second: Any, unit: str = "1") -> Composed:
    """``first`` * ``second``; plain numbers have the given ``unit``."""
    a, b = _term(first, unit), _term(second, unit)
    return Composed(a.value * b.value, units.product(a.unit, b.unit), _merged((a, b.value), (b, a.value)))


def divide(first: Any, second: Any) -> Composed:
    """``first`` / ``second``."""
    return multiply(first, power(_term(second), -1))


def power(base: Any, exponent: float) -> Composed:
    """``base`` to a plain number.

    Raises
    ------
    ParameterError
        where the exponent is no number.
    """
    if not isinstance(exponent, (int, float, np.integer, np.floating)):
        raise ParameterError(f"the exponent of a prediction must be a plain number, got {exponent!r}")
    a, n = _term(base), float(exponent)
    unit = units.product("1", a.unit, n)
    return Composed(a.value**n, unit, _merged((a, n * np.asarray(a.value) ** (n - 1))))


def add(first: Any, second: Any, sign: float = 1.0) -> Composed:
    """``first`` + ``sign`` * ``second``, in the unit of the first.

    Raises
    ------
    ParameterError
        where the units do not measure the same.
    """
    a, b = _term(first), _term(second)
    scale = sign * units.factor(b.unit, a.unit)
    return Composed(a.value + scale * b.value, a.unit, _merged((a, 1.0), (b, scale)))


def convert(prediction: Any, unit: str) -> Composed:
    """The same in another unit."""
    a = _term(prediction)
    scale = units.factor(a.unit, unit)
    return Composed(a.value * scale, unit, _merged((a, scale)))


def propagated(values: Sequence[Any], slopes: Sequence[NDArray[np.float64]]) -> Values:
    """The uncertainty that ``values`` (predictions and plain numbers) give a function with these ``slopes`` by them."""
    terms = [(_term(value), slope) for value, slope in zip(values, slopes, strict=True)]
    merged = _merged(*terms)
    return quadrature(s.slope * s.prediction.uncertainty for s in merged.values())


def quadrature(parts: Iterable[Values]) -> Values:
    """Square root of the sum of squares; 0 of nothing."""
    found: Values = _plain(np.sqrt(sum((np.square(p) for p in parts), np.zeros(()))))
    return found


class _Term(NamedTuple):
    value: Values
    unit: str
    sources: Mapping[Key, Source]


def _term(of: Any, unit: str = "1") -> _Term:
    """A composition, a prediction, or a plain number as value, unit and sources."""
    if isinstance(of, _Term):
        return of
    if isinstance(of, Composed):
        return _Term(of.value, of.unit, of._sources)
    if isinstance(of, Prediction):
        return _Term(of.value, of.unit, {_key(of): Source(of, 1.0)})
    try:
        return _Term(_plain(np.asarray(of, dtype=np.float64)), unit, {})
    except (TypeError, ValueError):
        raise ParameterError(f"expected a prediction, a number or an array of numbers, got {of!r}") from None


def _key(prediction: Prediction) -> Key:
    """Equal for the same answer of the same network."""
    value = np.asarray(prediction.value)
    return prediction.network, prediction.output.name, value.shape, value.tobytes()


def _merged(*terms: tuple[_Term | Composed, Any]) -> dict[Key, Source]:
    """The sources of all terms, each with the sum of its slopes times the slope of its term."""
    found: dict[Key, Source] = {}
    for term, outer in terms:
        for key, (prediction, slope) in _term(term).sources.items():
            before = found[key].slope if key in found else 0.0
            found[key] = Source(prediction, _plain(before + np.multiply(outer, slope)))
    return found


def _spread(prediction: Prediction, shape: tuple[int, ...]) -> Prediction:
    """A prediction with its arrays broadcast to ``shape``."""

    def spread(values: Any, tail: tuple[int, ...] = ()) -> Any:
        return np.broadcast_to(values, (*shape, *tail))

    p = prediction
    row = None if p._row is None else spread(p._row, (len(p.card.outputs),))
    return Prediction(spread(p.value), spread(p.uncertainty), spread(p.reach), p.card, p.output, p.energy, row)


def _largest(parts: Iterable[Values]) -> Values:
    found: Values = 0.0
    for part in parts:
        found = _plain(np.maximum(found, part))
    return found


def _plain(values: Any) -> Any:
    return float(values) if np.ndim(values) == 0 else np.asarray(values)
