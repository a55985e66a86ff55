"""The outputs of networks that may answer a question, and whether parameters suffice. Pure
functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from lhnets._asking.energy import ENERGY_INPUT, canonical_order, order_rank
from lhnets._asking.taken import slha_places
from lhnets.format import Entry, IndexOutput, Kind, SlhaEntry


class Given(Struct, frozen=True):
    """The parameters as far as they decide which network answers.

    Attributes
    ----------
    names : frozenset of str, optional
        Of a mapping or table.
    columns : int, optional
        Of an array.
    holds : callable, optional
        Of SLHA parameters: whether they have an entry. A network may use a part of them.
    """

    names: frozenset[str] | None = None
    columns: int | None = None
    holds: Callable[[SlhaEntry], bool] | None = None


class CanonicalQuestion(Struct, frozen=True):
    """What a user wants to know, in the spelling of the index."""

    kind: Kind
    subject: str
    given: Given = Given()
    energy: float | None = None
    order: str | None = None
    network: str | None = None
    output: str | None = None

    def is_about(self, entry: Entry, output: IndexOutput) -> bool:
        """Whether an output is the one that is named, or computes the subject."""
        if self.output is not None:
            return output.name == self.output
        return self.subject in entry.subjects_of(output)


class Choice(Struct, frozen=True):
    """An answer: which network, which of its outputs, and whether the energy fills an input."""

    entry: Entry
    output: IndexOutput
    subject: str
    energy_is_input: bool

    @property
    def energy(self) -> float | None:
        """The energy of the output in GeV; None if it has none or it is an input."""
        return self.output.energy or self.entry.conditions.energy

    @property
    def order(self) -> str | None:
        """The perturbative order of the output."""
        return self.output.order or self.entry.conditions.order

    @property
    def own_subject(self) -> str:
        """What the output computes; another than ``subject`` if that is an alias."""
        return self.output.subject or self.entry.subject

    def names_of(self, given: Given) -> frozenset[str] | None:
        """The names among the inputs that are given; None for an array."""
        if given.holds is None:
            return given.names
        places = slha_places(self.entry, self.subject)
        return frozenset(name for name, place in places.items() if given.holds(place))

    @property
    def filled(self) -> frozenset[str]:
        """Inputs that the energy of the question fills."""
        return frozenset({ENERGY_INPUT} if self.energy_is_input else ())

    @property
    def needed(self) -> frozenset[str]:
        """Inputs that must be given."""
        inputs = self.entry.inputs
        return frozenset(i.name for i in inputs if i.default is None and not i.tensor) - self.filled


def find_choices(entry: Entry, question: CanonicalQuestion) -> list[Choice]:
    """The outputs of a network that answer, whatever the parameters: one for each energy."""
    energy_is_input = any(i.name == ENERGY_INPUT for i in entry.inputs)
    groups: dict[float | None, list[Choice]] = {}
    for output in entry.outputs:
        if not question.is_about(entry, output):
            continue
        filled = energy_is_input and question.energy is not None
        choice = Choice(entry, output, question.subject, filled)
        if (
            question.energy is not None
            and not energy_is_input
            and not has_energy(choice.energy, question.energy)
        ):
            continue
        if question.order is None or has_order(choice.order, question.order):
            groups.setdefault(choice.energy, []).append(choice)
    return [c for group in groups.values() for c in _find_highest(group)]


def is_answered_from(choice: Choice, given: Given) -> bool:
    """Whether a network takes these parameters."""
    inputs = choice.entry.inputs
    if given.columns is not None and not any(i.tensor for i in inputs):
        return given.columns == len(inputs) - len(choice.filled)
    names = choice.names_of(given)
    if names is None:
        return True
    if given.holds is not None:
        return bool(names) and choice.needed <= names
    return choice.needed <= names <= {i.name for i in inputs} - choice.filled


def _find_highest(group: Sequence[Choice]) -> list[Choice]:
    """Of outputs at one energy those of the highest order; the default output if it is among them.

    Outputs that say neither their order nor their subject are parts of an answer, such as the
    contribution of one quark: they count only if there are no others.
    """

    def is_default(c: Choice) -> bool:
        return c.output.name == c.entry.default_output

    whole = [c for c in group if is_default(c) or c.output.order or c.output.subject] or group
    highest = max(order_rank(c.order) for c in whole)
    best = [c for c in whole if order_rank(c.order) == highest]
    return [c for c in best if is_default(c)] or best


def has_energy(energy: float | None, wanted: float) -> bool:
    """Whether an energy is the one that is wanted, both in GeV."""
    return energy is not None and abs(energy - wanted) <= 1e-6 * wanted


def has_order(order: str | None, wanted: str) -> bool:
    """Whether an order is the one that is wanted, whatever the spelling."""
    return order is not None and canonical_order(order) == canonical_order(wanted)
