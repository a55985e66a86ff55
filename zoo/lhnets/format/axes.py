"""The axes along which the outputs of a network lie: channel, energy, order, variation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from lhnets.format.contents import Contents
from lhnets.format.outputs import Output

Place: TypeAlias = dict[str, str | float]

CHANNEL, ENERGY, ORDER, VARIATION = "channel", "energy", "order", "variation"
CENTRAL = "central"


def find_places(card: Contents) -> dict[str, Place]:
    """The place of each output on the axes, by its name.

    What the card states for an output wins; the rest follows from its subject, energy and order,
    and from `physics_uncertainty`: a shift lies where the output lies that it belongs to, at
    another variation.
    """
    variations = _find_variations(card)
    places = {}
    for o in card.outputs:
        of, variation = variations.get(o.name, (o.name, CENTRAL))
        places[o.name] = {**_place(o, card.output(of), card), VARIATION: variation, **o.place}
    return places


def find_axes(places: Mapping[str, Place]) -> dict[str, tuple[str | float, ...]]:
    """The values on each axis that has several, in the order in which the outputs have them."""
    values: dict[str, dict[str | float, None]] = {}
    for place in places.values():
        for axis, value in place.items():
            values.setdefault(axis, {})[value] = None
    return {axis: tuple(found) for axis, found in values.items() if len(found) > 1}


def are_axes_enough(places: Mapping[str, Place]) -> bool:
    """Whether no two outputs share a place, so that the axes tell all of them apart."""
    return len({tuple(sorted(p.items(), key=str)) for p in places.values()}) == len(places)


def _place(o: Output, of: Output, card: Contents) -> Place:
    stated = {
        CHANNEL: o.subject or of.subject or card.subject,
        ENERGY: o.energy or of.energy or card.conditions.energy,
        ORDER: o.order or of.order or card.conditions.order,
    }
    return {axis: value for axis, value in stated.items() if value is not None}


def _find_variations(card: Contents) -> dict[str, tuple[str, str]]:
    """For each output that is a shift: the output that it belongs to, and which shift it is."""
    found = {}
    for p in card.physics_uncertainty:
        if p.up and p.up == p.down:
            found[p.up] = (p.of, f"{p.source} up or down")
        elif p.up:
            found |= {p.up: (p.of, f"{p.source} up"), p.down: (p.of, f"{p.source} down")}
    return found
