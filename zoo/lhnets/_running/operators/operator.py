"""What the interpreter knows of an operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Operator(NamedTuple):
    """An operator of ONNX over an array namespace.

    Attributes
    ----------
    compute : callable
        ``compute(xp, *inputs, **attributes)`` gives one array, or a tuple if the operator has
        several outputs. An input that is left out is None. Defaults of the attributes stand in its
        signature.
    known : tuple of int
        Positions of inputs that must be known before the numbers of the batch are: shapes, axes,
        sizes. They arrive as numpy arrays.
    """

    compute: Callable[..., Any]
    known: tuple[int, ...] = ()


def rank_of(x: Any) -> int:
    """Number of axes."""
    return len(x.shape)


def positive_axis(axis: int, rank: int) -> int:
    """An axis counted from 0."""
    return axis + rank if axis < 0 else axis
