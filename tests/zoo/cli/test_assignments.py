import numpy as np
import pytest

from lhnets import ParameterError
from lhnets.cli.assignments import assignments_to_parameters


def test_numbers_lists_and_ranges():
    found = assignments_to_parameters(("m=2e3", "a=1,2.5", "b=1000:2000:500", "c=0:1:0.1"))
    assert found["m"] == 2000
    np.testing.assert_array_equal(found["a"], [1, 2.5])
    np.testing.assert_array_equal(found["b"], [1000, 1500, 2000])
    np.testing.assert_allclose(found["c"], np.linspace(0, 1, 11))


@pytest.mark.parametrize(
    "text", ["m", "=3", "m=", "m=x", "m=1:2", "m=2:1:1", "m=1:2:0", "m=0:inf:1", "m=0:1:1e-9"]
)
def test_what_is_no_assignment(text):
    with pytest.raises(ParameterError, match="expected NAME=VALUE"):
        assignments_to_parameters((text,))


def test_a_name_given_twice():
    with pytest.raises(ParameterError, match="m_go is given twice"):
        assignments_to_parameters(("m_go=1", "m_go=2"))


def test_units_are_those_of_the_network():
    units = {"m": "GeV", "x": "1", "ctau": "m"}.get
    found = assignments_to_parameters(("m=2TeV", "x=1e-3", "ctau=1e2", "other=1:3:1"), units)
    assert found["m"] == 2000
    assert (found["x"], found["ctau"]) == (1e-3, 100)
    np.testing.assert_allclose(
        assignments_to_parameters(("m=1:3:1TeV",), units)["m"], [1e3, 2e3, 3e3]
    )
    assert assignments_to_parameters(("m=1500 GeV",), units)["m"] == 1500


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m=2pb", "expected a number in GeV"),
        ("x=2TeV", "expected a pure number"),
        ("other=2TeV", "which unit the network takes is not clear"),
    ],
)
def test_units_that_do_not_fit(text, expected):
    with pytest.raises(ParameterError, match=expected):
        assignments_to_parameters((text,), {"m": "GeV", "x": "1"}.get)
