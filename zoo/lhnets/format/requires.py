"""What a client must understand to evaluate a network rightly, and what this one does."""

from __future__ import annotations

from collections.abc import Sequence

from lhnets.errors import UpdateNeededError
from lhnets.format.contents import Contents
from lhnets.format.part import FORMAT
from lhnets.format.region import Depth

UNDERSTOOD = frozenset({"assumptions", "density", "depth", "events", "spectra"})
"""What this lhnets evaluates. A `set` it reads and describes, but does not evaluate yet."""

WRITTEN = ("assumptions", "events", "set", "spectra", "depth", "density")
"""The words that follow from a card's content."""


def find_requirements(card: Contents) -> tuple[str, ...]:
    """The words that the content of ``card`` asks for, and those it states that lhnets does not
    write."""
    asked = (
        bool(card.assumptions),
        bool(card.tensors or any(o.shape for o in card.outputs)),
        bool(card.members),
        _reads_spectra(card),
        any(isinstance(c, Depth) for c in card.region),
        any(o.density_of for o in card.outputs),
    )
    own = [word for word, wanted in zip(WRITTEN, asked, strict=True) if wanted]
    return (*own, *(word for word in card.requires if word not in WRITTEN))


def _reads_spectra(card: Contents) -> bool:
    """Whether an SLHA file is read in a way that the first cards did not know."""
    return (
        any(a.required or a.subjects or a.slha.signs for a in card.assumptions)
        or any(i.slha is not None and i.slha.signs for i in card.inputs)
        or any(o.slha for o in card.outputs)
    )


def find_missing(requires: Sequence[str], number: int = FORMAT) -> tuple[str, ...]:
    """What this lhnets lacks for a network: words of ``requires``, and a format ``number`` above
    its own."""
    missing = tuple(word for word in requires if word not in UNDERSTOOD)
    return missing if number <= FORMAT else (*missing, f"format {number}")


def require_understood(identity: str, requires: Sequence[str], number: int = FORMAT) -> None:
    """Refuse a network that this lhnets would evaluate wrongly.

    Raises
    ------
    UpdateNeededError
        if it lacks something, with the network and what is lacking.
    """
    missing = find_missing(requires, number)
    if missing:
        raise UpdateNeededError(
            f"{identity} requires {', '.join(map(repr, missing))}, which this lhnets does not "
            "understand: it needs a newer lhnets. Update it: pip install --upgrade lhnets. Other "
            "networks go on working"
        )
