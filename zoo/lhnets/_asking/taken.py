"""What networks published before their cards could say it take for granted of a spectrum."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from lhnets.format import Assumption, Card, Input, SlhaEntry

_FILE = Path(__file__).parents[1] / "bundled" / "assumptions.json"


class Taken(Struct, frozen=True, forbid_unknown_fields=True):
    """Additions to the card of one version of a network.

    Attributes
    ----------
    assumptions : tuple of Assumption
        Beside those of the card.
    entries : dict
        By the subject of an output: where its inputs stand in an SLHA file, if not where the card
        says.
    """

    assumptions: tuple[Assumption, ...] = ()
    entries: dict[str, dict[str, SlhaEntry]] = {}


@functools.cache
def read_taken() -> dict[str, Taken]:
    """All additions, by NAME@VERSION."""
    return msgspec.json.decode(_FILE.read_bytes(), type=dict[str, Taken])


def assumptions_of(card: Card) -> tuple[Assumption, ...]:
    """What the network takes for granted: what its card says, and what was found later."""
    taken = read_taken().get(card.identity, Taken())
    return card.assumptions + taken.assumptions


def inputs_of(card: Card, subject: str) -> Sequence[Input]:
    """The inputs with their SLHA entries for the output of a subject: right-handed selectrons read
    2000011."""
    places = read_taken().get(card.identity, Taken()).entries.get(subject, {})
    return [
        structs.replace(i, slha=places[i.name]) if i.name in places else i for i in card.columns
    ]
