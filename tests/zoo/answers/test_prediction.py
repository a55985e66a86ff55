import copy
import json
import pickle

import numpy as np
import pytest

from lhnets import Network
from lhnets._answers.prediction import Prediction
from lhnets.format import PhysicsUncertainty


@pytest.fixture
def scalar(zoo):
    return zoo.load("cs-exponential")({"m_a": 500.0}, energy="13 TeV")


@pytest.fixture
def several(zoo):
    return zoo.load("cs-exponential")({"m_a": np.array([[400.0, 500.0, 600.0]])}, energy="13 TeV")


def test_a_prediction_is_a_number(scalar, truth):
    assert (
        float(scalar) == scalar.value == pytest.approx(truth(500.0, 13000.0, column=1), rel=1e-12)
    )
    assert np.asarray(scalar).shape == ()
    assert np.asarray(scalar, dtype=np.float32).dtype == np.float32
    assert scalar.uncertainty == pytest.approx(scalar.value / 100)
    assert (scalar.unit, scalar.network, scalar.order) == ("pb", "cs-exponential@1", "NLO")


def test_several_points_keep_their_shape(several):
    assert (
        several.value.shape
        == several.uncertainty.shape
        == several.reach.shape
        == np.asarray(several).shape
        == (1, 3)
    )
    assert several[0].value.shape == (3,)
    assert several[0][1].value == several.value[0, 1]
    assert several[0, 1].components["scale"].up == several.components["scale"].up[0, 1]
    assert len(several) == 1


def test_scalars_have_no_items(scalar):
    with pytest.raises(TypeError):
        len(scalar)
    with pytest.raises(TypeError):
        scalar[0]


def test_components_are_shifts_in_the_unit(scalar, several):
    assert scalar.components["scale"].up == pytest.approx(0.1 * scalar.value)
    np.testing.assert_allclose(several.components["scale"].down, several.value / 15)


def test_a_constant_uncertainty_of_the_truth_is_a_component(make_card, make_file, tmp_path):
    plain = make_card().physics_uncertainty
    constant = PhysicsUncertainty(of="NLO", source="pdf", relative_up=0.3, relative_down=0.2)
    network = Network(make_file(physics_uncertainty=(*plain, constant)), tmp_path)
    found = network({"m_a": np.array([400.0, 500.0])}, energy="13 TeV")
    assert set(found.components) == {"scale", "pdf"}
    np.testing.assert_allclose(found.components["pdf"].up, 0.3 * found.value)
    np.testing.assert_allclose(found.components["pdf"].down, 0.2 * found.value)


def test_intervals_use_the_calibrated_factors(scalar, several):
    assert scalar.interval() == pytest.approx(
        (scalar.value - scalar.uncertainty, scalar.value + scalar.uncertainty)
    )
    low, high = scalar.interval(0.95)
    assert high - low == pytest.approx(2 * 2.2 * scalar.uncertainty)
    assert several.interval(0.5)[0].shape == (1, 3)


@pytest.mark.parametrize("level", [0.0, -1.0, 0.99, 1.0])
def test_levels_that_were_not_calibrated_are_refused(scalar, level):
    with pytest.raises(ValueError, match=r"calibrated up to the level 0\.95"):
        scalar.interval(level)


def test_what_is_printed(scalar, several):
    assert (
        str(scalar) == "(2.600 ± 0.026 network +0.26 \u22120.17 scale) pb "
        "[cs-exponential@1: NLO, 13 TeV, NNPDF31_nlo_as_0118_luxqed]"
    )
    assert repr(scalar).startswith("<Prediction (2.600")
    percent = scalar.to_text(percent=True)
    assert percent == "2.600 pb ± 1 % network +10 % \u22126.7 % scale"
    assert "2.1286" in str(several)
    assert "pb ± 1 % network +10 % \u22126.7 % scale [" in str(several)
    assert "<th>scale</th><th>all sources</th>" in several._repr_html_()
    assert "+10 % \u22126.7 % all sources" in scalar._repr_html_()


def test_it_knows_what_was_evaluated(zoo):
    network = zoo.load("cs-exponential")
    whole = {"m_a": 500.0, "sqrt_s": 13000.0, "mu_over_m": 1.0}
    assert network({"m_a": 500.0}, energy="13 TeV").params == whole
    assert network({"m_a": np.array(500)}, energy="13 TeV").params == whole
    several = network({"m_a": [[400.0, 500.0]]}, energy="13 TeV").params
    np.testing.assert_array_equal(several["m_a"], [[400.0, 500.0]])
    np.testing.assert_array_equal(several["sqrt_s"], [[13000.0, 13000.0]])


def test_params_are_those_of_the_call_whatever_becomes_of_the_array(zoo):
    rows = np.array([[500.0, 13000.0, 1.0]])
    found = zoo.load("cs-exponential")(rows)
    rows *= 2
    assert found.params["m_a"] == 500.0


@pytest.mark.parametrize("index", [0, (0, 1), (..., 2), slice(None), (0, slice(1, None)), [True]])
def test_items_keep_everything(several, index):
    item = several[index]
    np.testing.assert_array_equal(item.value, several.value[index])
    np.testing.assert_array_equal(item.params["m_a"], several.params["m_a"][index])
    np.testing.assert_array_equal(
        item.components["scale"].up, several.components["scale"].up[index]
    )
    assert (item.energy, item.notes, item.unit) == (several.energy, several.notes, several.unit)


def test_notes_are_empty_for_now(scalar):
    assert scalar.notes == ()


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))]
)
def test_copies_are_the_same_answer(scalar, several, copied):
    for prediction in (scalar, several):
        same = copied(prediction)
        assert same.to_dict() == prediction.to_dict()
        np.testing.assert_array_equal((same - prediction).uncertainty, 0.0)


def test_a_dictionary_for_json(scalar, several):
    found = json.loads(json.dumps(scalar.to_dict()))
    assert found["value"] == scalar.value
    assert found["uncertainty"] == scalar.uncertainty
    assert found["reach"] == scalar.reach
    assert found["components"]["scale"]["up"] == scalar.components["scale"].up
    assert (found["unit"], found["network"], found["order"]) == ("pb", "cs-exponential@1", "NLO")
    assert found["params"] == scalar.params
    assert found["notes"] == []
    assert json.loads(json.dumps(several.to_dict()))["value"] == several.value.tolist()


def test_html_is_escaped(zoo, make_card):
    card = make_card(title="<script>'", name="cs-x")
    shown = Prediction(1.0, 0.1, 0.5, card, card.outputs[0], bytes(24))._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;&#x27;" in shown


def test_it_says_what_to_cite(scalar):
    cited = scalar.cite()
    assert "@misc{lhnets:cs-exponential-v1," in cited
    assert "@misc{lhnets:data:exponential," in cited
    assert "@misc{exact," in cited
