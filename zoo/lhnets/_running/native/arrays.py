"""An array namespace that computes nothing: it writes down what has to be computed.

The operators of the interpreter run over it once, for one point, and leave a program; see
`Program`. Arrays that do not depend on the inputs stay arrays of numpy.
"""

from __future__ import annotations

import contextlib
import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._running.native.program import (
    Apply,
    Assign,
    Buffer,
    Expression,
    Operand,
    Pick,
    Positions,
    Product,
    Reduction,
    Statement,
)
from lhnets.errors import NetworkFileError

C_TYPES = {
    "bool": "unsigned char",
    "float32": "float",
    "float64": "double",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long long",
    "uint8": "unsigned char",
}
"""The types of C for the element types of arrays; `long long` has 64 bits on every platform of
today."""

_BOOL = np.dtype(bool)
_INDEX = np.dtype(np.int64)

_FLOAT_FUNCTIONS = {
    name: f"{name}({{0}})"
    for name in """
    acos acosh asin asinh atan atanh ceil cos cosh erf exp expm1 floor log log1p sin sinh sqrt tan
    tanh
    """.split()  # noqa: SIM905 - a table of names reads best as text
}
_UNARY = {
    **_FLOAT_FUNCTIONS,
    **{name: f"lhnets_{name}({{0}})" for name in ("exp", "log", "tanh")},
    "negative": "-{0}",
    "reciprocal": "1 / {0}",
    "round": "rint({0})",
    "sign": "({0} > 0) - ({0} < 0)",
}
_BINARY = {
    "add": "{0} + {1}",
    "divide": "{0} / {1}",
    "fmod": "fmod({0}, {1})",
    "maximum": "lhnets_larger({0}, {1})",
    "minimum": "lhnets_smaller({0}, {1})",
    "multiply": "{0} * {1}",
    "power": "pow({0}, {1})",
    "subtract": "{0} - {1}",
}
_COMPARISONS = {
    "equal": "{0} == {1}",
    "greater": "{0} > {1}",
    "greater_equal": "{0} >= {1}",
    "less": "{0} < {1}",
    "less_equal": "{0} <= {1}",
    "logical_and": "{0} && {1}",
    "logical_or": "{0} || {1}",
    "logical_xor": "!{0} != !{1}",
    "not_equal": "{0} != {1}",
}
_TESTS = {"isinf": "isinf({0}) != 0", "isnan": "isnan({0}) != 0", "logical_not": "!{0}"}
_ON_REALS_ONLY = frozenset({*_FLOAT_FUNCTIONS, "round", "reciprocal", "divide", "fmod", "power"})
"""Functions that C has for real numbers, or that mean something else for whole ones."""


