import json

import msgspec
import pytest

from lhnets import Card, CardError
from lhnets._card import HalfSpace, Input, json_schema


def test_a_card_comes_back_from_its_json(make_card):
    card = make_card()
    assert Card.from_json(card.to_json()) == card
    assert card.to_json() == Card.from_json(card.to_json()).to_json()


def test_the_schema_documents_every_field():
    schema = json_schema()["$defs"]
    assert schema["Card"]["additionalProperties"] is False
    assert schema["Conditions"]["properties"]["energy"]["anyOf"][0]["description"]
    assert all(part.get("description") for part in schema.values() if part.get("type") == "object")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(kind="cross-section"), r"\$\.kind"),
        (lambda c: c.update(nmae="x"), "nmae"),
        (lambda c: c.pop("truth"), "truth"),
        (lambda c: c["data"].update(sha256="xyz"), r"\$\.data\.sha256"),
        (lambda c: c.update(name="CS gluino"), r"\$\.name"),
        (lambda c: c["authors"][0].update(orcid="1234"), "orcid"),
        (lambda c: c.update(version=0), "version"),
        (lambda c: c.update(default_output="NLLO"), "none of the outputs"),
        (lambda c: c.update(default_output="NLO scale up"), "a shift"),
        (lambda c: c["inputs"].append(c["inputs"][0]), "appears twice"),
        (lambda c: c["inputs"][0].pop("low"), "no range"),
        (lambda c: c["inputs"][0].update(low=5000.0), "not below"),
        (lambda c: c["inputs"][2].update(default=9.0), "outside"),
        (lambda c: c["region"][0]["coefficients"].update(m_x=1.0), "unknown input 'm_x'"),
        (lambda c: c["physics_uncertainty"][0].update(up="NLO up"), "unknown output 'NLO up'"),
        (lambda c: c["calibration"]["factors"].pop("LO"), "has no calibration"),
        (lambda c: c["calibration"]["factors"].update(LO=[1.0]), "1 factors for 3 levels"),
        (lambda c: c["truth"].update(references=["nobody"]), "no BibTeX entry"),
    ],
)
def test_wrong_cards_are_refused_with_the_field(make_card, change, message):
    raw = json.loads(make_card().to_json())
    change(raw)
    with pytest.raises(CardError, match=message):
        Card.from_json(json.dumps(raw))


def test_deeply_nested_json_is_refused():
    with pytest.raises(CardError, match="does not follow its schema"):
        Card.from_json('{"training": {"hyperparameters": ' + '{"a":' * 100_000 + "1" + "}" * 100_002)


def test_all_contradictions_are_named_at_once(make_card):
    card = make_card(
        default_output="x",
        region=(HalfSpace(coefficients={"y": 1.0}, bound=0.0, meaning=""),),
    )
    with pytest.raises(CardError, match=r"default_output 'x'.*; region names an unknown input 'y'"):
        Card.from_json(card.to_json())


def test_tensor_inputs_need_no_range(make_card):
    tensor = Input(name="constituents", meaning="four-momenta", unit="GeV", shape=("N", "P", 4), dtype="float32")
    card = make_card(inputs=(*make_card().inputs, tensor))
    assert Card.from_json(card.to_json()).columns == make_card().inputs
    assert msgspec.json.decode(card.to_json())["inputs"][3]["shape"] == ["N", "P", 4]


def test_outputs_are_found_by_name(make_card):
    assert make_card().output("LO").order == "LO"
    assert [o.name for o in make_card().central_outputs] == ["LO", "NLO"]
    with pytest.raises(CardError, match="LO, NLO"):
        make_card().output("N4LO")
