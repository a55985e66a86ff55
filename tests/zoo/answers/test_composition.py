"""Products and sums of predictions: values, units, first-order uncertainties."""

import copy
import json
import pickle

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhnets import Composed, ParameterError
from lhnets._answers.prediction import Prediction
from lhnets.format import PhysicsUncertainty


@pytest.fixture(scope="module")
def network(sealed_file, tmp_path_factory):
    from lhnets._running.network import Network

    return Network(sealed_file, tmp_path_factory.mktemp("file") / "network.onnx")


@pytest.fixture(scope="module")
def cs(network):
    return lambda mass, **options: network({"m_a": mass}, energy="13 TeV", **options)


def test_a_product_adds_relative_errors_in_quadrature(cs):
    found = cs(500.0) * cs(600.0)
    assert isinstance(found, Composed)
    assert found.value == pytest.approx(cs(500.0).value * cs(600.0).value)
    assert found.uncertainty == pytest.approx(0.01 * np.sqrt(2) * found.value)
    assert found.unit == "pb^2"


def test_a_square_counts_its_error_twice(cs):
    sigma = cs(500.0)
    for squared in (sigma**2, sigma * sigma, sigma * cs(500.0)):
        assert squared.uncertainty == pytest.approx(0.02 * sigma.value**2)


def test_a_ratio_to_itself_has_no_error(cs):
    ratio = cs(500.0) / cs(500.0)
    assert (ratio.value, ratio.unit) == (pytest.approx(1.0), "1")
    assert ratio.uncertainty == pytest.approx(0.0, abs=1e-15)


def test_numbers_and_arrays_on_either_side(cs):
    sigma = cs(500.0)
    for factor in (2, 2.0, np.float64(2.0)):
        for found in (factor * sigma, sigma * factor, sigma / (1 / factor)):
            assert found.value == pytest.approx(2 * sigma.value)
            assert found.unit == "pb"
    several = np.array([1.0, 2.0]) * sigma
    np.testing.assert_allclose(several.value, sigma.value * np.array([1.0, 2.0]))
    np.testing.assert_allclose(several.uncertainty, sigma.uncertainty * np.array([1.0, 2.0]))
    assert (1 / sigma).unit == "pb^-1"


def test_sums_convert_units(cs):
    total = cs(500.0) + cs(600.0).to("fb")
    assert total.unit == "pb"
    assert total.value == pytest.approx(cs(500.0).value + cs(600.0).value)
    assert total.uncertainty == pytest.approx(
        np.hypot(cs(500.0).uncertainty, cs(600.0).uncertainty)
    )
    assert (cs(500.0) - cs(500.0)).uncertainty == 0.0


def test_plain_numbers_are_added_in_the_unit(cs):
    sigma = cs(500.0)
    for found in (sigma + 1.0, 1.0 + sigma, sigma - -1.0, 1 - -sigma):
        assert (found.value, found.unit) == (pytest.approx(sigma.value + 1.0), "pb")
        assert found.uncertainty == sigma.uncertainty
    assert (sigma.to("fb") + 1.0).value == pytest.approx(1e3 * sigma.value + 1.0)
    several = cs(np.array([400.0, 500.0]))
    np.testing.assert_allclose(
        np.asarray(several - several.uncertainty), several.value - several.uncertainty
    )
    np.testing.assert_allclose(np.asarray(several.value - several), 0.0)


def test_a_sum_of_what_does_not_add(cs):
    with pytest.raises(ParameterError, match="cannot convert '1' to 'pb'"):
        cs(500.0) + cs(500.0) / cs(600.0)
    with pytest.raises(ParameterError, match="expected a prediction, a number"):
        cs(500.0) * "two"
    with pytest.raises(ParameterError, match="expected a prediction, a number"):
        cs(500.0) * None
    with pytest.raises(ParameterError, match="plain number"):
        cs(500.0) ** cs(500.0)


def test_events_of_a_luminosity(cs):
    found = cs(500.0).events(139.0)
    assert found.unit == "1"
    assert found.value == pytest.approx(139e3 * cs(500.0).value)


