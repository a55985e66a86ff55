"""Operators of predictions. What they do is in `lhnets._answers.composition`, which is imported when one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lhnets._answers.composition import Composed


class Arithmetic:
    """Products, quotients, powers, sums and differences of predictions and numbers, with units and uncertainties."""

    __slots__ = ()
    __array_priority__ = 1000.0
    """Above that of arrays, so that array * prediction is a prediction."""

    def __mul__(self, other: Any) -> Composed:
        from lhnets._answers.composition import multiply

        return multiply(self, other)

    def __rmul__(self, other: Any) -> Composed:
        from lhnets._answers.composition import multiply

        return multiply(other, self)

    def __truediv__(self, other: Any) -> Composed:
        from lhnets._answers.composition import divide

        return divide(self, other)

    def __rtruediv__(self, other: Any) -> Composed:
        from lhnets._answers.composition import divide

        return divide(other, self)

    def __add__(self, other: Any) -> Composed:
        from lhnets._answers.composition import add

        return add(self, other)

    def __radd__(self, other: Any) -> Composed:
        from lhnets._answers.composition import add

        return add(other, self)

    def __sub__(self, other: Any) -> Composed:
        from lhnets._answers.composition import add

        return add(self, other, sign=-1.0)

    def __rsub__(self, other: Any) -> Composed:
        from lhnets._answers.composition import add

        return add(other, self, sign=-1.0)

    def __pow__(self, exponent: float) -> Composed:
        from lhnets._answers.composition import power

        return power(self, exponent)

    def to(self, unit: str) -> Composed:
        """The same in another unit, such as ``"fb"``.

        Raises
        ------
        ParameterError
            where the units do not measure the same.
        """
        from lhnets._answers.composition import convert

        return convert(self, unit)

    def events(self, luminosity: Any) -> Composed:
        """Expected events for an integrated luminosity in fb^-1, a number or an array; of a cross section."""
        from lhnets._answers.composition import convert, multiply

        return multiply(convert(self, "fb"), luminosity, unit="fb^-1")
