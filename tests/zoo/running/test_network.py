import concurrent.futures
import multiprocessing
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets import Network, OutsideRegionError, OutsideRegionWarning, ParameterError
from lhnets._running.session import CHUNK, rows_at_once
from lhnets.format import read

INSIDE = {"m_a": 500.0, "sqrt_s": 13000.0, "mu_over_m": 1.0}


@pytest.fixture(scope="module")
def net(sealed_file, tmp_path_factory):
    path = tmp_path_factory.mktemp("net") / "x.onnx"
    path.write_bytes(sealed_file)
    return Network(sealed_file, path)


@given(m_a=st.floats(100.0, 700.0), sqrt_s=st.floats(7000.0, 14000.0), mu=st.floats(0.5, 2.0))
def test_points_arrays_and_the_bare_path_agree(net, truth, m_a, sqrt_s, mu):
    point = {"m_a": m_a, "sqrt_s": sqrt_s, "mu_over_m": mu}
    one = net(point)
    many = net({k: np.array([v, v]) for k, v in point.items()})
    bare = net.predict([[m_a, sqrt_s, mu]])
    assert (
        one.value
        == many.value[1]
        == bare.value[0, 1]
        == pytest.approx(truth(m_a, sqrt_s, mu, 1), rel=1e-12)
    )
    assert one.reach == many.reach[0] == bare.reach[0] <= 1 + 1e-9


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


def test_orders_and_outputs_select_a_column(net, truth):
    assert net(INSIDE).order == "NLO"
    assert net(INSIDE, order="lo").value == pytest.approx(truth(500.0, 13000.0))
    assert net(INSIDE, output="NLO scale up").value == pytest.approx(
        truth(500.0, 13000.0, column=2)
    )
    with pytest.raises(ParameterError, match="no output of order 'N3LO'"):
        net(INSIDE, order="N3LO")


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


@pytest.mark.parametrize("rows", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_batches_of_any_size(net, truth, rows):
    x = np.array([[500.0, 13000.0, 1.0]]) + np.linspace(0, 1, rows)[:, None]
    found = net.predict(x)
    assert found.value.shape == (rows, 4)
    np.testing.assert_allclose(found.value[:, 0], truth(*x.T), rtol=1e-12)


def test_arrays_of_the_wrong_shape(net):
    with pytest.raises(ParameterError, match="columns m_a, sqrt_s, mu_over_m"):
        net.predict(np.zeros((3, 2)))
    with pytest.raises(ParameterError, match="cannot be evaluated"):
        net.predict({"constituents": np.zeros((3, 2))})


def test_threads_do_not_mix_their_points(net, truth):
    def scan(m_a):
        return all(
            net(INSIDE | {"m_a": m_a}).value == pytest.approx(truth(m_a, 13000.0, column=1))
            for _ in range(300)
        )

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(pool.map(scan, [150.0, 300.0, 600.0, 900.0]))


def test_networks_travel_to_other_processes(net):
    assert pickle.loads(pickle.dumps(net))(INSIDE).value == net(INSIDE).value
    with concurrent.futures.ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        assert (
            pool.submit(net.predict, [[500.0, 13000.0, 1.0]]).result().value[0, 1]
            == net(INSIDE).value
        )


def test_scalars_of_numpy_and_python_are_alike(net):
    assert (
        net(INSIDE | {"m_a": np.float64(500.0)}).value
        == net(INSIDE | {"m_a": 500}).value
        == net(INSIDE).value
    )
    assert net(INSIDE | {"m_a": np.array(500.0)}).value == net(INSIDE).value
    assert net(INSIDE | {"m_a": np.array([500.0])}).value.shape == (1,)


def test_what_it_is(net, sealed_file):
    assert net.name == "cs-exponential@1"
    assert net.file == read(sealed_file)
    assert net.path.read_bytes() == sealed_file
    assert repr(net) == "<Network cs-exponential@1: An exponential>"
    assert net.verify().passed


def test_rows_are_taken_by_their_bytes():
    wide = {"jets": np.zeros((10, 30, 60), np.float32)}
    assert rows_at_once({"parameters": np.zeros((10, 4))}) == CHUNK
    assert rows_at_once(wide) == 2**20 // (30 * 60 * 4)
    assert rows_at_once({"image": np.zeros((2, 1000, 1000))}) == 16
