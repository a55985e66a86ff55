"""Quantities of pint and astropy as parameters: converted, never stripped of their unit."""

import numpy as np
import pytest

import lhnets as ml
from lhnets._asking.parameters import to_rows


class Pint:
    """What lhnets uses of a quantity of pint, for masses."""

    def __init__(self, magnitude, unit):
        self.magnitude, self._unit = magnitude, unit

    def to(self, unit):
        if unit != "GeV":
            raise TypeError(f"cannot convert to {unit!r}")
        return Pint(self.magnitude * {"GeV": 1.0, "TeV": 1e3}[self._unit], unit)

    def __float__(self):
        raise TypeError("a quantity with a unit is no number")

    __radd__ = __add__ = __float__


class Astropy:
    """What lhnets uses of a quantity of astropy, for masses."""

    def __init__(self, values, unit):
        self._values, self._unit = np.asarray(values), unit

    def to_value(self, unit):
        return self._values * {"GeV": 1.0, "TeV": 1e3}[self._unit]


def test_masses_are_converted(zoo, make_card):
    card = make_card()
    for mass in (Pint(0.5, "TeV"), Astropy(0.5, "TeV")):
        rows, shape = to_rows({"m_a": mass, "sqrt_s": 13000.0}, card, {})
        assert (rows[0, 0], shape) == (500.0, ())
    rows, _ = to_rows({"m_a": Pint(np.array([0.2, 0.5]), "TeV"), "sqrt_s": 8e3}, card, {})
    assert rows[:, 0].tolist() == [200.0, 500.0]


def test_a_question_takes_them(zoo):
    plain = ml.CS("p p > go go", {"m_a": 500.0}, energy="13 TeV")
    assert ml.CS("p p > go go", {"m_a": Pint(0.5, "TeV")}, energy="13 TeV").value == plain.value


def test_another_dimension_is_refused_by_name(zoo):
    with pytest.raises(ml.ParameterError, match=r"mu_over_m is in 1, got .*cannot convert"):
        ml.CS("p p > go go", {"m_a": 500.0, "mu_over_m": Pint(1.0, "GeV")}, energy="13 TeV")


def test_pint_itself():
    pint = pytest.importorskip("pint", reason="pint is not installed")
    unit = pint.UnitRegistry()
    two = ml.CS("p p > go go", {"m_go": 2 * unit.TeV}, energy="13 TeV")
    assert two.value == ml.CS("p p > go go", {"m_go": 2000.0}, energy="13 TeV").value
    with pytest.raises(ml.ParameterError, match="m_go is in GeV, got 2 meter"):
        ml.CS("p p > go go", {"m_go": 2 * unit.meter}, energy="13 TeV")
