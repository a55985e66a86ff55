"""Recipes are found by the name of their network, or by the path of a file of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lhnets_registry.cards.new import new
from lhnets_training.recipe import RecipeError
from lhnets_training.recipes import find


def test_a_recipe_by_the_name_of_its_network() -> None:
    assert find("cs-gluino-pair-lo").name == "cs-gluino-pair-lo"
    with pytest.raises(RecipeError, match="did you mean cs-gluino-pair-lo"):
        find("cs-gluino-pair-l0")


def test_a_recipe_in_a_file_of_ones_own(tmp_path: Path) -> None:
    made = new("an-own-network", "observable", tmp_path)
    assert made.recipe is not None
    recipe = find(str(made.recipe))
    assert (recipe.name, recipe.module) == ("an-own-network", "an_own_network")
    assert [c.role for c in recipe.dataset.columns] == ["input", "input", "target"]


def test_what_is_no_recipe_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="`lhnets new NAME` writes one"):
        find(str(tmp_path / "absent.py"))
    (tmp_path / "empty_recipe.py").write_text("")
    with pytest.raises(RecipeError, match="empty_recipe has no RECIPE"):
        find(str(tmp_path / "empty_recipe.py"))
