"""The exported file against the model: a difference in value, uncertainty or reach is found and
refused."""

from dataclasses import replace

import numpy as np
import pytest

from lhnets.format import Output
from lhnets_training.pipeline.parity import (
    ROUNDING,
    UNCERTAINTY,
    ModelAnswers,
    ParityError,
    compare,
    describe_parity,
    require_parity,
)
from lhnets_training.pipeline.rounding import DoubleRun

OUTPUTS = (
    Output(name="a", unit="pb", meaning="a", scale="log"),
    Output(name="b", unit="1", meaning="b"),
)
RNG = np.random.default_rng(1)
VALUE = np.stack([np.exp(RNG.normal(size=50)), RNG.normal(size=50)], axis=1)
MODEL = ModelAnswers(VALUE, 0.01 * np.abs(VALUE), RNG.uniform(0.1, 2.0, 50))


def compared(found, **options):
    return compare("points", MODEL, found, OUTPUTS, lambda row: f"point {row}", **options)


def test_equal_answers_pass_with_zero_differences():
    found = compared(MODEL)
    require_parity([found], "the model")
    card = describe_parity([found, found], "the model")
    assert (card.points, card.max_relative, card.max_uncertainty, card.max_reach) == (
        100,
        0.0,
        0.0,
        0.0,
    )
    assert card.against == "the model, 50 points and 50 points"


def test_differences_are_relative_of_the_spread_and_above_one():
    value, uncertainty, reach = MODEL.value.copy(), MODEL.uncertainty.copy(), MODEL.reach.copy()
    value[3, 0] *= 1 + 2e-6
    value[4, 1] += 3e-6 * VALUE[:, 1].std()
    uncertainty[5, 1] *= 1 + 4e-4
    reach[6] += 5e-6 * max(1.0, reach[6])
    card = describe_parity([compared(ModelAnswers(value, uncertainty, reach))], "the model")
    assert card.max_relative == pytest.approx(3e-6, rel=0.01)
    assert card.max_uncertainty == pytest.approx(4e-4, rel=0.01)
    assert card.max_reach == pytest.approx(5e-6, rel=0.01)


@pytest.mark.parametrize(
    ("quantity", "changed"),
    [
        ("value", lambda a: a * (1 + 1e-4)),
        ("uncertainty", lambda a: a / 1.7),
        ("reach", lambda a: 0.9 * a),
        ("value", lambda a: np.where(np.arange(50)[:, None] == 7, np.nan, a)),
    ],
)
def test_a_file_that_differs_is_refused_with_the_quantity_and_the_point(quantity, changed):
    found = compared(replace(MODEL, **{quantity: changed(getattr(MODEL, quantity))}))
    assert [d.quantity for d in found.failures] == [quantity]
    with pytest.raises(
        ParityError,
        match=rf"the {quantity} of the file differs from that of the model by .* at point",
    ):
        require_parity([found], "the model")


def test_infinities_and_nan_on_both_sides_agree():
    value = VALUE.copy()
    value[0, 0], value[1, 0] = np.inf, np.nan
    both = replace(MODEL, value=value)
    found = compare("points", both, both, OUTPUTS, str)
    assert not found.failures


def test_rounding_of_the_model_may_move_values_within_a_share_of_the_uncertainty():
    moved = replace(MODEL, value=MODEL.value + 0.5 * ROUNDING * MODEL.uncertainty)
    assert [d.quantity for d in compared(moved).failures] == ["value"]
    assert not compared(moved, rounding=ROUNDING).failures
    further = replace(MODEL, value=MODEL.value + 2 * ROUNDING * MODEL.uncertainty)
    assert compared(further, rounding=ROUNDING).failures


def test_the_worst_failure_is_named_by_its_limit():
    found = compared(
        replace(MODEL, uncertainty=MODEL.uncertainty * (1 + 3 * UNCERTAINTY), reach=MODEL.reach * 2)
    )
    assert {d.quantity for d in found.failures} == {"uncertainty", "reach"}
    with pytest.raises(ParityError, match="the reach of the file"):
        require_parity([found], "the model")


EVENTS = 10_000
SCORE = (Output(name="score", unit="1", meaning="score"),)


def rounded(file_off, *, bad=20):
    """A model of spread 1, 5e-5 off by rounding at ``bad`` events and 1e-7 elsewhere, and a file
    that is off double precision by ``file_off``."""
    rng = np.random.default_rng(2)
    exact = rng.choice([-1.0, 1.0], (EVENTS, 1))
    scale = np.full((EVENTS, 1), 1e-7)
    scale[:bad] = 5e-5
    model = exact + scale * rng.choice([-1.0, 1.0], (EVENTS, 1))
    none = np.full((EVENTS, 1), 0.1)
    answers = [ModelAnswers(v, none, np.zeros(EVENTS)) for v in (model, exact + file_off(scale))]
    run = DoubleRun(exact, lambda rows: scale[rows])
    return compare("events", *answers, SCORE, lambda row: f"event {row}", exact=run)


def test_a_file_as_near_to_double_precision_as_the_model_passes():
    found = rounded(lambda scale: -scale * np.sign(np.sin(np.arange(EVENTS)))[:, None])
    require_parity([found], "the model")
    assert found.value.largest > 1e-5


def at(events, error):
    def file_off(scale):
        off = scale.copy()
        off[events] = error
        return off

    return file_off


@pytest.mark.parametrize(
    ("file_off", "share"),
    [
        (lambda scale: scale + 1e-4, "50 %"),
        (at(slice(0, 20), 3e-4), "100 %"),
        (at(slice(500, 505), 2e-4), "100 %"),
        (at(slice(500, 600), 1e-2), "99.7 %"),
        (at(slice(500, 501), np.nan), "100 %"),
    ],
    ids=["everywhere", "at bad events", "at few good events", "at many", "no number"],
)
def test_what_rounding_does_not_explain_is_refused(file_off, share):
    found = rounded(file_off)
    assert f"score at the {share} quantile, where the model in single" in found.precision[0].where
    assert not found.value.passed
    with pytest.raises(ParityError, match="the value of the file differs from that of the model"):
        require_parity([found], "the model")


def test_a_wrong_number_at_few_events_hides_behind_no_bad_event():
    found = rounded(at(slice(500, 505), 1e-4), bad=200)
    assert found.precision == ()
    with pytest.raises(ParityError, match=r"by 1.0e-04 .* at most 1.0e-05: .* at event 50[0-4]"):
        require_parity([found], "the model")


def test_the_text_says_that_double_precision_is_compared():
    found = rounded(lambda scale: 5 * scale)
    with pytest.raises(
        ParityError,
        match=r"of the model in double precision by 2.5e-04 .* 100 % quantile, where the model in "
        r"single precision is off by 5.0e-05",
    ):
        require_parity([replace(found, value=replace(found.value, largest=0.0))], "the model")
