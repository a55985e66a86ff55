"""Dual numbers that can be operands of ``+ - * / <`` and so on, so that dual numbers are made of
them again: second derivatives.

Over these, `DualArrays` differentiates what `DualArrays` computes, derivative rules included.
"""

from __future__ import annotations

from typing import Any

from lhnets._running.namespaces.dual import Dual, DualArrays, value_of
from lhnets._running.namespaces.numpy_arrays import NumpyArrays


class DualOperand(Dual):
    """A dual number over numpy with the operators of an array."""

    __slots__ = ()
    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]

    def __neg__(self) -> Any:
        return _ARRAYS.negative(self)

    def __add__(self, other: Any) -> Any:
        return _ARRAYS.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return _ARRAYS.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return _ARRAYS.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return _ARRAYS.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return _ARRAYS.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return _ARRAYS.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return _ARRAYS.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _ARRAYS.divide(other, self)

    def __eq__(self, other: object) -> Any:
        return self.value == value_of(other)

    def __lt__(self, other: Any) -> Any:
        return self.value < value_of(other)

    def __le__(self, other: Any) -> Any:
        return self.value <= value_of(other)

    def __gt__(self, other: Any) -> Any:
        return self.value > value_of(other)

    def __ge__(self, other: Any) -> Any:
        return self.value >= value_of(other)


class DualOperandArrays(DualArrays):
    """The functions of numpy for `DualOperand`."""

    _dual = DualOperand

    def __init__(self) -> None:
        super().__init__(NumpyArrays())


_ARRAYS = DualOperandArrays()
