"""The declared reach by numpy, against graphs and against the region itself."""

import numpy as np
import pytest

from lhnets.format import Feature, HalfSpace, Input
from lhnets_training.data.sample import inside
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.pipeline.exported import run_points
from lhnets_training.pipeline.reach import find_ranges, reach_of_events, reach_of_points

INPUTS = (
    Input(name="a", unit="GeV", meaning="a", low=100.0, high=900.0),
    Input(name="b", unit="GeV", meaning="b", low=-50.0, high=450.0),
)
REGION = (HalfSpace(coefficients={"a": -1.0, "b": 2.0}, bound=100.0, meaning="2 b - a <= 100"),)
POINTS = np.random.default_rng(1).uniform([-300, -300], [1300, 800], (2000, 2))


@pytest.mark.parametrize("region", [(), REGION])
def test_points_are_inside_up_to_one(region):
    found = reach_of_points(POINTS, INPUTS, region)
    np.testing.assert_array_equal(found <= 1, inside(POINTS, INPUTS, region))


def test_the_graph_computes_the_same():
    graph = NetworkGraph(INPUTS, REGION)
    for output in ("value", "uncertainty"):
        graph.node("Gather", "parameters", graph.constant(np.array([0])), axis=1, output=output)
    graph.reach()
    found = run_points(graph.serialize(1))(POINTS)["reach"]
    np.testing.assert_allclose(
        found, reach_of_points(POINTS, INPUTS, REGION), rtol=1e-12, atol=1e-12
    )


def test_events_count_neither_padding_nor_what_a_mask_hides():
    features = (Feature(name="pt", meaning="pt", unit="GeV", low=0.0, high=100.0),)
    jets = Input(
        name="jets", unit="1", meaning="jets", shape=("N", "P", 1), features=features, padding=-1e6
    )
    hits = Input(name="hits", unit="1", meaning="hits", shape=("N", "H"), low=0.0, high=10.0)
    mask = Input(
        name="mask", unit="1", meaning="mask", shape=("N", "H"), dtype="bool", mask_of=("hits",)
    )
    arrays = {
        "jets": np.array([[[50.0], [75.0], [-1e6]], [[50.0], [150.0], [-1e6]]]),
        "hits": np.array([[5.0, 9.0], [5.0, 99.0]]),
        "mask": np.array([[True, True], [True, False]]),
    }
    np.testing.assert_allclose(reach_of_events(arrays, (jets, hits, mask)), [0.8, 2.0])
    assert find_ranges(mask) is None
