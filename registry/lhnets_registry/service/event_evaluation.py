"""The answer of an event network: tensors in, probabilities, scores or variables out."""

from __future__ import annotations

from typing import Any

import numpy as np

from lhnets.errors import ParameterError
from lhnets.format import Card, Entry
from lhnets.networks import EVENT_REACH_TOLERANCE as REACH_TOLERANCE
from lhnets.networks import Network, explain_events, to_events
from lhnets_registry.service.answer import Answer, treated, warnings_of
from lhnets_registry.service.errors import BodyTooLargeError
from lhnets_registry.service.pool import Deadline
from lhnets_registry.service.question import AskedOfNetwork
from lhnets_registry.service.running import run

MOST_ENTRIES = 10_000_000
"""Numbers in one tensor once its shorter events are padded."""
_SIDE_BY_SIDE = frozenset({"classifier", "generator"})
"""Kinds whose outputs are given together unless one is named."""


def answer_of_events(
    entry: Entry, network: Network, asked: AskedOfNetwork, most: int, deadline: Deadline
) -> Answer:
    """The answer for the events in ``asked.inputs``."""
    card = network.card
    if asked.inputs is None or asked.parameters is not None:
        raise ParameterError(
            f'{entry.identity} takes events: write {{"inputs": {{"{entry.inputs[0].name}": '
            f"[[…]]}}}}"
        )
    _check_size(asked.inputs, card, most)
    events = to_events(asked.inputs, card)
    found = run(network, events.arrays, deadline)
    beyond, notes = ~(found.reach <= 1.0 + REACH_TOLERANCE), warnings_of(entry)
    if beyond.any():
        message = explain_events(beyond, found.reach, events, card)
        found = treated(found, beyond, asked.outside, message)
        notes.append(message)
    together = asked.output is None and card.kind in _SIDE_BY_SIDE
    chosen = card.output(asked.output or card.default_output)
    columns = [card.output_index(o.name) for o in card.central_outputs]
    wanted: Any = columns if together else card.output_index(chosen.name)
    value, uncertainty, reach = (
        a[0] if events.single else a
        for a in (found.value[:, wanted], found.uncertainty[:, wanted], found.reach)
    )
    return Answer(
        network=entry.identity,
        sha256=entry.sha256,
        kind=card.kind,
        subject=chosen.subject or card.subject,
        output="" if together else chosen.name,
        unit=chosen.unit,
        value=value,
        uncertainty=uncertainty,
        reach=reach,
        columns=tuple(o.name for o in card.central_outputs) if together else (),
        warnings=tuple(notes),
    )


def _check_size(inputs: dict[str, Any], card: Card, most: int) -> None:
    """Refuse what would not fit into memory once padded, before anything is."""
    for tensor in card.tensors:
        given = inputs.get(tensor.name)
        if not isinstance(given, list):
            continue
        longest = max((len(e) for e in given if isinstance(e, list)), default=1)
        features = int(
            np.prod([n for n in (tensor.shape or ())[2:] if isinstance(n, int)], dtype=np.int64)
        )
        if len(given) > most or len(given) * longest * features > MOST_ENTRIES:
            raise BodyTooLargeError(
                f"{tensor.name} holds {len(given)} events of up to {longest} entries: at most "
                f"{most} events and {MOST_ENTRIES} numbers are allowed at once; send them in parts"
            )
