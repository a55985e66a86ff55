"""From a question to its answer: the network, its rows, a run in pieces that look at the deadline. No HTTP here."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets._card import Output
from lhnets._energy import parse_energy
from lhnets._errors import ParameterError
from lhnets._event_call import EventCall
from lhnets._index import Entry
from lhnets._network import REACH_TOLERANCE, Call, Outside
from lhnets._params import outside_message, to_rows
from lhnets._process import canonical
from lhnets._resolve import Question
from lhnets._zoo import PROCESS_KINDS
from lhnets_registry.service.answer import Answer, Shift, treated, warnings_of
from lhnets_registry.service.event_evaluation import answer_of_events
from lhnets_registry.service.networks import Networks
from lhnets_registry.service.pool import Deadline
from lhnets_registry.service.question import AskedOfNetwork, AskedOfPhysics, arrays
from lhnets_registry.service.running import run


def answer_of_network(networks: Networks, name: str, asked: AskedOfNetwork, most: int, deadline: Deadline) -> Answer:
    """The answer of the network NAME or NAME@VERSION."""
    entry = networks.find(name)
    call = networks.load(entry).bind(energy=asked.energy, order=asked.order, output=asked.output, outside=asked.outside)
    if isinstance(call, EventCall):
        return answer_of_events(entry, call.network, asked, most, deadline)
    if asked.parameters is None or asked.inputs is not None:
        raise ParameterError(
            f'{entry.identity} takes parameters: write {{"parameters": {{"{entry.inputs[0].name}": …}}}}, numbers or arrays'
        )
    return _answer(entry, call, arrays(asked.parameters, most), asked.outside, deadline)


def answer_of_physics(networks: Networks, asked: AskedOfPhysics, most: int, deadline: Deadline) -> Answer:
    """The answer of the network that computes what is asked for, chosen as the client chooses."""
    parameters = arrays(asked.parameters, most)
    question = Question(
        kind=asked.kind,
        subject=canonical(asked.subject) if asked.kind in PROCESS_KINDS else asked.subject.strip(),
        names=frozenset(parameters),
        energy=parse_energy(asked.energy),
        order=asked.order,
        network=asked.network,
    )
    choice = networks.choose(question)
    energy = question.energy if choice.energy_is_input else None
    call = networks.load(choice.entry).bind(energy=energy, output=choice.output, outside=asked.outside)
    if isinstance(call, EventCall):
        raise ParameterError(f"{choice.entry.identity} takes events: ask it by its name, with inputs")
    return _answer(choice.entry, call, parameters, asked.outside, deadline)


def _answer(entry: Entry, call: Call, parameters: Any, outside: Outside, deadline: Deadline) -> Answer:
    network, output = call.network, call.output
    card = network.card
    rows, shape = to_rows(parameters, card, call.fills)
    found = run(network, {"parameters": rows}, deadline)
    beyond = ~(found.reach <= 1.0 + REACH_TOLERANCE)
    notes = warnings_of(entry)
    if beyond.any():
        first = int(np.argmax(beyond))
        message = outside_message(rows[first], float(found.reach[first]), card)
        if len(rows) > 1:
            message = f"{int(beyond.sum())} of {len(rows)} points, the first of them point {first}: {message}"
        found = treated(found, beyond, outside, message)
        notes.append(message)

    def column(array: NDArray[np.float64], name: str) -> Any:
        return _shaped(array[:, card.output_index(name)], shape)

    return Answer(
        network=entry.identity,
        sha256=entry.sha256,
        kind=card.kind,
        subject=output.subject or card.subject,
        output=output.name,
        unit=output.unit,
        value=column(found.value, output.name),
        uncertainty=column(found.uncertainty, output.name),
        reach=_shaped(found.reach, shape),
        order=output.order or card.conditions.order,
        energy=_energy(call, output),
        components={
            p.source: Shift(column(found.value, p.up), column(found.value, p.down))
            for p in card.physics_uncertainty
            if p.of == output.name
        },
        warnings=tuple(notes),
    )


def _shaped(array: NDArray[np.float64], shape: tuple[int, ...]) -> Any:
    return float(array[0]) if shape == () else array.reshape(shape)


def _energy(call: Call, output: Output) -> float | None:
    filled = next(iter(call.fills.values()), None)
    return filled or output.energy or call.network.card.conditions.energy
