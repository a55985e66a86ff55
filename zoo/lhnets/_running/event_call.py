"""Events in, prediction out: the call of an event network."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lhnets._answers.event_prediction import ClassPrediction, EventPrediction
from lhnets._answers.prediction import Prediction
from lhnets._asking.event_ranges import outside_ranges
from lhnets._asking.events import EventInputs, Events, to_events
from lhnets._running.outside import Outside, treat_outside
from lhnets.format import Card, Output

if TYPE_CHECKING:
    from lhnets._running.outputs import Runs

BLOCK = 2048
"""Events whose fingerprints are taken at a time."""

MOST_KEPT = 2**26
"""Bytes of events that are kept until their fingerprints are asked for."""

REACH_TOLERANCE = 1e-6
"""By how much the reach may exceed 1 through rounding: tensors are often single precision."""

_WHOLE = {"classifier": ClassPrediction, "generator": EventPrediction}
"""Kinds whose outputs are given side by side; the others give their default output."""


class EventNetwork(Protocol):
    """A network as far as a call needs it."""

    @property
    def card(self) -> Card:
        """Everything about it."""
        ...

    @property
    def session(self) -> Runs:
        """What runs it."""
        ...


class EventCall:
    """An event network with its output and treatment of the outside settled: events in, prediction
    out.

    Without an output, classifiers and generators give all of theirs side by side, the others their
    default output.
    """

    __slots__ = ("_chosen", "_network", "_notes", "_outside")

    def __init__(
        self,
        network: EventNetwork,
        output: str | None,
        outside: Outside | None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self._network = network
        self._chosen = _choose(network.card, output)
        self._outside = outside
        self._notes = notes

    @property
    def network(self) -> EventNetwork:
        """The network that is called."""
        return self._network

    def __call__(self, inputs: EventInputs) -> Prediction:
        """The prediction for events.

        Raises
        ------
        ParameterError
            If the inputs do not fit the card.
        OutsideRegionError
            for events outside the training region, if that was asked for.
        """
        return _answer(
            self._network,
            to_events(inputs, self._network.card),
            self._chosen,
            self._outside,
            self._notes,
        )


def answer_all(network: EventNetwork, events: Events, outside: Outside | None) -> Prediction:
    """What the network gives for events that are ready: all outputs, or its default output."""
    return _answer(network, events, _choose(network.card, None), outside)


class _Chosen(NamedTuple):
    """What a call gives: one output, or all of them side by side, and their columns."""

    output: Output | None
    columns: Any


def _choose(card: Card, output: str | None) -> _Chosen:
    if output is None and card.kind in _WHOLE:
        columns = [card.output_index(o.name) for o in card.central_outputs]
        every = columns == list(range(len(card.outputs)))
        return _Chosen(None, slice(None) if every else columns)
    one = card.output(output or card.default_output)
    return _Chosen(one, card.output_index(one.name))


def _answer(
    network: EventNetwork,
    events: Events,
    chosen: _Chosen,
    outside: Outside | None,
    notes: tuple[str, ...] = (),
) -> Prediction:
    card = network.card
    k = len(card.outputs)
    if events.total == 0:
        value, uncertainty, reach = np.empty((0, k)), np.empty((0, k)), np.empty(0)
    else:
        value, uncertainty, reach = network.session.run(events.arrays)
    if plain := [k for k, o in enumerate(card.outputs) if not o.has_uncertainty]:
        uncertainty = uncertainty.copy()
        uncertainty[:, plain] = np.nan
    beyond = ~(reach <= 1.0 + REACH_TOLERANCE)
    value, uncertainty = treat_outside(
        outside, beyond, value, uncertainty, lambda: explain_events(beyond, reach, events, card)
    )
    wanted = chosen.columns
    parts = [_one(a, events.single) for a in (value[:, wanted], uncertainty[:, wanted], reach)]
    point = Fingerprints(events)
    row = _one(value, events.single) if card.physics_uncertainty or card.variations else None
    if chosen.output is not None:
        return Prediction(
            parts[0], parts[1], parts[2], card, chosen.output, point, row=row, notes=notes
        )
    return _WHOLE[card.kind](parts[0], parts[1], parts[2], card, point, row, notes)


class Fingerprints:
    """The fingerprints of events, made when they are first asked for: few predictions are combined
    with others.

    The events are copied until then, unless they are so large that they are better forgotten.
    """

    __slots__ = ("_events", "_found")

    def __init__(self, events: Events) -> None:
        self._events: Events | None = None
        self._found: NDArray[np.uint64] | None = None
        if sum(a.nbytes for a in events.arrays.values()) > MOST_KEPT:
            self._found = _one(fingerprints(events), events.single)
        else:
            self._events = events._replace(arrays={k: a.copy() for k, a in events.arrays.items()})

    def __call__(self) -> NDArray[np.uint64]:
        """Those of `fingerprints`; of one event without the first axis."""
        if self._found is None:
            assert self._events is not None
            self._found = _one(fingerprints(self._events), self._events.single)
            self._events = None
        return self._found


def fingerprints(events: Events) -> NDArray[np.uint64]:
    """128 bits of each event, shape (N, 2), that tell events with different inputs apart.

    The same event has the same bits if it is padded to the same length.
    """
    found = np.empty((events.total, 2), dtype=np.uint64)
    for start in range(0, events.total, BLOCK):
        parts = (a[start : start + BLOCK] for _, a in sorted(events.arrays.items()))
        data = np.concatenate([_bytes_of_each(part) for part in parts], axis=1)
        digests = b"".join(hashlib.blake2b(event, digest_size=16).digest() for event in data)
        found[start : start + BLOCK] = np.frombuffer(digests, dtype=np.uint64).reshape(-1, 2)
    return found


def _bytes_of_each(array: NDArray[Any]) -> NDArray[np.uint8]:
    """The bytes of each event, shape (N, bytes)."""
    rows = np.ascontiguousarray(array).reshape(len(array), -1)
    return rows.view(np.uint8).reshape(len(array), -1)


def _one(array: NDArray[Any], single: bool) -> Any:
    if not single:
        return array if array.flags.c_contiguous else np.ascontiguousarray(array)
    return float(array[0]) if array.ndim == 1 else array[0]


def explain_events(
    beyond: NDArray[np.bool_], reach: NDArray[np.float64], events: Events, card: Card
) -> str:
    """Which events lie outside the region, and why the first of them does."""
    first = int(np.argmax(beyond))
    why = "; ".join(outside_ranges(events.arrays, first, card)) or "; ".join(
        h.meaning for h in card.region
    )
    return (
        f"{int(beyond.sum())} of {events.total} events lie outside the training region of "
        f"{card.identity}, the first of them event {first} (reach {reach[first]:.4g}, inside it is "
        f"at most 1): {why or 'its card says what it takes'}"
    )
