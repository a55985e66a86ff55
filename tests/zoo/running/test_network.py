import concurrent.futures
import multiprocessing
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lhnets.format import read

INSIDE = {"m_a": 500.0, "sqrt_s": 13000.0, "mu_over_m": 1.0}


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


def test_what_it_is(net, sealed_file):
    assert net.name == "cs-exponential@1"
    assert net.file == read(sealed_file)
    assert net.path.read_bytes() == sealed_file
    assert repr(net) == "<Network cs-exponential@1: An exponential>"
    assert net.verify().passed
