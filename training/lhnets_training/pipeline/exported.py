"""An exported model in ONNX Runtime: what a network file answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from lhnets.errors import Error
from lhnets.networks import RowLimit

Array: TypeAlias = NDArray[np.float64]
Arrays: TypeAlias = dict[str, NDArray[Any]]
Predict: TypeAlias = Callable[[Mapping[str, NDArray[Any]]], Arrays]
"""Outputs by their names, for inputs by their names; the first axis of all is that of the
points."""

PARAMETERS = "parameters"


class ExportedModelError(Error, RuntimeError):
    """A model that ONNX Runtime does not load or run."""


def run_arrays(model: onnx.ModelProto | bytes) -> Predict:
    """The ``model`` as a function of arrays by the names of its inputs, with one thread, in chunks.

    Raises
    ------
    ExportedModelError
        if ONNX Runtime refuses the model, or later the arrays.
    """
    content = model if isinstance(model, bytes) else model.SerializeToString()
    session, limit = _open_session(content), RowLimit(content)
    names = [output.name for output in session.get_outputs()]

    def predict(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
        rows = len(next(iter(arrays.values())))
        chunk = limit(arrays)
        try:
            parts = [
                session.run(None, {k: a[start : start + chunk] for k, a in arrays.items()})
                for start in range(0, max(rows, 1), chunk)
            ]
        except Exception as error:
            raise ExportedModelError(
                f"ONNX Runtime cannot run the model: {_shorten(error)}"
            ) from error
        return {name: np.concatenate([part[k] for part in parts]) for k, name in enumerate(names)}

    return predict


def run_points(model: bytes) -> Callable[[Array], Arrays]:
    """The ``model`` of a network of parameters as a function of points (N, n); see `run_arrays`."""
    predict = run_arrays(model)
    return lambda x: predict({PARAMETERS: np.ascontiguousarray(x)})


def _open_session(content: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        # The fusion would round double factors to single precision.
        return onnxruntime.InferenceSession(
            content,
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["MatMulScaleFusion"],
        )
    except Exception as error:
        raise ExportedModelError(f"ONNX Runtime refuses the model: {_shorten(error)}") from error


def _shorten(error: Exception) -> str:
    return " ".join(str(error).split())[:400]
