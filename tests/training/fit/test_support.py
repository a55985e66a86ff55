"""Where a model has rows: holes, empty corners and clusters, however the rows lie."""

import numpy as np
import onnxruntime
import pytest

from lhnets.format import Input
from lhnets_training.fit.coordinates import Standardised
from lhnets_training.fit.kinks import Natural
from lhnets_training.fit.support import Support, choose_evenly
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph


def support(x: np.ndarray, seed: int = 1) -> Support:
    coordinates = Standardised.of(x, Natural((False,) * x.shape[1]))
    region = np.random.default_rng(seed).uniform(x.min(axis=0), x.max(axis=0), (2000, x.shape[1]))
    return Support.of(x, coordinates, region)


def scattered(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(3).random((rows, columns))


def grid() -> np.ndarray:
    a, b = np.meshgrid(np.linspace(0, 1, 51), np.linspace(0, 1, 6))
    return np.stack([a.ravel(), b.ravel()], axis=1)


def in_hole(x: np.ndarray, half: float = 0.2) -> np.ndarray:
    return np.abs(x[:, 0] - 0.5) < half


@pytest.mark.parametrize(
    "rows", [np.linspace(0, 1, 80)[:, None], scattered(500, 2), grid()], ids=["line", "2", "grid"]
)
def test_a_hole_is_outside_and_what_is_between_rows_is_not(rows: np.ndarray) -> None:
    points = np.random.default_rng(4).random((2000, rows.shape[1]))
    whole = support(rows).reach(points)
    assert (whole > 1).mean() < 0.02
    holed = support(rows[~in_hole(rows)])
    reach, deep = holed.reach(points), in_hole(points, 0.1)
    assert (reach[deep] > 1).mean() > 0.95
    assert (reach[~in_hole(points)] > 1).mean() < 0.02
    assert np.median(holed.remoteness(points)[deep]) > 1


def test_an_empty_corner_of_two_inputs_is_found_among_six() -> None:
    rows = scattered(4000, 6)
    corner = rows[:, 0] + rows[:, 3] > 1.1
    points = np.random.default_rng(5).random((2000, 6))
    reach = support(rows[~corner]).reach(points)
    assert (reach[points[:, 0] + points[:, 3] > 1.4] > 1).mean() > 0.9
    assert (reach[points[:, 0] + points[:, 3] < 1.1] > 1).mean() < 0.02


def test_between_a_few_energies_nothing_is_near() -> None:
    rows = scattered(400, 2)
    rows[:, 0] = np.array([7.0, 8.0, 13.0, 13.6])[np.arange(400) % 4]
    found = support(rows).reach(np.array([[8.0, 0.5], [10.0, 0.5], [13.3, 0.5], [13.6, 0.2]]))
    assert (found > 1).tolist() == [False, True, True, False]


def test_a_cluster_has_a_few_of_the_even_rows() -> None:
    cluster = np.random.default_rng(6).normal(0.3, 0.01, (600, 2))
    chosen = choose_evenly(np.concatenate([scattered(200, 2), cluster]))
    assert 100 < len(chosen) < 300
    assert (chosen < 200).mean() > 0.8
    assert len(choose_evenly(scattered(200, 2))) == 200


def test_the_graph_gives_the_same() -> None:
    rows = scattered(300, 3)
    found = support(rows[rows[:, 0] + rows[:, 1] < 1.2])
    assert len(found.covers) > 1
    inputs = tuple(Input(name=n, unit="1", meaning=n, low=0.0, high=1.0) for n in "abc")
    graph = NetworkGraph(inputs)
    nodes = found.build(graph)
    graph.node("Identity", nodes.near, output="value")
    nothing = graph.node("Mul", nodes.near, graph.constant(np.array(0.0)))
    graph.node("Add", nothing, nodes.remoteness, output="uncertainty")
    graph.reach(nodes.reach)
    session = onnxruntime.InferenceSession(graph.serialize(found.centres))
    points = np.random.default_rng(7).uniform(-0.5, 1.5, (500, 3))
    near, remote, reach = session.run(None, {PARAMETERS: points})
    np.testing.assert_allclose(near, found.near(points), atol=1e-9)
    np.testing.assert_allclose(remote[:, 0], found.remoteness(points), rtol=1e-8, atol=1e-9)
    box = np.abs(points - 0.5).max(axis=1) / 0.5
    np.testing.assert_allclose(reach, np.maximum(box, found.reach(points)), rtol=1e-9)
    constraint = found.constraint(rows[rows[:, 0] + rows[:, 1] < 1.2], inputs)
    assert constraint.points == found.centres
    assert all(0.02 < length < 0.5 for length in constraint.lengths.values())
