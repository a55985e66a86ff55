"""BibTeX of networks: each network, its data, its generator and its PDF set."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lhnets.format import Card, Data


def bibtex(cards: Sequence[Card]) -> str:
    """BibTeX entries for the networks, their data sets and everything their cards cite, each
    once."""
    entries: dict[str, str] = {}
    for card in cards:
        entries[f"lhnets:{card.identity}"] = _network(card)
        if card.data is not None:
            entries[f"lhnets:data:{card.data.name}"] = _data(card, card.data)
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


def _data(card: Card, data: Data) -> str:
    where = {"doi": data.doi} if data.doi else {"note": f"SHA-256 {data.sha256}"}
    return _entry(
        f"lhnets:data:{data.name}",
        {
            "author": " and ".join(_braced(a.name) for a in card.authors),
            "title": (
                f"{{Training data {data.name}, {data.rows} rows from {card.truth.program} "
                f"{card.truth.version}}}"
            ),
            "howpublished": f"lhnets data set {data.name}",
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
