"""NAME=VALUE… of a command line as parameters: numbers, lists and ranges, with their units."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np

from lhnets._asking.units import factor
from lhnets.errors import ParameterError

MOST_VALUES = 1_000_000
"""Most values that one range may stand for."""
_FORMS = (
    "NAME=VALUE, such as m_go=2000 or m_go=2TeV, several values m_go=1000,1500,2000, or a range "
    "m_go=1000:2000:500 (first, last, step); or the path of an SLHA file in place of all"
)
_UNIT = re.compile(r"(?<=[0-9.])\s*(?!e[0-9+-])([A-Za-z][A-Za-z0-9^*-]*)$")


def assignments_to_parameters(
    assignments: tuple[str, ...], unit_of: Callable[[str], str | None] = lambda name: None
) -> dict[str, float | np.ndarray]:
    """The parameters that NAME=VALUE… stands for: a number each, or an array of the values that
    commas separate or a range FIRST:LAST:STEP holds (LAST included).

    Parameters
    ----------
    assignments : tuple of str
        Each with a unit behind its numbers, or in the units of the card.
    unit_of : callable, optional
        The unit of an input in the card; None if it is not known.

    Raises
    ------
    ParameterError
        If one cannot be read, has a unit that does not fit, or a name is given twice.
    """
    found: dict[str, float | np.ndarray] = {}
    for text in assignments:
        name, value, unit = _assignment(text)
        if name in found:
            raise ParameterError(
                f"{name} is given twice; give several values as {name}=1000,2000 or a range "
                f"{name}=1000:2000:500"
            )
        found[name] = value * _factor(name, unit, unit_of(name)) if unit else value
    return found


def _factor(name: str, unit: str, wanted: str | None) -> float:
    if wanted is None:
        raise ParameterError(
            f"{name} has the unit {unit!r}, but which unit the network takes is not clear: give "
            "the plain number in the unit that `lhnets show` prints"
        )
    try:
        return factor(unit, wanted)
    except ParameterError:
        expected = "a pure number" if wanted == "1" else f"a number in {wanted}"
        raise ParameterError(f"{name} has the unit {unit!r}: expected {expected}") from None


def _assignment(text: str) -> tuple[str, float | np.ndarray, str]:
    name, equals, value = text.partition("=")
    unit = _UNIT.search(value)
    numbers_text = value[: unit.start()] if unit else value
    try:
        numbers = (
            _range(numbers_text)
            if ":" in numbers_text
            else [float(v) for v in numbers_text.split(",")]
        )
    except ValueError:
        numbers = []
    if not (name.strip() and equals and numbers):
        raise ParameterError(f"cannot read {text!r}: expected {_FORMS}")
    return (
        name.strip(),
        numbers[0] if len(numbers) == 1 else np.array(numbers),
        unit[1] if unit else "",
    )


def _range(text: str) -> list[float]:
    """FIRST:LAST:STEP, with the last value where a whole number of steps leads to it.

    Raises
    ------
    ValueError
        If it is none, or stands for too many values.
    """
    first, last, step = map(float, text.split(":"))
    if not (all(map(math.isfinite, (first, last, step))) and step > 0 and last >= first):
        raise ValueError(text)
    count = math.floor((last - first) / step * (1 + 1e-12)) + 1
    if count > MOST_VALUES:
        raise ValueError(text)
    return [first + k * step for k in range(count)]
