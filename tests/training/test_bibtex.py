"""The publications that recipes cite, and the file that holds them."""

import re
from importlib.resources import files

import pytest

from lhnets_training import bibtex, recipes

TEXT = files("lhnets_training").joinpath(bibtex.FILE).read_text(encoding="utf-8")
FIELD = re.compile(r'^ +(\w+) = (\{.*\}|".*")$', re.DOTALL)


def read_fields(entry):
    """Names and values of an entry's fields, by its lines."""
    _, _, body = entry.partition(",\n")
    lines = re.split(r",\n(?= +\w+ = )", body.removesuffix("\n}"))
    return dict(FIELD.fullmatch(line).groups() for line in lines)


def test_the_file_holds_nothing_but_entries():
    assert "\n\n".join(bibtex.read_entries().values()) + "\n" == TEXT
    assert len(bibtex.read_entries()) == len(re.findall("^@", TEXT, re.MULTILINE))


@pytest.mark.parametrize("key", bibtex.read_entries())
def test_every_entry_parses(key):
    entry = bibtex.read_entries()[key]
    assert entry.count("{") == entry.count("}")
    fields = read_fields(entry)
    assert {"author", "title"} & fields.keys() == {"author", "title"} or "url" in fields


@pytest.mark.parametrize("name", recipes.names())
def test_every_key_that_a_recipe_cites_has_an_entry(name):
    recipe = recipes.find(name)
    known = bibtex.read_entries()
    for given in (
        recipe.references,
        recipe.dataset.references,
        *(c.dataset.references for c in recipe.companions),
    ):
        assert {key: known.get(key) for key in given} == dict(given)
    assert set(recipe.truth.references) <= recipe.references.keys()


def test_an_unknown_key_says_where_to_add_it():
    with pytest.raises(
        bibtex.UnknownReferenceError,
        match=r"references\.bib has no entry for Nobody:1900abc; add it",
    ):
        bibtex.select("Beenakker:1996ch", "Nobody:1900abc")
