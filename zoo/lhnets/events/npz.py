"""Arrays in an .npz file of numpy."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import ParameterError
from lhnets.events.contents import EventFile, require_plausible

LENGTHS = ".lengths"


def read_npz(path: Path) -> EventFile:
    """The arrays of an .npz file by name.

    Where ``NAME.lengths`` (N,) stands beside ``NAME``, the latter holds the entries of all events
    one after the other and comes back as a list with one array an event.

    Raises
    ------
    ParameterError
        If the file is no .npz of numbers, or the lengths do not add up.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                require_plausible(path, sum(member.file_size for member in packed.infolist()))
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            arrays = (
                {n: loaded[n] for n in loaded.files}
                if isinstance(loaded, np.lib.npyio.NpzFile)
                else None
            )
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ParameterError(
            f"{path} cannot be read as .npz: {error}. numpy.savez(path, NAME=array, …) writes one"
        ) from error
    if arrays is None:
        raise ParameterError(
            f"{path} holds a single array: save them by name, numpy.savez(path, NAME=array, …)"
        )
    found: dict[str, Any] = {n: a for n, a in arrays.items() if not n.endswith(LENGTHS)}
    for name, lengths in arrays.items():
        if name.endswith(LENGTHS):
            found[name.removesuffix(LENGTHS)] = _split(name, lengths, arrays, path)
    return EventFile(found)


def _split(
    name: str, lengths: NDArray[Any], arrays: dict[str, NDArray[Any]], path: Path
) -> list[NDArray[Any]]:
    flat = arrays.get(name.removesuffix(LENGTHS))
    whole = lengths.dtype.kind in "iu" and lengths.ndim == 1 and (lengths >= 0).all()
    if flat is None or not whole or flat.ndim < 1 or int(lengths.sum()) != len(flat):
        raise ParameterError(
            f"{name} in {path} does not fit: expected one whole number an event that add up to the "
            f"length of {name.removesuffix(LENGTHS)}"
        )
    return np.split(flat, np.cumsum(lengths)[:-1])
