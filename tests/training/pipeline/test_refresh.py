"""The next version of a bundled network, whose values stay and whose card is made anew."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from rich.console import Console

import lhnets as ml
from lhnets.format import Assumption, SlhaEntry, read_path
from lhnets_training.pipeline.data_sets import label_data
from lhnets_training.pipeline.errors import RefreshError
from lhnets_training.pipeline.refresh import (
    choose_reference,
    find_changes,
    refresh,
    train_as_published,
)
from lhnets_training.recipe import Recipe, Run
from lhnets_training.recipes import find

NAME = "cs-slepton-pair"


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    assumed = Assumption(
        slha=SlhaEntry(block="MODSEL", entry=(4,)), low=-1, high=1, meaning="R-parity is conserved"
    )
    known = find(NAME)
    return replace(known, version=ml.load(NAME).card.version + 1, assumptions=(assumed,))


def test_the_next_version_has_the_same_values_and_todays_card(recipe, tmp_path):
    run = Run(out=tmp_path, seed=recipe.seed, console=Console(quiet=True))
    earlier = ml.load(NAME)
    made = refresh(recipe, run, label_data(recipe, run), earlier.file)
    file = read_path(made.path)
    card = file.card
    assert card == made.card
    assert card.supersedes.version == earlier.card.version
    assert card.supersedes.values.startswith("the same bit for bit at 10,000")
    assert "assumptions" in card.supersedes.changes
    assert "training" not in card.supersedes.changes
    assert card.assumptions == recipe.assumptions
    assert card.errors.mean == pytest.approx(earlier.card.errors.mean, rel=1e-3)
    assert card.calibration.factors.keys() == earlier.card.calibration.factors.keys()
    assert file.reference == earlier.file.reference
    assert ml.load(made.path).verify().passed
    points = np.linspace(150.0, 900.0, 50)[:, None]
    np.testing.assert_array_equal(
        ml.load(made.path).predict(points).value, earlier.predict(points).value
    )


def test_a_training_gives_what_is_published(tmp_path):
    """A network whose uncertainty a release raised by cell: the training alone covers less."""
    published = ml.load("cs-sbottom-pair-decoupled-13tev").card
    known = find(published.name)
    run = Run(out=tmp_path, seed=known.seed, console=Console(quiet=True))
    made = train_as_published(known, run, label_data(known, run))
    assert read_path(made.path).card == made.card
    assert ml.load(made.path).verify().passed
    for figure in ("mean", "q997", "max"):
        again = getattr(made.card.errors, figure)
        assert again == pytest.approx(getattr(published.errors, figure), rel=0.05)
    assert made.card.errors.coverage_68 == pytest.approx(published.errors.coverage_68, abs=0.02)
    assert made.card.errors.coverage_95 == pytest.approx(published.errors.coverage_95, abs=0.02)
    assert "uncertainty by cell" in made.card.training.hyperparameters
    assert made.card.supersedes is None


def test_recipes_say_what_their_cards_do():
    for entry in ml.search():
        card = ml.load(entry.identity).card
        told = {"uncertainty", "uncertainty by cell"} & card.training.hyperparameters.keys()
        recipe = find(entry.name)
        assert recipe.version != card.version or recipe.raises_uncertainty == bool(told), entry.name


def test_reference_points_lie_on_rows_of_mixing():
    recipe = find("br-stop")
    points = choose_reference(recipe, ml.load("br-stop@3").file)["parameters"]
    assert (ml.load("br-stop@3").predict(points).reach <= 1).mean() > 0.5
    np.testing.assert_allclose((points[:, 3:] ** 2).sum(axis=1), 1.0, rtol=1e-12)


def test_what_is_no_successor_is_refused(recipe, tmp_path):
    run = Run(out=tmp_path, seed=recipe.seed, console=Console(quiet=True))
    earlier, data = ml.load(NAME).file, label_data(recipe, run)
    with pytest.raises(RefreshError, match="raise `version` in the recipe"):
        refresh(replace(recipe, version=recipe.version + 1), run, data, earlier)
    with pytest.raises(RefreshError, match="train it anew"):
        refresh(replace(recipe, outputs=recipe.outputs[:1]), run, data, earlier)
    changed = _with_data(earlier, msgspec.structs.replace(earlier.card.data, sha256="0" * 64))
    with pytest.raises(RefreshError, match="is not the data set of cs-slepton-pair"):
        refresh(recipe, run, data, changed)


def _with_data(file, data):
    return msgspec.structs.replace(file, card=msgspec.structs.replace(file.card, data=data))


def test_changes_are_told_by_fields(recipe):
    card = ml.load(NAME).card
    assert find_changes(card, card) == ()
    later = msgspec.structs.replace(card, version=9, title="another")
    assert find_changes(card, later) == ("title",)
