"""NAME=VALUE… of a command line as parameters: numbers, lists and ranges."""

from __future__ import annotations

import math

import numpy as np

from lhnets.errors import ParameterError

MOST_VALUES = 1_000_000
"""Most values that one range may stand for."""
_FORMS = (
    "NAME=VALUE, such as m_go=2000, several values m_go=1000,1500,2000, or a range "
    "m_go=1000:2000:500 (first, last, step)"
)


def assignments_to_parameters(assignments: tuple[str, ...]) -> dict[str, float | np.ndarray]:
    """The parameters that NAME=VALUE… stands for: a number each, or an array of the values that
    commas separate or a range FIRST:LAST:STEP holds (LAST included).

    Raises
    ------
    ParameterError
        If one cannot be read, or a name is given twice.
    """
    found: dict[str, float | np.ndarray] = {}
    for text in assignments:
        name, value = _assignment(text)
        if name in found:
            raise ParameterError(
                f"{name} is given twice; give several values as {name}=1000,2000 or a range "
                f"{name}=1000:2000:500"
            )
        found[name] = value
    return found


def _assignment(text: str) -> tuple[str, float | np.ndarray]:
    name, equals, value = text.partition("=")
    try:
        numbers = _range(value) if ":" in value else [float(v) for v in value.split(",")]
    except ValueError:
        numbers = []
    if not (name.strip() and equals and numbers):
        raise ParameterError(f"cannot read {text!r}: expected {_FORMS}")
    return name.strip(), numbers[0] if len(numbers) == 1 else np.array(numbers)


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
