import json

import msgspec
import pytest

from lhnets import Card, CardError, UpdateNeededError
from lhnets._answers.cite import bibtex
from lhnets._fetching.mirror import BUNDLED
from lhnets.format import (
    FORMAT,
    Assumption,
    Classification,
    ClassifierValidation,
    ConstantVariation,
    Distance,
    Feature,
    HalfSpace,
    Hull,
    Input,
    InputVariation,
    Ordered,
    Output,
    PhysicsUncertainty,
    ShareVariation,
    SlhaEntry,
    Source,
    UnitVector,
    json_schema,
)

BINO = Assumption(slha=SlhaEntry(block="NMIX", entry=(1, 1)), low=0.9, high=1.0, meaning="a bino")


def test_a_card_comes_back_from_its_json(make_card):
    card = make_card()
    assert Card.from_json(card.to_json()) == card
    assert card.to_json() == Card.from_json(card.to_json()).to_json()


def test_the_schema_documents_every_field():
    schema = json_schema()["$defs"]
    assert not {"Contents", "Unknown"} & set(schema)
    assert "lhnets:unknown" not in schema["Card"]["properties"]
    assert schema["Conditions"]["properties"]["energy"]["anyOf"][0]["description"]
    assert all(part.get("description") for part in schema.values() if part.get("type") == "object")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(kind="cross-section"), r"\$\.kind"),
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
        (lambda c: c["assumptions"][0].update(over="m_x"), "is over 'm_x', which is not an input"),
        (
            lambda c: c["assumptions"][0].update(over="sqrt_s"),
            "is over 'sqrt_s', which is not an input with a place",
        ),
        (lambda c: c["assumptions"][0].update(low=2.0), "has low 2 above high 1"),
        (lambda c: c["physics_uncertainty"][0].update(up="NLO up"), "unknown output 'NLO up'"),
        (lambda c: c["calibration"]["factors"].pop("LO"), "has no calibration"),
        (lambda c: c["calibration"]["factors"].update(LO=[1.0]), "1 factors for 3 levels"),
        (lambda c: c["truth"].update(references=["nobody"]), "no BibTeX entry"),
        (
            lambda c: c["validation"].update(mean=-1e-4),
            r"`float` >= 0.0 - at `\$\.validation\.mean",
        ),
        (lambda c: c["validation"].update(coverage_68=1.1), r"<= 1.0 - at `\$\.validation\.cov"),
    ],
)
def test_wrong_cards_are_refused_with_the_field(make_card, change, message):
    raw = json.loads(make_card(assumptions=(BINO,)).to_json())
    change(raw)
    with pytest.raises(CardError, match=message):
        Card.from_json(json.dumps(raw))


def test_deeply_nested_json_is_refused():
    with pytest.raises(CardError, match="does not follow its schema"):
        Card.from_json(
            '{"training": {"hyperparameters": ' + '{"a":' * 100_000 + "1" + "}" * 100_002
        )


def test_all_contradictions_are_named_at_once(make_card):
    card = make_card(
        default_output="x",
        region=(HalfSpace(coefficients={"y": 1.0}, bound=0.0, meaning=""),),
    )
    with pytest.raises(CardError, match=r"default_output 'x'.*; region names an unknown input 'y'"):
        Card.from_json(card.to_json())


def test_tensor_inputs_need_no_range(make_card):
    tensor = Input(
        name="constituents",
        meaning="four-momenta",
        unit="GeV",
        shape=("N", "P", 4),
        dtype="float32",
    )
    card = make_card(inputs=(*make_card().inputs, tensor))
    assert Card.from_json(card.to_json()).columns == make_card().inputs
    assert msgspec.json.decode(card.to_json())["inputs"][3]["shape"] == ["N", "P", 4]


def test_cards_that_were_published_keep_their_bytes():
    paths = sorted(BUNDLED.glob("networks/*/*.json"))
    assert paths
    for path in paths:
        assert Card.from_json(path.read_bytes()).to_json() == path.read_bytes()


def test_an_imported_network_says_what_is_not_known(make_card):
    card = make_card()
    source = Source(file="model.h5", sha256="1" * 64, format="Keras 2 weights")
    training = msgspec.structs.replace(
        card.training, recipe=None, seed=None, duration=None, source=source
    )
    validation = msgspec.structs.replace(card.validation, baseline=None)
    imported = make_card(data=None, training=training, validation=validation)
    assert Card.from_json(imported.to_json()) == imported
    assert json.loads(imported.to_json())["training"].keys() == {
        "method",
        "framework",
        "framework_version",
        "source",
    }
    assert "lhnets:data" not in bibtex([imported])
    nowhere = make_card(training=msgspec.structs.replace(training, source=None))
    with pytest.raises(CardError, match="neither its recipe nor the source"):
        Card.from_json(nowhere.to_json())