class Traced:
    """An array of a program: elements of a buffer, in some order and shape."""

    __array_ufunc__ = None
    __slots__ = ("_arrays", "buffer", "positions")

    def __init__(self, arrays: TracedArrays, buffer: Buffer, positions: Positions) -> None:
        self._arrays = arrays
        self.buffer = buffer
        self.positions = positions

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape, with 1 for the axis of the points."""
        return self.positions.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.positions.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return self.buffer.dtype

    def view(self, change: Callable[[Positions], Positions]) -> Traced:
        """The same buffer, read at other positions."""
        return Traced(self._arrays, self.buffer, np.asarray(change(self.positions)))

    def reshape(self, *shape: int) -> Traced:
        """The same elements in another shape."""
        return self.view(lambda p: p.reshape(*shape))

    def __getitem__(self, item: Any) -> Traced:
        return self.view(lambda p: p[item])

    def __neg__(self) -> Any:
        return self._arrays.negative(self)

    def __add__(self, other: Any) -> Any:
        return self._arrays.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return self._arrays.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return self._arrays.subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._arrays.subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return self._arrays.multiply(self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._arrays.multiply(other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._arrays.divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._arrays.divide(other, self)

    def __lt__(self, other: Any) -> Any:
        return self._arrays.less(self, other)

    def __le__(self, other: Any) -> Any:
        return self._arrays.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return self._arrays.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return self._arrays.greater_equal(self, other)

    def __eq__(self, other: object) -> Any:
        return self._arrays.equal(self, other)

    __hash__ = object.__hash__


class TracedArrays:
    """The functions of the namespace, which append to `statements`."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        for name, code in (_UNARY | _BINARY).items():
            setattr(self, name, functools.partial(self._arithmetic, name, code))
        for name, code in (_COMPARISONS | _TESTS).items():
            setattr(self, name, functools.partial(self._test, name, code))

    def __getattr__(self, name: str) -> Any:
        function = getattr(np, name)

        def on_constants(*xs: Any, **options: Any) -> Any:
            if any(isinstance(x, Traced) for x in xs):
                raise NetworkFileError(
                    f"the network cannot be written as C: {name} of something that depends on the "
                    "inputs has no C in lhnets. Call it by ONNX Runtime, as net(params) does"
                )
            return function(*xs, **options)

        return on_constants

    def input(self, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Traced:
        """An array whose numbers are known when the program runs."""
        buffer = Buffer(dtype, math.prod(shape), name)
        return Traced(self, buffer, _in_order(buffer).reshape(shape))

    def output(self, name: str, x: Any, dtype: np.dtype[Any]) -> Buffer:
        """Where an array is left when the program has run."""
        buffer = Buffer(dtype, int(np.prod(x.shape)), name)
        target = Operand(buffer, _in_order(buffer).reshape(x.shape))
        self.statements.append(Assign(target, _convert(_operand(x, x.shape), x.dtype, dtype)))
        return buffer

    @staticmethod
    def quiet() -> contextlib.AbstractContextManager[Any]:
        """Silence warnings of what is computed from constants."""
        return np.errstate(all="ignore")

    @staticmethod
    def place(array: Any) -> str:
        """Where constants lie."""
        return "program"

    @staticmethod
    def constant(array: NDArray[Any], place: str) -> NDArray[Any]:
        """A constant of the graph."""
        return np.asarray(array)

    @staticmethod
    def isdtype(dtype: Any, kind: str) -> bool:
        """Whether an element type is of a kind."""
        return bool(np.isdtype(dtype, kind))

    def _arithmetic(self, name: str, code: str, *xs: Any) -> Any:
        if not any(isinstance(x, Traced) for x in xs):
            return getattr(np, name)(*xs)
        dtype = np.result_type(*(x.dtype if _is_array(x) else x for x in xs))
        if dtype.kind != "f" and name in _ON_REALS_ONLY:
            raise NetworkFileError(
                f"the network cannot be written as C: {name} of whole numbers has no C in lhnets"
            )
        return self._each(code, dtype, *(self.astype(x, dtype) for x in xs))

    def _test(self, name: str, code: str, *xs: Any) -> Any:
        if not any(isinstance(x, Traced) for x in xs):
            return getattr(np, name)(*xs)
        dtype = np.result_type(*(x.dtype if _is_array(x) else x for x in xs))
        return self._each(code, _BOOL, *(self.astype(x, dtype) for x in xs))

    def _each(self, code: str, dtype: np.dtype[Any], *xs: Any) -> Traced:
        """A new array, made element by element."""
        shape = np.broadcast_shapes(*(x.shape for x in xs if _is_array(x)))
        buffer = Buffer(dtype, math.prod(shape))
        target = Operand(buffer, _in_order(buffer).reshape(shape))
        value = Apply(code, tuple(_operand(x, shape) for x in xs))
        self.statements.append(Assign(target, value))
        return Traced(self, buffer, target.positions)

    def astype(self, x: Any, dtype: Any) -> Any:
        """Convert the elements."""
        dtype = np.dtype(dtype)
        if not isinstance(x, Traced):
            return np.asarray(x).astype(dtype)
        if x.dtype == dtype:
            return x
        return self._each(_cast_code(dtype), dtype, x)

    def abs(self, x: Any) -> Any:
        """Absolute value."""
        if not isinstance(x, Traced):
            return np.abs(x)
        return self._each("fabs({0})" if x.dtype.kind == "f" else "llabs({0})", x.dtype, x)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        """Choose between two arrays."""
        if not any(isinstance(a, Traced) for a in (condition, x, y)):
            return np.where(condition, x, y)
        dtype = np.result_type(*(a.dtype if _is_array(a) else a for a in (x, y)))
        x, y = self.astype(x, dtype), self.astype(y, dtype)
        return self._each("{0} ? {1} : {2}", dtype, condition, x, y)

    def zeros_like(self, x: Any) -> NDArray[Any]:
        """Zeros."""
        return np.zeros(x.shape, x.dtype)

    def ones_like(self, x: Any) -> NDArray[Any]:
        """Ones."""
        return np.ones(x.shape, x.dtype)

    def reshape(self, x: Any, shape: Sequence[int]) -> Any:
        """The same elements in another shape."""
        return _view(x, lambda p: p.reshape(tuple(shape)))

    def permute_dims(self, x: Any, axes: Sequence[int]) -> Any:
        """Reorder the axes."""
        return _view(x, lambda p: np.transpose(p, tuple(axes)))

    def broadcast_to(self, x: Any, shape: Sequence[int]) -> Any:
        """Repeat along axes of length 1."""
        return _view(x, lambda p: np.broadcast_to(p, tuple(shape)))

    def expand_dims(self, x: Any, axis: int) -> Any:
        """Insert an axis of length 1."""
        return _view(x, lambda p: np.expand_dims(p, axis))

    def take(self, x: Any, indices: Any, axis: int) -> Any:
        """Elements along an axis, at indices that are known."""
        if isinstance(indices, Traced):
            raise NetworkFileError(
                "the network cannot be written as C: an index that depends on the inputs, the same "
                "for all elements (Gather). Call it by ONNX Runtime, as net(params) does"
            )
        return _view(x, lambda p: np.take(p, indices, axis=axis))

    def take_along_axis(self, x: Any, indices: Any, axis: int) -> Any:
        """Elements along an axis, of which the indices differ from row to row."""
        if not isinstance(indices, Traced):
            return _view(x, lambda p: np.take_along_axis(p, indices, axis))
        rows = np.moveaxis(_operand(x, x.shape).positions, axis, -1)
        chosen = np.moveaxis(indices.positions, axis, -1)
        shape = (*chosen.shape, rows.shape[-1])
        rows = np.broadcast_to(rows[..., None, :], shape).reshape(-1, shape[-1])
        picked = self._new(x.dtype, chosen.shape)
        self.statements.append(
            Pick(
                Operand(picked.buffer, picked.positions.reshape(-1)),
                Operand(_operand(x, x.shape).source, rows),
                Operand(indices.buffer, chosen.reshape(-1)),
            )
        )
        return picked.view(lambda p: np.moveaxis(p, -1, axis))

    def concat(self, arrays: Sequence[Any], axis: int) -> Any:
        """Join along an axis."""
        if not any(isinstance(a, Traced) for a in arrays):
            return np.concatenate(arrays, axis=axis)
        dtype = np.result_type(*(a.dtype for a in arrays))
        shape = np.concatenate([np.empty(a.shape, _BOOL) for a in arrays], axis=axis).shape
        joined = self._new(dtype, shape)
        start = 0
        for array in arrays:
            places = np.arange(start, start := start + array.shape[axis])
            if array.shape[axis]:
                target = Operand(joined.buffer, np.take(joined.positions, places, axis=axis))
                value = _convert(_operand(array, array.shape), array.dtype, dtype)
                self.statements.append(Assign(target, value))
        return joined

    def matmul(self, a: Any, b: Any) -> Any:
        """Product of matrices."""
        if not isinstance(a, Traced) and not isinstance(b, Traced):
            return np.matmul(a, b)
        dtype = np.result_type(a.dtype, b.dtype)
        a, b = self.astype(a, dtype), self.astype(b, dtype)
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        product = self._new(dtype, (*batch, a.shape[-2], b.shape[-1]))
        left, right = (_operand(x, (*batch, *x.shape[-2:])).flatten_batch() for x in (a, b))
        target = Operand(product.buffer, product.positions).flatten_batch()
        self.statements.append(Product(target, left, right))
        return product

    def sum(self, x: Any, axis: Sequence[int], keepdims: bool = False) -> Any:
        """Sum over axes."""
        return self._reduce("sum", "{0} + {1}", x, axis, keepdims)

    def max(self, x: Any, axis: Sequence[int], keepdims: bool = False) -> Any:
        """Largest elements over axes."""
        return self._reduce("max", "lhnets_larger({0}, {1})", x, axis, keepdims)

    def min(self, x: Any, axis: Sequence[int], keepdims: bool = False) -> Any:
        """Smallest elements over axes."""
        return self._reduce("min", "lhnets_smaller({0}, {1})", x, axis, keepdims)

    def argmax(self, x: Any, axis: int) -> Any:
        """Index of the first largest element along an axis."""
        return self._reduce("argmax", "", x, (axis,), False, ">")

    def argmin(self, x: Any, axis: int) -> Any:
        """Index of the first smallest element along an axis."""
        return self._reduce("argmin", "", x, (axis,), False, "<")

    def _reduce(
        self, name: str, code: str, x: Any, axis: Sequence[int], keepdims: bool, index_of: str = ""
    ) -> Any:
        axes = (axis,) if isinstance(axis, int) else tuple(axis)
        if not isinstance(x, Traced):
            options = {} if index_of else {"keepdims": keepdims}
            return getattr(np, name)(x, axis=axes[0] if index_of else axes, **options)
        kept = [a for a in range(x.ndim) if a not in axes]
        shape = tuple(x.shape[a] for a in kept)
        length = math.prod(x.shape[a] for a in axes)
        if not length:
            raise NetworkFileError(f"the network cannot be written as C: {name} of nothing")
        rows = x.positions.transpose(*kept, *axes).reshape(-1, length)
        found = self._new(_INDEX if index_of else x.dtype, shape)
        target = Operand(found.buffer, found.positions.reshape(-1))
        self.statements.append(Reduction(target, Operand(x.buffer, rows), code, index_of))
        if keepdims:
            wide = tuple(1 if a in axes else n for a, n in enumerate(x.shape))
            return found.reshape(*wide)
        return found

    def cumulative_sum(self, x: Any, axis: int) -> Any:
        """Sums up to each element along an axis."""
        if not isinstance(x, Traced):
            return np.cumsum(x, axis=axis, dtype=x.dtype)
        before = (slice(None),) * axis
        steps = [x[(*before, slice(k, k + 1))] for k in range(x.shape[axis])]
        sums = [steps[0]]
        for step in steps[1:]:
            sums.append(operator.add(sums[-1], step))
        return self.concat(sums, axis)

    def _new(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Traced:
        buffer = Buffer(dtype, math.prod(shape))
        return Traced(self, buffer, _in_order(buffer).reshape(shape))


def _in_order(buffer: Buffer) -> Positions:
    return np.arange(buffer.size)


def _is_array(x: Any) -> bool:
    return isinstance(x, (Traced, np.ndarray, np.generic))


def _view(x: Any, change: Callable[[Any], Any]) -> Any:
    return x.view(change) if isinstance(x, Traced) else change(np.asarray(x))


def _operand(x: Any, shape: tuple[int, ...]) -> Operand:
    """An array as an operand, broadcast to a shape."""
    if isinstance(x, Traced):
        return Operand(x.buffer, np.broadcast_to(x.positions, shape))
    constant = np.asarray(x)
    positions = np.arange(constant.size).reshape(constant.shape)
    return Operand(constant.reshape(-1), np.broadcast_to(positions, shape))


def _cast_code(target: np.dtype[Any]) -> str:
    return "{0} != 0" if target == _BOOL else f"({C_TYPES[target.name]}){{0}}"


def _convert(value: Operand, source: np.dtype[Any], target: np.dtype[Any]) -> Expression:
    return value if source == target else Apply(_cast_code(target), (value,))
