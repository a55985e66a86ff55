"""Raw features by numpy and as nodes of a graph."""

from itertools import combinations_with_replacement

import numpy as np
import pytest

from lhnets.format import Input
from lhnets_training.fit.features import powers, with_products
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.pipeline.exported import run_points

INPUTS = tuple(Input(name=n, unit="1", meaning="a number", low=1.0, high=4.0) for n in "ab")
X = np.random.default_rng(1).uniform(1.0, 4.0, (20, 2))


@pytest.mark.parametrize("degree", [1, 2, 3, 5])
def test_products_are_all_monomials_up_to_a_degree(degree: int) -> None:
    base = powers(INPUTS, 2)
    first = base.values(X)
    degrees = (
        combinations_with_replacement(range(first.shape[1]), factors)
        for factors in range(1, degree + 1)
    )
    expected = {
        tuple(np.round(first[:, list(c)].prod(axis=1), 12)) for some in degrees for c in some
    }
    terms = with_products(base, degree)
    found = terms.values(X)
    assert {tuple(column) for column in np.round(found.T, 12)} == expected
    np.testing.assert_allclose(found @ terms.features, first @ base.features)


def test_the_graph_computes_the_same_products() -> None:
    terms = with_products(powers(INPUTS, 2), 3)
    expected = terms.values(X)
    graph = NetworkGraph(INPUTS)
    graph.node("Identity", terms.build(graph), output="value")
    graph.node("Identity", "value", output="uncertainty")
    graph.reach()
    np.testing.assert_allclose(
        run_points(graph.serialize(expected.shape[1]))(X)["value"], expected, rtol=1e-12
    )
