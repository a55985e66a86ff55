"""How a value moves with the sources of its uncertainty, and what these moves add up to.

Pure functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np

from lhnets._answers.number import Values, plain


class Shift(NamedTuple):
    """An uncertainty: how far the value rises (``up``) and falls (``down``), both positive or zero.

    In the unit of the value.
    """

    up: Values
    down: Values


class Move(NamedTuple):
    """Changes of a value, with signs, in the upward and the downward variation of a source.

    In the unit of the value.
    """

    up: Values
    down: Values


Moves: TypeAlias = Mapping[tuple[str, str], Move]
"""By source and part: all of one key move together, parts of one source are independent."""


def gather(moves: Moves) -> dict[str, Shift]:
    """The uncertainty of each source: its largest rise and fall, its parts in quadrature."""
    found: dict[str, list[Shift]] = {}
    for (source, _), move in moves.items():
        found.setdefault(source, []).append(envelope(move))
    return {source: _join(shifts) for source, shifts in found.items()}


def envelope(move: Move) -> Shift:
    """Changes with signs as the largest rise and the largest fall."""
    return Shift(
        plain(np.maximum(np.maximum(move.up, move.down), 0.0)),
        plain(np.maximum(np.maximum(np.negative(move.up), np.negative(move.down)), 0.0)),
    )


def quadrature(parts: Iterable[Values]) -> Values:
    """Square root of the sum of squares; 0 of nothing."""
    found: Values = plain(np.sqrt(sum((np.square(p) for p in parts), np.zeros(()))))
    return found


def _join(shifts: list[Shift]) -> Shift:
    if len(shifts) == 1:
        return shifts[0]
    return Shift(quadrature(s.up for s in shifts), quadrature(s.down for s in shifts))
