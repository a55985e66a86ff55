"""A value with a unit that Python, numpy and pandas take for a number or an array of numbers."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from types import NotImplementedType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets._asking import units
from lhnets.errors import ParameterError

Values: TypeAlias = float | NDArray[np.float64]


class Number(ABC):
    """A value with a unit: formatting, comparisons, conversions and iteration.

    Comparisons look at the value alone. Plain numbers are taken in the unit of the quantity; a
    quantity in another unit is converted first. The hash is that of the object, not of its value.
    Functions of numpy see the value: ``np.sqrt(sigma)`` is a plain number, while ``sigma**0.5``
    keeps the uncertainty.
    """

    __slots__ = ()
    __array_priority__ = 1000.0
    """Above that of arrays, so that array * quantity is a quantity."""

    value: Values

    @property
    @abstractmethod
    def unit(self) -> str:
        """Unit of the value."""

    @abstractmethod
    def __getitem__(self, index: Any) -> Number:
        """Some of the points."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the value; empty for a single number."""
        return np.shape(self.value)

    def __float__(self) -> float:
        return float(self._single("float"))

    def __int__(self) -> int:
        return int(self._single("int"))

    def __bool__(self) -> bool:
        return bool(np.asarray(self.value))

    def __round__(self, digits: int | None = None) -> Any:
        if isinstance(self.value, float):
            return round(self.value, digits)
        return np.round(self.value, digits or 0)

    def __format__(self, spec: str) -> str:
        """The value by a format of floats, such as ``.3e``; each value of an array by the same."""
        if not spec:
            return str(self)
        if isinstance(self.value, float):
            return format(self.value, spec)
        return np.array2string(self.value, formatter={"float_kind": lambda x: format(x, spec)})

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.value, dtype=dtype) if copy else np.asarray(self.value, dtype=dtype)

    def __len__(self) -> int:
        if isinstance(self.value, float):
            raise TypeError(
                "a prediction for scalar parameters has no length: float(prediction) is its value"
            )
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return (self[number] for number in range(len(self)))

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Any:
        return self._compare(other, operator.eq)

    def __ne__(self, other: object) -> Any:
        return self._compare(other, operator.ne)

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, operator.ge)

    def _compare(self, other: Any, comparison: Callable[[Any, Any], Any]) -> Any:
        try:
            theirs = self._in_same_unit(other)
        except ParameterError:
            if comparison in {operator.eq, operator.ne}:
                return NotImplemented
            raise
        return NotImplemented if theirs is NotImplemented else comparison(self.value, theirs)

    def _in_same_unit(self, other: Any) -> Values | NotImplementedType:
        if isinstance(other, Number):
            return other.value * units.factor(other.unit, self.unit)
        if isinstance(other, (int, float)):
            return float(other)
        array = np.asarray(other)
        return array if array.dtype.kind in "fiub" else NotImplemented

    def _single(self, kind: str) -> float:
        if isinstance(self.value, float):
            return self.value
        raise TypeError(
            f"a prediction of shape {np.shape(self.value)} is not one number: take one of its "
            f"points, {kind}(prediction[0]), or all of them, prediction.value"
        )


def plain(values: Any) -> Any:
    """A float for a single value, an array for several."""
    return float(values) if np.ndim(values) == 0 else np.asarray(values)
