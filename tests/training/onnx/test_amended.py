"""Finished graphs with a factor on their uncertainty, or in a smaller region."""

import numpy as np
import pytest

import lhnets as ml
from lhnets.format import HalfSpace, strip
from lhnets_training.data.sample import inside, project, uniform
from lhnets_training.onnx.factor import Factor, expose, find_hidden
from lhnets_training.onnx.narrow import narrow
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipes._spectra import mixing_row


@pytest.mark.parametrize(
    ("name", "sizes"), [("loop-c0-above@1", [(20, 2), (20, 2)]), ("br-stop@1", [(14, 1), (14, 1)])]
)
def test_a_factor_changes_the_uncertainty_alone(name: str, sizes: list[tuple[int, int]]) -> None:
    network = ml.load(name)
    model, card = strip(network.file.content), network.card
    layers = find_hidden(model)
    assert [(h.width, h.images) for h in layers] == sizes
    rng = np.random.default_rng(1)
    width, k = sum(h.width for h in layers), len(card.outputs)
    factor = Factor(
        layers, *(rng.normal(0, 0.3, s) for s in ((width, 5), (5,), (5, k), (k,)))
    ).times(np.full(k, 2.0))
    x = np.asarray(network.file.reference.inputs["parameters"])
    before, after = run_points(model)(x), run_points(factor.apply(model))(x)
    np.testing.assert_array_equal(after["value"], before["value"])
    np.testing.assert_array_equal(after["reach"], before["reach"])
    seen = run_points(expose(model, layers))(x)
    sums = [seen[h.name].reshape(len(x), h.images, h.width).sum(axis=1) for h in layers]
    expected = before["uncertainty"] * factor(np.concatenate(sums, axis=1))
    np.testing.assert_allclose(after["uncertainty"], expected, rtol=1e-12)


def test_a_graph_without_hidden_layers_has_none() -> None:
    assert find_hidden(strip(ml.load("cs-slepton-pair@1").file.content)) == ()


def test_a_narrowed_graph_has_a_reach_above_one_outside() -> None:
    network = ml.load("loop-b0@1")
    model, inputs = strip(network.file.content), network.card.inputs
    names = [i.name for i in inputs]
    cut = HalfSpace(coefficients={names[1]: 1.0, names[2]: -2.0}, bound=0.0, meaning="m1 <= 2 m2")
    x = uniform(inputs, 2000, 1, network.card.half_spaces)
    before, after = run_points(model)(x), run_points(narrow(model, inputs, [cut]))(x)
    np.testing.assert_array_equal(after["value"], before["value"])
    within = inside(x, inputs, [cut])
    assert 0 < within.sum() < len(x)
    np.testing.assert_array_equal(after["reach"] <= 1, (before["reach"] <= 1) & within)


def test_a_graph_narrowed_to_rows_of_mixing_refuses_others() -> None:
    network = ml.load("br-gluino@1")
    model, inputs = strip(network.file.content), network.card.inputs
    region = (*network.card.half_spaces, mixing_row("t_11", "t_12"))
    x = uniform(inputs, 2000, 1, network.card.half_spaces)
    x[::2] = project(x[::2], inputs, region)
    before, after = run_points(model)(x), run_points(narrow(model, inputs, region))(x)
    np.testing.assert_array_equal(after["value"], before["value"])
    within = inside(x, inputs, region)
    assert within[::2].all()
    assert within[1::2].mean() < 0.05
    np.testing.assert_array_equal(after["reach"] <= 1, (before["reach"] <= 1) & within)
