"""Two versions of a network: where, and by how much, values, uncertainty and region differ."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from lhnets._running.network import Network
from lhnets._running.outputs import Arrays
from lhnets._running.outside import REACH_TOLERANCE
from lhnets.errors import ParameterError
from lhnets.format import Card, Input

Point = dict[str, float]

_SEED = 20261130


class OutputDifference(Struct, frozen=True):
    """How an output differs at points inside both regions.

    Attributes
    ----------
    output : str
        Its name.
    median, q95, largest : float
        Of the difference of the values over the value of the first network.
    where : dict
        The inputs at the largest difference.
    beyond : float
        Share of the points where the values differ by more than both uncertainties (one standard
        deviation each, in quadrature).
    uncertainty_ratio : float
        Median of the second uncertainty over the first.
    """

    output: str
    median: float
    q95: float
    largest: float
    where: Point
    beyond: float
    uncertainty_ratio: float


class NetworkDifference(Struct, frozen=True):
    """How two networks differ.

    Attributes
    ----------
    networks : tuple of str
        NAME@VERSION of both.
    points : int
        How many were drawn, from the box that holds both ranges.
    inside_both, only_first, only_second : float
        Shares of the points in the regions.
    gained, lost : dict, optional
        A point that only the second network takes, and one that only the first takes.
    ranges : dict
        Input -> (low, high) of both, of those that changed.
    outputs : tuple of OutputDifference
        Of those that both have.
    only_in : tuple of tuple of str
        Outputs that only the first, and only the second, has.
    changes : dict
        Field of the card -> both values in words, of truth, data, training and validation.
    """

    networks: tuple[str, str]
    points: int
    inside_both: float
    only_first: float
    only_second: float
    gained: Point | None
    lost: Point | None
    ranges: dict[str, tuple[tuple[float, float], tuple[float, float]]]
    outputs: tuple[OutputDifference, ...]
    only_in: tuple[tuple[str, ...], tuple[str, ...]]
    changes: dict[str, tuple[str, str]]


def find_difference(first: Network, second: Network, points: int = 20_000) -> NetworkDifference:
    """Ask two networks at the same random points, the same at every call.

    Parameters
    ----------
    points : int
        How many.

    Raises
    ------
    ParameterError
        If they are not networks of parameters, or take different inputs without defaults.
    """
    one, other = first.card, second.card
    inputs = _find_inputs(one, other)
    drawn = _draw(inputs, points)
    answers = [network.predict(_rows(network.card, drawn, points)) for network in (first, second)]
    inside = [np.asarray(a.reach) <= 1.0 + REACH_TOLERANCE for a in answers]
    both = inside[0] & inside[1]
    names = [[o.name for o in card.outputs] for card in (one, other)]
    outputs = [
        _differ(
            name, drawn, both, *(_columns(a, n, name) for a, n in zip(answers, names, strict=True))
        )
        for name in names[0]
        if name in names[1] and both.any()
    ]
    return NetworkDifference(
        (one.identity, other.identity),
        points,
        float(both.mean()),
        float((inside[0] & ~inside[1]).mean()),
        float((inside[1] & ~inside[0]).mean()),
        _example(drawn, inside[1] & ~inside[0]),
        _example(drawn, inside[0] & ~inside[1]),
        _changed_ranges(one, other),
        tuple(outputs),
        (
            tuple(n for n in names[0] if n not in names[1]),
            tuple(n for n in names[1] if n not in names[0]),
        ),
        _changed_fields(one, other),
    )


def _find_inputs(one: Card, other: Card) -> dict[str, tuple[Input, Input]]:
    """The inputs that both take."""
    if one.tensors or other.tensors:
        raise ParameterError(
            f"{one.identity} and {other.identity} cannot be compared at points: expected two "
            "networks of parameters. `lhnets show` prints what their cards say"
        )
    mine, theirs = ({i.name: i for i in card.columns} for card in (one, other))
    alone = [
        f"{name} ({identity})"
        for own, others, identity in ((mine, theirs, one.identity), (theirs, mine, other.identity))
        for name, i in own.items()
        if name not in others and i.default is None
    ]
    if alone:
        raise ParameterError(
            f"{one.identity} and {other.identity} take different inputs: only one takes "
            f"{', '.join(alone)}. Expected the same inputs, or defaults for the others"
        )
    return {name: (i, theirs[name]) for name, i in mine.items() if name in theirs}


def _draw(inputs: dict[str, tuple[Input, Input]], points: int) -> dict[str, NDArray[np.float64]]:
    """Points in the box that holds the ranges of both."""
    random = np.random.default_rng(_SEED)
    drawn = {}
    for name, pair in inputs.items():
        low = min(i.low for i in pair if i.low is not None)
        high = max(i.high for i in pair if i.high is not None)
        drawn[name] = random.uniform(low, high, points)
    return drawn


def _rows(card: Card, drawn: dict[str, NDArray[np.float64]], points: int) -> NDArray[np.float64]:
    columns = [drawn.get(i.name, np.full(points, i.default or 0.0)) for i in card.columns]
    return np.stack(columns, axis=1)


def _columns(
    answer: Arrays, names: list[str], name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    k = names.index(name)
    return answer.value[:, k], answer.uncertainty[:, k]


def _differ(
    name: str,
    drawn: dict[str, NDArray[np.float64]],
    both: NDArray[np.bool_],
    first: tuple[NDArray[np.float64], NDArray[np.float64]],
    second: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> OutputDifference:
    tiny = np.finfo(np.float64).tiny
    (value, spread), (new, new_spread) = ([a[both] for a in pair] for pair in (first, second))
    difference = np.abs(new - value)
    relative = difference / np.maximum(np.abs(value), tiny)
    worst = int(np.argmax(relative))
    return OutputDifference(
        name,
        float(np.median(relative)),
        float(np.quantile(relative, 0.95)),
        float(relative[worst]),
        {n: float(v[both][worst]) for n, v in drawn.items()},
        float((difference > np.hypot(spread, new_spread)).mean()),
        float(np.median(new_spread / np.maximum(spread, tiny))),
    )


def _example(drawn: dict[str, NDArray[np.float64]], chosen: NDArray[np.bool_]) -> Point | None:
    if not chosen.any():
        return None
    first = int(np.argmax(chosen))
    return {name: float(values[first]) for name, values in drawn.items()}


def _changed_ranges(
    one: Card, other: Card
) -> dict[str, tuple[tuple[float, float], tuple[float, float]]]:
    theirs = {i.name: i for i in other.columns}
    return {
        i.name: (_range(i), _range(theirs[i.name]))
        for i in one.columns
        if i.name in theirs and _range(i) != _range(theirs[i.name])
    }


def _range(given: Input) -> tuple[float, float]:
    nan = float("nan")
    low, high = given.low, given.high
    return (nan if low is None else low), (nan if high is None else high)


def _changed_fields(one: Card, other: Card) -> dict[str, tuple[str, str]]:
    """What a reader of both cards would look for first."""
    facts = [
        {
            "truth": f"{card.truth.program} {card.truth.version}",
            "data": f"{card.data.name} {card.data.sha256[:12]}" if card.data else "not published",
            "rows": str(card.data.rows) if card.data else "",
            "method": f"{card.training.method} ({card.training.framework})",
            "error on unseen rows": f"{card.validation.score:.3g}",
        }
        for card in (one, other)
    ]
    return {k: (v, facts[1][k]) for k, v in facts[0].items() if v != facts[1][k]}
