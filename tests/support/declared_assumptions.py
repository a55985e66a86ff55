"""What the recipes declare of spectra, in the form of ``bundled/assumptions.json``.

Run as a script, it writes that file anew.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

import lhnets as ml
from lhnets._asking.taken import Taken
from lhnets._finding.zoo import default
from lhnets.format import Card, SlhaEntry
from lhnets_training import recipes
from lhnets_training.recipe import Recipe

FILE = Path(ml.__file__).parent / "bundled" / "assumptions.json"
VERSION = 1


def declare() -> dict[str, Taken]:
    """By NAME@1: assumptions and entries of every recipe, in place of the card of version 1."""
    found = {}
    published = {e.name for e in default().entries}
    for name in sorted(published.intersection(recipes.names())):
        recipe = recipes.find(name)
        identity = f"{name}@{VERSION}"
        card = default().card(identity)
        aliases = {
            o.subject or recipe.subject: o.aliases
            for o, known in zip(recipe.outputs, card.outputs, strict=True)
            if o.aliases != known.aliases
        }
        taken = Taken(recipe.assumptions, _find_entries(recipe, card), aliases)
        if taken.assumptions != card.assumptions or taken.entries or aliases:
            found[identity] = taken
    return found


def encode(taken: dict[str, Taken]) -> bytes:
    """One line for each network, which version control shows well."""
    lines = [b'"%s": %s' % (k.encode(), msgspec.json.encode(v)) for k, v in sorted(taken.items())]
    return b"{\n" + b",\n".join(lines) + b"\n}\n"


def _find_entries(recipe: Recipe, card: Card) -> dict[str, dict[str, SlhaEntry]]:
    published = {i.name: i.slha for i in card.columns}
    declared = {i.name: i.slha for i in recipe.inputs if i.slha is not None}
    found: dict[str, dict[str, SlhaEntry]] = {}
    for output in recipe.outputs:
        places = {
            name: place
            for name, place in (declared | output.slha).items()
            if place != published[name]
        }
        if places:
            found[output.subject or recipe.subject] = places
    return found


if __name__ == "__main__":
    FILE.write_bytes(encode(declare()))
