"""The answer to a question, as it is written to JSON and Arrow."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from lhnets.errors import OutsideRegionError
from lhnets.format import Entry
from lhnets.networks import Arrays, Outside


class AnswerShift(Struct, frozen=True):
    """An uncertainty of the truth: both positive, in the unit of the value."""

    up: Any
    down: Any


class Answer(Struct, frozen=True, omit_defaults=True):
    """What was asked for. Numbers for scalar parameters, else arrays of the shape to which the
    parameters broadcast."""

    network: str
    sha256: str
    kind: str
    subject: str
    output: str
    unit: str
    value: Any
    uncertainty: Any
    reach: Any
    columns: tuple[str, ...] = ()
    """Names of the outputs along the last axis, where several are given side by side."""
    order: str | None = None
    energy: float | None = None
    components: dict[str, AnswerShift] = {}
    warnings: tuple[str, ...] = ()


def warnings_of(entry: Entry) -> list[str]:
    """What its users must know of a version."""
    return (
        [f"{entry.identity} was retracted: {entry.reason}"] if entry.status == "retracted" else []
    )


def treated(found: Arrays, beyond: NDArray[np.bool_], outside: Outside, message: str) -> Arrays:
    """What was found with the rows outside the region treated as asked.

    Raises
    ------
    OutsideRegionError
        If they are not wanted.
    """
    if outside == "raise":
        raise OutsideRegionError(f'{message}. Ask with "outside": "nan" or "warn" to go on')
    if outside == "warn":
        return found
    value, uncertainty = (
        np.where(beyond[:, None], np.nan, a) for a in (found.value, found.uncertainty)
    )
    return Arrays(value, uncertainty, found.reach)
