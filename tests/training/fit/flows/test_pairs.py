"""Flows of pairs: the file draws and weighs as the fit does, and its density is one."""

import numpy as np
import pytest
import torch

from lhnets_training import recipes
from lhnets_training.fit.flows.pair import PairFlow
from lhnets_training.fit.flows.pair_graph import COORDINATES, IMPOSSIBLE, NOISE, export
from lhnets_training.fit.flows.splines import Flow, FlowPlan
from lhnets_training.labels.events.pairs import coordinates
from lhnets_training.pipeline.exported import run_arrays

ROWS = 400
SQRT_S = 9000.0


@pytest.fixture(scope="module")
def made():
    """A flow of random weights with its file, and coordinates in its range."""
    module = recipes.find_module("generator-z-mumu")
    torch.manual_seed(1)
    flow = Flow(1, 3, FlowPlan(bins=6, width=8)).double()
    for parameter in flow.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    pair = PairFlow(flow, module.PAIR.space)
    return pair, run_arrays(export(pair, module.RECIPE.inputs))


def ask(run, x, noise, sqrt_s=SQRT_S):
    energy = np.full((len(x), 1), sqrt_s)
    return run({"parameters": energy, COORDINATES: x, NOISE: noise})


def test_the_file_draws_and_weighs_as_the_fit_does(made):
    pair, run = made
    u, noise = np.random.default_rng(2).random((2, ROWS, 4))
    energy = np.full(ROWS, SQRT_S)
    x = pair.space.from_cube(u, energy)
    found = ask(run, x, noise)
    np.testing.assert_allclose(found["value"][:, :12], pair.sample(noise, energy), rtol=1e-7)
    np.testing.assert_allclose(found["value"][:, 12], pair.log_density(x, energy), atol=1e-7)
    assert (found["uncertainty"] == 0).all()
    assert found["reach"].max() <= 1


def test_the_sampler_undoes_the_map_to_uniform_numbers(made):
    pair, _ = made
    u = torch.tensor(np.random.default_rng(3).random((ROWS, 3)))
    given = torch.full((ROWS, 1), 0.3, dtype=torch.float64)
    with torch.no_grad():
        z, _ = pair.flow(u, given)
        np.testing.assert_allclose(pair.flow.invert(z, given), u, atol=1e-9)


def test_the_density_integrates_to_one(made):
    pair, run = made
    u = np.random.default_rng(4).random((20_000, 4))
    energy = np.full(len(u), SQRT_S)
    x = pair.space.from_cube(u, energy)
    share = np.exp(ask(run, x, u)["value"][:, 12] - pair.space.log_volume(x, energy))
    assert abs(share.mean() - 1) < 5 * share.std() / np.sqrt(len(u))


def test_noise_at_its_ends_and_beyond_gives_events(made):
    pair, run = made
    noise = np.array([[0.0] * 4, [1.0] * 4, [1.01, -0.01, 1.01, 0.0]])
    x = pair.space.from_cube(np.full((3, 4), 0.5), np.full(3, SQRT_S))
    assert np.isfinite(ask(run, x, noise)["value"]).all()


def test_rapidities_beyond_their_limit_are_impossible_and_other_energies_are_outside(made):
    pair, run = made
    x = np.array([[pair.space.most, np.log(SQRT_S / pair.space.most) + 0.01, 0.0, 0.0]])
    noise = np.full((1, 4), 0.5)
    assert ask(run, x, noise)["value"][0, 12] == IMPOSSIBLE
    assert ask(run, x, noise, 15_000.0)["reach"][0] > 1


def test_momenta_have_the_coordinates_that_they_are_made_of(made):
    pair, _ = made
    u = np.random.default_rng(5).random((ROWS, 4))
    x = pair.space.from_cube(u, np.full(ROWS, SQRT_S))
    np.testing.assert_allclose(coordinates(pair.space.momenta(x)), x, rtol=1e-6, atol=1e-6)
