"""One network for a question, with what its user must know of the choice. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from lhnets._finding.candidates import CanonicalQuestion, Choice
from lhnets._finding.notes import list_broken, note_alias, note_passed_over
from lhnets._finding.orders import find_higher, write_note, write_warning
from lhnets._finding.resolve import find_alike, find_related, rank, require_one
from lhnets.errors import OutsideRegionError
from lhnets.format import Entry


class Chosen(Struct, frozen=True):
    """The network that answers.

    Attributes
    ----------
    choice : Choice
        The network and its output.
    notes : tuple of str
        What goes onto the prediction: networks that were passed over and why, aliases.
    warning : str
        What a user must be warned of: a higher order is known. Empty if nothing.
    """

    choice: Choice
    notes: tuple[str, ...] = ()
    warning: str = ""


def choose(
    question: CanonicalQuestion,
    entries: Sequence[Entry],
    places: Mapping[str, int] | None = None,
    find_broken: Callable[[Choice], Sequence[str]] = lambda choice: (),
    strict: bool = True,
) -> Chosen:
    """The network that answers a question.

    Parameters
    ----------
    question : CanonicalQuestion
        What is asked.
    entries : sequence of Entry
        The networks there are.
    places : mapping, optional
        NAME@VERSION -> place of its mirror in the list, for those that are not of the first.
    find_broken : callable, optional
        What a choice takes for granted and the spectrum contradicts, in words.
    strict : bool
        Refuse if all choices are contradicted; otherwise the preferred one is taken then.

    Raises
    ------
    NetworkNotFoundError, ParameterError, AmbiguousNetworkError
        as of `rank`, and if two networks are alike.
    OutsideRegionError
        If the spectrum contradicts all of them, with what each takes for granted.
    """
    ranked = rank(question, entries, places)
    find_broken = _ask_once(find_broken)
    told: dict[str, Sequence[str]] = {}
    chosen = _find_unbroken(ranked, find_broken, told)
    if chosen is None:
        if strict:
            raise OutsideRegionError(
                f"no network is for this spectrum:\n{list_broken(told)}\n"
                "Choose one by network= or order= (`lhnets list` shows them), or pass "
                "outside='nan' or outside='warn' to go on"
            )
        return Chosen(ranked[0])
    alike = find_alike(chosen, ranked, question, places)
    chosen = require_one([c for c in alike if not find_broken(c)], question)
    notes = [*note_passed_over(told), *note_alias(chosen)]
    spelt, related = find_related(question, entries)
    higher = find_higher(chosen, spelt, related, lambda c: not find_broken(c))
    if higher is not None and higher.is_expected:
        return Chosen(chosen, tuple(notes), write_warning(chosen, spelt, higher))
    return Chosen(chosen, (*notes, *([write_note(higher)] if higher else ())))


def _find_unbroken(
    ranked: Sequence[Choice],
    find_broken: Callable[[Choice], Sequence[str]],
    told: dict[str, Sequence[str]],
) -> Choice | None:
    """The first choice that is not contradicted; ``told`` takes what is of those before it."""
    for choice in ranked:
        broken = find_broken(choice)
        if not broken:
            return choice
        told[choice.entry.identity] = broken
    return None


def _ask_once(find_broken: Callable[[Choice], Sequence[str]]) -> Callable[[Choice], Sequence[str]]:
    """The same function, which remembers what it found for a network and a subject."""
    found: dict[tuple[str, str], Sequence[str]] = {}

    def find_once(choice: Choice) -> Sequence[str]:
        key = (choice.entry.identity, choice.subject)
        if key not in found:
            found[key] = find_broken(choice)
        return found[key]

    return find_once