def test_a_branching_ratio_shared_by_two_terms_is_one_error(cs):
    shared, one, two = cs(400.0), cs(500.0), cs(600.0)
    total = shared * one + shared * two
    relative = np.sqrt(
        0.01**2 * ((one.value**2 + two.value**2) / (one.value + two.value) ** 2) + 0.01**2
    )
    assert total.uncertainty == pytest.approx(relative * total.value)
    assert len(total.sources) == 3


def test_components_move_together(cs):
    sigma, other = cs(500.0), cs(600.0)
    product = sigma * other
    up = sigma.components["scale"].up * other.value + other.components["scale"].up * sigma.value
    assert product.components["scale"].up == pytest.approx(up)
    turned = 1 / sigma
    assert turned.components["scale"].up == pytest.approx(
        sigma.components["scale"].down / sigma.value**2
    )


def test_intervals_are_calibrated_ones_in_quadrature(cs):
    product = cs(500.0) * cs(600.0)
    low, high = product.interval(0.95)
    assert (high - low) / 2 == pytest.approx(2.2 * product.uncertainty)


def test_arrays_broadcast_and_have_items(cs):
    masses = np.array([400.0, 500.0, 600.0])
    product = cs(masses) * cs(700.0)
    assert product.value.shape == product.uncertainty.shape == product.reach.shape == (3,)
    assert product[1].value == pytest.approx((cs(500.0) * cs(700.0)).value)
    assert product[1].uncertainty == pytest.approx((cs(500.0) * cs(700.0)).uncertainty)
    assert product[1:].components["scale"].up.shape == (2,)
    with pytest.raises(TypeError, match="no items"):
        (cs(500.0) * 2.0)[0]


def test_it_says_where_it_comes_from(cs):
    product = cs(500.0) * cs(600.0, order="LO")
    assert product.network == "cs-exponential@1"
    assert str(product).endswith("pb^2 [cs-exponential@1]")
    assert "An exponential" in product._repr_html_()
    assert "@misc{exact" in product.cite()
    assert product.order is None
    assert (cs(500.0) * 2).order == "NLO"
    assert float(product) == product.value


def test_it_has_no_card_of_its_own(cs):
    with pytest.raises(AttributeError, match=r"made of several predictions, each in \.sources"):
        (cs(500.0) * cs(600.0)).card  # noqa: B018
    assert copy.copy(cs(500.0) * 2.0).value == pickle.loads(pickle.dumps(cs(500.0) * 2.0)).value


def test_reach_is_the_largest(cs):
    assert (cs(500.0) * cs(1100.0)).reach == max(cs(500.0).reach, cs(1100.0).reach)


# sources are identified by the point that was evaluated


def test_points_of_equal_value_are_different_sources(network):
    # exp(-2e-3 m_a + 1e-4 sqrt_s): the value is the same along this line.
    a = network({"m_a": 500.0, "sqrt_s": 10000.0})
    b = network({"m_a": 550.0, "sqrt_s": 11000.0})
    assert a.value == pytest.approx(b.value, rel=1e-12)
    for x, y in ((a, b), (a * 0.0 + a, b)):
        assert (
            (x + y).uncertainty
            == (y + x).uncertainty
            == pytest.approx(np.hypot(a.uncertainty, b.uncertainty))
        )
        assert (x - y).uncertainty == pytest.approx(np.hypot(a.uncertainty, b.uncertainty))
    assert len((a + b).sources) == 2


def test_zeros_at_two_points_are_two_sources(a_card):
    def answer(m_a):
        point = np.array([m_a, 13000.0, 1.0]).tobytes()
        return Prediction(0.0, m_a * 1e-8, 0.5, a_card, a_card.output("LO"), point)

    a, b = answer(200.0), answer(400.0)
    assert (a + b).uncertainty == (b + a).uncertainty == pytest.approx(np.hypot(2e-6, 4e-6))
    assert (a - b).uncertainty == pytest.approx(np.hypot(2e-6, 4e-6))
    assert (a - answer(200.0)).uncertainty == 0.0


