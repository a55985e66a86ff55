"""A network compiled to machine code, called through ctypes."""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._running.native.compiler import compile_shared
from lhnets._running.native.source import TOLERANCE, prefix_of, write_c
from lhnets._running.outputs import OUTPUTS, Arrays
from lhnets._running.verify import differences
from lhnets.errors import CompilerError, ParameterError
from lhnets.format import Card, NetworkFile


def compile_network(file: NetworkFile) -> Path:
    """The shared library of a network: from the cache, or compiled now.

    Raises
    ------
    CompilerError
        If there is no C compiler, or it fails.
    NetworkFileError
        If the network cannot be written as C.
    """
    texts = write_c(file)
    source = texts.pop(f"{prefix_of(file.card)}.c")
    return compile_shared(source, texts, file.sha256)


def open_native(file: NetworkFile) -> NativeSession:
    """A compiled network, which has given the answers of the file's reference points.

    Raises
    ------
    CompilerError
        If it cannot be compiled or loaded, or gives other answers.
    NetworkFileError
        If the network cannot be written as C.
    """
    path = compile_network(file)
    try:
        session = NativeSession(ctypes.CDLL(str(path)), file.card)
    except (OSError, AttributeError) as error:
        raise CompilerError(
            f"{file.card.identity} was compiled, but cannot be loaded: {error}. Remove {path}"
        ) from error
    _require_right(session, file, path)
    return session


def _require_right(session: NativeSession, file: NetworkFile, path: Path) -> None:
    reference = file.reference
    expected = Arrays(*(np.asarray(reference.outputs[k], np.float64) for k in OUTPUTS))
    points = np.asarray(reference.inputs["parameters"], np.float64)
    many, one = session.run({"parameters": points}), session.run_one_by_one(points)
    differ = max(
        d for found in (many, one) for d in differences(file.card, found, expected).values()
    )
    if not differ <= TOLERANCE:
        raise CompilerError(
            f"{file.card.identity}, compiled, differs from its reference points by {differ:.1e}, "
            f"more than {TOLERANCE:.0e}: the compiler is at fault. Remove {path}, or name another "
            "compiler in the variable CC"
        )


class NativeSession:
    """One network as machine code: what `Session` does, without ONNX Runtime."""

    def __init__(self, library: ctypes.CDLL, card: Card) -> None:
        prefix = prefix_of(card)
        self._identity = card.identity
        self._columns = len(card.columns)
        self._outputs = len(card.outputs)
        self._rows = library[f"{prefix}_unchecked"]
        self._rows.restype = None
        self._one = library[f"{prefix}_point"]
        self._one.restype = None
        self._slopes = library[f"{prefix}_jacobian_unchecked"]
        self._slopes.restype = None
        self._points = threading.local()

    @property
    def point(self) -> NativePoint:
        """The buffers of this thread for one point at a time."""
        try:
            return self._points.point  # type: ignore[no-any-return]
        except AttributeError:
            self._points.point = NativePoint(self._one, self._slopes, self._columns, self._outputs)
            return self._points.point  # type: ignore[no-any-return]

    def run(self, inputs: Mapping[str, NDArray[np.generic]]) -> Arrays:
        """Evaluate an array of points, (N, n).

        Raises
        ------
        ParameterError
            If the array does not fit the network.
        """
        rows = np.ascontiguousarray(inputs["parameters"], dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != self._columns:
            raise ParameterError(
                f"{self._identity} cannot be evaluated: expected an array of shape "
                f"(N, {self._columns}), got {rows.shape}"
            )
        count = len(rows)
        found = Arrays(
            np.empty((count, self._outputs)), np.empty((count, self._outputs)), np.empty(count)
        )
        self._rows(ctypes.c_size_t(count), _address(rows), *map(_address, found))
        return found

    def differentiate(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The derivatives of the outputs (last axis) by the inputs (first axis) at points (N, n):
        shape (n, N, k)."""
        if len(rows) == 1:
            point = self.point
            point.inputs[:] = rows.tobytes()
            point.differentiate()
            return point.slopes.copy().T[:, None]
        n, k, count = self._columns, self._outputs, len(rows)
        scratch = [np.empty((count, k)), np.empty((count, k)), np.empty(count)]
        found = np.empty((count, k, n))
        self._slopes(ctypes.c_size_t(count), _address(rows), *map(_address, (*scratch, found)))
        return found.transpose(2, 0, 1)

    def run_one_by_one(self, rows: NDArray[np.float64]) -> Arrays:
        """The same as `run`, through the function for one point."""
        point, found = self.point, []
        for row in rows:
            point.inputs[:] = row.tobytes()
            point.run()
            found.append((list(point.value), list(point.uncertainty), point.reach[0]))
        return Arrays(*(np.array(part) for part in zip(*found, strict=True)))


class NativePoint:
    """Buffers of one point: write the bytes of `inputs`, call `run`, read `value`, `uncertainty`
    and `reach`; or call `differentiate`, read also `slopes`, shape (k, n)."""

    __slots__ = (
        "_keep",
        "differentiate",
        "inputs",
        "reach",
        "run",
        "slopes",
        "uncertainty",
        "value",
    )

    def __init__(self, function: Any, slopes: Any, columns: int, outputs: int) -> None:
        self._keep = [np.zeros(n) for n in (columns, outputs, outputs, 1)]
        self.slopes = np.zeros((outputs, columns))
        addresses = list(map(_address, self._keep))
        self.run = functools.partial(function, *addresses)
        self.differentiate = functools.partial(
            slopes, ctypes.c_size_t(1), *addresses, _address(self.slopes)
        )
        inputs, self.value, self.uncertainty, self.reach = (a.data for a in self._keep)
        self.inputs = inputs.cast("B")


def _address(array: NDArray[np.float64]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
