"""The JSON schema of a card, judged by a validator that knows nothing of lhnets."""

import json

import pytest

from lhnets._fetching.mirror import BUNDLED
from lhnets.format import FORMAT, json_schema

jsonschema = pytest.importorskip("jsonschema")
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_it_is_a_schema_with_a_version():
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$id"] == f"urn:lhnets:card:{FORMAT}"


@pytest.mark.parametrize(
    "card", sorted(BUNDLED.glob("networks/*/*.json")), ids=lambda p: f"{p.parent.name}@{p.stem}"
)
def test_every_bundled_card_follows_it(card):
    plain = json.loads(card.read_text())
    if plain.get("format", 1) == FORMAT:
        VALIDATOR.validate(plain)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(kind="cross-section"),
        lambda c: c.pop("truth"),
        lambda c: c["data"].update(sha256="xyz"),
        lambda c: c.update(name="CS gluino"),
        lambda c: c.update(version=0),
        lambda c: c["inputs"][0].update(low="much"),
        lambda c: c["authors"][0].update(orcid="1234"),
    ],
)
def test_what_lhnets_refuses_for_its_form_the_validator_refuses_too(make_card, change):
    plain = json.loads(make_card().to_json())
    VALIDATOR.validate(plain)
    change(plain)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(plain)
