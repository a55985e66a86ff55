"""What a file of events holds, and how much it may say that it holds."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import ParameterError

_TIMES, _SMALL = 250, 500 * 1000**2
"""How many times its own size a compressed file may hold, beyond so many bytes: padded events are
mostly zeros."""
_CHUNK = 1 << 20

Columns = Mapping[str, Any]
"""Arrays by name; jagged ones are awkward arrays."""


class EventFile(NamedTuple):
    """The events of a file.

    Attributes
    ----------
    inputs : mapping
        What `Classify` and its like take: columns of momenta by their names, or arrays by the names
        of a network's inputs.
    labels : array of shape (N,), optional
        The truth, if the file says it: 1 for signal, 0 for background.
    """

    inputs: Columns
    labels: NDArray[np.int64] | None = None


def require_plausible(path: Path, size: int) -> None:
    """Refuse a file that unpacks to far more than it is.

    Parameters
    ----------
    path : Path
        Of the file.
    size : int
        Bytes that it holds, or says that it holds.

    Raises
    ------
    ParameterError
        If that is more than 250 times its own size, and more than 500 MB.
    """
    if size > max(_SMALL, _TIMES * path.stat().st_size):
        raise ParameterError(
            f"{path} would fill {size / 1e9:.3g} GB, more than {_TIMES} times its own size: "
            "that is no file of events. It was not read"
        )


def require_whole_gzip(path: Path) -> None:
    """Refuse a compressed file that is cut, broken, or a bomb.

    Raises
    ------
    ParameterError
        If it is.
    """
    size = 0
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                require_plausible(path, size)
    except (OSError, EOFError, zlib.error) as error:
        raise ParameterError(
            f"{path} cannot be unpacked: {error}. Fetch or write it again"
        ) from error


def open_text(path: Path) -> TextIO:
    """A text file, compressed or not."""
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="")
    return path.open(encoding="utf-8", errors="replace", newline="")
