"""BibTeX of networks: each network, its data, its generator and its PDF set."""

from __future__ import annotations

from collections.abc import Sequence

from lhnets.format import Author, Card, Data
from lhnets.format.bibtex import escape, quote, write_entry


def bibtex(cards: Sequence[Card]) -> str:
    """BibTeX entries for the networks, their data sets and everything their cards cite, each once.

    Entries of cards were checked when the cards were read; other texts are escaped here.
    """
    entries: dict[str, str] = {}
    for card in cards:
        entries[f"lhnets:{card.identity}"] = _network(card)
        if card.data is not None:
            entries[f"lhnets:data:{card.data.name}"] = _data(card, card.data)
    for card in cards:
        for key, entry in card.references.items():
            entries.setdefault(key, entry)
    return "\n\n".join(entry.strip() for entry in entries.values())


def _network(card: Card) -> str:
    return write_entry(
        f"lhnets:{card.identity}",
        {
            "author": _people(card.authors),
            "title": quote(card.title),
            "howpublished": escape(f"lhnets network {card.identity}"),
            "year": card.created[:4],
        },
    )


def _data(card: Card, data: Data) -> str:
    where = {"doi": data.doi} if data.doi else {"note": f"SHA-256 {data.sha256}"}
    truth = card.truth
    title = f"Training data {data.name}, {data.rows} rows from {truth.program} {truth.version}"
    return write_entry(
        f"lhnets:data:{data.name}",
        {
            "author": _people(card.authors),
            "title": quote(title),
            "howpublished": escape(f"lhnets data set {data.name}"),
            "year": card.created[:4],
            **where,
        },
    )


def _people(authors: Sequence[Author]) -> str:
    return " and ".join(_person(a.name) for a in authors)


def _person(name: str) -> str:
    """The name of a person, or of a collaboration, which BibTeX must not take apart."""
    words = name.lower().split()
    return quote(name) if words[:1] == ["the"] or "and" in words else escape(name)
