"""What networks published before their cards could say it take for granted of a spectrum."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from lhnets.format import Alias, Assumption, Card, Entry, Input, SlhaEntry

_FILE = Path(__file__).parents[1] / "bundled" / "assumptions.json"


class Taken(Struct, frozen=True, forbid_unknown_fields=True):
    """What was found after the publication of one version of a network.

    Attributes
    ----------
    assumptions : tuple of Assumption
        In place of those of the card.
    entries : dict
        By the subject of an output: where its inputs stand in an SLHA file, if not where the card
        says.
    aliases : dict
        By the subject of an output: other subjects with the same value.
    """

    assumptions: tuple[Assumption, ...] = ()
    entries: dict[str, dict[str, SlhaEntry]] = {}
    aliases: dict[str, tuple[Alias, ...]] = {}


@functools.cache
def read_taken() -> dict[str, Taken]:
    """What was found after publication, by NAME@VERSION."""
    return msgspec.json.decode(_FILE.read_bytes(), type=dict[str, Taken])


def all_assumptions(card: Card) -> tuple[Assumption, ...]:
    """What the network takes for granted of a spectrum."""
    taken = read_taken().get(card.identity)
    return card.assumptions if taken is None else taken.assumptions


def assumptions_of(card: Card, subject: str) -> list[Assumption]:
    """What the network takes for granted of a spectrum to answer for a subject."""
    aliases = _taken(card).aliases
    known = {subject}
    for output in card.outputs:
        own = output.subject or card.subject
        if subject in (a.subject for a in (*output.aliases, *aliases.get(own, ()))):
            known.add(own)
    return [a for a in all_assumptions(card) if not a.subjects or known & set(a.subjects)]


def with_aliases(entry: Entry) -> Entry:
    """The entry with the aliases that were found after its publication."""
    added = _taken(entry).aliases
    if not added:
        return entry
    outputs = tuple(
        structs.replace(o, aliases=(*o.aliases, *added.get(o.subject or entry.subject, ())))
        for o in entry.outputs
    )
    return structs.replace(entry, outputs=outputs)


def find_aliased(subject: str) -> set[str]:
    """The names of networks that were found after publication to compute a subject too."""
    return {
        identity.partition("@")[0]
        for identity, taken in read_taken().items()
        for aliases in taken.aliases.values()
        if any(alias.subject == subject for alias in aliases)
    }


def slha_places(network: Card | Entry, subject: str) -> dict[str, SlhaEntry]:
    """Where the inputs stand in an SLHA file for a subject: right-handed selectrons read 2000011.

    Inputs without an entry are left out.
    """
    taken = _taken(network)
    places = {i.name: i.slha for i in network.inputs if i.slha is not None}
    for output in network.outputs:
        if (output.subject or network.subject) == subject:
            places |= dict(output.slha)
    places |= taken.entries.get(subject, {})
    declared = (a for o in network.outputs for a in o.aliases)
    for alias in (*declared, *(a for found in taken.aliases.values() for a in found)):
        if alias.subject == subject:
            places |= alias.slha
    return places


def inputs_of(card: Card, subject: str) -> Sequence[Input]:
    """The inputs with their SLHA entries for the output of a subject."""
    places = slha_places(card, subject)
    return [structs.replace(i, slha=places.get(i.name)) for i in card.columns]


def _taken(network: Card | Entry) -> Taken:
    return read_taken().get(network.identity, Taken())
