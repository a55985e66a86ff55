"""A model seen as a function from a matrix of columns to a matrix of heads, whatever tensors it
has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets_training.importing.source import ConvertedModel, Tensor
from lhnets_training.pipeline.exported import Predict, run_arrays

Array: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = Callable[[Array], Array]
"""Heads (N, h) at columns (N, w)."""


def widths(tensors: Sequence[Tensor]) -> int:
    """Columns or heads of all tensors together."""
    return sum(t.width for t in tensors)


def matrix(source: ConvertedModel, predict: Predict) -> Matrix:
    """``predict`` as a function of the columns of ``source``, side by side in the order of its
    tensors."""

    def heads(z: Array) -> Array:
        given, start = {}, 0
        for tensor in source.inputs:
            part = z[:, start : start + tensor.width]
            shape = tuple(n for n in tensor.shape[1:] if isinstance(n, int))
            with np.errstate(over="ignore"):
                given[tensor.name] = np.ascontiguousarray(part.reshape(len(z), *shape)).astype(
                    tensor.dtype
                )
            start += tensor.width
        found = predict(given)
        return np.concatenate(
            [
                np.asarray(found[t.name], dtype=np.float64).reshape(len(z), -1)
                for t in source.outputs
            ],
            axis=1,
        )

    return heads


def core(source: ConvertedModel) -> Matrix:
    """The converted core in ONNX Runtime as a function of its columns."""
    return matrix(source, run_arrays(source.model))
