"""The profile over linear nuisances, by numpy and as nodes, against a minimiser."""

import numpy as np
import pytest
from scipy.optimize import minimize

from lhnets.format import Input
from lhnets_training.fit.linear_profile import LinearProfile
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.pipeline.exported import run_points

REGIONS = 6


def make_profile(nuisances):
    rng = np.random.default_rng(nuisances)
    background = np.exp(rng.uniform(np.log(0.4), np.log(80.0), REGIONS + 2))
    shifts = background * rng.uniform(-0.4, 0.4, (nuisances, REGIONS + 2))
    observed = rng.poisson(background).astype(float)
    centre = (1 - observed / background) @ shifts.T
    wide = np.full(nuisances, 8.0)
    place = np.array([0, 2, 3, 4, 6, 7])
    return LinearProfile(
        place, background, shifts, np.stack([observed, background]),
        np.stack([centre, np.zeros(nuisances)]), -wide, wide, 6,
    )  # fmt: skip


def minimum(profile, yields, k):
    signal = np.zeros(len(profile.background))
    signal[profile.place] = yields

    def half(u, added):
        rate = np.maximum(profile.background + added + u @ profile.shifts, 1e-9)
        pull = u - profile.centre[k]
        return (rate - profile.counts[k] * np.log(rate)).sum() + (pull**2).sum() / 2

    start = np.zeros(len(profile.shifts))
    with_signal, without = (
        minimize(
            half,
            start,
            (added,),
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20000},
        ).fun
        for added in (signal, 0.0)
    )
    return without - with_signal


@pytest.mark.parametrize("nuisances", [1, 3])
def test_the_minimum_is_that_of_a_minimiser(nuisances):
    profile, rng = make_profile(nuisances), np.random.default_rng(1)
    yields = rng.dirichlet(np.ones(REGIONS), 4) * np.array([[0.1], [3.0], [15.0], [60.0]])
    expected = [[minimum(profile, s, k) for k in (0, 1)] for s in yields]
    np.testing.assert_allclose(profile(yields), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("nuisances", [1, 3])
def test_nodes_compute_the_same(nuisances):
    profile = make_profile(nuisances)
    graph = NetworkGraph(
        [Input(name=f"s{k}", meaning="", unit="1", low=0.0, high=60.0) for k in range(6)]
    )
    graph.node("Identity", profile.build(graph), output="value")
    graph.node("Exp", "value", output="uncertainty")
    graph.reach()
    yields = np.random.default_rng(2).random((200, 6)) ** 4 * 60
    found = run_points(graph.serialize(2))(yields)["value"]
    np.testing.assert_allclose(found, profile(yields), rtol=1e-10, atol=1e-11)


def test_no_signal_is_zero_and_tiny_ones_are_smooth():
    profile = make_profile(3)
    assert np.abs(profile(np.zeros((1, 6)))).max() < 1e-12
    tiny = profile(np.full((1, 6), 1e-7)) / 1e-7
    np.testing.assert_allclose(profile(np.full((1, 6), 1e-6)) / 1e-6, tiny, rtol=1e-3, atol=1e-5)


def test_as_many_steps_as_are_needed():
    profile = make_profile(1)
    yields = np.random.default_rng(3).random((100, 6)) ** 4 * 60
    found = profile.converge(yields)
    assert 2 <= found.steps <= 9
    np.testing.assert_allclose(found(yields), found.converge(yields)(yields), rtol=1e-9)


def test_a_bin_without_events_may_vanish():
    one = np.array([[0.9, 0.5]])
    profile = LinearProfile(
        np.array([0]), np.array([4.0, 1.0]), one, np.array([[4.0, 0.0], [4.0, 1.0]]),
        np.zeros((2, 1)), np.array([-5.0]), np.array([5.0]),
    )  # fmt: skip
    yields = np.linspace(0, 60, 50)[:, None]
    found = profile.converge(yields)
    assert np.isfinite(found(yields)).all()
    assert (np.diff(found(yields)[:, 1]) < 0).all()
