"""Values with uncertainties, and what is made of them by arithmetic.

`Quantity` is the base of everything that lhnets answers. Arithmetic with quantities gives a
`Composed`, whose uncertainty follows from its sources; see `lhnets._answers.composition` for what
is taken as correlated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

import numpy as np

from lhnets._answers.cite import bibtex
from lhnets._answers.composition import (
    Contribution,
    Key,
    Sources,
    combine,
    differentiate,
    largest,
    merge,
    move_together,
    take,
)
from lhnets._answers.number import Values, plain
from lhnets._answers.shifts import Moves
from lhnets._answers.uncertain import ONE_SIGMA, Uncertain, listed
from lhnets._asking import units
from lhnets.errors import ParameterError


class Quantity(Uncertain):
    """A value with uncertainty, reach and unit, which behaves like a number.

    Attributes
    ----------
    value, uncertainty, reach, unit, components, notes
        As of `Uncertain`.
    """

    __slots__ = ()

    def to(self, unit: str) -> Composed:
        """The same in another unit, such as ``"fb"``.

        Raises
        ------
        ParameterError
            If the units do not measure the same.
        """
        return convert(self, unit)

    def events(self, luminosity: Any) -> Composed:
        """Expected events of a cross section.

        Parameters
        ----------
        luminosity
            Integrated, in fb^-1; a number or an array.
        """
        return multiply(convert(self, "fb"), luminosity, unit="fb^-1")

    def __mul__(self, other: Any) -> Composed:
        return multiply(self, other)

    def __rmul__(self, other: Any) -> Composed:
        return multiply(other, self)

    def __truediv__(self, other: Any) -> Composed:
        return divide(self, other)

    def __rtruediv__(self, other: Any) -> Composed:
        return divide(other, self)

    def __add__(self, other: Any) -> Composed:
        return add(self, other)

    def __radd__(self, other: Any) -> Composed:
        return add(other, self)

    def __sub__(self, other: Any) -> Composed:
        return add(self, other, sign=-1.0)

    def __rsub__(self, other: Any) -> Composed:
        return add(other, self, sign=-1.0)

    def __pow__(self, exponent: float) -> Composed:
        return power(self, exponent)

    def __neg__(self) -> Composed:
        return multiply(-1.0, self)

    def __pos__(self) -> Quantity:
        return self

    def __abs__(self) -> Composed:
        return multiply(np.where(np.asarray(self.value) < 0, -1.0, 1.0), self)


class Composed(Quantity):
    """A value made of predictions by arithmetic, with its unit; used like a prediction.

    Attributes
    ----------
    value, uncertainty, reach, unit, components, notes
        As of `Quantity`; ``reach`` is the largest of its sources.
    sources : tuple of Contribution
        The predictions it is made of (``prediction``), and its derivatives by them (``slope``).
    """

    __slots__ = ("_by_key", "_uncertainty", "_unit", "value")

    def __init__(self, value: Values, unit: str, sources: Mapping[Key, Contribution]) -> None:
        self.value = plain(value)
        self._unit = unit
        self._by_key = dict(sources)
        self._uncertainty: Values | None = None

    def _sources(self) -> Sources:
        return self._by_key

    @property
    def sources(self) -> tuple[Contribution, ...]:
        """The predictions it is made of."""
        return tuple(self._by_key.values())

    @property
    def unit(self) -> str:
        """Unit of value and uncertainty."""
        return self._unit

    @property
    def uncertainty(self) -> Values:
        """That of the networks, propagated from the sources to first order."""
        if self._uncertainty is None:
            self._uncertainty = combine(self._by_key, lambda p: p.uncertainty)
        return self._uncertainty

    @property
    def gradient(self) -> dict[str, Values]:
        """Exact derivatives of the value by the inputs of its sources, computed when asked for.

        Inputs of one name are moved together; one that has different values in two sources is left
        out.

        Raises
        ------
        ParameterError
            If a source has no gradient.
        """
        return differentiate(self._by_key)

    @property
    def reach(self) -> Values:
        """The largest of the sources."""
        return largest(s.prediction.reach for s in self.sources)

    @property
    def network(self) -> str:
        """NAME@VERSION of the networks that answered."""
        return ", ".join(dict.fromkeys(s.prediction.network for s in self.sources))

    @property
    def order(self) -> str | None:
        """The perturbative order, if all sources that have one share it."""
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

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of all sources, each once."""
        return tuple(dict.fromkeys(n for s in self.sources for n in s.prediction.notes))

    @property
    def moves(self) -> Moves:
        """Changes of the value in each variation; what has one name moves in all sources at
        once."""
        return move_together(self._by_key)

    def interval(self, level: float = ONE_SIGMA) -> tuple[Values, Values]:
        """Lower and upper end of the interval at ``level``.

        The calibrated intervals of the sources, propagated as the uncertainty is.
        """
        half = combine(self._by_key, lambda p: p.interval(level)[1] - p.value)
        return self.value - half, self.value + half

    def cite(self) -> str:
        """BibTeX of all networks, their data and generators."""
        cards = {s.prediction.network: s.prediction.card for s in self.sources}
        return bibtex(list(cards.values()))

    def to_dict(self) -> dict[str, Any]:
        """Everything about it, with ``sources``, ready for JSON."""
        sources = [
            {
                "network": s.prediction.network,
                "output": s.prediction.output.name,
                "params": {n: listed(v) for n, v in s.prediction.params.items()},
                "slope": listed(s.slope),
            }
            for s in self.sources
        ]
        return {**super().to_dict(), "sources": sources}

    def __getattr__(self, name: str) -> NoReturn:
        """What belongs to one network alone, such as its card, is found in the sources."""
        alone = {"card", "output", "params", "energy"}
        hint = ": it is made of several predictions, each in .sources" if name in alone else ""
        raise AttributeError(f"a composed prediction has no {name}{hint}")

    def __getitem__(self, index: Any) -> Composed:
        """The composition of some of the points."""
        if isinstance(self.value, float):
            raise TypeError("a prediction for scalar parameters has no items")
        sources = take(self._by_key, np.shape(self.value), index)
        return Composed(self.value[index], self._unit, sources)


