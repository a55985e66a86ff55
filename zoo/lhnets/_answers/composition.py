"""How the uncertainties of several predictions combine, to first order. Pure functions.

A composed value keeps its *sources*: the predictions that it is made of and its derivatives by
them. What the uncertainties of two sources have in common is settled here, and only here:

- *Network uncertainty.* A source is identified by network, output and the point that was
  evaluated. The same source counts once, with its whole derivative, also where only some points of
  two arrays agree. Different points, outputs or networks are independent.
- *Components* (scale, PDF, ...). Those of the same name move together in all sources, whatever the
  network and the point: all go up by their own shift, or all go down. Different names are
  independent.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.number import Values, plain
from lhnets._answers.shifts import Move, Moves
from lhnets.format import Card, Output

Key: TypeAlias = tuple[str, str, tuple[int, ...], bytes]
"""Network, output, and shape and bytes of the points."""


class NetworkAnswer(Protocol):
    """What one network answered at known points."""

    value: Values
    card: Card
    output: Output

    @property
    def uncertainty(self) -> Values: ...

    @property
    def reach(self) -> Values: ...

    @property
    def network(self) -> str: ...

    @property
    def order(self) -> str | None: ...

    @property
    def title(self) -> str: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def params(self) -> dict[str, Values]: ...

    @property
    def points(self) -> NDArray[Any]: ...

    @property
    def moves(self) -> Moves: ...

    @property
    def gradient(self) -> dict[str, Values]: ...

    def interval(self, level: float = 0.68) -> tuple[Values, Values]: ...

    def spread(self, shape: tuple[int, ...]) -> NetworkAnswer: ...

    def __getitem__(self, index: Any) -> Any: ...


class Contribution(NamedTuple):
    """A prediction of one network, and the derivative of a composed value by it."""

    prediction: NetworkAnswer
    slope: Values


Sources: TypeAlias = Mapping[Key, Contribution]


def key(answer: NetworkAnswer) -> Key:
    """Equal for the same output of the same network at the same points."""
    points = answer.points
    return answer.network, answer.output.name, points.shape, points.tobytes()


def merge(*terms: tuple[Sources, Any]) -> dict[Key, Contribution]:
    """The sources of all terms, each with the sum of its slopes times the slope of its term."""
    found: dict[Key, Contribution] = {}
    for sources, outer in terms:
        for name, source in sources.items():
            slope = plain(np.multiply(outer, source.slope))
            if name in found:
                slope = plain(found[name].slope + slope)
            found[name] = Contribution(source.prediction, slope)
    return found


def take(sources: Sources, shape: tuple[int, ...], index: Any) -> dict[Key, Contribution]:
    """The sources of some of the points of a value of that ``shape``."""
    taken = (
        Contribution(
            s.prediction.spread(shape)[index], plain(np.broadcast_to(s.slope, shape)[index])
        )
        for s in sources.values()
    )
    return merge(*(({key(s.prediction): s}, 1.0) for s in taken))


def combine(sources: Sources, error: Callable[[NetworkAnswer], Values]) -> Values:
    """The ``error`` of each source, propagated: in quadrature, but for the points that two
    share."""
    parts = [(name, s.prediction, s.slope * error(s.prediction)) for name, s in sources.items()]
    total = sum((np.square(size) for _, _, size in parts), np.zeros(()))
    for (first, a, x), (second, b, y) in itertools.combinations(parts, 2):
        if _may_share_points(first, second):
            total = total + 2 * np.where((a.points == b.points).all(axis=-1), x * y, 0.0)
    found: Values = plain(np.sqrt(np.maximum(total, 0.0)))
    return found


def _may_share_points(first: Key, second: Key) -> bool:
    """Whether two sources are one network and output, and not two single points that differ."""
    return first[:2] == second[:2] and (len(first[2]) > 1 or len(second[2]) > 1)


def move_together(sources: Sources) -> Moves:
    """How a composed value moves: what has one name shifts all sources at once.

    The value moves by one amount if all go up and by another if all go down, each with its sign.
    """
    moves: dict[tuple[str, str], Move] = {}
    for prediction, slope in sources.values():
        for name, (up, down) in prediction.moves.items():
            before = moves.get(name, Move(0.0, 0.0))
            moves[name] = Move(before.up + slope * up, before.down + slope * down)
    return moves


def differentiate(sources: Sources) -> dict[str, Values]:
    """The derivatives of a composed value by the inputs of its sources, by name.

    Inputs of one name are moved together. One that has different values in two sources is left out:
    it is not one number.
    """
    values: dict[str, Values] = {}
    found: dict[str, Values] = {}
    differ: set[str] = set()
    for prediction, outer in sources.values():
        params = prediction.params
        for name, slope in prediction.gradient.items():
            if not np.all(np.equal(values.setdefault(name, params[name]), params[name])):
                differ.add(name)
            found[name] = plain(found.get(name, 0.0) + np.multiply(outer, slope))
    return {name: slope for name, slope in found.items() if name not in differ}


def largest(parts: Iterable[Values]) -> Values:
    """The largest of all, point by point; 0 of nothing."""
    found: Values = 0.0
    for part in parts:
        found = plain(np.maximum(found, part))
    return found
