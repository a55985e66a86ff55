import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lhnets import ParameterError
from lhnets._asking.parameters import named, outside_message, to_rows

ENERGY = {"sqrt_s": 13000.0}


def test_scalars_give_one_row_and_no_shape(make_card):
    rows, shape = to_rows({"m_a": 500}, make_card(), ENERGY)
    assert shape == ()
    assert rows.tolist() == [[500.0, 13000.0, 1.0]]


@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4))
def test_arrays_broadcast_as_in_numpy(a_card, shapes):
    m_a = np.full(shapes.input_shapes[0], 300.0)
    mu = np.linspace(0.5, 2.0, int(np.prod(shapes.input_shapes[1]))).reshape(shapes.input_shapes[1])
    rows, shape = to_rows({"m_a": m_a, "mu_over_m": mu}, a_card, ENERGY)
    assert shape == shapes.result_shape
    np.testing.assert_array_equal(rows[:, 2], np.broadcast_to(mu, shape).ravel())


def test_arrays_are_taken_in_card_order(make_card):
    array = np.array([[500.0, 13000.0, 1.0], [600.0, 8000.0, 2.0]])
    assert to_rows(array, make_card(), {})[0].tolist() == array.tolist()
    without_energy, shape = to_rows(array[:, [0, 2]], make_card(), ENERGY)
    assert without_energy[1].tolist() == [600.0, 13000.0, 2.0]
    assert shape == (2,)


def test_tables_are_taken_by_their_column_names(make_card):
    pyarrow = pytest.importorskip("pyarrow", reason="tables of the extra [datasets]")
    table = pyarrow.table({"mu_over_m": [0.5, 2.0], "m_a": [500.0, 600.0]})
    assert to_rows(table, make_card(), ENERGY)[0].tolist() == [
        [500.0, 13000.0, 0.5],
        [600.0, 13000.0, 2.0],
    ]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"m_b": 1.0}, r"no parameter 'm_b' \(did you mean 'm_a'\?\)"),
        ({}, r"misses m_a \(mass of A, GeV\)"),
        ({"m_a": 500.0, "sqrt_s": 8000.0}, "sqrt_s of cs-exponential@1 is given twice"),
        ({"m_a": "heavy"}, "m_a must be a number or an array of numbers in GeV, got 'heavy'"),
        ({"m_a": None}, "m_a must be a number"),
        ({"m_a": 1j}, "m_a must be a number"),
        ({"m_a": float("nan")}, "m_a of cs-exponential@1 is nan"),
        ({"m_a": [500.0, float("inf")]}, "m_a of cs-exponential@1 is inf at point 1"),
        (
            {"m_a": [1.0, 2.0], "mu_over_m": [1.0, 2.0, 3.0]},
            r"do not broadcast to one shape: m_a \(2,\)",
        ),
        (np.zeros(3), r"must have shape \(N, 3\)"),
        (np.zeros((2, 5)), r"got \(2, 5\)"),
        (np.zeros((2, 3)), "given twice"),
        ([["a", "b"]], "must hold numbers"),
        (7, "cannot read parameters of type int"),
    ],
)
def test_wrong_parameters_say_what_is_right(make_card, params, message):
    with pytest.raises(ParameterError, match=message):
        to_rows(params, make_card(), ENERGY)


def test_a_missing_energy_is_asked_for_by_its_argument(make_card):
    with pytest.raises(ParameterError, match="energy='13 TeV'"):
        to_rows({"m_a": 500.0}, make_card(), {})


def test_bare_arrays_have_no_names():
    assert named(np.zeros((2, 2))) is None
    assert dict(named({"a": 1})) == {"a": 1}


def test_the_bounds_that_a_point_breaks_are_named(make_card):
    message = outside_message(np.array([0.9, 8000.0, 3.0]), 2.0, make_card())
    assert "m_a = 0.9 GeV lies outside [100, 1200], was it meant in TeV?" in message
    assert "mu_over_m = 3 lies outside [0.5, 2]" in message
    plane = outside_message(np.array([1000.0, 8000.0, 1.0]), 1.2, make_card())
    assert "m_a <= 0.1 sqrt_s does not hold for m_a = 1000, sqrt_s = 8000" in plane


@given(st.dictionaries(st.text(max_size=5), st.floats(), max_size=4))
def test_any_mapping_is_taken_or_refused(a_card, mapping):
    try:
        rows, _ = to_rows(mapping, a_card, ENERGY)
    except ParameterError:
        return
    assert np.isfinite(rows).all()


def test_masked_entries_are_refused(make_card):
    masked = np.ma.array([500.0, 600.0], mask=[False, True])
    with pytest.raises(ParameterError, match="m_a has 1 masked entries"):
        to_rows({"m_a": masked}, make_card(), ENERGY)
    with pytest.raises(ParameterError, match="has masked entries"):
        to_rows(masked[:, None], make_card(), ENERGY | {"mu_over_m": 1.0})
    unmasked = np.ma.array([500.0, 600.0])
    assert to_rows({"m_a": unmasked}, make_card(), ENERGY)[0][:, 0].tolist() == [500.0, 600.0]
