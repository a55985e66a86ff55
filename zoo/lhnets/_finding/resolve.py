"""What was asked for -> the networks that answer and the columns of their answers. Pure functions.

The order of preference is fixed, so that the same question on the same index always has the same
answer: the mirror that comes first, the highest perturbative order if none is asked for, networks
that are made for the order that is, the fewest inputs left at their defaults (from an SLHA file:
the most inputs used). Errors that cards claim decide nothing, and neither does a name: two networks
that are equal in all of this are an ambiguity. Of each name only its newest verified version takes
part; a pinned version is taken whatever its status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from msgspec import structs

from lhnets._asking.energy import order_rank, parse_energy, parse_order
from lhnets._asking.process import canonical, subject_key
from lhnets._finding import refusals
from lhnets._finding.candidates import (
    CanonicalQuestion,
    Choice,
    Given,
    find_choices,
    is_answered_from,
)
from lhnets._finding.question import Question
from lhnets._finding.versions import EntryPool, pinned
from lhnets.errors import ParameterError
from lhnets.format import Entry, Kind

PROCESS_KINDS: frozenset[Kind] = frozenset({"cross_section", "branching_ratio", "width"})


Preference: TypeAlias = tuple[int, float, bool, int, int]


def canonicalize(question: Question, given: Given) -> CanonicalQuestion:
    """The question in the spelling of the index: process in PDG ids, energy in GeV.

    Raises
    ------
    ProcessError
        If the subject is not a process, for kinds that are about one.
    ParameterError
        If the subject is not text, or the energy or the order cannot be read.
    """
    subject = question.subject
    if not isinstance(subject, str):
        raise ParameterError(f"expected what is asked for as text, got {subject!r}")
    return CanonicalQuestion(
        kind=question.kind,
        subject=canonical(subject) if question.kind in PROCESS_KINDS else subject.strip(),
        given=given,
        energy=parse_energy(question.energy),
        order=parse_order(question.order),
        network=question.network,
        output=question.output,
    )


def rank(
    question: CanonicalQuestion, entries: Sequence[Entry], places: Mapping[str, int] | None = None
) -> list[Choice]:
    """The networks that answer a question, the preferred one first.

    Parameters
    ----------
    question : CanonicalQuestion
        What is asked.
    entries : sequence of Entry
        The networks there are.
    places : mapping, optional
        NAME@VERSION -> place of its mirror in the list, for those that are not of the first.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones, or none does at this energy and order.
    ParameterError
        If networks compute it, but from other parameters.
    AmbiguousNetworkError
        If several energies are known, and none was given.
    """
    question, related = find_related(question, entries)
    if not related:
        raise refusals.no_subject(question, entries)
    refusals.refuse_unknown_output(question, related)
    refusals.refuse_energy_in_tev(question, related)
    choices = [c for e in related for c in find_choices(e, question)]
    if not choices:
        raise refusals.no_conditions(question, related)
    fitting = [c for c in choices if is_answered_from(c, question.given)]
    if not fitting:
        raise refusals.no_parameters(question, choices, related)
    refusals.refuse_unclear_energy(question, related, fitting)
    return sorted(fitting, key=lambda c: _preference(c, question, places or {}))


def find_alike(
    chosen: Choice,
    ranked: Sequence[Choice],
    question: CanonicalQuestion,
    places: Mapping[str, int] | None = None,
) -> list[Choice]:
    """Those of the choices that nothing puts before or after the chosen one, itself included."""
    key = _preference(chosen, question, places or {})
    return [c for c in ranked if _preference(c, question, places or {}) == key]


def require_one(alike: Sequence[Choice], question: CanonicalQuestion) -> Choice:
    """The one of choices that are alike, of the same physics and from the same inputs.

    A set stands for its members.

    Raises
    ------
    AmbiguousNetworkError
        If there are several, with all of them.
    """
    members = {(m.name, m.version) for c in alike for m in c.entry.members}
    alone = [c for c in alike if (c.entry.name, c.entry.version) not in members]
    if len(alone) > 1:
        raise refusals.alike(question, alone)
    return alone[0]


def find_related(
    question: CanonicalQuestion, entries: Sequence[Entry]
) -> tuple[CanonicalQuestion, list[Entry]]:
    """The networks of that kind and subject, and the question with the subject as they spell it."""
    if question.network:
        one = pinned(question.network, entries)
        computing = {s: [one] for s in one.subjects if one.kind == question.kind}
    else:
        computing = (entries if isinstance(entries, EntryPool) else EntryPool(entries)).by_subject(
            question.kind
        )
    if question.kind not in PROCESS_KINDS:
        question = structs.replace(question, subject=_spell_subject(question.subject, computing))
    return question, list(computing.get(question.subject, ()))


def _spell_subject(subject: str, known: Iterable[str]) -> str:
    """The subject as networks spell it: whatever its case, spaces and dashes.

    Raises
    ------
    AmbiguousNetworkError
        If several differ in nothing else.
    """
    if subject in known:
        return subject
    found = [s for s in known if subject_key(s) == subject_key(subject)]
    if len(found) > 1:
        raise refusals.several_subjects(subject, found)
    return found[0] if found else subject


def _preference(
    choice: Choice, question: CanonicalQuestion, places: Mapping[str, int]
) -> Preference:
    entry = choice.entry
    names = choice.names_of(question.given)
    given = frozenset(i.name for i in entry.inputs) if names is None else names
    left = sum(i.name not in given for i in entry.inputs) - len(choice.filled)
    used = len(entry.inputs) - left if question.given.holds is not None else 0
    default = next(o for o in entry.outputs if o.name == entry.default_output)
    made_for_another = order_rank(choice.order) != order_rank(
        default.order or entry.conditions.order
    )
    order = 0.0 if question.order else -order_rank(choice.order)
    return places.get(entry.identity, 0), order, made_for_another, left, -used
