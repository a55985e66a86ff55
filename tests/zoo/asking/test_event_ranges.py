"""Quantities of whole events, and the words for those outside their ranges."""

import msgspec
import numpy as np
import pytest

from lhnets._asking.event_quantities import measure_events
from lhnets._asking.event_ranges import outside_ranges
from lhnets._asking.events import to_events
from lhnets.format import Card, EventRange

JET = np.array([[5.0, 3.0, 0.0, 4.0], [10.0, 0.0, 6.0, 8.0], [0.0, 0.0, 0.0, 0.0]])


def test_quantities_of_a_jet_by_hand():
    found = {k: v[0] for k, v in measure_events(JET[None], 1).items()}
    assert found["multiplicity"] == 2
    assert found["pt"] == pytest.approx(np.hypot(3, 6))
    assert found["kept_pt"] == pytest.approx(6)
    assert found["rapidity"] == pytest.approx(np.arctanh(12 / 15))
    assert found["mass"] == pytest.approx(np.sqrt(15**2 - 3**2 - 6**2 - 12**2))
    assert found["excess"] == pytest.approx(0, abs=1e-12)
    apart = np.cosh(np.arctanh(4 / 5) - np.arctanh(12 / 15))
    assert found["radius"] == pytest.approx(np.sqrt(2 * (apart - 9 / (3 * np.hypot(3, 6)))), 1e-5)


def test_order_and_padding_change_nothing():
    plain = measure_events(JET[None], 2)
    turned = measure_events(JET[None, ::-1], 2)
    padded = measure_events(np.concatenate([JET, np.zeros((9, 4))])[None], 2)
    for other in (turned, padded):
        for name, value in plain.items():
            np.testing.assert_allclose(other[name], value, err_msg=name)


def test_the_ranges_of_an_event_are_named(make_event_card):
    card = make_event_card()
    ranges = (
        EventRange(
            of="constituents", quantity="pt", low=1.0, high=5.0, unit="GeV", hardest=2, whole=True,
            meaning="little momentum",
        ),
        EventRange(
            of="constituents", quantity="excess", low=-1.0, high=1e-3, unit="1",
            meaning="E is at least |p|",
        ),
    )  # fmt: skip
    card = msgspec.structs.replace(
        card, region=ranges, inputs=tuple(i for i in card.inputs if i.name != "leptons")
    )
    assert Card.from_json(card.to_json()).region == ranges
    three = np.concatenate([JET[:2], [[0.1, 1.0, 0.0, 0.0]]])
    events = to_events({"constituents": [three, JET[:2], JET[:1]]}, card)
    assert outside_ranges(events.arrays, 0, card) == [
        "pt of constituents = 7.211 GeV lies outside [1, 5] (little momentum)",
        "excess of constituents = 0.8182 lies outside [-1, 0.001] (E is at least |p|)",
    ]
    assert outside_ranges(events.arrays, 1, card) == []
    assert outside_ranges(events.arrays, 2, card) == []
