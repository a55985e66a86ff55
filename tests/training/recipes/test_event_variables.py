"""Learnt event variables: the file computes what the fit computes, with its symmetries."""

import itertools

import numpy as np
import pytest

from lhnets_training import recipes
from lhnets_training.fit.learnt_variable import LearntVariable
from lhnets_training.pipeline.exported import run_arrays
from lhnets_training.recipes.event_variables import _learnt

NAMES = ["variable-m", "variable-m-t", "variable-m-t2", "variable-two-step"]


@pytest.fixture(params=NAMES)
def made(request):
    """A recipe, its topology, and a network of random weights with its file."""
    module = recipes.find_module(request.param)
    recipe, topology = module.RECIPE, module.TOPOLOGY
    rng = np.random.default_rng(1)
    sizes = (3 + 4 * (topology.particles - 1), 8, 8, 1)
    layers = [(rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in itertools.pairwise(sizes)]
    learnt = LearntVariable(layers, rng.normal(size=sizes[0]), rng.uniform(1, 2, sizes[0]))
    return recipe, topology, learnt, run_arrays(_learnt.export(learnt, recipe.inputs[0]))


def test_the_file_computes_what_the_fit_computes(made):
    recipe, topology, learnt, run = made
    p, masses = _learnt.draw(topology, 200, 3)
    found = run({_learnt.PARTICLES: p})
    np.testing.assert_allclose(found["value"][:, 0], learnt(_learnt.features(p)), rtol=1e-9)
    assert (found["uncertainty"] == 0).all()
    assert found["reach"].max() <= 1
    assert masses.shape == (200, len(topology.masses))
    beyond = p.copy()
    beyond[:, 0, 0] = 1.01 * _learnt.MOST
    assert run({_learnt.PARTICLES: beyond})["reach"].min() > 1
    assert recipe.outputs[0].has_uncertainty is False


def test_rotations_and_mirrors_about_the_beam_change_nothing(made):
    _, topology, _, run = made
    p, _ = _learnt.draw(topology, 100, 4)
    turned = p.copy()
    turned[..., 1], turned[..., 2] = p[..., 2], -p[..., 1]
    for changed in (turned, p * [1, 1, -1, 1]):
        found = [run({_learnt.PARTICLES: np.ascontiguousarray(q)})["value"] for q in (p, changed)]
        np.testing.assert_allclose(found[0], found[1], rtol=1e-9)


def test_rows_of_the_data_set_become_the_same_events(made):
    recipe, topology, _, _ = made
    p, masses = _learnt.draw(topology, 50, _learnt.SEED)
    columns = [c.name for c in recipe.dataset.columns]
    assert len(columns) == 3 * topology.particles + masses.shape[1]
    again = recipe.events(p[..., 1:].reshape(50, -1))[_learnt.PARTICLES]
    np.testing.assert_allclose(again, p, rtol=1e-12)
