"""What all quantities share: total uncertainty, tables."""

import sys

import numpy as np
import pytest

import lhnets as ml
from lhnets import MissingExtraError


@pytest.fixture
def network(zoo):
    return zoo.load("cs-exponential")


@pytest.fixture
def scalar(network):
    return network({"m_a": 500.0}, energy="13 TeV")


@pytest.fixture
def several(network):
    return network({"m_a": np.array([[400.0, 500.0, 600.0]])}, energy="13 TeV")


def test_predictions_and_compositions_are_quantities(scalar):
    assert isinstance(scalar, ml.Quantity)
    assert isinstance(scalar * 1.0, ml.Quantity)
    assert not isinstance(scalar * 1.0, ml.Prediction)


def test_the_total_adds_in_quadrature(scalar, several):
    for quantity in (scalar, scalar * 1.0):
        up, down = quantity.total()
        assert up == pytest.approx(np.hypot(0.01, 0.1) * scalar.value)
        assert down == pytest.approx(np.hypot(0.01, 1 / 15) * scalar.value)
    np.testing.assert_allclose(several.total().up, np.hypot(0.01, 0.1) * several.value)


def test_the_total_of_another_level(scalar):
    """The network by its calibration (2.2), components as of a normal distribution (1.96 /
    0.994)."""
    up, _ = scalar.total(0.95)
    assert up == pytest.approx(
        np.hypot(2.2 * 0.01, 0.1 * 1.959964 / 0.994458) * scalar.value, rel=1e-5
    )
    with pytest.raises(ValueError, match="calibrated up to"):
        scalar.total(0.99)


def test_without_components_the_total_is_the_networks(network):
    lo = network({"m_a": 500.0}, energy="13 TeV", order="LO")
    assert lo.total() == pytest.approx((lo.uncertainty, lo.uncertainty))


def test_a_table_of_pandas(scalar, several):
    pytest.importorskip("pandas", reason="tables need pandas")
    table = several.to_pandas()
    assert list(table.columns) == ["value", "uncertainty", "reach", "scale up", "scale down"]
    np.testing.assert_array_equal(table["value"], several.value.ravel())
    np.testing.assert_array_equal(table["scale down"], several.components["scale"].down.ravel())
    assert len(scalar.to_pandas()) == 1
    product = (several * scalar).to_pandas()
    np.testing.assert_allclose(product["reach"], np.maximum(several.reach.ravel(), scalar.reach))


def test_without_pandas_there_is_no_table(scalar, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"to_pandas.* needs pandas.*pip install pandas"):
        scalar.to_pandas()