CONSTITUENTS = {
    "name": "constituents",
    "meaning": "four-momenta",
    "unit": "GeV",
    "shape": ["N", "P", 4],
    "dtype": "float32",
    "features": [
        {"name": n, "meaning": n, "unit": "GeV", "low": -1e4, "high": 1e4}
        for n in ("E", "px", "py", "pz")
    ],
}
MASK = {
    "name": "mask",
    "meaning": "real entries",
    "unit": "1",
    "shape": ["N", "P"],
    "mask_of": ["constituents"],
}


def event_card(make_card, tensor, mask):
    raw = json.loads(make_card().to_json())
    raw["inputs"] += [{**CONSTITUENTS, **tensor}, {**MASK, **mask}]
    return Card.from_json(json.dumps(raw))


def test_tensors_say_what_they_hold(make_card):
    card = event_card(make_card, {"padding": 0.0}, {"mask_marks": "padding"})
    constituents, mask = card.tensors
    assert constituents.features[0] == Feature(
        name="E", meaning="E", unit="GeV", low=-1e4, high=1e4
    )
    assert (mask.mask_of, mask.mask_marks, constituents.padding) == (
        ("constituents",),
        "padding",
        0.0,
    )
    assert Card.from_json(card.to_json()) == card


@pytest.mark.parametrize(
    ("tensor", "mask", "message"),
    [
        ({"shape": ["N"]}, {}, "first axis must be the events"),
        ({"shape": [5, "P", 4]}, {}, "first axis must be the events"),
        ({"shape": ["N", 0, 4]}, {}, "an axis of length 0"),
        ({"shape": ["N", "P", 3]}, {}, "4 features, but its last axis is 3"),
        (
            {"features": CONSTITUENTS["features"][:3] * 2, "shape": ["N", "P", 6]},
            {},
            "feature 'E' twice",
        ),
        ({"low": 1.0}, {}, "one edge of a range"),
        ({"low": 1.0, "high": 0.0}, {}, "not below high"),
        ({"dtype": "int64", "noise": "normal"}, {}, "float32 or float64"),
        ({"noise": "normal"}, {}, "of a fixed shape"),
        ({}, {"mask_of": ["jets"]}, "which is not a tensor"),
        ({}, {"shape": ["N", "Q"]}, "which is not a tensor of that first two axes"),
        ({}, {"shape": None, "low": 0, "high": 1}, "has mask_of but no shape"),
    ],
)
def test_contradictions_of_tensors_are_named(make_card, tensor, mask, message):
    with pytest.raises(CardError, match=message):
        event_card(make_card, tensor, mask)


def test_a_classifier_is_ranked_by_its_log_loss(make_card):
    found = Classification(
        signal="LO", auc=0.98, accuracy=0.93, calibration_error=1e-3, log_loss=0.2, rejection_30=900
    )
    card = make_card()
    shared = {n: getattr(card.validation, n) for n in card.validation.__struct_fields__}
    validation = ClassifierValidation(
        **{**shared, "metric": "of_probability", "classification": found}
    )
    classifier = make_card(kind="classifier", validation=validation)
    assert Card.from_json(classifier.to_json()).validation.score == 0.2
    assert card.validation.score == card.validation.mean
    with pytest.raises(CardError, match="a cross_section has a classification"):
        Card.from_json(make_card(validation=validation).to_json())
    unknown = msgspec.structs.replace(
        validation, classification=msgspec.structs.replace(found, signal="top")
    )
    with pytest.raises(CardError, match="unknown output 'top'"):
        Card.from_json(make_card(kind="classifier", validation=unknown).to_json())


def test_outputs_are_found_by_name(make_card):
    assert make_card().output("LO").order == "LO"
    assert [o.name for o in make_card().central_outputs] == ["LO", "NLO"]
    with pytest.raises(CardError, match="LO, NLO"):
        make_card().output("N4LO")


def test_fields_of_a_later_lhnets_are_kept_at_every_depth(make_card):
    plain = json.loads(make_card(assumptions=(BINO,)).to_json())
    plain["later"] = [1, {"a": None}]
    plain["assumptions"][0]["slha"]["scheme"] = "DR"
    plain["validation"]["baseline"]["hours"] = 3
    plain["conditions"]["colour"] = "blue"
    plain["lhnets:unknown"] = "a trick"
    card = Card.from_json(json.dumps(plain))
    assert json.loads(card.to_json()) == plain
    assert {str(u) for u in card.unknown} == {
        "later",
        "assumptions[0].slha.scheme",
        "validation.baseline.hours",
        "conditions.colour",
        "lhnets:unknown",
    }
    assert Card.from_json(card.to_json()) == card
    fewer = msgspec.structs.replace(card, assumptions=())
    assert "scheme" not in fewer.to_json().decode()


