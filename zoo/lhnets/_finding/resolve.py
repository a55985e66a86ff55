"""What was asked for -> the network that answers and the column of its answer. Pure functions.

The order of preference is fixed, so that the same question on the same index always has the same
answer: the highest perturbative order where none is asked for, the fewest inputs left at their
defaults (from an SLHA file: the most inputs used), the smallest error on unseen rows, the name. Of
each name only its newest verified version takes part; a pinned version is taken whatever its
status.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from msgspec import Struct

from lhnets._asking.energy import (
    ENERGY_INPUT,
    canonical_order,
    order_rank,
    parse_energy,
    speak_energy,
)
from lhnets._asking.process import canonical, spoken
from lhnets._finding.question import Question
from lhnets.errors import AmbiguousNetworkError, NetworkNotFoundError, ParameterError
from lhnets.format import Entry, IndexOutput, Kind

PROCESS_KINDS: frozenset[Kind] = frozenset({"cross_section", "branching_ratio", "width"})


class CanonicalQuestion(Struct, frozen=True):
    """What a user wants to know, in the spelling of the index.

    ``names`` are those of the parameters; None if they have none (an array). ``offered`` says that
    they are what an SLHA document happens to hold, of which a network may use a part.
    """

    kind: Kind
    subject: str
    names: frozenset[str] | None = None
    offered: bool = False
    energy: float | None = None
    order: str | None = None
    network: str | None = None


class Choice(Struct, frozen=True):
    """The answer: which network, which of its outputs, and whether the energy fills an input of
    it."""

    entry: Entry
    output: str
    energy_is_input: bool


def canonicalize(
    question: Question, names: frozenset[str] | None, offered: bool = False
) -> CanonicalQuestion:
    """The question in the spelling of the index: process in PDG ids, energy in GeV.

    Parameters
    ----------
    question : Question
        As the user put it.
    names : frozenset of str or None
        Of the parameters; None for an array.
    offered : bool
        Whether they are what an SLHA document holds.

    Raises
    ------
    ProcessError
        if the subject is not a process, for kinds that are about one.
    ParameterError
        if the energy cannot be read.
    """
    return CanonicalQuestion(
        kind=question.kind,
        subject=canonical(question.subject)
        if question.kind in PROCESS_KINDS
        else question.subject.strip(),
        names=names,
        offered=offered,
        energy=parse_energy(question.energy),
        order=question.order,
        network=question.network,
    )


def choose(question: CanonicalQuestion, entries: Sequence[Entry]) -> Choice:
    """The network that answers a question: the first of `rank`."""
    return rank(question, entries)[0]


def rank(question: CanonicalQuestion, entries: Sequence[Entry]) -> list[Choice]:
    """The networks that answer a question, the preferred one first.

    Raises
    ------
    NetworkNotFoundError
        If no network computes that, with the nearest ones.
    ParameterError
        If networks compute it, but from other parameters.
    AmbiguousNetworkError
        If the networks that answer differ in the energy, and none was given.
    """
    pool = [pinned(question.network, entries)] if question.network else newest_verified(entries)
    related = [e for e in pool if e.kind == question.kind and question.subject in e.subjects]
    if not related:
        raise _no_subject(question, pool, entries)
    choices = [c for e in related for c in _choices(e, question)]
    if not choices:
        raise _no_conditions(question, related)
    fitting = [c for c in choices if _takes(c, question)]
    if not fitting:
        raise _no_parameters(question, choices)
    _refuse_two_energies(question, fitting)
    return sorted(fitting, key=lambda c: _preference(c, question))


def pinned(name: str, entries: Sequence[Entry]) -> Entry:
    """The entry of ``NAME`` (its newest verified version, else its newest) or ``NAME@VERSION``.

    Raises
    ------
    NetworkNotFoundError
        with the nearest names, or the versions that there are.
    """
    bare, at, version = name.partition("@")
    versions = [e for e in entries if e.name == bare]
    if not versions:
        near = difflib.get_close_matches(bare, sorted({e.name for e in entries}), 4, 0.3)
        hint = (
            f"the nearest names are {', '.join(near)}"
            if near
            else "`lhnets list` shows what there is"
        )
        raise NetworkNotFoundError(f"no network is called {bare!r}; {hint}")
    if not at:
        return max(
            versions, key=lambda e: (e.status == "verified", e.status != "retracted", e.version)
        )
    for entry in versions:
        if str(entry.version) == version:
            return entry
    have = ", ".join(str(e.version) for e in sorted(versions, key=lambda e: e.version))
    raise NetworkNotFoundError(f"{bare} has no version {version!r}; it has {have}")


def newest_verified(entries: Iterable[Entry]) -> list[Entry]:
    """Of each name its newest verified version."""
    newest: dict[str, Entry] = {}
    for e in entries:
        if e.status == "verified" and (e.name not in newest or e.version > newest[e.name].version):
            newest[e.name] = e
    return list(newest.values())


def _choices(entry: Entry, question: CanonicalQuestion) -> list[Choice]:
    energy_is_input = any(i.name == ENERGY_INPUT for i in entry.inputs)
    found = []
    for output in entry.outputs:
        energy = output.energy or entry.conditions.energy
        order = output.order or entry.conditions.order
        if (output.subject or entry.subject) != question.subject:
            continue
        if (
            question.energy is not None
            and not energy_is_input
            and not _same_energy(energy, question.energy)
        ):
            continue
        if question.order is None and not _is_default_order(entry, output, question.subject):
            continue
        if question.order is not None and not _same_order(order, question.order):
            continue
        found.append(Choice(entry, output.name, energy_is_input and question.energy is not None))
    return found


def _is_default_order(entry: Entry, output: IndexOutput, subject: str) -> bool:
    """Whether the output is what a user gets without naming an order: of the default output's
    order, a central value."""
    default = next(o for o in entry.outputs if o.name == entry.default_output)
    if (default.subject or entry.subject) == subject and default.energy == output.energy:
        return output.name == default.name
    return output.order == default.order and (
        output.order is not None or output.subject is not None
    )


def _same_energy(energy: float | None, wanted: float) -> bool:
    return energy is not None and abs(energy - wanted) <= 1e-6 * wanted


def _same_order(order: str | None, wanted: str) -> bool:
    return order is not None and canonical_order(order) == canonical_order(wanted)


def _takes(choice: Choice, question: CanonicalQuestion) -> bool:
    if question.names is None:
        return True
    names, inputs = question.names, {i.name for i in choice.entry.inputs}
    filled = {ENERGY_INPUT} if choice.energy_is_input else set()
    needed = {i.name for i in choice.entry.inputs if i.default is None and not i.tensor} - filled
    if question.offered:
        return needed <= names and any(
            i.slha is not None and i.name in names for i in choice.entry.inputs
        )
    return needed <= names <= inputs - filled


def _energy_of(choice: Choice) -> float | None:
    output = next(o for o in choice.entry.outputs if o.name == choice.output)
    return output.energy or choice.entry.conditions.energy


def _order_of(choice: Choice) -> str | None:
    output = next(o for o in choice.entry.outputs if o.name == choice.output)
    return output.order or choice.entry.conditions.order


def _refuse_two_energies(question: CanonicalQuestion, choices: list[Choice]) -> None:
    energies = sorted({e for c in choices if (e := _energy_of(c)) is not None})
    if question.energy is None and len(energies) > 1 and not _pinned_default(question, choices):
        listed = ", ".join(speak_energy(e) for e in energies)
        networks = ", ".join(sorted({c.entry.identity for c in choices}))
        raise AmbiguousNetworkError(
            f"{spoken(question.subject)} is known at {listed} ({networks}): give "
            f"energy='{speak_energy(energies[0])}' or another of them"
        )


def _pinned_default(question: CanonicalQuestion, choices: list[Choice]) -> bool:
    return question.network is not None and any(c.output == c.entry.default_output for c in choices)


def _preference(
    choice: Choice, question: CanonicalQuestion
) -> tuple[float, bool, int, int, float, str]:
    entry = choice.entry
    given = (
        question.names if question.names is not None else frozenset(i.name for i in entry.inputs)
    )
    left = sum(i.name not in given for i in entry.inputs) - choice.energy_is_input
    used = len(entry.inputs) - left if question.offered else 0
    order = 0.0 if question.order else -order_rank(_order_of(choice))
    return order, choice.output != entry.default_output, left, -used, entry.score, entry.name


def _no_subject(
    question: CanonicalQuestion, pool: Sequence[Entry], entries: Sequence[Entry]
) -> NetworkNotFoundError:
    wanted = spoken(question.subject)
    if question.network:
        computes = ", ".join(sorted(spoken(s) for s in pool[0].subjects))
        return NetworkNotFoundError(
            f"{pool[0].identity} does not compute the {question.kind} of {wanted!r}, but the "
            f"{pool[0].kind} of {computes}"
        )
    known = sorted(
        {spoken(s) for e in newest_verified(entries) if e.kind == question.kind for s in e.subjects}
    )
    near = difflib.get_close_matches(wanted, known, 3, 0.3)
    hint = (
        f"the nearest are {'; '.join(near)}"
        if near
        else f"there are {'; '.join(known[:8]) or 'none of that kind'}"
    )
    return NetworkNotFoundError(
        f"no network gives the {question.kind} of {wanted!r}; {hint}. `lhnets list --kind "
        f"{question.kind}` shows all"
    )


def _no_conditions(question: CanonicalQuestion, related: list[Entry]) -> NetworkNotFoundError:
    have = []
    for entry in related:
        outputs = [o for o in entry.outputs if (o.subject or entry.subject) == question.subject]
        orders = sorted({x for o in outputs if (x := o.order or entry.conditions.order)})
        energies = sorted({e for o in outputs if (e := o.energy or entry.conditions.energy)})
        at = [speak_energy(e) for e in energies] + [
            f"{speak_energy(i.low or 0)} to {speak_energy(i.high or 0)}"
            for i in entry.inputs
            if i.name == ENERGY_INPUT
        ]
        have.append(
            f"{entry.identity} gives {', '.join(orders) or 'it'} at {', '.join(at) or 'no energy'}"
        )
    asked = [
        f"order={question.order!r}" if question.order else "",
        f"energy={question.energy:g} GeV" if question.energy else "",
    ]
    hint = (
        " Numbers are in GeV: write energy='13 TeV'."
        if question.energy and question.energy < 200
        else ""
    )
    return NetworkNotFoundError(
        f"no network gives {spoken(question.subject)} with {' and '.join(a for a in asked if a)}: "
        f"{'; '.join(have)}.{hint}"
    )


def _no_parameters(question: CanonicalQuestion, choices: list[Choice]) -> ParameterError:
    names = question.names or frozenset()
    offers = []
    for choice in {c.entry.identity: c for c in choices}.values():
        filled = {ENERGY_INPUT} if choice.energy_is_input else set()
        inputs = [i for i in choice.entry.inputs if i.name not in filled]
        listed = ", ".join(
            i.name if i.default is None else f"{i.name} (default {i.default:g})" for i in inputs
        )
        offers.append(f"{choice.entry.identity} takes {listed or 'none'}")
    known = sorted({i.name for c in choices for i in c.entry.inputs})
    wrong = [n for n in sorted(names) if n not in known]
    hints = "".join(
        f"; {n!r} is none of them"
        + (f", did you mean {m[0]!r}?" if (m := difflib.get_close_matches(n, known, 1)) else "")
        for n in wrong
    )
    needs_energy = all(
        ENERGY_INPUT in {i.name for i in c.entry.inputs} and not c.energy_is_input for c in choices
    )
    energy = (
        " Give the energy as energy='13 TeV'." if needs_energy and ENERGY_INPUT not in names else ""
    )
    got = ", ".join(sorted(names)) or "none"
    return ParameterError(
        f"no network gives {spoken(question.subject)} from the parameters {got}{hints}: "
        f"{'; '.join(sorted(offers))}.{energy}"
    )
