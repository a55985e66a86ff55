"""Predictions behave like numbers in Python, numpy and pandas."""

import math

import numpy as np
import pytest

import lhnets as ml


@pytest.fixture
def scalar(zoo):
    return zoo.load("cs-exponential")({"m_a": 500.0}, energy="13 TeV")


@pytest.fixture
def several(zoo):
    return zoo.load("cs-exponential")({"m_a": np.array([400.0, 500.0, 600.0])}, energy="13 TeV")


@pytest.fixture(params=["a prediction", "a composition"])
def either(request, scalar):
    return scalar if request.param == "a prediction" else scalar * 1.0


@pytest.mark.parametrize("spec", [".3e", "10.4f", "g", ">12", "+.1%"])
def test_formats_are_those_of_floats(either, several, spec):
    assert f"{either:{spec}}" == f"{either.value:{spec}}"
    for value in several.value:
        assert f"{value:{spec}}".strip() in f"{several:{spec}}"


def test_no_format_is_the_text_and_a_wrong_one_an_error(either):
    assert f"{either}" == str(either)
    with pytest.raises(ValueError, match="nknown format code"):
        f"{either:d}"


def test_comparisons_are_by_value(either, scalar):
    value = scalar.value
    assert either == value
    assert either == scalar == np.float64(value)
    assert either != value + 1
    assert value - 1 < either < value + 1
    assert either <= value <= either
    assert either >= scalar * 0.5
    assert either > 0
    assert not either < scalar
    assert either in [0.0, value]


def test_comparisons_convert_units(scalar):
    assert scalar.to("fb") == pytest.approx(1e3 * scalar.value)
    assert scalar * 2 > scalar.to("fb")
    assert scalar.to("ab") > scalar * 0.5
    assert scalar != scalar * scalar
    with pytest.raises(ml.ParameterError, match=r"cannot convert 'pb\^2' to 'pb'"):
        assert scalar < scalar * scalar


def test_what_is_no_number_is_unequal_and_has_no_order(either):
    assert either != "2.6"
    assert (either == None) is False  # noqa: E711
    with pytest.raises(TypeError, match="not supported between"):
        assert either < "2.6"


def test_arrays_are_compared_point_by_point(several, scalar):
    np.testing.assert_array_equal(several > scalar, [True, False, False])
    np.testing.assert_array_equal(several == scalar, [False, True, False])
    np.testing.assert_array_equal(several < several.value + 1, [True] * 3)
    np.testing.assert_array_equal(several.value[1] <= several, [True, True, False])
    with pytest.raises(ValueError, match="ambiguous"):
        bool(several > scalar)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(several)


def test_hashes_are_those_of_objects(scalar):
    assert len({scalar, scalar, scalar * 1.0}) == 2


def test_conversions(either, several):
    value = either.value
    assert float(either) == value
    assert int(either) == int(value)
    assert round(either) == round(value)
    assert round(either, 2) == round(value, 2)
    assert math.sqrt(either) == math.sqrt(value)
    assert bool(either)
    assert not bool(either * 0.0)
    np.testing.assert_array_equal(round(several, 2), np.round(several.value, 2))
    with pytest.raises(
        TypeError, match=r"shape \(3,\) is not one number: take one of its points, float"
    ):
        float(several)


def test_signs(either):
    assert (-either).value == -either.value
    assert (-either).uncertainty == either.uncertainty
    assert (-either).components["scale"].up == pytest.approx(either.components["scale"].down)
    assert +either is either
    assert abs(-either) == either
    assert abs(-either).components["scale"].up == pytest.approx(either.components["scale"].up)


def test_functions_of_python(either, several):
    assert sum([either, either]) == pytest.approx(2 * either.value)
    assert sum([either, either]).uncertainty == pytest.approx(2 * either.uncertainty)
    assert max(several) is not None
    assert max(several).value == several.value.max()
    assert sorted(several)[0] == several.value.min()


def test_arrays_iterate(several, either):
    assert [p.value for p in several] == several.value.tolist()
    assert [p.unit for p in several * 2.0] == ["pb"] * 3
    assert len(several * 2.0) == 3
    with pytest.raises(TypeError, match="no length"):
        iter(either)


def test_numpy_sees_the_value(either, several):
    assert np.sqrt(either) == np.sqrt(either.value)
    assert np.array([either, either]).dtype == np.float64
    np.testing.assert_array_equal(np.exp(several), np.exp(several.value))
    assert np.asarray(several, dtype=np.float32).dtype == np.float32
    changed = np.array(several)
    changed[:] = 0.0
    assert np.all(several.value > 0)


def test_pandas_takes_arrays_as_columns(zoo):
    pd = pytest.importorskip("pandas", reason="a column needs pandas")
    df = pd.DataFrame({"m_a": [400.0, 500.0]})
    made = df.assign(cs=ml.CS("p p > go go", df, energy="13 TeV"))
    assert made.cs.dtype == float
    found = made.cs * ml.CS("p p > go go", df, energy="13 TeV")
    np.testing.assert_allclose(found, made.cs**2)
