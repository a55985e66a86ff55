import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets._asking import units
from lhnets.errors import ParameterError

powers = st.dictionaries(
    st.sampled_from(["pb", "GeV", "fb", "events"]), st.integers(-3, 3).filter(bool), max_size=3
)


@given(powers)
def test_spelling_and_reading_are_inverse(given_powers):
    assert units.parse(units.spell(given_powers)) == given_powers


@given(powers, powers)
def test_a_unit_divided_by_itself_leaves_the_rest(first, second):
    a, b = units.spell(first), units.spell(second)
    assert units.product(units.product(a, b), b, -1) == a


@pytest.mark.parametrize(
    ("unit", "wanted", "expected"),
    [
        ("pb", "fb", 1e3),
        ("fb", "pb", 1e-3),
        ("GeV", "TeV", 1e-3),
        ("fb^-1", "pb^-1", 1e3),
        ("fb fb^-1", "1", 1.0),
        ("pb fb^-1", "1", 1e3),
    ],
)
def test_conversions(unit, wanted, expected):
    assert units.factor(unit, wanted) == pytest.approx(expected)


def test_units_of_different_kinds_do_not_convert():
    with pytest.raises(ParameterError, match="cannot convert 'pb' to 'GeV'"):
        units.factor("pb", "GeV")


def test_an_unreadable_unit():
    with pytest.raises(ParameterError, match="cannot read the unit 'pb\\^x'"):
        units.parse("pb^x")