def test_the_same_point_is_one_source_however_it_was_given(network, cs):
    rows = network(np.array([[500.0, 13000.0, 1.0]]))[0]
    array = cs(np.array([400.0, 500.0]))[1]
    composed = (cs(np.array([500.0, 600.0])) * 1.0)[0]
    for same in (rows, array, composed):
        assert (same - cs(500.0)).uncertainty == pytest.approx(
            0.0, abs=1e-9 * cs(500.0).uncertainty
        )


def test_arrays_that_share_some_points(cs):
    several, one = cs(np.array([400.0, 500.0])), cs(500.0)
    far = np.hypot(several[0].uncertainty, one.uncertainty)
    np.testing.assert_allclose((several - one).uncertainty, [far, 0.0], atol=1e-9 * far)
    np.testing.assert_allclose((several + one).uncertainty, [far, 2 * one.uncertainty])
    other = cs(np.array([500.0, 500.0]))
    np.testing.assert_allclose((several - other).uncertainty, [far, 0.0], atol=1e-9 * far)
    grid = several[:, np.newaxis] - several
    np.testing.assert_allclose(np.diag(grid.uncertainty), 0.0, atol=1e-9 * far)
    assert grid.uncertainty[0, 1] == pytest.approx(far)


def test_another_output_is_another_source(cs):
    lo, nlo = cs(500.0, order="LO"), cs(500.0)
    assert (lo - nlo).uncertainty == pytest.approx(np.hypot(lo.uncertainty, nlo.uncertainty))


# components of one name move together


def test_components_nearly_cancel_in_a_quotient(cs):
    """The scale moves both by 10 % up and 1/15 down: of their quotient nothing is left."""
    quotient = cs(500.0) / cs(600.0)
    assert quotient.components["scale"].up == pytest.approx(0.0, abs=1e-12)
    assert quotient.components["scale"].down == pytest.approx(0.0, abs=1e-12)


def test_components_shift_with_their_sign(cs):
    """The difference of two that both rise by 10 % rises by 10 % of the difference."""
    difference = cs(500.0) - cs(600.0)
    assert difference.components["scale"].up == pytest.approx(0.1 * difference.value)
    assert difference.components["scale"].down == pytest.approx(difference.value / 15)
    turned = cs(600.0) - cs(500.0)
    assert turned.components["scale"].up == pytest.approx(-turned.value / 15)
    assert turned.components["scale"].down == pytest.approx(-0.1 * turned.value)


def test_shifts_to_one_side_only(cs):
    """sigma^2 / (sigma * constant) - type cases: up and down are how far the value can rise and
    fall."""
    a, b = cs(500.0), cs(600.0)
    # Slopes chosen such that both an upward and a downward scale lower the value.
    card, output = a.card, a.output
    skew = Prediction(
        b.value, b.uncertainty, b.reach, card, output, b._point, row=[1, b.value, 0.3, 0.01]
    )
    found = a - (0.2 * a.value / 0.3) * skew / b.value
    up, down = found.components["scale"]
    factor = 0.2 * a.value / 0.3 / b.value
    if_up, if_down = 0.1 * a.value - factor * 0.3, -a.value / 15 + factor * 0.01
    assert up == pytest.approx(max(if_up, if_down, 0.0))
    assert down == pytest.approx(max(-if_up, -if_down, 0.0))


def test_components_of_other_names_stay_apart(a_card):
    def answer(source, m_a):
        theory = (
            PhysicsUncertainty(of="NLO", source=source, up="NLO scale up", down="NLO scale down"),
        )
        card = msgspec.structs.replace(a_card, physics_uncertainty=theory)
        point = np.array([m_a, 13000.0, 1.0]).tobytes()
        return Prediction(2.0, 0.1, 0.5, card, card.output("NLO"), point, row=[1.0, 2.0, 0.3, 0.2])

    ratio = answer("scale", 500.0) / answer("PDF", 600.0)
    assert {n: s.up for n, s in ratio.components.items()} == pytest.approx(
        {"scale": 0.15, "PDF": 0.1}
    )


