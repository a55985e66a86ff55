"""Where a process is known to a higher order than that of the answer. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct, structs

from lhnets._asking.energy import ENERGY_INPUT, order_rank, speak_energy
from lhnets._asking.process import spoken
from lhnets._finding.candidates import (
    CanonicalQuestion,
    Choice,
    Given,
    find_choices,
    has_energy,
    is_answered_from,
)
from lhnets.format import Entry


class Higher(Struct, frozen=True):
    """An answer of higher order to a question that is a little different.

    Attributes
    ----------
    choice : Choice
        That answer.
    is_here : bool
        Whether it is at the energy of the question.
    superfluous : tuple of str
        Parameters that it does not take.
    suffices : bool
        Whether it needs no parameters but those that are given.
    """

    choice: Choice
    is_here: bool
    superfluous: tuple[str, ...]
    suffices: bool

    @property
    def is_expected(self) -> bool:
        """Whether a user may take it for the answer: the same, or the same at another energy."""
        return self.suffices or not self.is_here


def find_higher(
    chosen: Choice,
    question: CanonicalQuestion,
    related: Sequence[Entry],
    holds_for: Callable[[Choice], bool],
) -> Higher | None:
    """The highest order at which the process is known, if that of ``chosen`` is lower.

    Parameters
    ----------
    chosen : Choice
        The answer.
    question : CanonicalQuestion
        That it answers.
    related : sequence of Entry
        The networks that compute the process.
    holds_for : callable
        Whether a network is for the spectrum that is asked about.
    """
    if question.order is not None or chosen.order is None:
        return None
    rank = order_rank(chosen.order)
    anywhere = structs.replace(question, energy=None)
    found = [
        _compare(c, question)
        for e in related
        for c in find_choices(e, anywhere)
        if order_rank(c.order) > rank and holds_for(c)
    ]
    if any(h.is_here for h in found):
        found = [h for h in found if h.is_here or h.suffices]
    return max(found, key=lambda h: _weigh(h, question), default=None)


def write_warning(chosen: Choice, question: CanonicalQuestion, higher: Higher) -> str:
    """What a user must know who takes the answer for one of the highest order."""
    other, order, energy = higher.choice, chosen.order, higher.choice.energy
    known = "it is known" if higher.is_here or not energy else f"at {speak_energy(energy)} it is"
    lacks = f", which does not take {', '.join(higher.superfluous)}" if higher.superfluous else ""
    told = (
        f"{chosen.entry.identity} answers {spoken(question.subject)}{_at(question.energy)} at "
        f"{order}; {known} at {other.order}, by {other.entry.identity}{lacks}"
    )
    advice = f"order={order!r} keeps it and silences this warning"
    if higher.is_here or not energy:
        asks = f"order={other.order!r}" if not higher.superfluous else "leaving these out"
        return f"{told}: {asks} gives that, {advice}"
    in_place = f" in place of {ENERGY_INPUT}" if ENERGY_INPUT in higher.superfluous else ""
    return (
        f"{told}. The two do not compare: energy='{speak_energy(energy)}'{in_place} gives the "
        f"higher order, {advice}"
    )


def write_note(higher: Higher) -> str:
    """That a higher order is known from other parameters."""
    other = higher.choice
    takes = ", ".join(i.name for i in other.entry.inputs if i.name not in other.filled)
    return f"{other.entry.identity} knows it at {other.order}, from {takes}"


def _compare(choice: Choice, question: CanonicalQuestion) -> Higher:
    inputs = {i.name for i in choice.entry.inputs}
    takes_energy = ENERGY_INPUT in inputs
    if question.energy is None:
        is_here = choice.energy is None and not takes_energy
    else:
        is_here = takes_energy or has_energy(choice.energy, question.energy)
        choice = structs.replace(choice, energy_is_input=takes_energy)
    given = question.given
    names = choice.names_of(given)
    superfluous: frozenset[str] = frozenset()
    if names is not None and given.holds is None:
        superfluous = names - inputs
        given = Given(names=names - superfluous)
    return Higher(choice, is_here, tuple(sorted(superfluous)), is_answered_from(choice, given))


def _weigh(higher: Higher, question: CanonicalQuestion) -> tuple[bool, bool, float, int, float]:
    """Answers that a user may expect first, then the order, then the nearest energy."""
    at, asked = higher.choice.energy, question.energy
    distance = abs(at - asked) if at and asked else 0.0
    return (
        higher.suffices,
        higher.is_here,
        order_rank(higher.choice.order),
        -len(higher.superfluous),
        -distance,
    )


def _at(energy: float | None) -> str:
    return f" at {speak_energy(energy)}" if energy else ""
