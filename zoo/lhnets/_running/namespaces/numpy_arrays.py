"""numpy, which follows the array API, with the few functions that it lacks."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_erf = np.frompyfunc(math.erf, 1, 1)


class NumpyArrays:
    """The functions of numpy."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)

    @staticmethod
    def quiet() -> contextlib.AbstractContextManager[Any]:
        """Silence warnings: a logarithm of zero is -inf, as in ONNX Runtime."""
        return np.errstate(all="ignore")

    @staticmethod
    def place(array: Any) -> str:
        """Where the constants for an array must lie."""
        return "cpu"

    @staticmethod
    def constant(array: NDArray[Any], place: str) -> NDArray[Any]:
        """A constant of the graph as an array of this namespace."""
        return array

    @staticmethod
    def erf(x: Any) -> Any:
        """The error function, in the precision of ``x``."""
        return np.asarray(_erf(x)).astype(x.dtype)

    @staticmethod
    def cumulative_sum(x: Any, axis: int) -> Any:
        """Sums up to each element along an axis."""
        return np.cumsum(x, axis=axis, dtype=x.dtype)