def test_notes_are_carried_once(cs):
    a, b = cs(500.0), cs(600.0)
    a.notes, b.notes = ("one", "two"), ("two",)
    assert (a * b).notes == ("one", "two")
    assert (a * b).to_dict()["notes"] == ["one", "two"]


def test_a_dictionary_names_the_sources(cs):
    found = json.loads(json.dumps((cs(500.0) / cs(600.0)).to_dict()))
    assert [s["params"]["m_a"] for s in found["sources"]] == [500.0, 600.0]
    assert found["unit"] == "1"
    assert found["sources"][0]["slope"] == pytest.approx(1 / cs(600.0).value)


def test_a_negative_value_has_no_root(cs):
    with pytest.raises(ParameterError, match=r"to the power 0\.5 is not real"):
        (-cs(500.0)) ** 0.5
    assert (cs(500.0) ** 0).uncertainty == 0.0


@settings(max_examples=50, deadline=None)
@given(
    mass=st.floats(200.0, 700.0),
    more=st.floats(1.0, 300.0),
    n=st.integers(-3, 3),
    factor=st.floats(0.1, 10.0),
)
def test_uncertainties_are_first_derivatives(network, mass, more, n, factor):
    a, b = (network({"m_a": m}, energy="13 TeV") for m in (mass, mass + more))
    found = factor * a ** (n + 1) / b**n + b

    def value(x, y):
        return factor * x ** (n + 1) / y**n + y

    up, down = 1 + 1e-5, 1 - 1e-5
    by_a = (value(a.value * up, b.value) - value(a.value * down, b.value)) / 2e-5
    by_b = (value(a.value, b.value * up) - value(a.value, b.value * down)) / 2e-5
    assert found.value == pytest.approx(value(a.value, b.value))
    assert found.uncertainty == pytest.approx(
        0.01 * np.hypot(by_a, by_b), rel=1e-4, abs=1e-9 * abs(found.value)
    )


# the algebra, at any two points

MASSES = st.floats(200.0, 1000.0)
FACTORS = st.floats(0.1, 10.0)


def same(first, second):
    assert first.value == pytest.approx(second.value, rel=1e-9)
    assert first.uncertainty == pytest.approx(
        second.uncertainty, rel=1e-6, abs=1e-7 * abs(first.value)
    )
    assert first.unit == second.unit
    assert first.components.keys() == second.components.keys()
    for name, shift in first.components.items():
        assert tuple(shift) == pytest.approx(
            tuple(second.components[name]), rel=1e-6, abs=1e-9 * abs(first.value)
        )


@given(first=MASSES, second=MASSES)
def test_sums_and_products_commute(network, first, second):
    a, b = (network({"m_a": m}, energy="13 TeV") for m in (first, second))
    same(a + b, b + a)
    same(a * b, b * a)
    same(a - b, -(b - a))
    assert (a + b).uncertainty == (b + a).uncertainty


@given(first=MASSES, second=MASSES)
def test_quotients_undo_products(network, first, second):
    a, b = (network({"m_a": m}, energy="13 TeV") for m in (first, second))
    same(a * b / b, a * 1.0)
    same((a + b) - b, a * 1.0)
    same(1 / (1 / a), a * 1.0)
    same((a**2) ** 0.5, a * 1.0)


@given(mass=MASSES, factor=FACTORS)
def test_everything_scales(network, mass, factor):
    a = network({"m_a": mass}, energy="13 TeV")
    scaled = factor * a
    assert scaled.uncertainty == pytest.approx(factor * a.uncertainty)
    assert scaled.total(0.95) == pytest.approx(tuple(factor * s for s in a.total(0.95)))
    assert scaled.interval(0.95) == pytest.approx(tuple(factor * s for s in a.interval(0.95)))


@given(mass=MASSES, unit=st.sampled_from(["fb", "nb", "ub", "ab"]))
def test_units_convert_there_and_back(network, mass, unit):
    a = network({"m_a": mass}, energy="13 TeV")
    same(a.to(unit).to("pb"), a * 1.0)
    assert a.to(unit) == pytest.approx(a.to(unit).value)
    assert not a.to(unit) < a * (1 - 1e-9)
