"""Why a question has no answer: what was asked, what there is, and what to do. Pure functions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from msgspec import structs

from lhnets._asking.energy import ENERGY_INPUT, canonical_order, order_rank, speak_energy
from lhnets._asking.process import (
    conjugate_decay,
    is_canonical,
    kinds_of_particles,
    spoken,
    subject_key,
)
from lhnets._asking.taken import slha_places
from lhnets._finding.candidates import (
    CanonicalQuestion,
    Choice,
    find_choices,
    has_order,
    is_answered_from,
)
from lhnets._finding.versions import pinned
from lhnets.errors import AmbiguousNetworkError, NetworkNotFoundError, ParameterError
from lhnets.format import Entry, IndexOutput, Kind

_MOST_LISTED = 8
_LIKE = 0.35
"""How alike subjects are that are worth naming."""


def no_subject(question: CanonicalQuestion, entries: Sequence[Entry]) -> NetworkNotFoundError:
    """No network computes that: the nearest subjects."""
    wanted = spoken(question.subject)
    if question.network:
        one = pinned(question.network, entries)
        computes = ", ".join(sorted(spoken(s) for s in one.subjects))
        return NetworkNotFoundError(
            f"{one.identity} does not compute the {_words(question.kind)} of {wanted!r}, but the "
            f"{_words(one.kind)} of {computes}"
        )
    of_kind = [e for e in entries if e.kind == question.kind and e.status == "verified"]
    subjects = {s for e in of_kind for s in e.subjects}
    hint = _nearest(question.subject, subjects)
    if question.subject.lower() in {e.name for e in of_kind}:
        hint = f"a network has this name: ask with network={question.subject.lower()!r}"
    return NetworkNotFoundError(
        f"no network gives the {_words(question.kind)} of {wanted!r}; {hint}. "
        f"`lhnets list --kind {question.kind}` shows all"
    )


def several_subjects(subject: str, found: Iterable[str]) -> AmbiguousNetworkError:
    """A subject that is spelt in several ways, which differ in case, spaces or dashes only."""
    listed = ", ".join(map(repr, sorted(found)))
    return AmbiguousNetworkError(
        f"{subject!r} may be any of {listed}: write one of them as it is spelt"
    )


def refuse_unknown_output(question: CanonicalQuestion, related: Sequence[Entry]) -> None:
    """Refuse the name of an output that no network for the subject has.

    Raises
    ------
    ParameterError
        With the outputs that there are.
    """
    known = dict.fromkeys(o.name for e in related for o in e.outputs)
    if question.output is not None and question.output not in known:
        raise ParameterError(
            f"no network for {question.subject} has an output {question.output!r}: expected one of "
            f"{', '.join(known)}"
        )


def refuse_energy_in_tev(question: CanonicalQuestion, related: Sequence[Entry]) -> None:
    """Refuse 13 GeV if 13 TeV is known and 13 GeV is not.

    Raises
    ------
    NetworkNotFoundError
        that says so.
    """
    energy = question.energy
    if energy is None or any(_knows(e, energy) for e in related):
        return
    if any(_knows(e, 1000 * energy) for e in related):
        raise NetworkNotFoundError(
            f"no network gives {spoken(question.subject)} at {energy:g} GeV. Numbers are in GeV: "
            f"write energy='{energy:g} TeV' or energy={1000 * energy:g}"
        )


def no_conditions(question: CanonicalQuestion, related: Sequence[Entry]) -> NetworkNotFoundError:
    """No network has this energy and order: those that there are."""
    subject = spoken(question.subject)
    have = "; ".join(f"{e.identity} {_conditions_of(e, question)}" for e in related)
    if question.energy and not any(_energies_of(e, question) for e in related):
        return NetworkNotFoundError(
            f"{subject} has no collider energy ({', '.join(e.identity for e in related)}): "
            "leave out energy="
        )
    asked = [
        f"order={question.order!r}" if question.order else "",
        f"energy='{speak_energy(question.energy)}'" if question.energy else "",
    ]
    return NetworkNotFoundError(
        f"no network gives {subject} with {' and '.join(a for a in asked if a)}: {have}"
        f"{_nearest_order(question, related)}"
    )


def refuse_unclear_energy(
    question: CanonicalQuestion, related: Sequence[Entry], fitting: Sequence[Choice]
) -> None:
    """Refuse to choose an energy if several are known.

    Raises
    ------
    AmbiguousNetworkError
        with the energies, unless one is given, be it among the parameters.
    """
    if question.energy is not None or all(_has_energy(c, question) for c in fitting):
        return
    energies = list(dict.fromkeys(t for e in related for t in _energies_of(e, question)))
    if len(energies) < 2 and not any(" to " in text for text in energies):
        return
    networks = ", ".join(e.identity for e in related)
    fixed = [text for text in energies if " to " not in text]
    example = fixed[0] if fixed else energies[0].partition(" to ")[2]
    advice = f"give energy='{example}' or another of them"
    if any(i.tensor for c in fitting for i in c.entry.inputs):
        advice = "choose one by network="
    raise AmbiguousNetworkError(
        f"{spoken(question.subject)} is known at {' and at '.join(energies)} ({networks}): {advice}"
    )


def no_parameters(
    question: CanonicalQuestion, choices: Sequence[Choice], related: Sequence[Entry]
) -> ParameterError:
    """Networks compute it, but from other parameters: those that they take."""
    names = question.given.names or frozenset()
    from_file = question.given.holds is not None
    offers = {c.entry.identity: f"{c.entry.identity} takes {_takes(c, from_file)}" for c in choices}
    energy = ""
    if question.energy is None and any(
        ENERGY_INPUT in c.needed and ENERGY_INPUT not in names for c in choices
    ):
        energy = ". Give the energy as energy='13 TeV'"
    return ParameterError(
        f"no network gives {spoken(question.subject)}{_at(question)} from "
        f"{_speak_given(question, choices)}: {'; '.join(sorted(offers.values()))}{energy}"
        f"{_known_elsewhere(question, related)}"
    )


def alike(question: CanonicalQuestion, choices: Sequence[Choice]) -> AmbiguousNetworkError:
    """Networks that are equal in everything that decides."""
    subject = spoken(question.subject)
    names = sorted({c.entry.identity for c in choices})
    if len(names) == 1:
        outputs = sorted(c.output.name for c in choices)
        return AmbiguousNetworkError(
            f"{names[0]} gives {subject}{_at(question)} in several outputs, "
            f"{', '.join(outputs)}: choose one by "
            f"ml.load({choices[0].entry.name!r})(params, output={outputs[0]!r})"
        )
    listed = "; ".join(
        sorted(
            f"{c.entry.identity} ({c.entry.title}, {c.order or 'no order'}, PDF "
            f"{c.entry.conditions.pdf or 'not stated'}, takes {_takes(c)})"
            for c in choices
        )
    )
    return AmbiguousNetworkError(
        f"{len(names)} networks give {subject}{_at(question)} alike: {listed}. Choose one by "
        f"network={choices[0].entry.name!r} or another of these names, or a set of them if there "
        "is one"
    )


def _nearest(subject: str, known: set[str]) -> str:
    conjugate = conjugate_decay(subject)
    if conjugate != subject and conjugate in known:
        return (
            f"its charge conjugate {spoken(conjugate)!r} is known, which is the same if CP is "
            "conserved"
        )
    sums = [s for s in known if subject in s.split(" | ")]
    if sums:
        return f"it is known as a part of {'; '.join(sorted(map(spoken, sums)))}"
    near = sorted(known, key=lambda s: (-_likeness(subject, s), s))[:3]
    if near and _likeness(subject, near[0]) > _LIKE:
        listed = [spoken(s) for s in near if _likeness(subject, s) > _LIKE]
        return f"the nearest are {'; '.join(listed)}"
    spelt = sorted(map(spoken, known))
    more = f" and {len(spelt) - _MOST_LISTED} more" if len(spelt) > _MOST_LISTED else ""
    return f"there are {'; '.join(spelt[:_MOST_LISTED]) or 'none of that kind'}{more}"


def _likeness(subject: str, other: str) -> float:
    """How alike two subjects are, from 0 to 1: by the particles of processes, else by letters."""
    if not (is_canonical(subject) and is_canonical(other)):
        mine, theirs = subject_key(subject), subject_key(other)
        return 0.9 if mine in theirs else difflib.SequenceMatcher(None, mine, theirs).ratio()
    if subject.partition(" > ")[0] != other.partition(" > ")[0]:
        return 0.0
    mine_, theirs_ = kinds_of_particles(subject), kinds_of_particles(other)
    letters = difflib.SequenceMatcher(None, spoken(subject), spoken(other)).ratio()
    return 0.9 * len(mine_ & theirs_) / len(mine_ | theirs_) + 0.1 * letters


def _words(kind: Kind) -> str:
    return kind.replace("_", " ")


def _knows(entry: Entry, energy: float) -> bool:
    """Whether a network has an output at this energy, or takes it as an input."""
    fixed = [o.energy or entry.conditions.energy for o in entry.outputs]
    if any(e is not None and abs(e - energy) <= 1e-6 * energy for e in fixed):
        return True
    return any(
        i.name == ENERGY_INPUT and (i.low or 0) <= energy <= (i.high or 0) for i in entry.inputs
    )


def _of_subject(entry: Entry, question: CanonicalQuestion) -> list[IndexOutput]:
    return [o for o in entry.outputs if question.subject in entry.subjects_of(o)]


def _conditions_of(entry: Entry, question: CanonicalQuestion) -> str:
    orders = ", ".join(_orders_of(entry, question))
    energies = " and ".join(_energies_of(entry, question))
    at = f" at {energies}" if energies else ""
    return f"gives {orders or 'it'}{at}" if orders or at else "states no order"


def _orders_of(entry: Entry, question: CanonicalQuestion) -> list[str]:
    outputs = _of_subject(entry, question)
    orders = {x for o in outputs if (x := o.order or entry.conditions.order)}
    return sorted(orders, key=order_rank)


def _energies_of(entry: Entry, question: CanonicalQuestion) -> list[str]:
    """The energies of the outputs that have the order that is asked for, and the range of an
    input."""
    outputs = [
        o
        for o in _of_subject(entry, question)
        if question.order is None or has_order(o.order or entry.conditions.order, question.order)
    ] or _of_subject(entry, question)
    fixed = {e for o in outputs if (e := o.energy or entry.conditions.energy)}
    ranges = [
        f"{speak_energy(i.low or 0)} to {speak_energy(i.high or 0)}"
        for i in entry.inputs
        if i.name == ENERGY_INPUT
    ]
    return ranges or [speak_energy(e) for e in sorted(fixed)]


def _has_energy(choice: Choice, question: CanonicalQuestion) -> bool:
    """Whether the energy is among the parameters."""
    names = choice.names_of(question.given)
    is_input = any(i.name == ENERGY_INPUT for i in choice.entry.inputs)
    return is_input and (names is None or ENERGY_INPUT in names)


def _nearest_order(question: CanonicalQuestion, related: Sequence[Entry]) -> str:
    if not question.order:
        return ""
    wanted = canonical_order(question.order)
    orders = {canonical_order(o): o for e in related for o in _orders_of(e, question)}
    near = [o for o in orders if wanted in o.split("+")]
    near = near or difflib.get_close_matches(wanted, list(orders), 1, 0.9)
    return f". Did you mean order={orders[near[0]]!r}?" if near else ""


def _takes(choice: Choice, from_file: bool = False) -> str:
    """Its parameters, with defaults, or with their places in an SLHA file."""
    places = slha_places(choice.entry, choice.subject) if from_file else {}

    def spell(name: str, default: float | None) -> str:
        if name in places:
            return f"{name} ({places[name].block} {' '.join(map(str, places[name].entry))})"
        return name if default is None else f"{name} (default {default:g})"

    inputs = [i for i in choice.entry.inputs if i.name not in choice.filled]
    return ", ".join(spell(i.name, i.default) for i in inputs) or "none"


def _at(question: CanonicalQuestion) -> str:
    return f" at {speak_energy(question.energy)}" if question.energy else ""


def _speak_given(question: CanonicalQuestion, choices: Sequence[Choice]) -> str:
    given = question.given
    if given.columns is not None:
        return f"an array of {given.columns} columns (it has one for each, defaults included)"
    if given.holds is not None:
        return "this SLHA file, which lacks entries"
    names = given.names or frozenset()
    known = sorted({i.name for c in choices for i in c.entry.inputs})
    hints = "".join(_hint(n, known) for n in sorted(names) if n not in known)
    if ENERGY_INPUT in names and question.energy is not None:
        hints += f"; energy= gives {ENERGY_INPUT} already"
    return f"the parameters {', '.join(sorted(names)) or 'none'}{hints}"


def _hint(name: str, known: Sequence[str]) -> str:
    lower = {k.lower(): k for k in known}
    near = difflib.get_close_matches(name.lower(), list(lower), 1)
    meant = f", did you mean {lower[near[0]]!r}?" if near else ""
    return f"; {name!r} is none of them{meant}"


def _known_elsewhere(question: CanonicalQuestion, related: Sequence[Entry]) -> str:
    """At which other energies these parameters would do."""
    if question.energy is None:
        return ""
    anywhere = structs.replace(question, energy=None)
    found = [
        c
        for e in related
        for c in find_choices(e, anywhere)
        if is_answered_from(c, question.given) and c.energy is not None
    ]
    at = sorted({c.energy for c in found if c.energy is not None})
    if not at:
        return ""
    names = ", ".join(sorted({c.entry.identity for c in found}))
    return f". From these parameters it is known at {', '.join(map(speak_energy, at))} ({names})"
