"""Why a question is answered as it is: which networks could answer, and what speaks against the
others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from lhnets._asking.energy import speak_energy
from lhnets._finding.candidates import CanonicalQuestion, Choice, find_choices, is_answered_from
from lhnets._finding.listing import Listed, Listing
from lhnets._finding.resolve import find_related, rank
from lhnets.errors import Error
from lhnets.format import Entry


class Candidate(Struct, frozen=True):
    """A network that computes what is asked for, and why it answers or does not.

    Attributes
    ----------
    network : str
        NAME@VERSION.
    mirror : str
        The first that gives it.
    verdict : str
        ``1``, ``2``, … in the order of preference; or why it takes no part.
    output, order, energy : str
        Of what it would answer with.
    """

    network: str
    mirror: str
    verdict: str
    output: str = ""
    order: str = ""
    energy: str = ""


def list_candidates(
    question: CanonicalQuestion, entries: list[Entry], listing: Listing
) -> list[Candidate]:
    """All networks that compute the subject of a question: those that can answer in the order of
    preference, then the others with the reason.

    Parameters
    ----------
    question : CanonicalQuestion
        What is asked.
    entries : list of Entry
        Those that take part: that this lhnets can evaluate, and that the lock file pins.
    listing : Listing
        What the mirrors offer.
    """
    spelt, related = find_related(question, entries)
    places = {identity: offer.place for identity, offer in listing.listed.items()}
    try:
        ranked = rank(question, entries, places)
    except Error:
        ranked = []
    found = [_ranked(n, c, listing.listed) for n, c in enumerate(ranked, start=1)]
    named = {c.network for c in found}
    for entry in related:
        if entry.identity not in named:
            found.append(_refused(entry, spelt, listing.listed))
    named |= {e.identity for e in related}
    found += _left_out(spelt, listing, entries, named)
    return found


def _ranked(number: int, choice: Choice, listed: Mapping[str, Listed]) -> Candidate:
    entry = choice.entry
    energy = "any" if choice.energy_is_input else speak_energy(choice.energy or 0.0)
    return Candidate(
        entry.identity,
        _mirror(entry, listed),
        str(number),
        choice.output.name,
        choice.order or "",
        energy if choice.energy or choice.energy_is_input else "",
    )


def _refused(entry: Entry, question: CanonicalQuestion, listed: Mapping[str, Listed]) -> Candidate:
    choices = find_choices(entry, question)
    if not choices:
        reason = "has another energy or order"
    elif not any(is_answered_from(c, question.given) for c in choices):
        needed = ", ".join(i.name for i in entry.inputs)
        reason = f"is asked with other parameters: it takes {needed}"
    else:
        reason = "comes after the others"
    return Candidate(entry.identity, _mirror(entry, listed), reason)


def _left_out(
    question: CanonicalQuestion, listing: Listing, entries: Iterable[Entry], named: set[str]
) -> list[Candidate]:
    """Versions that compute the subject and take no part whatever the parameters."""
    taking_part = {e.identity for e in entries}
    found = []
    for identity, offer in listing.listed.items():
        entry = offer.entry
        if entry.kind != question.kind or question.subject not in entry.subjects:
            continue
        if identity not in named:
            reason = _why_left_out(entry, identity in taking_part)
            found.append(Candidate(identity, _mirror(entry, listing.listed), reason))
    for identity, (mirror, owner) in listing.withheld.items():
        reason = f"its name belongs to {owner.name}, which comes first"
        if any(identity.partition("@")[0] == n.partition("@")[0] for n in named):
            found.append(Candidate(identity, mirror.name, reason))
    return found


def _why_left_out(entry: Entry, takes_part: bool) -> str:
    if entry.missing:
        return f"needs a newer lhnets: {', '.join(entry.missing)}"
    if entry.status == "retracted":
        return f"retracted: {entry.reason}"
    if entry.status == "candidate":
        return "not verified by a reviewer yet"
    if not takes_part:
        return "is not pinned by the lock file in force"
    if entry.superseded_by:
        return f"replaced by version {entry.superseded_by}"
    return "is not asked for"


def _mirror(entry: Entry, listed: Mapping[str, Listed]) -> str:
    offer = listed.get(entry.identity)
    return offer.mirrors[0].name if offer else ""
