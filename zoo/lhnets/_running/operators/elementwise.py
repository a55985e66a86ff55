"""Operators that act on each element."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from lhnets._running.operators.operator import Operator, rank_of


def unary(name: str) -> Operator:
    """The function of the namespace with this name."""

    def compute(xp: Any, x: Any) -> Any:
        return getattr(xp, name)(x)

    return Operator(compute)


def binary(name: str) -> Operator:
    """The function of two arguments of the namespace with this name."""

    def compute(xp: Any, x: Any, y: Any) -> Any:
        return getattr(xp, name)(x, y)

    return Operator(compute)


def variadic(name: str) -> Operator:
    """The function of two arguments, over any number of inputs from left to right."""

    def compute(xp: Any, *inputs: Any) -> Any:
        return functools.reduce(getattr(xp, name), inputs)

    return Operator(compute)


def mean(xp: Any, *inputs: Any) -> Any:
    """Mean of the inputs, element by element."""
    return xp.divide(functools.reduce(xp.add, inputs), len(inputs))


def divide(xp: Any, x: Any, y: Any) -> Any:
    """Quotient; that of whole numbers is rounded towards zero."""
    if not xp.isdtype(x.dtype, "integral"):
        return xp.divide(x, y)
    down = xp.floor_divide(x, y)
    inexact = xp.not_equal(xp.multiply(down, y), x)
    negative = xp.logical_xor(xp.less(x, 0), xp.less(y, 0))
    return xp.add(down, xp.astype(xp.logical_and(inexact, negative), x.dtype))


def modulo(xp: Any, x: Any, y: Any, *, fmod: int = 0) -> Any:
    """Remainder, with the sign of the divisor, or of the dividend with ``fmod=1``."""
    return xp.fmod(x, y) if fmod else xp.remainder(x, y)


def power(xp: Any, x: Any, y: Any) -> Any:
    """Powers, in the element type of the base."""
    return xp.astype(xp.power(x, y), x.dtype)


def clip(xp: Any, x: Any, low: Any = None, high: Any = None) -> Any:
    """Limit to [low, high]; at a limit the derivative is that inside."""
    if low is not None:
        x = xp.where(xp.less(x, low), low, x)
    if high is not None:
        x = xp.where(xp.greater(x, high), high, x)
    return x


def relu(xp: Any, x: Any) -> Any:
    """Larger of x and 0; the derivative at 0 is 0."""
    return xp.where(xp.less_equal(x, 0), xp.multiply(x, 0), x)


def leaky_relu(xp: Any, x: Any, *, alpha: float = 0.01) -> Any:
    """x, or alpha x where x is negative."""
    return xp.where(xp.less(x, 0), xp.multiply(x, alpha), x)


def prelu(xp: Any, x: Any, slope: Any) -> Any:
    """x, or slope x where x is negative."""
    return xp.where(xp.less(x, 0), xp.multiply(x, slope), x)


def thresholded_relu(xp: Any, x: Any, *, alpha: float = 1.0) -> Any:
    """x where it exceeds alpha, else 0."""
    return xp.where(xp.greater(x, alpha), x, xp.multiply(x, 0))


def elu(xp: Any, x: Any, *, alpha: float = 1.0) -> Any:
    """x, or alpha (exp(x) - 1) where x is negative."""
    return xp.where(xp.less(x, 0), xp.multiply(xp.expm1(x), alpha), x)


def celu(xp: Any, x: Any, *, alpha: float = 1.0) -> Any:
    """x, or alpha (exp(x / alpha) - 1) where x is negative."""
    return xp.where(xp.less(x, 0), xp.multiply(xp.expm1(xp.divide(x, alpha)), alpha), x)


def selu(
    xp: Any,
    x: Any,
    *,
    alpha: float = 1.67326319217681884765625,
    gamma: float = 1.05070102214813232421875,
) -> Any:
    """gamma x, or gamma alpha (exp(x) - 1) where x is not positive."""
    return xp.multiply(xp.where(xp.less_equal(x, 0), xp.multiply(xp.expm1(x), alpha), x), gamma)


def shrink(xp: Any, x: Any, *, lambd: float = 0.5, bias: float = 0.0) -> Any:
    """x moved towards zero by ``bias``, and 0 within [-lambd, lambd]."""
    inner = xp.where(xp.greater(x, lambd), xp.subtract(x, bias), xp.multiply(x, 0))
    return xp.where(xp.less(x, -lambd), xp.add(x, bias), inner)


def sigmoid(xp: Any, x: Any, *, alpha: float = 1.0) -> Any:
    """1 / (1 + exp(-alpha x)), without overflow."""
    x = x if alpha == 1.0 else xp.multiply(x, alpha)
    positive = xp.greater_equal(x, 0)
    z = xp.exp(xp.where(positive, xp.negative(x), x))
    return xp.divide(xp.where(positive, xp.add(xp.multiply(z, 0), 1), z), xp.add(z, 1))


def hard_sigmoid(xp: Any, x: Any, *, alpha: float = 0.2, beta: float = 0.5) -> Any:
    """alpha x + beta within [0, 1]."""
    y = xp.add(xp.multiply(x, alpha), beta)
    return xp.minimum(xp.maximum(y, xp.multiply(y, 0)), xp.add(xp.multiply(y, 0), 1))


def hard_swish(xp: Any, x: Any) -> Any:
    """x times the hard sigmoid of slope 1/6."""
    return xp.multiply(x, hard_sigmoid(xp, x, alpha=1 / 6))


def softplus(xp: Any, x: Any) -> Any:
    """log(1 + exp(x)), without overflow."""
    positive = xp.greater_equal(x, 0)
    z = xp.exp(xp.where(positive, xp.negative(x), x))
    return xp.add(xp.where(positive, x, xp.multiply(z, 0)), xp.log1p(z))


def softsign(xp: Any, x: Any) -> Any:
    """x / (1 + |x|)."""
    return xp.divide(x, xp.add(xp.abs(x), 1))


def mish(xp: Any, x: Any) -> Any:
    """x tanh(softplus(x))."""
    return xp.multiply(x, xp.tanh(softplus(xp, x)))


def swish(xp: Any, x: Any, *, alpha: float = 1.0) -> Any:
    """x sigmoid(alpha x)."""
    return xp.multiply(x, sigmoid(xp, x, alpha=alpha))


def gelu(xp: Any, x: Any, *, approximate: str = "none") -> Any:
    """x times the Gaussian cumulative of x, exactly or by tanh."""
    if approximate == "tanh":
        cubic = xp.add(x, xp.multiply(xp.multiply(x, xp.multiply(x, x)), 0.044715))
        cumulative = xp.add(xp.tanh(xp.multiply(cubic, math.sqrt(2 / math.pi))), 1)
    else:
        cumulative = xp.add(xp.erf(xp.multiply(x, math.sqrt(0.5))), 1)
    return xp.multiply(xp.multiply(x, cumulative), 0.5)


def is_infinite(xp: Any, x: Any, *, detect_negative: int = 1, detect_positive: int = 1) -> Any:
    """Whether an element is infinite, of the signs that are asked for."""
    found = xp.isinf(x)
    if not detect_negative:
        found = xp.logical_and(found, xp.greater(x, 0))
    if not detect_positive:
        found = xp.logical_and(found, xp.less(x, 0))
    return found


def choose(xp: Any, condition: Any, x: Any, y: Any) -> Any:
    """x where the condition holds, else y."""
    return xp.where(condition, x, y)


def identity(xp: Any, x: Any) -> Any:
    """The input."""
    return x


def cast(xp: Any, x: Any, *, to: Any, saturate: int = 1, round_mode: str = "up") -> Any:
    """Convert to an element type."""
    return xp.astype(x, to)


def cast_like(xp: Any, x: Any, like: Any, *, saturate: int = 1, round_mode: str = "up") -> Any:
    """Convert to the element type of another array."""
    return xp.astype(x, like.dtype)


def batch_normalization(
    xp: Any,
    x: Any,
    scale: Any,
    bias: Any,
    mean: Any,
    variance: Any,
    *,
    epsilon: float = 1e-5,
    momentum: float = 0.9,
    training_mode: int = 0,
) -> Any:
    """Standardise each channel (axis 1) by stated means and variances."""
    if training_mode:
        raise ValueError("training_mode=1 has no place in a trained network")
    shape = (-1, *(1,) * (rank_of(x) - 2))
    scale, bias, mean, variance = (
        _per_channel(xp, a, shape) for a in (scale, bias, mean, variance)
    )
    factor = xp.divide(scale, xp.sqrt(xp.add(variance, epsilon)))
    return xp.add(xp.multiply(xp.subtract(x, mean), factor), bias)


def _per_channel(xp: Any, x: Any, shape: tuple[int, ...]) -> Any:
    return xp.reshape(x, (x.shape[0], *shape[1:]))


_UNARY = {
    "Abs": "abs",
    "Acos": "acos",
    "Acosh": "acosh",
    "Asin": "asin",
    "Asinh": "asinh",
    "Atan": "atan",
    "Atanh": "atanh",
    "Ceil": "ceil",
    "Cos": "cos",
    "Cosh": "cosh",
    "Erf": "erf",
    "Exp": "exp",
    "Floor": "floor",
    "IsNaN": "isnan",
    "Log": "log",
    "Neg": "negative",
    "Not": "logical_not",
    "Reciprocal": "reciprocal",
    "Round": "round",
    "Sign": "sign",
    "Sin": "sin",
    "Sinh": "sinh",
    "Sqrt": "sqrt",
    "Tan": "tan",
    "Tanh": "tanh",
}
_BINARY = {
    "Add": "add",
    "And": "logical_and",
    "Equal": "equal",
    "Greater": "greater",
    "GreaterOrEqual": "greater_equal",
    "Less": "less",
    "LessOrEqual": "less_equal",
    "Mul": "multiply",
    "Or": "logical_or",
    "Sub": "subtract",
    "Xor": "logical_xor",
}
_VARIADIC = {"Max": "maximum", "Min": "minimum", "Sum": "add"}
_OWN: dict[str, Callable[..., Any]] = {
    "BatchNormalization": batch_normalization,
    "Cast": cast,
    "CastLike": cast_like,
    "Celu": celu,
    "Clip": clip,
    "Div": divide,
    "Elu": elu,
    "Gelu": gelu,
    "HardSigmoid": hard_sigmoid,
    "HardSwish": hard_swish,
    "Identity": identity,
    "IsInf": is_infinite,
    "LeakyRelu": leaky_relu,
    "Mean": mean,
    "Mish": mish,
    "Mod": modulo,
    "PRelu": prelu,
    "Pow": power,
    "Relu": relu,
    "Selu": selu,
    "Shrink": shrink,
    "Sigmoid": sigmoid,
    "Softplus": softplus,
    "Softsign": softsign,
    "Swish": swish,
    "ThresholdedRelu": thresholded_relu,
    "Where": choose,
}

OPERATORS = {
    **{name: unary(function) for name, function in _UNARY.items()},
    **{name: binary(function) for name, function in _BINARY.items()},
    **{name: variadic(function) for name, function in _VARIADIC.items()},
    **{name: Operator(compute) for name, compute in _OWN.items()},
}
