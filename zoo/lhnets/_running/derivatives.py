"""Exact first and second derivatives of a flat network by its parameters, in double precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lhnets._running.graph import in_double_precision, read_graph
from lhnets._running.interpret import Interpreter
from lhnets._running.namespaces.dual import Dual, DualArrays
from lhnets._running.namespaces.dual_operands import DualOperand, DualOperandArrays
from lhnets._running.namespaces.numpy_arrays import NumpyArrays
from lhnets.errors import ParameterError
from lhnets.format import Card

CHUNK, SMALL_CHUNK = 512, 64
"""Rows differentiated at once, and twice at once, so that the memory does not grow with the number
of points."""


class Derivatives:
    """The derivatives of a network's values by its inputs.

    Parameters
    ----------
    content : bytes
        The network file.
    card : Card
        Its card.

    Raises
    ------
    ParameterError
        If the network takes events instead of parameters.
    """

    def __init__(self, content: bytes, card: Card) -> None:
        _require_parameters(card)
        self._interpret = Interpreter(
            in_double_precision(read_graph(content)), DualArrays(NumpyArrays())
        )

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The derivatives of the outputs (last axis) by the inputs (first axis) at points (N, n):
        shape (n, N, k)."""
        pieces = [
            self._differentiate(rows[i : i + CHUNK]) for i in range(0, max(len(rows), 1), CHUNK)
        ]
        return np.concatenate(pieces, axis=1)

    def _differentiate(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        points, inputs = rows.shape
        directions = np.broadcast_to(np.eye(inputs)[:, None, :], (inputs, points, inputs))
        value = self._interpret({"parameters": Dual(rows, directions)})["value"]
        if isinstance(value, Dual):
            return np.asarray(value.tangent)
        return np.zeros((inputs, *value.shape))


class SecondDerivatives:
    """The second derivatives of a network's values by its inputs.

    Parameters
    ----------
    content : bytes
        The network file.
    card : Card
        Its card.

    Raises
    ------
    ParameterError
        If the network takes events instead of parameters.
    """

    def __init__(self, content: bytes, card: Card) -> None:
        _require_parameters(card)
        self._interpret = Interpreter(
            in_double_precision(read_graph(content)), DualArrays(DualOperandArrays())
        )

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The second derivatives of the outputs (last axis) by pairs of inputs (first two axes) at
        points (N, n): shape (n, n, N, k)."""
        pieces = [
            self._differentiate(rows[i : i + SMALL_CHUNK])
            for i in range(0, max(len(rows), 1), SMALL_CHUNK)
        ]
        return np.concatenate(pieces, axis=2)

    def _differentiate(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        points, inputs = rows.shape
        directions = np.broadcast_to(np.eye(inputs)[:, None, :], (inputs, points, inputs))
        found = self._interpret({"parameters": Dual(DualOperand(rows, directions), directions)})
        tangent = found["value"].tangent if isinstance(found["value"], Dual) else None
        if isinstance(tangent, DualOperand):
            return np.asarray(tangent.tangent)
        return np.zeros((inputs, inputs, *found["value"].shape))


def _require_parameters(card: Card) -> None:
    if card.tensors:
        raise ParameterError(
            f"{card.identity} takes events: jacobian() is for networks of parameters, as is "
            'hessian(). For derivatives by the inputs of events use function("torch") with autograd'
        )
