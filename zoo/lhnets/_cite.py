"""BibTeX of networks: each network, its data, its generator and its PDF set."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lhnets._card import Card


def bibtex(cards: Sequence[Card]) -> str:
    """BibTeX entries for the networks, their data sets and everything their cards cite, each once."""
    entries: dict[str, str] = {}
    for card in cards:
        entries[f"lhnets:{card.identity}"] = _network(card)
        entries[f"lhnets:data:{card.data.name}"] = _data(card)
        entries.update(card.references)
    return "\n\n".join(entry.strip() for entry in entries.values())


def _network(card: Card) -> str:
    return _entry(
        f"lhnets:{card.identity}",
        {
            "author": " and ".join(_braced(a.name) for a in card.authors),
            "title": f"{{{card.title}}}",
            "howpublished": f"lhnets network {card.identity}",
            "year": card.created[:4],
        },
    )


def _data(card: Card) -> str:
    where = {"doi": card.data.doi} if card.data.doi else {"note": f"SHA-256 {card.data.sha256}"}
    return _entry(
        f"lhnets:data:{card.data.name}",
        {
            "author": " and ".join(_braced(a.name) for a in card.authors),
            "title": f"{{Training data {card.data.name}, {card.data.rows} rows from {card.truth.program} {card.truth.version}}}",
            "howpublished": f"lhnets data set {card.data.name}",
            "year": card.created[:4],
            **where,
        },
    )


def _entry(key: str, fields: dict[str, str]) -> str:
    safe = re.sub(r"[^A-Za-z0-9:@.-]", "-", key).replace("@", "-v")
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{safe},\n{body}\n}}"


def _braced(name: str) -> str:
    return f"{{{name}}}" if name.lower().startswith("the ") else name