def test_a_validation_of_an_unknown_kind_is_kept(make_card):
    plain = json.loads(make_card().to_json())
    plain["validation"] = {"kind": "topology", "betti": [1, 2]}
    plain["region"].append({"kind": "torus", "meaning": "on a torus", "radius": 2.0})
    card = Card.from_json(json.dumps(plain))
    assert json.loads(card.to_json()) == plain
    assert card.region[-1].meaning == "on a torus"
    assert card.unknown == ()
    with pytest.raises(CardError, match="has no errors row by row"):
        _ = card.errors


def test_every_region_and_uncertainty_has_its_place(make_card):
    region = (
        UnitVector(inputs=("m_a", "sqrt_s"), tolerance=1e-3, meaning="N11 and N12 are a row"),
        Ordered(inputs=("m_a", "sqrt_s"), meaning="m_a <= m_b"),
        Hull(inputs=("m_a",), points=40, meaning="the hull"),
        Distance(lengths={"m_a": 100.0}, largest=1.0, points=40, meaning="near a point"),
    )
    constant = PhysicsUncertainty(of="LO", source="scale", relative_up=0.3, relative_down=0.2)
    plain = make_card()
    card = make_card(
        region=(*plain.region, *region), physics_uncertainty=(*plain.physics_uncertainty, constant)
    )
    assert Card.from_json(card.to_json()) == card
    assert card.half_spaces == plain.region
    wrong = msgspec.structs.replace(card, region=(Ordered(inputs=("m_a", "m_z"), meaning=""),))
    with pytest.raises(CardError, match="unknown input 'm_z'"):
        Card.from_json(wrong.to_json())
    both = msgspec.structs.replace(constant, up="LO")
    with pytest.raises(CardError, match="is constant and names outputs"):
        Card.from_json(make_card(physics_uncertainty=(both,)).to_json())


def test_variations_are_checked_and_unknown_ones_kept(make_card):
    good = InputVariation(source="scale", input="mu_over_m", values=(0.5, 2.0))
    card = make_card(variations=(good, ShareVariation(source="x", up={"LO": 0.1}, down={})))
    assert Card.from_json(card.to_json()) == card
    assert card.variations_of("LO") == card.variations
    for wrong, message in (
        (InputVariation(source="scale", input="mu", steps=(0.1, -0.1)), "unknown input 'mu'"),
        (InputVariation(source="scale", input="m_a"), "either values or steps"),
        (ConstantVariation(source="x", of=("NLO scale up",), up=1.0, down=1.0), "not an output"),
    ):
        with pytest.raises(CardError, match=message):
            Card.from_json(make_card(variations=(wrong,)).to_json())
    plain = json.loads(card.to_json())
    plain["variations"].append({"kind": "replicas", "source": "pdf", "number": 100})
    later = Card.from_json(json.dumps(plain))
    assert json.loads(later.to_json()) == plain
    assert later.variations_of("LO") == card.variations


def test_outputs_have_shapes_and_named_axes(make_card):
    voxels = Output(
        name="voxels",
        unit="GeV",
        meaning="energies",
        shape=("N", 45, 16, 9),
        axes=("event", "layer", "r", "phi"),
        has_uncertainty=False,
        place={"variation": "central"},
    )
    card = make_card(outputs=(*make_card().outputs, voxels))
    assert Card.from_json(card.to_json()) == card
    assert card.requires == ("events",)
    unnamed = msgspec.structs.replace(voxels, axes=("event",))
    with pytest.raises(CardError, match="names 1 axes for 4"):
        Card.from_json(make_card(outputs=(*make_card().outputs, unnamed)).to_json())


def test_a_card_of_a_later_format_asks_for_an_update(make_card):
    plain = json.loads(make_card().to_json())
    assert plain["format"] == FORMAT
    with pytest.raises(UpdateNeededError, match=rf"{plain['name']}@1 has format 3.*update lhnets"):
        Card.from_json(json.dumps(plain | {"format": 3, "kind": "matrix_element"}))


def test_html_of_a_card_escapes_what_it_says(make_card):
    card = msgspec.structs.replace(make_card(), title="<script>alert(1)</script> & more")
    shown = card._repr_html_()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in shown
    assert all(i.name in shown for i in card.inputs)
