"""From a question to its answer: the network, its rows, a run in pieces that look at the deadline.
No HTTP here."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from lhnets.errors import OutsideRegionError, ParameterError
from lhnets.format import Entry, Output
from lhnets.networks import (
    REACH_TOLERANCE,
    Call,
    EventCall,
    Given,
    Outside,
    Question,
    canonicalize,
    explain_points,
    find_components,
    to_rows,
)
from lhnets_registry.service import metrics
from lhnets_registry.service.answer import Answer, AnswerShift, treated, warnings_of
from lhnets_registry.service.event_evaluation import answer_of_events
from lhnets_registry.service.networks import Networks
from lhnets_registry.service.pool import Deadline
from lhnets_registry.service.question import AskedOfNetwork, AskedOfPhysics, arrays
from lhnets_registry.service.running import run


class Settled(Struct, frozen=True):
    """A question with its network chosen; `energy`, `order` and `output` are what that network is
    told, `notes` what the user must know of the choice."""

    entry: Entry
    asked: AskedOfNetwork | AskedOfPhysics
    energy: str | float | None
    order: str | None
    output: str | None
    notes: tuple[str, ...] = ()

    @property
    def is_point(self) -> bool:
        """Whether it is about a single point."""
        given = self.asked.parameters
        return isinstance(given, dict) and all(isinstance(v, float) for v in given.values())


def settle_network(networks: Networks, name: str, asked: AskedOfNetwork) -> Settled:
    """A question to the network NAME or NAME@VERSION."""
    return Settled(networks.find(name), asked, asked.energy, asked.order, asked.output)


def settle_physics(networks: Networks, asked: AskedOfPhysics) -> Settled:
    """A question by the physics: its network is chosen as the client chooses."""
    question = canonicalize(
        Question(asked.kind, asked.subject, asked.energy, asked.order, asked.network),
        Given(names=frozenset(asked.parameters)),
    )
    chosen = networks.choose(question)
    choice = chosen.choice
    return Settled(
        choice.entry,
        asked,
        question.energy if choice.energy_is_input else None,
        None,
        choice.output.name,
        (*([chosen.warning] if chosen.warning else ()), *chosen.notes),
    )


def answer(networks: Networks, settled: Settled, most: int, deadline: Deadline) -> Answer:
    """The answer to a question of at most ``most`` points.

    Raises
    ------
    ParameterError, OutsideRegionError
        as from the client.
    BodyTooLargeError
        for more points.
    BusyError
        If the deadline passes.
    """
    entry, asked = settled.entry, settled.asked
    network = networks.load(entry)
    call = network.bind(
        energy=settled.energy, order=settled.order, output=settled.output, outside=asked.outside
    )
    if isinstance(call, EventCall):
        if isinstance(asked, AskedOfPhysics):
            raise ParameterError(f"{entry.identity} takes events: ask it by its name, with inputs")
        return answer_of_events(entry, network, asked, most, deadline)
    if asked.parameters is None or (isinstance(asked, AskedOfNetwork) and asked.inputs is not None):
        raise ParameterError(
            f'{entry.identity} takes parameters: write {{"parameters": {{"{entry.inputs[0].name}": '
            f"…}}}}, numbers or arrays"
        )
    return _answer(
        entry, call, arrays(asked.parameters, most), asked.outside, settled.notes, deadline
    )


def answer_at_once(networks: Networks, settled: Settled) -> Answer | None:
    """The answer for a single point of a quick network by the client's short path; None where that
    does not serve."""
    entry, asked = settled.entry, settled.asked
    if not (settled.is_point and networks.is_quick(entry)) or entry.status == "retracted":
        return None
    call = networks.call(entry, settled.energy, settled.order, settled.output)
    try:
        p = call(asked.parameters)
    except OutsideRegionError:
        return None
    metrics.POINTS.inc()
    shifts = {source: AnswerShift(float(s.up), float(s.down)) for source, s in p.components.items()}
    return _described(entry, call, p.value, p.uncertainty, p.reach, shifts, settled.notes)


def _answer(
    entry: Entry,
    call: Call,
    parameters: Any,
    outside: Outside,
    told: tuple[str, ...],
    deadline: Deadline,
) -> Answer:
    network, output = call.network, call.output
    card = network.card
    rows, shape = to_rows(parameters, card, call.fills)
    found = run(network, {"parameters": rows}, deadline)
    beyond = ~(found.reach <= 1.0 + REACH_TOLERANCE)
    notes = [*warnings_of(entry), *told]
    if beyond.any():
        message = explain_points(beyond, rows, found.reach, card)
        found = treated(found, beyond, outside, message)
        notes.append(message)

    def column(array: NDArray[np.float64], name: str) -> Any:
        return _shaped(array[:, card.output_index(name)], shape)

    value, uncertainty = column(found.value, output.name), column(found.uncertainty, output.name)
    components = find_components(
        card,
        output,
        value,
        found.value.reshape(*shape, found.value.shape[1]),
        rows.reshape(*shape, rows.shape[1]),
        lambda more: run(network, {"parameters": more}, deadline),
    )
    shifts = {source: AnswerShift(s.up, s.down) for source, s in components.items()}
    return _described(
        entry, call, value, uncertainty, _shaped(found.reach, shape), shifts, tuple(notes)
    )


def _described(
    entry: Entry,
    call: Call,
    value: Any,
    uncertainty: Any,
    reach: Any,
    shifts: dict[str, AnswerShift],
    notes: tuple[str, ...],
) -> Answer:
    card, output = call.network.card, call.output
    return Answer(
        network=entry.identity,
        sha256=entry.sha256,
        kind=card.kind,
        subject=output.subject or card.subject,
        output=output.name,
        unit=output.unit,
        value=value,
        uncertainty=uncertainty,
        reach=reach,
        order=output.order or card.conditions.order,
        energy=_energy(call, output),
        components=shifts,
        warnings=notes,
    )


def _shaped(array: NDArray[np.float64], shape: tuple[int, ...]) -> Any:
    return float(array[0]) if shape == () else array.reshape(shape)


def _energy(call: Call, output: Output) -> float | None:
    filled = next(iter(call.fills.values()), None)
    return filled or output.energy or call.network.card.conditions.energy
