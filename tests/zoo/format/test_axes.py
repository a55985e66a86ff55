import msgspec

from lhnets._fetching.mirror import BUNDLED
from lhnets.format import Card, are_axes_enough, find_axes, find_places


def test_places_follow_from_what_the_card_says_of_outputs(make_card):
    places = find_places(make_card())
    assert {p["channel"] for p in places.values()} == {make_card().subject}
    assert places["LO"]["order"] == "LO"
    assert places["LO"]["variation"] == "central"
    assert places["NLO scale up"] == places["NLO"] | {"variation": "scale up"}
    assert find_axes(places) == {
        "order": ("LO", "NLO"),
        "variation": ("central", "scale up", "scale down"),
    }
    assert are_axes_enough(places)


def test_a_stated_place_wins(make_card):
    outputs = list(make_card().outputs)
    outputs[0] = msgspec.structs.replace(outputs[0], place={"order": "aNLO", "bin": 3.0})
    places = find_places(make_card(outputs=tuple(outputs)))
    assert (places["LO"]["order"], places["LO"]["bin"]) == ("aNLO", 3.0)


def test_outputs_that_share_a_place_are_not_told_apart(make_card):
    outputs = make_card().outputs
    twin = msgspec.structs.replace(outputs[0], name="LO again")
    assert not are_axes_enough(find_places(make_card(outputs=(*outputs, twin))))


def test_the_axes_of_a_bundled_network_with_66_outputs():
    card = Card.from_json((BUNDLED / "networks" / "cs-wino-c1n2" / "1.json").read_bytes())
    places = find_places(card)
    assert are_axes_enough(places)
    assert {axis: len(values) for axis, values in find_axes(places).items()} == {
        "channel": 3,
        "energy": 2,
        "order": 3,
        "variation": 4,
    }
