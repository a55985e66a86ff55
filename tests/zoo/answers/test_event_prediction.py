"""Predictions of events: the same numbers, with outputs side by side."""

import json
import pickle

import msgspec
import numpy as np
import pytest

import lhnets as ml
from lhnets._answers.event_prediction import ClassPrediction, EventPrediction
from lhnets.format import PhysicsUncertainty


@pytest.fixture
def jets(make_events):
    """Constituents, one array a jet, and leptons of six events."""
    made = make_events(6)
    return made, np.linspace(-0.1, 0.1, 36, dtype=np.float32).reshape(6, 2, 3)


@pytest.fixture
def found(event_zoo, jets):
    constituents, leptons = jets
    return event_zoo.load("tagger")({"constituents": constituents, "leptons": leptons})


@pytest.fixture
def toys(event_zoo):
    return ml.Generate("toys", 5, {"m": 50.0}, seed=7)


def test_the_same_events_are_one_source(event_zoo, found, jets):
    constituents, leptons = jets
    name = found.names[0]
    again = event_zoo.load("tagger")({"constituents": constituents, "leptons": leptons})
    np.testing.assert_array_equal((found[name] - again[name]).uncertainty, 0.0)
    longest = int(np.argmax([len(jet) for jet in constituents]))
    chosen = [longest, 0 if longest else 1]  # the longest settles the padding
    some = event_zoo.load("tagger")(
        {"constituents": [constituents[k] for k in chosen], "leptons": leptons[chosen]}
    )
    one = some[0][name]
    apart = np.hypot(found[name].uncertainty, one.uncertainty)
    expected = np.where(np.arange(len(apart)) == longest, 0.0, apart)
    np.testing.assert_allclose((found[name] - one).uncertainty, expected, atol=1e-6 * apart.max())


def test_events_changed_afterwards_are_other_events(event_zoo, found, jets):
    constituents, leptons = jets
    constituents[:] = [jet * np.float32(1.01) for jet in constituents]
    leptons *= 2
    name = found.names[0]
    again = event_zoo.load("tagger")({"constituents": constituents, "leptons": leptons})
    expected = np.hypot(found[name].uncertainty, again[name].uncertainty)
    np.testing.assert_allclose((found[name] - again[name]).uncertainty, expected)


def test_all_outputs_at_once(found):
    doubled = 2 * found
    np.testing.assert_allclose(doubled.value, 2 * found.value)
    np.testing.assert_allclose(doubled.uncertainty, 2 * found.uncertainty)
    np.testing.assert_allclose(doubled.interval(0.95)[1], 2 * found.interval(0.95)[1])
    np.testing.assert_allclose((found - found).uncertainty, 0.0)
    np.testing.assert_allclose(doubled[1:3].uncertainty, 2 * found.uncertainty[1:3])
    one = 2 * found[0]
    np.testing.assert_allclose(one.uncertainty, 2 * found.uncertainty[0])


def test_it_behaves_like_an_array(found):
    assert np.all((found >= 0) & (found <= 1))
    assert f"{found:.2f}".startswith("[[0.")
    assert len(list(found)) == len(found) == 6
    assert type(next(iter(found))) is type(found)
    assert json.loads(json.dumps(found.to_dict()))["outputs"] == list(found.names)
    assert found.params == {}
    same = pickle.loads(pickle.dumps(found))
    assert type(same) is ClassPrediction
    np.testing.assert_array_equal((same - found).uncertainty, 0.0)


def test_outputs_of_different_units_do_not_mix(toys):
    assert isinstance(toys, EventPrediction)
    outputs = (msgspec.structs.replace(toys.outputs[0], unit="TeV"), *toys.outputs[1:])
    card = msgspec.structs.replace(toys.card, outputs=outputs)
    mixed = EventPrediction(toys.value, toys.uncertainty, toys.reach, card, toys.points)
    with pytest.raises(
        ml.ParameterError, match=r"different units .*: choose one by its name, such as"
    ):
        mixed * 2
    np.testing.assert_allclose((mixed["x"] * 2).value, 2 * toys.value[:, 0])


def test_components_stand_side_by_side(found):
    card = found.card
    shifts = tuple(msgspec.structs.replace(card.outputs[0], name=n) for n in ("up", "down"))
    theory = (PhysicsUncertainty(of="signal", source="shower", up="up", down="down"),)
    card = msgspec.structs.replace(card, outputs=card.outputs + shifts, physics_uncertainty=theory)
    row = np.concatenate([found.value, 0.1 * found.value], axis=1)
    made = ClassPrediction(found.value, found.uncertainty, found.reach, card, found.points, row)
    up, down = made.components["shower"]
    np.testing.assert_array_equal(up, 0.1 * found.value * [1.0, 0.0])
    np.testing.assert_array_equal(down[:, 0], 0.1 * found.value[:, 1])
    np.testing.assert_array_equal(made[2].components["shower"].up, up[2])
    np.testing.assert_allclose((made * 2).components["shower"].up, 2 * up)
    np.testing.assert_allclose(made["signal"].components["shower"].up, up[:, 0])


def test_a_table_of_pandas_has_a_column_for_each_class(found):
    pytest.importorskip("pandas", reason="tables need pandas")
    table = found.to_pandas()
    np.testing.assert_array_equal(table[found.names[0]], found.value[:, 0])
    assert list(table.columns)[-1] == "reach"
    assert len(found[0].to_pandas()) == 1
