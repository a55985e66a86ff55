"""Columns of any table as numbers, NaN where there is none. Pure functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import ParameterError


def to_numbers(name: str, values: Any) -> NDArray[np.float64]:
    """A column as float64, NaN where it is masked or has no value.

    Parameters
    ----------
    name : str
        Of the column.
    values : array-like of shape (N,)
        A numpy array, masked or not, or a column of pandas or polars.

    Raises
    ------
    ParameterError
        If it holds something else than numbers, with the first such value.
    """
    if hasattr(values, "dtype") and hasattr(values, "to_numpy"):
        values = values.to_numpy()
    masked = np.ma.getmaskarray(values) if np.ma.isMaskedArray(values) else None
    array = np.asarray(values)
    if array.ndim != 1:
        raise ParameterError(
            f"the column {name!r} has the shape {array.shape}: expected one number for each row"
        )
    if array.dtype.kind == "O":
        array = np.array([_to_number(name, k, value) for k, value in enumerate(array)], dtype=float)
    if array.dtype.kind not in "fiu":
        raise ParameterError(
            f"the column {name!r} holds {array.dtype}, such as {array[:1].tolist()}: expected "
            "numbers. Convert it, or name another column in the question"
        )
    array = array.astype(np.float64)
    if masked is not None:
        array[masked] = np.nan
    return array


def _to_number(name: str, row: int, value: Any) -> float:
    """A number of a column of objects; NaN for None and for the missing value of pandas."""
    if value is None or type(value).__name__ == "NAType":
        return np.nan
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        raise ParameterError(
            f"the column {name!r} holds {value!r} in row {row}: expected numbers. Convert it, or "
            "name another column in the question"
        )
    return float(value)
