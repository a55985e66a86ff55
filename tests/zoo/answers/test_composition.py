"""Products and sums of predictions: values, units, first-order uncertainties."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhnets import ParameterError
from lhnets._answers.prediction import Prediction


@pytest.fixture(scope="module")
def network(sealed_file, tmp_path_factory):
    from lhnets._running.network import Network

    return Network(sealed_file, tmp_path_factory.mktemp("file") / "network.onnx")


@pytest.fixture(scope="module")
def cs(network):
    return lambda mass, **options: network({"m_a": mass}, energy="13 TeV", **options)


def test_a_product_adds_relative_errors_in_quadrature(cs):
    found = cs(500.0) * cs(600.0)
    assert isinstance(found, Prediction)
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
    assert total.uncertainty == pytest.approx(np.hypot(cs(500.0).uncertainty, cs(600.0).uncertainty))
    assert (cs(500.0) - cs(500.0)).uncertainty == 0.0


def test_a_sum_of_what_does_not_add(cs):
    with pytest.raises(ParameterError, match="cannot convert '1' to 'pb'"):
        cs(500.0) + 1.0
    with pytest.raises(ParameterError, match="expected a prediction, a number"):
        cs(500.0) * "two"
    with pytest.raises(ParameterError, match="plain number"):
        cs(500.0) ** cs(500.0)


def test_events_of_a_luminosity(cs):
    found = cs(500.0).events(139.0)
    assert found.unit == "1"
    assert found.value == pytest.approx(139e3 * cs(500.0).value)


def test_a_branching_ratio_shared_by_two_terms_is_one_error(cs):
    shared, one, two = cs(400.0), cs(500.0), cs(600.0)
    total = shared * one + shared * two
    relative = np.sqrt(0.01**2 * ((one.value**2 + two.value**2) / (one.value + two.value) ** 2) + 0.01**2)
    assert total.uncertainty == pytest.approx(relative * total.value)
    assert len(total.sources) == 3


def test_components_move_together(cs):
    sigma, other = cs(500.0), cs(600.0)
    product = sigma * other
    up = sigma.components["scale"].up * other.value + other.components["scale"].up * sigma.value
    assert product.components["scale"].up == pytest.approx(up)
    turned = 1 / sigma
    assert turned.components["scale"].up == pytest.approx(sigma.components["scale"].down / sigma.value**2)


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


@settings(max_examples=50)
@given(mass=st.floats(200.0, 700.0), more=st.floats(1.0, 300.0), n=st.integers(-3, 3), factor=st.floats(0.1, 10.0))
def test_uncertainties_are_first_derivatives(network, mass, more, n, factor):
    a, b = (network({"m_a": m}, energy="13 TeV") for m in (mass, mass + more))
    found = factor * a ** (n + 1) / b**n + b

    def value(x, y):
        return factor * x ** (n + 1) / y**n + y

    up, down = 1 + 1e-5, 1 - 1e-5
    by_a = (value(a.value * up, b.value) - value(a.value * down, b.value)) / 2e-5
    by_b = (value(a.value, b.value * up) - value(a.value, b.value * down)) / 2e-5
    assert found.value == pytest.approx(value(a.value, b.value))
    assert found.uncertainty == pytest.approx(0.01 * np.hypot(by_a, by_b), rel=1e-4, abs=1e-9 * abs(found.value))