def multiply(first: Any, second: Any, unit: str = "1") -> Composed:
    """``first`` * ``second``; plain numbers have the given ``unit``."""
    a, b = _term(first, unit), _term(second, unit)
    sources = merge((a.sources, b.value), (b.sources, a.value))
    return Composed(a.value * b.value, units.product(a.unit, b.unit), sources)


def divide(first: Any, second: Any) -> Composed:
    """``first`` / ``second``."""
    a, b = _term(first), _term(second)
    value = a.value / b.value
    sources = merge((a.sources, 1 / b.value), (b.sources, -value / b.value))
    return Composed(value, units.product(a.unit, b.unit, -1), sources)


def power(base: Quantity, exponent: float) -> Composed:
    """``base`` to a plain number.

    Raises
    ------
    ParameterError
        If the exponent is not a plain number, or the power of a negative value is not real.
    """
    if not isinstance(exponent, (int, float, np.integer, np.floating)):
        raise ParameterError(
            f"the exponent of a prediction must be a plain number, got {exponent!r}"
        )
    a, n = _term(base), float(exponent)
    value = a.value**n
    if isinstance(value, complex):
        raise ParameterError(
            f"{a.value:g} to the power {n:g} is not real: expected a positive value"
        )
    slope = n * a.value ** (n - 1) if n else 0.0
    return Composed(value, units.product("1", a.unit, n), merge((a.sources, slope)))


def add(first: Any, second: Any, sign: float = 1.0) -> Composed:
    """``first`` + ``sign`` * ``second``, in the unit of the first; plain numbers take that of the
    other.

    Raises
    ------
    ParameterError
        If the units do not measure the same.
    """
    unit = first.unit if isinstance(first, Quantity) else second.unit
    a, b = _term(first, unit), _term(second, unit)
    scale = sign * units.factor(b.unit, a.unit)
    sources = merge((a.sources, 1.0), (b.sources, scale))
    return Composed(a.value + scale * b.value, a.unit, sources)


def convert(quantity: Quantity, unit: str) -> Composed:
    """The same in another unit."""
    a = _term(quantity)
    scale = units.factor(a.unit, unit)
    return Composed(a.value * scale, unit, merge((a.sources, scale)))


def propagate(values: list[Any], slopes: list[Any]) -> dict[Key, Contribution]:
    """The sources of a function of ``values``, quantities and plain numbers, with these
    ``slopes``."""
    return merge(*((_term(v).sources, slope) for v, slope in zip(values, slopes, strict=True)))


class _Term(NamedTuple):
    value: Values
    unit: str
    sources: Sources


def _term(of: Any, unit: str = "1") -> _Term:
    """A quantity, or a plain number in ``unit``, as value, unit and sources."""
    if isinstance(of, Quantity):
        return _Term(of.value, of.unit, of._sources())
    try:
        array = np.asarray(of)
        if array.dtype.kind not in "fiub":
            raise ValueError
    except (TypeError, ValueError):
        raise ParameterError(
            f"expected a prediction, a number or an array of numbers, got {of!r}"
        ) from None
    return _Term(plain(array.astype(np.float64)), unit, {})
