"""The card of a network: a draft of what is known beforehand, completed by what was measured.

Recipes, tables and imports all come through here. A recipe's draft is made from its fields; an
author's is read from YAML (`lhnets_registry.cards.card_file`).
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from lhnets.errors import CardError
from lhnets.format import (
    AnyValidation,
    Calibration,
    Card,
    Check,
    Data,
    Parity,
    Supersedes,
    Training,
    find_contradictions,
)
from lhnets_registry.cards.card_file import Draft
from lhnets_training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What is measured on the exported file."""

    parity: Parity
    calibration: Calibration
    validation: AnyValidation
    checks: tuple[Check, ...] = ()


def draft_card(recipe: Recipe, data: Data, training: Training) -> Draft:
    """What a recipe says of its network, with its data set and how it was trained."""
    stated = {
        name: getattr(recipe, name)
        for name in Draft.__struct_fields__
        if name not in ("data", "training")
    }
    return Draft(**stated, data=data, training=training)


def complete_card(
    draft: Draft, measured: Measured, created: str, supersedes: Supersedes | None = None
) -> Card:
    """The whole card, dated ``created`` (YYYY-MM-DD).

    Raises
    ------
    CardError
        if both parts together contradict each other.
    """
    card = Card(
        **msgspec.structs.asdict(draft), **vars(measured), created=created, supersedes=supersedes
    )
    found = find_contradictions(card)
    if found:
        raise CardError(f"the card of {card.identity} contradicts itself: " + "; ".join(found))
    return card
