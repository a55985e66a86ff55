import msgspec
import pytest

from lhnets import Card, UpdateNeededError
from lhnets.format import (
    Assumption,
    Fold,
    Input,
    Member,
    SlhaEntry,
    find_missing,
    require_understood,
)

BINO = Assumption(slha=SlhaEntry(block="NMIX", entry=(1, 1)), low=0.9, high=1.0, meaning="a bino")
JETS = Input(name="jets", meaning="momenta", unit="GeV", shape=("N", "P", 4))


def test_what_a_card_requires_follows_from_its_content(make_card):
    assert make_card().requires == ()
    assert make_card(assumptions=(BINO,)).requires == ("assumptions",)
    plain = make_card()
    assert make_card(inputs=(*plain.inputs, JETS)).requires == ("events",)
    assert msgspec.structs.replace(make_card(assumptions=(BINO,)), assumptions=()).requires == ()


def test_words_of_a_later_lhnets_are_kept(make_card):
    card = make_card(requires=("colour-flow",), assumptions=(BINO,))
    assert card.requires == ("assumptions", "colour-flow")
    assert Card.from_json(card.to_json()) == card


def test_a_set_is_described_but_not_evaluated_yet(make_card):
    members = tuple(Member(name="cs-x", version=v, sha256="0" * 64) for v in (1, 2))
    card = make_card(members=members, combination=Fold(inputs=("m_a",)))
    assert Card.from_json(card.to_json()) == card
    assert find_missing(card.requires) == ("set",)


def test_what_is_lacking_is_named():
    require_understood("cs-x@1", ("assumptions", "events"))
    with pytest.raises(
        UpdateNeededError, match=r"cs-x@1 requires 'colour-flow', .* needs a newer lhnets"
    ):
        require_understood("cs-x@1", ("events", "colour-flow"))
    with pytest.raises(UpdateNeededError, match="'format 3'"):
        require_understood("cs-x@1", (), 3)
