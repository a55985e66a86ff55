"""Operators that reshape, cut, join and pick."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._running.operators.operator import Operator, positive_axis, rank_of


def shape_of(xp: Any, x: Any, *, start: int = 0, end: int | None = None) -> NDArray[np.int64]:
    """The shape, known before the numbers are."""
    return np.asarray(tuple(x.shape)[start:end], np.int64)


def size_of(xp: Any, x: Any) -> NDArray[np.int64]:
    """The number of elements."""
    return np.asarray(math.prod(x.shape), np.int64)


def reshape(xp: Any, x: Any, shape: NDArray[Any], *, allowzero: int = 0) -> Any:
    """Give another shape: -1 is what remains, 0 the length of the same axis."""
    wanted = [
        x.shape[k] if n == 0 and not allowzero else n
        for k, n in enumerate(np.ravel(shape).tolist())
    ]
    if -1 in wanted:
        known = math.prod(n for n in wanted if n != -1)
        wanted[wanted.index(-1)] = math.prod(x.shape) // known if known else 0
    return xp.reshape(x, tuple(wanted))


def flatten(xp: Any, x: Any, *, axis: int = 1) -> Any:
    """Join the axes before ``axis``, and those from it on."""
    axis = positive_axis(axis, rank_of(x))
    return xp.reshape(x, (math.prod(x.shape[:axis]), math.prod(x.shape[axis:])))


def squeeze(
    xp: Any, x: Any, axes_input: NDArray[Any] | None = None, *, axes: list[int] | None = None
) -> Any:
    """Drop axes of length 1."""
    given = axes if axes_input is None else np.ravel(axes_input).tolist()
    rank = rank_of(x)
    dropped = (
        {k for k, n in enumerate(x.shape) if n == 1}
        if given is None
        else {positive_axis(a, rank) for a in given}
    )
    if any(x.shape[k] != 1 for k in dropped):
        raise ValueError(f"cannot squeeze axes {sorted(dropped)} of the shape {tuple(x.shape)}")
    return xp.reshape(x, tuple(n for k, n in enumerate(x.shape) if k not in dropped))


def unsqueeze(xp: Any, x: Any, axes: NDArray[Any]) -> Any:
    """Insert axes of length 1."""
    given = np.ravel(axes).tolist()
    rank = rank_of(x) + len(given)
    new = {positive_axis(a, rank) for a in given}
    lengths = iter(x.shape)
    return xp.reshape(x, tuple(1 if k in new else next(lengths) for k in range(rank)))


def transpose(xp: Any, x: Any, *, perm: list[int] | None = None) -> Any:
    """Reorder the axes, backwards unless told otherwise."""
    return xp.permute_dims(x, tuple(perm or reversed(range(rank_of(x)))))


def concat(xp: Any, *inputs: Any, axis: int) -> Any:
    """Join along an axis."""
    return xp.concat(list(inputs), axis=positive_axis(axis, rank_of(inputs[0])))


def expand(xp: Any, x: Any, shape: NDArray[Any]) -> Any:
    """Broadcast to a shape, in which 1 keeps the length of x."""
    return xp.broadcast_to(x, np.broadcast_shapes(tuple(x.shape), tuple(np.ravel(shape).tolist())))


def tile(xp: Any, x: Any, repeats: NDArray[Any]) -> Any:
    """Repeat along each axis."""
    for axis, times in enumerate(np.ravel(repeats).tolist()):
        if times != 1:
            x = xp.take(x, np.tile(np.arange(x.shape[axis]), times), axis=axis)
    return x


def split(
    xp: Any,
    x: Any,
    sizes: NDArray[Any] | None = None,
    *,
    axis: int = 0,
    num_outputs: int | None = None,
) -> tuple[Any, ...]:
    """Cut along an axis into pieces of stated sizes, or into equal ones of which the last may be
    smaller."""
    axis = positive_axis(axis, rank_of(x))
    length = x.shape[axis]
    if sizes is not None:
        ends = np.cumsum(sizes).tolist()
    elif num_outputs:
        piece = -(-length // num_outputs)
        ends = [min(piece * (k + 1), length) for k in range(num_outputs)]
    else:
        raise ValueError("Split needs sizes or num_outputs")
    before = (slice(None),) * axis
    return tuple(x[(*before, slice(a, b))] for a, b in zip([0, *ends[:-1]], ends, strict=True))


def cut(
    xp: Any,
    x: Any,
    starts: NDArray[Any],
    ends: NDArray[Any],
    axes: NDArray[Any] | None = None,
    steps: NDArray[Any] | None = None,
) -> Any:
    """Slices along axes; a negative step goes backwards."""
    firsts, lasts = np.ravel(starts).tolist(), np.ravel(ends).tolist()
    chosen = range(len(firsts)) if axes is None else np.ravel(axes).tolist()
    strides = [1] * len(firsts) if steps is None else np.ravel(steps).tolist()
    for first, last, axis, step in zip(firsts, lasts, chosen, strides, strict=True):
        axis = positive_axis(axis, rank_of(x))
        places = _places(x.shape[axis], first, last, step)
        if step > 0:
            x = x[
                (*(slice(None),) * axis, slice(places.start, max(places.start, places.stop), step))
            ]
        else:
            x = xp.take(x, np.asarray(places, np.int64), axis=axis)
    return x


def _places(length: int, first: int, last: int, step: int) -> range:
    first = first + length if first < 0 else first
    last = last + length if last < 0 else last
    if step > 0:
        return range(min(max(first, 0), length), min(max(last, 0), length), step)
    return range(min(max(first, 0), length - 1), min(max(last, -1), length - 1), step)


def gather(xp: Any, x: Any, indices: Any, *, axis: int = 0) -> Any:
    """Elements along an axis; the indices may have any shape, and count from the end if
    negative."""
    axis = positive_axis(axis, rank_of(x))
    flat = _from_start(xp, xp.reshape(indices, (math.prod(indices.shape),)), x.shape[axis])
    found = xp.take(x, flat, axis=axis)
    return xp.reshape(found, (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))


def gather_elements(xp: Any, x: Any, indices: Any, *, axis: int = 0) -> Any:
    """Elements along an axis, of which the indices differ from row to row."""
    axis = positive_axis(axis, rank_of(x))
    for k, length in enumerate(indices.shape):
        if k != axis and x.shape[k] != length:
            x = x[(*(slice(None),) * k, slice(0, length))]
    return xp.take_along_axis(x, _from_start(xp, indices, x.shape[axis]), axis)


def _from_start(xp: Any, indices: Any, length: int) -> Any:
    return xp.where(xp.less(indices, 0), xp.add(indices, length), indices)


def top_k(
    xp: Any, x: Any, k: NDArray[Any], *, axis: int = -1, largest: int = 1, sorted: int = 1
) -> tuple[Any, Any]:
    """The k largest or smallest elements along an axis, in order, the first of equal ones first."""
    axis = positive_axis(axis, rank_of(x))
    order = xp.argsort(xp.negative(x) if largest else x, axis=axis, stable=True)
    kept = order[(*(slice(None),) * axis, slice(0, int(np.ravel(k)[0])))]
    return xp.take_along_axis(x, kept, axis), xp.astype(kept, np.int64)


def constant(
    xp: Any,
    *,
    value: NDArray[Any] | None = None,
    value_float: float | None = None,
    value_floats: list[float] | None = None,
    value_int: int | None = None,
    value_ints: list[int] | None = None,
) -> NDArray[Any]:
    """A constant of the graph."""
    if value is not None:
        return value
    if value_float is not None or value_floats is not None:
        return np.asarray(value_floats if value_float is None else value_float, np.float32)
    return np.asarray(value_ints if value_int is None else value_int, np.int64)


def constant_of_shape(
    xp: Any, shape: NDArray[Any], *, value: NDArray[Any] | None = None
) -> NDArray[Any]:
    """One number, repeated to a shape."""
    one = np.zeros(1, np.float32) if value is None else np.ravel(value)
    full: NDArray[Any] = np.full(tuple(np.ravel(shape).tolist()), one[0], one.dtype)
    return full


def count(xp: Any, start: NDArray[Any], limit: NDArray[Any], delta: NDArray[Any]) -> NDArray[Any]:
    """Equidistant numbers from ``start`` to before ``limit``."""
    steps = max(math.ceil((limit.item() - start.item()) / delta.item()), 0)
    numbers: NDArray[Any] = (start + np.arange(steps) * delta).astype(start.dtype)
    return numbers


def non_zero(xp: Any, x: NDArray[Any]) -> NDArray[np.int64]:
    """The places of all numbers that are not zero, shape (axes, places)."""
    found: NDArray[np.int64] = np.stack(np.nonzero(x)).astype(np.int64)
    return found


def keep_triangle(xp: Any, x: Any, k: NDArray[Any] | None = None, *, upper: int = 1) -> Any:
    """The upper or lower triangle of matrices, zero elsewhere."""
    shift = 0 if k is None else int(np.ravel(k)[0])
    keep = np.tri(x.shape[-2], x.shape[-1], shift - 1 if upper else shift, dtype=bool)
    kept = xp.constant(~keep if upper else keep, xp.place(x))
    return xp.where(kept, x, xp.zeros_like(x))


OPERATORS = {
    "Concat": Operator(concat),
    "Constant": Operator(constant),
    "ConstantOfShape": Operator(constant_of_shape, known=(0,)),
    "Expand": Operator(expand, known=(1,)),
    "Flatten": Operator(flatten),
    "Gather": Operator(gather),
    "GatherElements": Operator(gather_elements),
    "NonZero": Operator(non_zero, known=(0,)),
    "Range": Operator(count, known=(0, 1, 2)),
    "Reshape": Operator(reshape, known=(1,)),
    "Shape": Operator(shape_of),
    "Size": Operator(size_of),
    "Slice": Operator(cut, known=(1, 2, 3, 4)),
    "Split": Operator(split, known=(1,)),
    "Squeeze": Operator(squeeze, known=(1,)),
    "Tile": Operator(tile, known=(1,)),
    "TopK": Operator(top_k, known=(1,)),
    "Transpose": Operator(transpose),
    "Trilu": Operator(keep_triangle, known=(1,)),
    "Unsqueeze": Operator(unsqueeze, known=(1,)),
}
