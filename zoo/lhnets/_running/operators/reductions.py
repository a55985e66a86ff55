"""Operators that reduce axes, or normalise along them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._running.operators.operator import Operator, positive_axis, rank_of


def _reduce(function: Callable[[Any, Any, tuple[int, ...], bool], Any]) -> Operator:
    """A reduction; its axes are an input since opset 18, and were an attribute before."""

    def compute(
        xp: Any,
        x: Any,
        axes_input: NDArray[Any] | None = None,
        *,
        axes: list[int] | None = None,
        keepdims: int = 1,
        noop_with_empty_axes: int = 0,
    ) -> Any:
        given = axes if axes_input is None else np.ravel(axes_input).tolist()
        rank = rank_of(x)
        if not given and noop_with_empty_axes:
            chosen: tuple[int, ...] = ()
        else:
            chosen = tuple(sorted(positive_axis(a, rank) for a in given or range(rank)))
        return function(xp, x, chosen, bool(keepdims))

    return Operator(compute, known=(1,))


def _sum(xp: Any, x: Any, axes: tuple[int, ...], keep: bool) -> Any:
    return xp.astype(xp.sum(x, axis=axes, keepdims=keep), x.dtype) if axes else x


def _max(xp: Any, x: Any, axes: tuple[int, ...], keep: bool) -> Any:
    return xp.max(x, axis=axes, keepdims=keep) if axes else x


def _min(xp: Any, x: Any, axes: tuple[int, ...], keep: bool) -> Any:
    return xp.min(x, axis=axes, keepdims=keep) if axes else x


def _mean(xp: Any, x: Any, axes: tuple[int, ...], keep: bool) -> Any:
    return xp.divide(_sum(xp, x, axes, keep), math.prod(x.shape[a] for a in axes))


def _product(xp: Any, x: Any, axes: tuple[int, ...], keep: bool) -> Any:
    for axis in reversed(axes):
        x = _product_along(xp, x, axis)
    return x if keep else _drop(xp, x, axes)


def _product_along(xp: Any, x: Any, axis: int) -> Any:
    if x.shape[axis] == 0:
        return xp.add(xp.sum(x, axis=(axis,), keepdims=True), 1)
    before = (slice(None),) * axis
    return functools.reduce(
        xp.multiply, [x[(*before, slice(k, k + 1))] for k in range(x.shape[axis])]
    )


def _drop(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
    return xp.reshape(x, tuple(n for a, n in enumerate(x.shape) if a not in axes))


def _sum_of_absolutes(xp: Any, x: Any, axes: tuple[int, ...], keep: bool) -> Any:
    return _sum(xp, xp.abs(x), axes, keep)


def _sum_of_squares(xp: Any, x: Any, axes: tuple[int, ...], keep: bool) -> Any:
    return _sum(xp, xp.multiply(x, x), axes, keep)


def _length(xp: Any, x: Any, axes: tuple[int, ...], keep: bool) -> Any:
    return xp.sqrt(_sum_of_squares(xp, x, axes, keep))


def _log_of_sum(xp: Any, x: Any, axes: tuple[int, ...], keep: bool) -> Any:
    return xp.log(_sum(xp, x, axes, keep))


def _log_of_sum_of_exponentials(xp: Any, x: Any, axes: tuple[int, ...], keep: bool) -> Any:
    if not axes or 0 in x.shape:
        return xp.log(_sum(xp, xp.exp(x), axes, keep))
    top = xp.max(x, axis=axes, keepdims=True)
    top = xp.where(xp.isinf(top), xp.zeros_like(top), top)
    y = xp.add(xp.log(_sum(xp, xp.exp(xp.subtract(x, top)), axes, True)), top)
    return y if keep else _drop(xp, y, axes)


def _argument(name: str) -> Operator:
    """Index of an extreme element along an axis."""

    def compute(
        xp: Any, x: Any, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0
    ) -> Any:
        axis = positive_axis(axis, rank_of(x))
        if select_last_index:
            x = xp.take(x, np.arange(x.shape[axis])[::-1].copy(), axis=axis)
        found = xp.astype(getattr(xp, name)(x, axis=axis), np.int64)
        if select_last_index:
            found = xp.subtract(x.shape[axis] - 1, found)
        return xp.expand_dims(found, axis=axis) if keepdims else found

    return Operator(compute)


def softmax(xp: Any, x: Any, *, axis: int = -1) -> Any:
    """Exponentials that sum to one along an axis."""
    axis = positive_axis(axis, rank_of(x))
    z = xp.exp(xp.subtract(x, xp.max(x, axis=(axis,), keepdims=True)))
    return xp.divide(z, xp.sum(z, axis=(axis,), keepdims=True))


def log_softmax(xp: Any, x: Any, *, axis: int = -1) -> Any:
    """Logarithm of the softmax."""
    axis = positive_axis(axis, rank_of(x))
    shifted = xp.subtract(x, xp.max(x, axis=(axis,), keepdims=True))
    return xp.subtract(shifted, xp.log(xp.sum(xp.exp(shifted), axis=(axis,), keepdims=True)))


def hardmax(xp: Any, x: Any, *, axis: int = -1) -> Any:
    """1 at the first largest element along an axis, else 0."""
    axis = positive_axis(axis, rank_of(x))
    first = xp.expand_dims(xp.argmax(x, axis=axis), axis=axis)
    places = np.arange(x.shape[axis]).reshape((-1, *(1,) * (rank_of(x) - axis - 1)))
    return xp.astype(xp.equal(first, xp.constant(places, xp.place(x))), x.dtype)


def cumulative_sum(
    xp: Any, x: Any, axis_input: NDArray[Any], *, exclusive: int = 0, reverse: int = 0
) -> Any:
    """Sums up to each element along an axis."""
    axis = positive_axis(int(axis_input), rank_of(x))
    backwards = np.arange(x.shape[axis])[::-1].copy()
    if reverse:
        x = xp.take(x, backwards, axis=axis)
    total = xp.cumulative_sum(x, axis=axis)
    if exclusive:
        total = xp.subtract(total, x)
    return xp.take(total, backwards, axis=axis) if reverse else total


def _standardise(xp: Any, x: Any, axes: tuple[int, ...], epsilon: float) -> tuple[Any, Any, Any]:
    """Standardised x, the mean, and one over the standard deviation."""
    mean = _mean(xp, x, axes, True)
    centred = xp.subtract(x, mean)
    variance = _mean(xp, xp.multiply(centred, centred), axes, True)
    inverse = xp.reciprocal(xp.sqrt(xp.add(variance, epsilon)))
    return xp.multiply(centred, inverse), mean, inverse


def layer_normalization(
    xp: Any,
    x: Any,
    scale: Any,
    bias: Any = None,
    *,
    axis: int = -1,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> tuple[Any, Any, Any]:
    """Standardise over the axes from ``axis`` on, in the precision of x."""
    axes = tuple(range(positive_axis(axis, rank_of(x)), rank_of(x)))
    y, mean, inverse = _standardise(xp, x, axes, epsilon)
    y = xp.multiply(y, scale)
    return (y if bias is None else xp.add(y, bias)), mean, inverse


def rms_normalization(
    xp: Any, x: Any, scale: Any, *, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1
) -> Any:
    """Divide by the root of the mean square over the axes from ``axis`` on."""
    axes = tuple(range(positive_axis(axis, rank_of(x)), rank_of(x)))
    square = _mean(xp, xp.multiply(x, x), axes, True)
    return xp.multiply(xp.divide(x, xp.sqrt(xp.add(square, epsilon))), scale)


def instance_normalization(xp: Any, x: Any, scale: Any, bias: Any, *, epsilon: float = 1e-5) -> Any:
    """Standardise each channel of each instance."""
    y, _, _ = _standardise(xp, x, tuple(range(2, rank_of(x))), epsilon)
    shape = (x.shape[1], *(1,) * (rank_of(x) - 2))
    return xp.add(xp.multiply(y, xp.reshape(scale, shape)), xp.reshape(bias, shape))


def group_normalization(
    xp: Any,
    x: Any,
    scale: Any,
    bias: Any,
    *,
    num_groups: int,
    epsilon: float = 1e-5,
    stash_type: int = 1,
) -> Any:
    """Standardise each group of channels; scale and bias are one a group or one a channel."""
    rows, channels, *rest = x.shape
    grouped = xp.reshape(x, (rows, num_groups, channels // num_groups, *rest))
    y, _, _ = _standardise(xp, grouped, tuple(range(2, rank_of(grouped))), epsilon)
    if scale.shape[0] == channels:
        shape: tuple[int, ...] = (num_groups, channels // num_groups, *(1,) * len(rest))
    else:
        shape = (num_groups, 1, *(1,) * len(rest))
    y = xp.add(xp.multiply(y, xp.reshape(scale, shape)), xp.reshape(bias, shape))
    return xp.reshape(y, tuple(x.shape))


def mean_variance_normalization(xp: Any, x: Any, *, axes: tuple[int, ...] = (0, 2, 3)) -> Any:
    """Standardise over axes."""
    chosen = tuple(positive_axis(a, rank_of(x)) for a in axes)
    centred = xp.subtract(x, _mean(xp, x, chosen, True))
    deviation = xp.sqrt(_mean(xp, xp.multiply(centred, centred), chosen, True))
    return xp.divide(centred, xp.add(deviation, 1e-9))


def lp_normalization(xp: Any, x: Any, *, axis: int = -1, p: int = 2) -> Any:
    """Divide by the length along an axis."""
    axes = (positive_axis(axis, rank_of(x)),)
    length = _length(xp, x, axes, True) if p == 2 else _sum_of_absolutes(xp, x, axes, True)
    return xp.divide(x, length)


OPERATORS = {
    "ArgMax": _argument("argmax"),
    "ArgMin": _argument("argmin"),
    "CumSum": Operator(cumulative_sum, known=(1,)),
    "GroupNormalization": Operator(group_normalization),
    "Hardmax": Operator(hardmax),
    "InstanceNormalization": Operator(instance_normalization),
    "LayerNormalization": Operator(layer_normalization),
    "LogSoftmax": Operator(log_softmax),
    "LpNormalization": Operator(lp_normalization),
    "MeanVarianceNormalization": Operator(mean_variance_normalization),
    "RMSNormalization": Operator(rms_normalization),
    "ReduceL1": _reduce(_sum_of_absolutes),
    "ReduceL2": _reduce(_length),
    "ReduceLogSum": _reduce(_log_of_sum),
    "ReduceLogSumExp": _reduce(_log_of_sum_of_exponentials),
    "ReduceMax": _reduce(_max),
    "ReduceMean": _reduce(_mean),
    "ReduceMin": _reduce(_min),
    "ReduceProd": _reduce(_product),
    "ReduceSum": _reduce(_sum),
    "ReduceSumSquare": _reduce(_sum_of_squares),
    "Softmax": Operator(softmax),
}
