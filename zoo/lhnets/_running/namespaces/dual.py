"""Numbers with their derivatives (forward mode), over any other namespace.

A `Dual` holds a value and its derivatives in D directions. An array that is not a `Dual` is a
constant. Each function here states its derivative rule; an operator composed of these functions is
differentiated exactly.

At a kink the derivative is that of one side: of the first operand if both of `maximum` or `minimum`
are equal, of the first of equal elements in `max` and `min`, and of the side of larger arguments
for `abs`. Comparisons, rounding, indices and conversions to integers are constant between their
jumps: their derivative is 0.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lhnets.errors import NetworkFileError

_CONSTANT_BETWEEN_JUMPS = frozenset(
    """
    argmax argmin argsort ceil equal floor floor_divide greater greater_equal isinf isnan less
    less_equal logical_and logical_not logical_or logical_xor not_equal ones_like round sign
    zeros_like
    """.split()  # noqa: SIM905 - a table of names reads best as text
)


@dataclass(frozen=True, slots=True)
class Dual:
    """A value, and its derivatives, shape (D, *shape of the value)."""

    value: Any
    tangent: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return tuple(self.value.shape)

    @property
    def ndim(self) -> int:
        """Number of axes of the value."""
        return len(self.value.shape)

    @property
    def dtype(self) -> Any:
        """Element type."""
        return self.value.dtype

    def __getitem__(self, slices: slice | tuple[slice, ...]) -> Dual:
        each = slices if isinstance(slices, tuple) else (slices,)
        return type(self)(self.value[each], self.tangent[(slice(None), *each)])


def value_of(x: Any) -> Any:
    """The value without its derivatives."""
    return x.value if isinstance(x, Dual) else x


class DualArrays:
    """The functions of a namespace, for dual numbers.

    Parameters
    ----------
    base
        The namespace of the values, such as `NumpyArrays`.
    """

    _dual: type[Dual] = Dual

    def __init__(self, base: Any) -> None:
        self._base = base
        for name, slope in _slopes(base).items():
            setattr(self, name, functools.partial(self._smooth, getattr(base, name), slope))

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._base, name)
        if name not in _CONSTANT_BETWEEN_JUMPS:
            return functools.partial(_apply_to_constants, name, function)
        return lambda *xs, **options: function(*map(value_of, xs), **options)

    def _smooth(self, function: Any, slope: Any, x: Any) -> Any:
        if not isinstance(x, Dual):
            return function(x)
        y = function(x.value)
        return self._dual(y, x.tangent * slope(x.value, y))

    def quiet(self) -> Any:
        """Silence warnings of the namespace below."""
        return self._base.quiet()

    def place(self, x: Any) -> Any:
        """Where the constants for an array must lie."""
        return self._base.place(value_of(x))

    def constant(self, array: Any, place: Any) -> Any:
        """A constant of the graph."""
        return self._base.constant(array, place)

    def isdtype(self, dtype: Any, kind: str) -> bool:
        """Whether an element type is of a kind."""
        return bool(self._base.isdtype(dtype, kind))

    def astype(self, x: Any, dtype: Any) -> Any:
        """Convert; whole numbers and truth values have no derivative."""
        value = self._base.astype(value_of(x), dtype)
        if not isinstance(x, Dual) or not self._base.isdtype(value.dtype, "real floating"):
            return value
        return self._dual(value, self._base.astype(x.tangent, dtype))

    def abs(self, x: Any) -> Any:
        """Absolute value."""
        if not isinstance(x, Dual):
            return self._base.abs(x)
        return self._dual(
            self._base.abs(x.value), self._base.where(x.value < 0, -x.tangent, x.tangent)
        )

    def add(self, x: Any, y: Any) -> Any:
        """Sum of two arrays."""
        value = self._base.add(value_of(x), value_of(y))
        return self._combine(value, x, lambda t: t, y, lambda t: t)

    def subtract(self, x: Any, y: Any) -> Any:
        """Difference of two arrays."""
        value = self._base.subtract(value_of(x), value_of(y))
        return self._combine(value, x, lambda t: t, y, lambda t: -t)

    def multiply(self, x: Any, y: Any) -> Any:
        """Product of two arrays, element by element."""
        a, b = value_of(x), value_of(y)
        return self._combine(self._base.multiply(a, b), x, lambda t: t * b, y, lambda t: a * t)

    def divide(self, x: Any, y: Any) -> Any:
        """Quotient of two arrays."""
        b = value_of(y)
        ratio = self._base.divide(value_of(x), b)
        return self._combine(ratio, x, lambda t: t / b, y, lambda t: -t * (ratio / b))

    def matmul(self, x: Any, y: Any) -> Any:
        """Product of matrices; both have at least two axes."""
        a, b, matmul = value_of(x), value_of(y), self._base.matmul
        return self._combine(matmul(a, b), x, lambda t: matmul(t, b), y, lambda t: matmul(a, t))

    def einsum(self, subscripts: str, *operands: Any) -> Any:
        """Sum of products; the subscripts name their output."""
        direction = next(c for c in "DEFGH" if c not in subscripts)
        values = [value_of(o) for o in operands]
        value = self._base.einsum(subscripts, *values)
        terms, output = subscripts.split("->")
        tangent = None
        for k, operand in enumerate(operands):
            if isinstance(operand, Dual):
                lifted = [direction + t if j == k else t for j, t in enumerate(terms.split(","))]
                parts = [*values[:k], operand.tangent, *values[k + 1 :]]
                term = self._base.einsum(",".join(lifted) + f"->{direction}{output}", *parts)
                tangent = term if tangent is None else tangent + term
        return value if tangent is None else self._dual(value, tangent)

    def power(self, x: Any, y: Any) -> Any:
        """Powers; the derivative by the exponent is 0 unless the base is positive."""
        a, b, base = value_of(x), value_of(y), self._base
        value = base.power(a, b)
        tangent: Any = 0
        if isinstance(x, Dual):
            slope = base.where(b == 0, base.zeros_like(value), b * base.power(a, b - 1))
            tangent = self._lift(x, value.ndim) * slope
        if isinstance(y, Dual):
            positive = a > 0
            logarithm = base.log(base.where(positive, a, base.ones_like(a)))
            tangent = tangent + self._lift(y, value.ndim) * (value * logarithm)
        return value if isinstance(tangent, int) else self._with_tangent(value, tangent)

    def maximum(self, x: Any, y: Any) -> Any:
        """The larger of two, element by element."""
        return self._choose(
            self._base.maximum(value_of(x), value_of(y)), value_of(x) >= value_of(y), x, y
        )

    def minimum(self, x: Any, y: Any) -> Any:
        """The smaller of two, element by element."""
        return self._choose(
            self._base.minimum(value_of(x), value_of(y)), value_of(x) <= value_of(y), x, y
        )

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        """Choose between two arrays, with the derivative of the chosen one."""
        condition = value_of(condition)
        return self._choose(self._base.where(condition, value_of(x), value_of(y)), condition, x, y)

    def _choose(self, value: Any, first: Any, x: Any, y: Any) -> Any:
        if not isinstance(x, Dual) and not isinstance(y, Dual):
            return value
        tangents = [self._lift(z, value.ndim) if isinstance(z, Dual) else None for z in (x, y)]
        zero = self._base.zeros_like(next(t for t in tangents if t is not None)[:1])
        one, two = (zero if t is None else t for t in tangents)
        return self._with_tangent(value, self._base.where(first, one, two))

    def sum(self, x: Any, axis: Sequence[int], keepdims: bool = False) -> Any:
        """Sum over axes, which are counted from 0."""
        shifted = tuple(a + 1 for a in axis)
        return self._linear(
            x,
            lambda v: self._base.sum(v, axis=tuple(axis), keepdims=keepdims),
            lambda t: self._base.sum(t, axis=shifted, keepdims=keepdims),
        )

    def max(self, x: Any, axis: Sequence[int], keepdims: bool = False) -> Any:
        """Largest elements over axes."""
        return self._extremum(self._base.max, self._base.argmax, x, axis, keepdims)

    def min(self, x: Any, axis: Sequence[int], keepdims: bool = False) -> Any:
        """Smallest elements over axes."""
        return self._extremum(self._base.min, self._base.argmin, x, axis, keepdims)

    def _extremum(
        self, function: Any, where: Any, x: Any, axis: Sequence[int], keepdims: bool
    ) -> Any:
        if not isinstance(x, Dual):
            return function(x, axis=tuple(axis), keepdims=keepdims)
        value = function(x.value, axis=tuple(axis), keepdims=keepdims)
        kept = [a for a in range(x.ndim) if a not in axis]
        flat = self.reshape(
            self.permute_dims(x, (*kept, *axis)),
            (*(x.shape[a] for a in kept), math.prod(x.shape[a] for a in axis)),
        )
        first = self._base.expand_dims(where(flat.value, axis=len(kept)), axis=len(kept))
        return self._dual(
            value, self.reshape(self.take_along_axis(flat, first, len(kept)), value.shape).tangent
        )

    def cumulative_sum(self, x: Any, axis: int) -> Any:
        """Sums up to each element along an axis."""
        function = self._base.cumulative_sum
        return self._linear(
            x, lambda v: function(v, axis=axis), lambda t: function(t, axis=axis + 1)
        )

    def reshape(self, x: Any, shape: Sequence[int]) -> Any:
        """Give another shape, which is stated without -1."""
        reshape = self._base.reshape
        return self._linear(
            x, lambda v: reshape(v, tuple(shape)), lambda t: reshape(t, (t.shape[0], *shape))
        )

    def permute_dims(self, x: Any, axes: Sequence[int]) -> Any:
        """Reorder the axes, which are counted from 0."""
        permute, shifted = self._base.permute_dims, (0, *(a + 1 for a in axes))
        return self._linear(x, lambda v: permute(v, tuple(axes)), lambda t: permute(t, shifted))

    def broadcast_to(self, x: Any, shape: Sequence[int]) -> Any:
        """Repeat along axes of length 1."""
        if not isinstance(x, Dual):
            return self._base.broadcast_to(x, tuple(shape))
        return self._with_tangent(
            self._base.broadcast_to(x.value, tuple(shape)), self._lift(x, len(shape))
        )

    def concat(self, arrays: Sequence[Any], axis: int) -> Any:
        """Join along an axis, which is counted from 0."""
        value = self._base.concat([value_of(a) for a in arrays], axis=axis)
        if not any(isinstance(a, Dual) for a in arrays):
            return value
        some = next(a.tangent for a in arrays if isinstance(a, Dual))
        tangents = [self._tangent(a, some) for a in arrays]
        return self._dual(value, self._base.concat(tangents, axis=axis + 1))

    def _tangent(self, x: Any, like: Any) -> Any:
        if isinstance(x, Dual):
            return x.tangent
        zero = self._base.zeros_like(value_of(like).reshape(-1)[:1])
        return self._base.broadcast_to(zero, (like.shape[0], *x.shape))

    def take(self, x: Any, indices: Any, axis: int) -> Any:
        """Elements along an axis, which is counted from 0."""
        take = self._base.take
        return self._linear(
            x, lambda v: take(v, indices, axis=axis), lambda t: take(t, indices, axis=axis + 1)
        )

    def take_along_axis(self, x: Any, indices: Any, axis: int) -> Any:
        """Elements along an axis, of which the indices differ from row to row."""
        take = self._base.take_along_axis
        if not isinstance(x, Dual):
            return take(x, indices, axis)
        directions = x.tangent.shape[0]
        repeated = self._base.broadcast_to(indices, (directions, *indices.shape))
        return self._dual(take(x.value, indices, axis), take(x.tangent, repeated, axis + 1))

    def _linear(
        self, x: Any, on_value: Callable[[Any], Any], on_tangent: Callable[[Any], Any]
    ) -> Any:
        if not isinstance(x, Dual):
            return on_value(x)
        return self._dual(on_value(x.value), on_tangent(x.tangent))

    def _combine(
        self,
        value: Any,
        x: Any,
        from_x: Callable[[Any], Any],
        y: Any,
        from_y: Callable[[Any], Any],
    ) -> Any:
        """A function of two arrays, from its value and what each argument's derivatives
        contribute."""
        parts = [
            rule(self._lift(z, value.ndim))
            for z, rule in ((x, from_x), (y, from_y))
            if isinstance(z, Dual)
        ]
        if not parts:
            return value
        return self._with_tangent(value, parts[0] if len(parts) == 1 else parts[0] + parts[1])

    def _lift(self, x: Dual, ndim: int) -> Any:
        """The derivatives with axes of length 1 put in, so that their first axis stays the
        directions."""
        missing = ndim - x.ndim
        if missing <= 0:
            return x.tangent
        directions, *shape = x.tangent.shape
        return self._base.reshape(x.tangent, (directions, *(1,) * missing, *shape))

    def _with_tangent(self, value: Any, tangent: Any) -> Dual:
        full = (tangent.shape[0], *value.shape)
        return self._dual(
            value,
            tangent if tuple(tangent.shape) == full else self._base.broadcast_to(tangent, full),
        )


def _apply_to_constants(name: str, function: Any, *xs: Any, **options: Any) -> Any:
    if any(isinstance(x, Dual) for x in xs):
        raise NetworkFileError(
            f"the network cannot be differentiated: {name} of something that depends on the inputs "
            "has no derivative rule in lhnets. net.function('torch') or finite differences of "
            "net.predict can give its derivatives"
        )
    return function(*xs, **options)


def _slopes(xp: Any) -> Mapping[str, Callable[[Any, Any], Any]]:
    """The derivative of each smooth function of one argument, from its argument x and its value
    y."""
    return {
        "acos": lambda x, y: -1 / xp.sqrt(1 - x * x),
        "acosh": lambda x, y: 1 / (xp.sqrt(x - 1) * xp.sqrt(x + 1)),
        "asin": lambda x, y: 1 / xp.sqrt(1 - x * x),
        "asinh": lambda x, y: 1 / xp.sqrt(1 + x * x),
        "atan": lambda x, y: 1 / (1 + x * x),
        "atanh": lambda x, y: 1 / ((1 - x) * (1 + x)),
        "cos": lambda x, y: -xp.sin(x),
        "cosh": lambda x, y: xp.sinh(x),
        "erf": lambda x, y: 2 / math.sqrt(math.pi) * xp.exp(-x * x),
        "exp": lambda x, y: y,
        "expm1": lambda x, y: y + 1,
        "log": lambda x, y: 1 / x,
        "log1p": lambda x, y: 1 / (1 + x),
        "negative": lambda x, y: -1,
        "reciprocal": lambda x, y: -y * y,
        "sin": lambda x, y: xp.cos(x),
        "sinh": lambda x, y: xp.cosh(x),
        "sqrt": lambda x, y: 0.5 / y,
        "tan": lambda x, y: 1 + y * y,
        "tanh": lambda x, y: (1 - y) * (1 + y),
    }
