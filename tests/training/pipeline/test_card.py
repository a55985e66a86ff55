"""One builder for every card: a draft of what is known, and what was measured."""

import msgspec
import pytest
import toy_models as toy

from lhnets import format as c
from lhnets.errors import CardError
from lhnets_registry.cards import card_file
from lhnets_training.pipeline.card import Measured, complete_card, draft_card
from lhnets_training.recipes import find


@pytest.fixture
def draft(tmp_path):
    toy.write_card(tmp_path / "card.yaml")
    return card_file.read(tmp_path / "card.yaml")


def measured(output):
    figures = dict.fromkeys(c.ErrorSummary.__struct_fields__, 0.1)
    return Measured(
        parity=c.Parity(
            points=10, max_relative=0.0, max_uncertainty=0.0, max_reach=0.0, against="formula"
        ),
        calibration=c.Calibration(
            rows=100, method="none", levels=(0.68,), factors={output: (1.0,)}
        ),
        validation=c.Validation(rows=10, metric="relative", **figures),
    )


def test_an_authors_draft_becomes_a_card_that_can_be_read(draft):
    source = c.Source(file="model.keras", sha256="ab" * 32, format="Keras 3 archive")
    draft = msgspec.structs.replace(
        draft, training=msgspec.structs.replace(draft.training, source=source)
    )
    card = complete_card(draft, measured("sigma"), "2026-11-22")
    assert c.Card.from_json(card.to_json()) == card
    assert (card.title, card.created, card.parity.max_uncertainty) == (
        draft.title,
        "2026-11-22",
        0.0,
    )


def test_a_recipes_draft_states_what_the_recipe_states():
    recipe = find("cs-gluino-pair-lo")
    data = c.Data(name="gluino-pair-lo", sha256="ab" * 32, rows=10, split={"train": 10})
    training = c.Training(
        recipe=recipe.module, method="network", framework="torch", framework_version="2"
    )
    draft = draft_card(recipe, data, training)
    assert (draft.name, draft.subject, draft.inputs) == (recipe.name, recipe.subject, recipe.inputs)
    assert (draft.data, draft.training, draft.references) == (data, training, recipe.references)
    assert set(msgspec.structs.asdict(draft)) == set(card_file.Draft.__struct_fields__)


def test_what_both_parts_make_together_must_not_contradict_itself(draft):
    with pytest.raises(CardError, match=r"contradicts itself: .*no calibration"):
        complete_card(draft, measured("another"), "2026-11-22")
