"""torch under the names of the array API, differentiable by autograd."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._running.namespaces.importing import import_library

_BINARY = [
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "minimum",
    "remainder",
    "fmod",
    "floor_divide",
    "equal",
    "not_equal",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
]
_RENAMED = {
    "equal": "eq",
    "not_equal": "ne",
    "greater": "gt",
    "greater_equal": "ge",
    "less": "lt",
    "less_equal": "le",
}


class TorchArrays:
    """The functions of torch; binary ones also take a Python number for one operand."""

    def __init__(self) -> None:
        self._torch = import_library("torch")
        for name in _BINARY:
            setattr(self, name, self._binary(getattr(self._torch, _RENAMED.get(name, name))))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._torch, name)

    @staticmethod
    def quiet() -> contextlib.AbstractContextManager[Any]:
        """Nothing to silence: torch does not warn of numbers."""
        return contextlib.nullcontext()

    @staticmethod
    def place(array: Any) -> Any:
        """The device of a tensor, to which the constants must go."""
        return array.device

    def constant(self, array: NDArray[Any], place: Any) -> Any:
        """A constant of the graph as a tensor on a device."""
        return self._torch.tensor(np.ascontiguousarray(array), device=place)

    def asarray(self, x: Any, dtype: Any = None) -> Any:
        """A tensor; one that is a tensor already keeps its gradient."""
        return self._torch.as_tensor(x, dtype=None if dtype is None else self._dtype(dtype))

    def astype(self, x: Any, dtype: Any) -> Any:
        """Convert to another element type."""
        return x.to(self._dtype(dtype))

    def isdtype(self, dtype: Any, kind: str) -> bool:
        """Whether an element type is ``integral`` or ``real floating``."""
        if kind == "real floating":
            return bool(dtype.is_floating_point)
        return not dtype.is_floating_point and dtype is not self._torch.bool

    def power(self, x: Any, y: Any) -> Any:
        """Powers."""
        return self._torch.pow(x, y)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        """Choose between two tensors."""
        return self._torch.where(condition, x, y)

    def sum(self, x: Any, axis: Sequence[int], keepdims: bool = False) -> Any:
        """Sum over axes, in the element type of ``x``."""
        return self._torch.sum(x, dim=tuple(axis), keepdim=keepdims, dtype=x.dtype)

    def max(self, x: Any, axis: Sequence[int], keepdims: bool = False) -> Any:
        """Largest elements over axes."""
        return self._torch.amax(x, dim=tuple(axis), keepdim=keepdims)

    def min(self, x: Any, axis: Sequence[int], keepdims: bool = False) -> Any:
        """Smallest elements over axes."""
        return self._torch.amin(x, dim=tuple(axis), keepdim=keepdims)

    def argmax(self, x: Any, axis: int) -> Any:
        """Index of the first largest element along an axis."""
        return self._torch.argmax(x, dim=axis)

    def argmin(self, x: Any, axis: int) -> Any:
        """Index of the first smallest element along an axis."""
        return self._torch.argmin(x, dim=axis)

    def argsort(self, x: Any, axis: int, stable: bool = True) -> Any:
        """Indices that sort along an axis."""
        return self._torch.argsort(x, dim=axis, stable=stable)

    def permute_dims(self, x: Any, axes: Sequence[int]) -> Any:
        """Reorder the axes."""
        return self._torch.permute(x, tuple(axes))

    def concat(self, arrays: Sequence[Any], axis: int) -> Any:
        """Join along an axis."""
        return self._torch.concat(list(arrays), dim=axis)

    def take(self, x: Any, indices: Any, axis: int) -> Any:
        """Elements along an axis."""
        chosen = self._torch.as_tensor(indices, device=x.device).to(self._torch.int64)
        return self._torch.index_select(x, axis, chosen)

    def take_along_axis(self, x: Any, indices: Any, axis: int) -> Any:
        """Elements along an axis, of which the indices differ from row to row."""
        return self._torch.gather(x, axis, indices.to(self._torch.int64))

    def cumulative_sum(self, x: Any, axis: int) -> Any:
        """Sums up to each element along an axis."""
        return self._torch.cumsum(x, dim=axis, dtype=x.dtype)

    def _binary(self, function: Any) -> Any:
        def apply(x: Any, y: Any) -> Any:
            if not isinstance(x, self._torch.Tensor):
                x = self._torch.as_tensor(x, dtype=y.dtype, device=y.device)
            elif not isinstance(y, self._torch.Tensor):
                y = self._torch.as_tensor(y, dtype=x.dtype, device=x.device)
            return function(x, y)

        return apply

    def _dtype(self, dtype: Any) -> Any:
        return (
            dtype
            if isinstance(dtype, self._torch.dtype)
            else getattr(self._torch, np.dtype(dtype).name)
        )
