"""A model seen as a function from a matrix of columns to a matrix of heads, whatever tensors it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from lhnets_training.importing.errors import ModelError
from lhnets_training.importing.source import Arrays, Source, Tensor

Array: TypeAlias = NDArray[np.float64]
Predict: TypeAlias = Callable[[Mapping[str, NDArray[Any]]], Arrays]
Matrix: TypeAlias = Callable[[Array], Array]
"""Heads (N, h) at columns (N, w)."""

CHUNK = 4096


def widths(tensors: Sequence[Tensor]) -> int:
    """Columns or heads of all tensors together."""
    return sum(t.width for t in tensors)


def matrix(source: Source, predict: Predict) -> Matrix:
    """``predict`` as a function of the columns of ``source``, side by side in the order of its tensors."""

    def heads(z: Array) -> Array:
        given, start = {}, 0
        for tensor in source.inputs:
            part = z[:, start : start + tensor.width]
            shape = tuple(n for n in tensor.shape[1:] if isinstance(n, int))
            with np.errstate(over="ignore"):
                given[tensor.name] = np.ascontiguousarray(part.reshape(len(z), *shape)).astype(tensor.dtype)
            start += tensor.width
        found = predict(given)
        return np.concatenate(
            [np.asarray(found[t.name], dtype=np.float64).reshape(len(z), -1) for t in source.outputs], axis=1
        )

    return heads


def core(source: Source) -> Matrix:
    """The converted core in ONNX Runtime as a function of its columns."""
    return matrix(source, runner(source.model))


def runner(model: onnx.ModelProto | bytes) -> Predict:
    """A model in ONNX Runtime, one thread, in chunks.

    Raises
    ------
    ModelError
        where ONNX Runtime refuses it.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    content = model if isinstance(model, bytes) else model.SerializeToString()
    try:
        session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], disabled_optimizers=["MatMulScaleFusion"]
        )
    except Exception as error:
        raise ModelError(f"ONNX Runtime refuses the converted model: {' '.join(str(error).split())[:400]}") from error
    names = [o.name for o in session.get_outputs()]

    def predict(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        rows = len(next(iter(arrays.values())))
        parts = []
        try:
            for start in range(0, max(rows, 1), CHUNK):
                parts.append(session.run(None, {k: a[start : start + CHUNK] for k, a in arrays.items()}))
        except Exception as error:
            raise ModelError(f"ONNX Runtime cannot run the model: {' '.join(str(error).split())[:400]}") from error
        return {name: np.concatenate([p[k] for p in parts]) for k, name in enumerate(names)}

    return predict
