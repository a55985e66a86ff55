import numpy as np
import pytest

from lhnets.format import HalfSpace, Input, UnitVector
from lhnets_training.data.sample import DesignError, inside, latin, sobol, uniform

INPUTS = (
    Input(name="m", unit="GeV", meaning="a mass", low=100.0, high=1000.0),
    Input(name="e", unit="GeV", meaning="an energy", low=1000.0, high=4000.0),
)
REGION = (HalfSpace(coefficients={"m": 1.0, "e": -0.25}, bound=0.0, meaning="m <= e/4"),)


def test_a_design_fills_the_region_and_nothing_else() -> None:
    x = sobol(INPUTS, 500, 1, region=REGION, log=("m",), edges=0.4, digits=5)
    assert x.shape == (500, 2)
    assert inside(x, INPUTS, REGION).all()
    assert np.array_equal(x, sobol(INPUTS, 500, 1, region=REGION, log=("m",), edges=0.4, digits=5))
    assert not np.array_equal(
        x, sobol(INPUTS, 500, 2, region=REGION, log=("m",), edges=0.4, digits=5)
    )


def test_a_latin_hypercube_has_every_step_of_every_input_once() -> None:
    x = latin(INPUTS, 200, 1, log=("m",))
    steps = (
        np.stack([np.log(x[:, 0] / 100.0) / np.log(10.0), (x[:, 1] - 1000.0) / 3000.0], axis=1)
        * 200
    )
    assert [np.unique(np.floor(column)).size for column in steps.T] == [200, 200]
    assert not np.array_equal(x, latin(INPUTS, 200, 2, log=("m",)))


def test_a_latin_hypercube_fills_a_region_that_is_no_box() -> None:
    x = latin(INPUTS, 300, 1, region=REGION, edges=0.3, digits=6)
    assert x.shape == (300, 2)
    assert inside(x, INPUTS, REGION).all()
    nothing = HalfSpace(coefficients={"m": 1.0}, bound=100.001, meaning="m at its lower edge")
    with pytest.raises(DesignError, match="give a tighter box"):
        latin(INPUTS, 64, 1, region=(nothing,))


def test_digits_make_short_numbers() -> None:
    x = sobol(INPUTS, 64, 1, digits=4)
    assert all(float(f"{v:.4g}") == v for v in x.ravel())


def test_edges_move_points_outwards() -> None:
    even, edged = (sobol(INPUTS, 4096, 1, edges=e) for e in (0.0, 0.5))
    outer = [(x[:, 0] < 190.0).mean() for x in (even, edged)]
    assert outer[0] == pytest.approx(0.1, abs=0.01)
    assert outer[1] > 1.3 * outer[0]


def test_uniform_points_lie_in_the_region() -> None:
    assert inside(uniform(INPUTS, 300, 1, REGION), INPUTS, REGION).all()


def test_a_region_that_is_nearly_empty_is_refused() -> None:
    nothing = HalfSpace(coefficients={"m": 1.0}, bound=100.001, meaning="m at its lower edge")
    with pytest.raises(DesignError, match="give a tighter box"):
        sobol(INPUTS, 64, 1, region=(nothing,))


def test_an_input_without_range_is_refused() -> None:
    with pytest.raises(DesignError, match="inputs m have no range"):
        sobol((Input(name="m", unit="GeV", meaning="a mass"),), 8, 1)


def test_points_lie_on_unit_vectors() -> None:
    mixing = tuple(
        Input(name=n, unit="1", meaning="a mixing element", low=-1.0, high=1.0) for n in ("c", "s")
    )
    row = UnitVector(inputs=("c", "s"), tolerance=1e-3, meaning="c^2 + s^2 = 1")
    x = uniform((*INPUTS, *mixing), 300, 1, (*REGION, row))
    assert np.abs((x[:, 2:] ** 2).sum(axis=1) - 1).max() < 1e-12
    assert inside(x, (*INPUTS, *mixing), (*REGION, row)).all()
    x[:, 3] *= 0.99
    assert not inside(x, (*INPUTS, *mixing), (*REGION, row)).all()
    assert len(sobol((*INPUTS, *mixing), 64, 1, region=(row,))) == 64
