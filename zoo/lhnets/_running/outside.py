"""What ``outside=`` does with a point outside the training region: raise, give nan, or warn.

The one place that decides it, for networks of parameters and of events, and for spectra that a
network is not made for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import OutsideRegionError, OutsideRegionWarning, ParameterError

Outside: TypeAlias = Literal["raise", "nan", "warn"]

REACH_TOLERANCE = 1e-9
"""By how much the reach of a point on the edge may exceed 1 through rounding."""

ADVICE = "Pass outside='nan' or outside='warn' to go on"
BLANKED = (
    "Their values are NaN: outside='nan' says nothing, outside='warn' keeps the values, "
    "outside='raise' is an error"
)
_FRAMES = 5
"""From the warning up to the user's call: here, the rows or events, the call, the function, the
user."""


def require_known(outside: str | None) -> None:
    """Refuse a treatment that does not exist.

    Raises
    ------
    ParameterError
        if ``outside`` is not ``"raise"``, ``"nan"`` or ``"warn"``.
    """
    if outside not in ("raise", "nan", "warn", None):
        raise ParameterError(f"outside must be 'raise', 'nan' or 'warn', got {outside!r}")


def treat_outside(
    outside: Outside | None,
    beyond: NDArray[np.bool_],
    value: NDArray[np.float64],
    uncertainty: NDArray[np.float64],
    explain: Callable[[], str],
    advice: str = ADVICE,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Value and uncertainty, with the rows outside the region treated as asked.

    Parameters
    ----------
    outside : {"raise", "nan", "warn"}, optional
        What was asked for; without it NaN with a warning, as for one odd event among many.
    beyond : array of shape (N,)
        Which rows lie outside.
    value, uncertainty : array of shape (N, k)
        As the network gives them.
    explain : callable
        Says which rows and why; called only for an error or a warning.
    advice : str
        What the user can do, for the error.

    Raises
    ------
    OutsideRegionError
        if a row lies outside and ``outside`` is ``"raise"``.
    """
    if not beyond.any():
        return value, uncertainty
    if outside is None:
        warnings.warn(f"{explain()}. {BLANKED}", OutsideRegionWarning, stacklevel=_FRAMES)
    if outside in ("nan", None):
        rows = beyond[:, None]
        return np.where(rows, np.nan, value), np.where(rows, np.nan, uncertainty)
    if outside == "warn":
        warnings.warn(explain(), OutsideRegionWarning, stacklevel=_FRAMES)
        return value, uncertainty
    raise OutsideRegionError(f"{explain()}. {advice}")
