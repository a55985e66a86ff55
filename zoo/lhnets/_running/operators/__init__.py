"""The operators of ONNX that the interpreter knows, one function each."""

from __future__ import annotations

from collections.abc import Mapping

from lhnets._running.operators import elementwise, linear, reductions, shapes
from lhnets._running.operators.operator import Operator

OPERATORS: Mapping[str, Operator] = {
    **elementwise.OPERATORS,
    **linear.OPERATORS,
    **reductions.OPERATORS,
    **shapes.OPERATORS,
}
"""Operators of the domain ai.onnx by their name."""
