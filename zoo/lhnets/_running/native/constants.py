"""Numbers and arrays that stand in a C file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._running.native.arrays import C_TYPES

NUMBERS_IN_A_LINE = 5


class Constants:
    """Arrays that stand in the file once, however often they are used."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, bytes], str] = {}
        self._arrays: dict[str, NDArray[Any]] = {}

    def name(self, array: NDArray[Any]) -> str:
        """The name of an array of one axis."""
        array = np.ascontiguousarray(array)
        key = (array.dtype.name, array.tobytes())
        if key not in self._names:
            name = self._names[key] = f"c{len(self._names)}"
            self._arrays[name] = array
        return self._names[key]

    def declare(self) -> Iterator[str]:
        """The lines that define them."""
        for name, array in self._arrays.items():
            yield from declare_array(f"static const {C_TYPES[array.dtype.name]} {name}", array)


def declare_array(what: str, array: NDArray[Any]) -> Iterator[str]:
    """The lines that define an array of one axis."""
    yield f"{what}[{array.size}] = {{"
    for row in _rows([literal(x) for x in array]):
        yield f"  {', '.join(row)},"
    yield "};"


def literal(x: Any) -> str:
    """A number in C, such that it is read as the same number."""
    if x.dtype.kind != "f":
        return "(-9223372036854775807LL - 1)" if int(x) == -(2**63) else str(int(x))
    if not np.isfinite(x):
        return "(double)NAN" if np.isnan(x) else "HUGE_VAL" if x > 0 else "-HUGE_VAL"
    return f"{x!s}f" if x.dtype == np.float32 else str(x)


def _rows(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), NUMBERS_IN_A_LINE):
        yield texts[start : start + NUMBERS_IN_A_LINE]
