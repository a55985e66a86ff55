"""What generators do: draw events under conditions, and give the density of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lhnets._answers.prediction import Prediction
from lhnets._asking.events import Arrays, to_events
from lhnets._running.event_call import REACH_TOLERANCE, EventNetwork, answer_all, explain_events
from lhnets._running.outside import ADVICE, Outside, require_known
from lhnets.errors import OutsideRegionError, ParameterError
from lhnets.format import Card, Input

Conditions = Mapping[str, Any]


def find_conditions(card: Card) -> dict[str, tuple[float, float]]:
    """What a generator takes besides noise: name -> range in the unit of the card."""
    asked = card.density[1].name if card.density else None
    return {
        i.name: (i.low, i.high)
        for i in card.inputs
        if not i.noise and i.name != asked and i.low is not None and i.high is not None
    }


def generate(
    network: EventNetwork, events: int, seed: int | None, conditions: Conditions, outside: Outside
) -> Prediction:
    """Events of a generator: its noise drawn from ``seed``, its conditions as given."""
    card = network.card
    if isinstance(events, bool) or not isinstance(events, (int, np.integer)) or events < 0:
        raise ParameterError(
            f"expected how many events {card.identity} shall generate, got {events!r}"
        )
    drawn = noise(card, int(events), seed)
    if not drawn:
        raise ParameterError(
            f"{card.identity} takes no noise, so it generates nothing: call it with its inputs, "
            f"ml.load({card.name!r})(…)"
        )
    if card.density is not None:
        drawn[card.density[1].name] = _middle(card.density[1], int(events))
    made = to_events(_spread(conditions, int(events)), card, drawn)._replace(single=False)
    return answer_all(network, made, outside)


def find_density(
    network: EventNetwork, events: ArrayLike, conditions: Conditions, outside: Outside
) -> NDArray[np.float64]:
    """The density of events (N, k) under conditions; zero outside the ranges of the events.

    Raises
    ------
    ParameterError
        if the network gives no density, or the events do not fit the card.
    OutsideRegionError
        for conditions outside the training region, if ``outside`` is ``"raise"``.
    """
    card = network.card
    require_known(outside)
    if card.density is None:
        raise ParameterError(f"{card.identity} gives no density of events: it has no output for it")
    output, tensor = card.density
    given = np.asarray(events, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] != len(tensor.features) or not np.isfinite(given).all():
        names = ", ".join(f"{f.name} [{f.unit}]" for f in tensor.features)
        raise ParameterError(
            f"the density of {card.identity} takes events of shape (N, {len(tensor.features)}), "
            f"finite numbers in the order {names}; got shape {given.shape}"
        )
    low, high = (np.array([getattr(f, e) for f in tensor.features]) for e in ("low", "high"))
    possible = np.all((given >= low) & (given <= high), axis=1, keepdims=True)
    drawn = noise(card, len(given), 0) | {
        tensor.name: np.where(possible, given, (low + high) / 2).astype(tensor.dtype)
    }
    made = to_events(_spread(conditions, len(given)), card, drawn)
    if not len(given):
        return np.empty(0)
    value, _, reach = network.session.run(made.arrays)
    found = np.where(possible[:, 0], np.exp(value[:, card.output_index(output.name)]), 0.0)
    beyond = ~(reach <= 1.0 + REACH_TOLERANCE)
    if beyond.any() and outside == "raise":
        raise OutsideRegionError(f"{explain_events(beyond, reach, made, card)}. {ADVICE}")
    return np.where(beyond, np.nan, found) if outside == "nan" else found


def noise(card: Card, events: int, seed: int | None) -> Arrays:
    """The noise of a generator; see `draw_noise`."""
    return draw_noise([t for t in card.tensors if t.noise], events, seed)


def draw_noise(tensors: Sequence[Input], events: int, seed: int | None) -> Arrays:
    """Noise by the names of the tensors: numpy's PCG64 from ``seed``, one after the other.

    Drawn in float64 and event by event, so that the first events are the same however many follow.
    """
    streams = np.random.SeedSequence(seed).spawn(len(tensors))
    drawn: Arrays = {}
    for tensor, stream in zip(tensors, streams, strict=True):
        rng = np.random.default_rng(stream)
        shape = (events, *(int(n) for n in (tensor.shape or ())[1:]))
        numbers = rng.standard_normal(shape) if tensor.noise == "normal" else rng.random(shape)
        drawn[tensor.name] = numbers.astype(tensor.dtype)
    return drawn


def _middle(tensor: Input, events: int) -> NDArray[Any]:
    """An event in the middle of all ranges, for a network that is asked for no density."""
    middle = [((f.low or 0.0) + (f.high or 0.0)) / 2 for f in tensor.features]
    return np.tile(np.array(middle, dtype=tensor.dtype), (events, 1))


def _spread(conditions: Conditions, events: int) -> dict[str, Any]:
    """One value for all events as one for each."""
    return {
        k: np.broadcast_to(v, (events,)) if np.ndim(v) == 0 else v for k, v in conditions.items()
    }
