"""Running a network file: the only module of the client that imports ONNX Runtime."""

from __future__ import annotations

import functools
import threading
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from lhnets._running.chunks import RowLimit
from lhnets._running.outputs import OUTPUTS, Arrays
from lhnets.errors import NetworkFileError, ParameterError
from lhnets.format import Card


class Session:
    """One network file loaded in ONNX Runtime, one thread, CPU."""

    differentiate = None
    """ONNX Runtime gives no derivatives."""

    def __init__(self, content: bytes, card: Card) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            # The fusion would round double factors to single precision.
            self._session = onnxruntime.InferenceSession(
                content,
                options,
                providers=["CPUExecutionProvider"],
                disabled_optimizers=["MatMulScaleFusion"],
            )
        except Exception as error:
            raise NetworkFileError(f"ONNX Runtime refuses {card.identity}: {error}") from error
        self._identity = card.identity
        self._limit = RowLimit(content)
        self._columns = len(card.columns)
        self._outputs = len(card.outputs)
        self._points = threading.local()

    @property
    def point(self) -> SessionPoint:
        """The buffers of this thread for one point at a time."""
        try:
            return self._points.point  # type: ignore[no-any-return]
        except AttributeError:
            self._points.point = SessionPoint(self._session, self._columns, self._outputs)
            return self._points.point  # type: ignore[no-any-return]

    def run(self, inputs: dict[str, NDArray[np.generic]]) -> Arrays:
        """Evaluate arrays by the names of the graph's inputs, first axis the points, in chunks.

        Raises
        ------
        ParameterError
            If the arrays do not fit the graph.
        """
        try:
            return self._run_chunks(inputs, len(next(iter(inputs.values()))))
        except Exception as error:
            raise ParameterError(f"{self._identity} cannot be evaluated: {error}") from error

    def _run_chunks(self, inputs: dict[str, NDArray[np.generic]], rows: int) -> Arrays:
        chunk = self._limit(inputs) if rows > 1 else 1
        if rows <= chunk:
            return Arrays(*self._session.run(OUTPUTS, inputs))
        chunk = -(-rows // -(-rows // chunk))
        result = Arrays(
            np.empty((rows, self._outputs)), np.empty((rows, self._outputs)), np.empty(rows)
        )
        for start in range(0, rows, chunk):
            part = slice(start, start + chunk)
            for whole, piece in zip(
                result,
                self._session.run(OUTPUTS, {k: v[part] for k, v in inputs.items()}),
                strict=True,
            ):
                whole[part] = piece
        return result


class SessionPoint:
    """Buffers bound to a session: write the bytes of `inputs`, call `run`, read `value`,
    `uncertainty` and `reach`."""

    __slots__ = ("_binding", "_keep", "inputs", "reach", "run", "uncertainty", "value")

    def __init__(self, session: Any, columns: int, outputs: int) -> None:
        row, value, uncertainty = (
            np.zeros((1, columns)),
            np.zeros((1, outputs)),
            np.zeros((1, outputs)),
        )
        reach = np.zeros(1)
        self._keep = [
            onnxruntime.OrtValue.ortvalue_from_numpy(a) for a in (row, value, uncertainty, reach)
        ]
        self._binding = session.io_binding()
        self._binding.bind_ortvalue_input("parameters", self._keep[0])
        for name, ortvalue in zip(OUTPUTS, self._keep[1:], strict=True):
            self._binding.bind_ortvalue_output(name, ortvalue)
        self.run = functools.partial(session.run_with_iobinding, self._binding)
        self.inputs = row.reshape(-1).data.cast("B")
        self.value = value.reshape(-1).data
        self.uncertainty = uncertainty.reshape(-1).data
        self.reach = reach.data
