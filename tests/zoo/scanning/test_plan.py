"""Questions settled once, and evaluated at columns."""

import pickle

import numpy as np
import pytest

import lhnets as ml
from lhnets._scanning.asked import read_questions
from lhnets._scanning.plan import make_plan
from lhnets._scanning.reasons import POINTS, tell_reasons
from lhnets.errors import NetworkNotFoundError, ParameterError

ASK = 'sigma = CS("p p > go go", energy="13 TeV")'
ROWS = {"m_a": np.array([500.0, 99.0, 1300.0, np.nan, 200.0])}


def plan_of(*texts, columns=("m_a",), **options):
    return make_plan(read_questions(texts), columns, **options)


def test_values_are_those_of_the_question_function(zoo, truth):
    made = plan_of(ASK).evaluate(ROWS, 5)
    alone = ml.CS("p p > go go", {"m_a": ROWS["m_a"][[0, 4]]}, energy="13 TeV")
    assert list(made.columns) == ["sigma", "sigma_uncertainty", "sigma_reach"]
    np.testing.assert_array_equal(made.columns["sigma"][[0, 4]], alone.value)
    np.testing.assert_array_equal(made.columns["sigma_uncertainty"][[0, 4]], alone.uncertainty)
    np.testing.assert_allclose(alone.value[0], truth(500.0, 13000.0, column=1), rtol=1e-6)


def test_outside_is_nan_with_the_reach_and_the_reason(zoo):
    made = plan_of(ASK).evaluate(ROWS, 5)
    assert np.isnan(made.columns["sigma"][1:4]).all()
    assert np.isnan(made.columns["sigma_uncertainty"][1:4]).all()
    assert (made.columns["sigma_reach"][1:3] > 1).all()
    assert np.isnan(made.columns["sigma_reach"][3])
    assert made.reasons["sigma"] == {
        POINTS: 3,
        "m_a < 100 GeV": 1,
        "m_a > 1200 GeV": 1,
        "m_a not a finite number": 1,
    }
    told = tell_reasons("sigma", 5, made.reasons["sigma"])
    assert told.startswith("sigma is NaN at 3 of 5 points: 1 with m_a < 100 GeV; ")


def test_components_are_asked_for(zoo):
    made = plan_of(ASK.replace(")", ", components=True)")).evaluate(ROWS, 5)
    scale = ml.CS("p p > go go", {"m_a": 500.0}, energy="13 TeV").components["scale"]
    assert list(made.columns) == [
        "sigma", "sigma_uncertainty", "sigma_scale_up", "sigma_scale_down", "sigma_reach",
    ]  # fmt: skip
    assert made.columns["sigma_scale_up"][0] == scale.up
    assert made.columns["sigma_scale_down"][0] == scale.down
    assert np.isnan(made.columns["sigma_scale_up"][1:4]).all()


def test_two_questions_for_one_network_evaluate_it_once(zoo, monkeypatch):
    plan = plan_of(ASK, 'lo = CS("p p > go go", energy="13 TeV", order="LO")')
    calls = []
    network = plan.answers[0].network
    run = network.predict

    def count(rows):
        calls.append(1)
        return run(rows)

    monkeypatch.setattr(network, "predict", count)
    made = plan.evaluate({"m_a": ROWS["m_a"][:1]}, 1)
    assert len(calls) == 1
    assert made.columns["lo"][0] != made.columns["sigma"][0]


def test_the_question_says_which_column_is_an_input(zoo):
    text = 'x = CS("p p > go go", {"m_a": "mass", "mu_over_m": 2.0}, energy="13 TeV")'
    made = plan_of(text, columns=["mass", "m_a"]).evaluate({"mass": np.array([500.0])}, 1)
    alone = ml.CS("p p > go go", {"m_a": 500.0, "mu_over_m": 2.0}, energy="13 TeV")
    assert made.columns["x"][0] == alone.value


def test_other_columns_play_no_part(zoo):
    assert plan_of(ASK, columns=["m_a", "tanb", "point"]).needed == ["m_a"]


@pytest.mark.parametrize("column", ["M_A", "m_a [TeV]", "m_a (GeV)", "m_a_TeV", "m_a/GeV", "mA"])
def test_a_column_that_looks_like_an_input_is_not_passed_over(zoo, column):
    with pytest.raises(ParameterError, match="looks like the input m_a"):
        plan_of(ASK, columns=[column])


def test_an_input_with_a_default_is_not_taken_from_a_column_nearly_of_its_name(zoo):
    with pytest.raises(ParameterError, match="looks like the input mu_over_m"):
        plan_of(ASK, columns=["m_a", "mu over m"])


def test_units_of_headers_and_schemas_must_be_those_of_the_card(zoo):
    text = 'x = CS("p p > go go", {"m_a": "m [TeV]"}, energy="13 TeV")'
    with pytest.raises(ParameterError, match=r"in TeV, .* takes m_a in GeV"):
        plan_of(text, columns=["m [TeV]"])
    with pytest.raises(ParameterError, match=r"in MeV, .* takes m_a in GeV"):
        plan_of(ASK, units={"m_a": "MeV"})
    assert plan_of(ASK, units={"m_a": "GeV"}).needed == ["m_a"]


def test_missing_columns_are_named_with_those_there_are(zoo):
    with pytest.raises(ParameterError, match="The table has the columns a, b"):
        plan_of(ASK, columns=["a", "b"])
    with pytest.raises(ParameterError, match=r"'mas', .*did you mean 'mass'"):
        plan_of('x = CS("p p > go go", {"m_a": "mas"}, energy=13000)', columns=["mass"])


def test_results_do_not_take_the_names_of_columns(zoo):
    with pytest.raises(ParameterError, match="sigma_reach"):
        plan_of(ASK, columns=["m_a", "sigma_reach"])


def test_questions_without_an_answer_are_refused_before_anything_is_read(zoo):
    with pytest.raises(NetworkNotFoundError):
        plan_of('x = CS("p p > t1 t1~", energy="13 TeV")')


def test_single_precision_is_for_the_results(zoo):
    plan = plan_of(ASK, dtype="float32")
    made = plan.evaluate(ROWS, 5)
    assert {c.dtype for c in made.columns.values()} == {np.dtype("float32")}


def test_no_rows_give_no_rows(zoo):
    made = plan_of(ASK).evaluate({"m_a": np.empty(0)}, 0)
    assert [len(c) for c in made.columns.values()] == [0, 0, 0]
    assert not made.reasons["sigma"]


def test_a_plan_travels_to_other_processes(zoo):
    plan = plan_of(ASK.replace(")", ", components=True)"))
    made, again = (p.evaluate(ROWS, 5) for p in (plan, pickle.loads(pickle.dumps(plan))))
    for name, column in made.columns.items():
        np.testing.assert_array_equal(again.columns[name], column)
    assert again.reasons == made.reasons


def test_a_constraint_that_is_not_met_is_a_reason(zoo):
    plan = plan_of('sigma = CS("p p > go go", energy="7 TeV")')
    made = plan.evaluate({"m_a": np.array([650.0, 750.0])}, 2)
    assert made.reasons["sigma"] == {POINTS: 1, "'m_a <= 0.1 sqrt_s' not met": 1}
