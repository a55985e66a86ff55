import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets import OutsideRegionError, OutsideRegionWarning, ParameterError

INSIDE = {"m_a": 500.0, "sqrt_s": 13000.0, "mu_over_m": 1.0}


@given(m_a=st.floats(-1e4, 1e4), sqrt_s=st.floats(1e3, 2e4), mu=st.floats(0.0, 4.0))
def test_reach_tells_inside_from_outside(net, m_a, sqrt_s, mu):
    inside = (
        100 <= m_a <= 1200 and 7000 <= sqrt_s <= 14000 and 0.5 <= mu <= 2 and m_a <= 0.1 * sqrt_s
    )
    point = {"m_a": m_a, "sqrt_s": sqrt_s, "mu_over_m": mu}
    if inside:
        assert np.isfinite(net(point).value)
    else:
        assert net(point, outside="nan").reach > 1 - 1e-9


def test_outside_raises_warns_or_is_nan(net):
    far = INSIDE | {"m_a": 1500.0}
    with pytest.raises(
        OutsideRegionError, match=r"m_a = 1500 GeV lies outside \[100, 1200\].*outside='nan'"
    ):
        net(far)
    with pytest.warns(OutsideRegionWarning, match="m_a = 1500"):
        assert np.isfinite(net(far, outside="warn").value)
    assert np.isnan(net(far, outside="nan").value)
    assert np.isnan(net(far, outside="nan").uncertainty)
    with pytest.raises(ParameterError, match="'raise', 'nan' or 'warn', got 'clip'"):
        net(far, outside="clip")


def test_of_several_points_only_those_outside_are_nan(net):
    some = net(INSIDE | {"m_a": np.array([500.0, 1500.0])}, outside="nan")
    assert np.isnan(some.value).tolist() == [False, True]
    assert np.isnan(some.components["scale"].up).tolist() == [False, True]
    with pytest.raises(OutsideRegionError, match="1 of 2 points, the first of them point 1"):
        net(INSIDE | {"m_a": np.array([500.0, 1500.0])})


def test_scalars_of_numpy_and_python_are_alike(net):
    assert (
        net(INSIDE | {"m_a": np.float64(500.0)}).value
        == net(INSIDE | {"m_a": 500}).value
        == net(INSIDE).value
    )
    assert net(INSIDE | {"m_a": np.array(500.0)}).value == net(INSIDE).value
    assert net(INSIDE | {"m_a": np.array([500.0])}).value.shape == (1,)
