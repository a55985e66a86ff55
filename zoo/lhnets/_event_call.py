"""Events in, prediction out: the call of an event network."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lhnets._event_prediction import ClassPrediction, EventPrediction
from lhnets._events import Arrays, EventInputs, Events, outside_ranges, to_events
from lhnets._prediction import Prediction
from lhnets.errors import OutsideRegionError, OutsideRegionWarning, ParameterError
from lhnets.format import Card

if TYPE_CHECKING:
    from lhnets._network import Network, Outside

REACH_TOLERANCE = 1e-6
"""By how much the reach may exceed 1 through rounding: tensors are often single precision."""

_WHOLE = {"classifier": ClassPrediction, "generator": EventPrediction}
"""Kinds whose outputs are given side by side; the others give their default output."""


class EventCall:
    """An event network with its output and treatment of the outside settled: events in, prediction out.

    Without an output, classifiers and generators give all of theirs side by side, the others their default output.
    """

    __slots__ = ("_network", "_output", "_outside")

    def __init__(self, network: Network, output: str | None, outside: Outside) -> None:
        self._network = network
        self._output = output
        self._outside = outside

    @property
    def network(self) -> Network:
        """The network that is called."""
        return self._network

    def __call__(self, inputs: EventInputs) -> Prediction:
        """The prediction for events.

        Raises
        ------
        ParameterError
            where the inputs do not fit the card.
        OutsideRegionError
            for events outside the training region.
        """
        return _answer(self._network, to_events(inputs, self._network.card), self._output, self._outside)


def generate(network: Network, events: int, seed: int | None, conditions: EventInputs, outside: Outside) -> Prediction:
    """Events of a generator: its noise drawn from ``seed``, its conditions as given."""
    card = network.card
    if isinstance(events, bool) or not isinstance(events, (int, np.integer)) or events < 0:
        raise ParameterError(f"expected how many events {card.identity} shall generate, got {events!r}")
    drawn = noise(card, int(events), seed)
    if not drawn:
        raise ParameterError(
            f"{card.identity} takes no noise, so it generates nothing: call it with its inputs, ml.load({card.name!r})(…)"
        )
    given = {k: np.broadcast_to(v, (events,)) if np.ndim(v) == 0 else v for k, v in conditions.items()}
    return _answer(network, to_events(given, card, drawn)._replace(single=False), None, outside)


def noise(card: Card, events: int, seed: int | None) -> Arrays:
    """The noise of a generator: numpy's PCG64 from ``seed``, one tensor after the other in the order of the card.

    Drawn in float64 and event by event, so that the first events are the same however many follow.
    """
    tensors = [t for t in card.tensors if t.noise]
    streams = np.random.SeedSequence(seed).spawn(len(tensors))
    drawn: Arrays = {}
    for tensor, stream in zip(tensors, streams, strict=True):
        rng = np.random.default_rng(stream)
        shape = (events, *(int(n) for n in (tensor.shape or ())[1:]))
        numbers = rng.standard_normal(shape) if tensor.noise == "normal" else rng.random(shape)
        drawn[tensor.name] = numbers.astype(tensor.dtype)
    return drawn


def _answer(network: Network, events: Events, output: str | None, outside: Outside) -> Prediction:
    card = network.card
    k = len(card.outputs)
    if events.total == 0:
        value, uncertainty, reach = np.empty((0, k)), np.empty((0, k)), np.empty(0)
    else:
        value, uncertainty, reach = network.session.run(events.arrays)
    beyond = ~(reach <= 1.0 + REACH_TOLERANCE)
    if beyond.any():
        value, uncertainty = _treated(beyond, value, uncertainty, reach, events, card, outside)
    chosen = [card.output(output)] if output is not None else None
    if chosen is None and card.kind not in _WHOLE:
        chosen = [card.output(card.default_output)]
    columns = [card.output_index(o.name) for o in (chosen or card.central_outputs)]
    wanted = columns[0] if chosen is not None else columns
    parts = [_one(a, events.single) for a in (value[:, wanted], uncertainty[:, wanted], reach)]
    if chosen is not None:
        return Prediction(parts[0], parts[1], parts[2], card, chosen[0])
    return _WHOLE[card.kind](parts[0], parts[1], parts[2], card)


def _one(array: NDArray[np.float64], single: bool) -> Any:
    if not single:
        return np.ascontiguousarray(array)
    return float(array[0]) if array.ndim == 1 else array[0]


def _treated(
    beyond: NDArray[np.bool_],
    value: NDArray[np.float64],
    uncertainty: NDArray[np.float64],
    reach: NDArray[np.float64],
    events: Events,
    card: Card,
    outside: Outside,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Value and uncertainty with the events outside the region treated as asked."""
    if outside == "nan":
        return np.where(beyond[:, None], np.nan, value), np.where(beyond[:, None], np.nan, uncertainty)
    first = int(np.argmax(beyond))
    why = "; ".join(outside_ranges(events.arrays, first, card)) or "; ".join(h.meaning for h in card.region)
    message = (
        f"{int(beyond.sum())} of {events.total} events lie outside the training region of {card.identity}, the first of "
        f"them event {first} (reach {reach[first]:.4g}, inside it is at most 1): {why or 'its card says what it takes'}"
    )
    if outside == "warn":
        warnings.warn(message, OutsideRegionWarning, stacklevel=5)
        return value, uncertainty
    raise OutsideRegionError(f"{message}. Pass outside='nan' or outside='warn' to go on")
