from itertools import pairwise

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhnets.format import HalfSpace, Input
from lhnets_training.data.sample import uniform
from lhnets_training.onnx.export import ExportError, NetworkGraph, reach_rows
from lhnets_training.pipeline.exported import run_points


def inputs(count: int) -> tuple[Input, ...]:
    return tuple(
        Input(name=f"x{k}", unit="1", meaning="a number", low=0.5, high=4.0 + k)
        for k in range(count)
    )


@settings(max_examples=25)
@given(
    count=st.integers(1, 5),
    widths=st.lists(st.integers(1, 7), min_size=1, max_size=3),
    outputs=st.integers(1, 3),
    single=st.booleans(),
    log=st.lists(st.booleans(), min_size=5, max_size=5),
    seed=st.integers(0, 2**31),
)
def test_the_graph_computes_what_numpy_does(
    count: int, widths: list[int], outputs: int, single: bool, log: list[bool], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    sizes = [count, *widths]
    layers = [(rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in pairwise(sizes)]
    last, bias = rng.normal(size=(widths[-1], 2 * outputs)), rng.normal(size=2 * outputs)
    columns, is_log = inputs(count), log[:count]

    graph = NetworkGraph(columns)
    coordinates = graph.coordinates(is_log)
    heads = graph.affine(graph.tanh_core(coordinates, layers, single=single), last, bias)
    graph.positive_heads(heads, outputs)
    graph.reach()
    found = run_points(graph.serialize(outputs))(x := uniform(columns, 20, seed))

    h = np.where(is_log, np.log(x), x)
    for weights, offset in layers:
        h = np.tanh(h @ weights + offset)
    expected = h @ last + bias
    tolerance = 2e-4 if single else 1e-11
    np.testing.assert_allclose(
        found["value"], np.exp(expected[:, :outputs]), rtol=tolerance, atol=tolerance
    )
    np.testing.assert_allclose(found["uncertainty"], np.exp(expected[:, outputs:]), rtol=tolerance)
    assert found["reach"].shape == (20,)
    assert found["value"].dtype == found["uncertainty"].dtype == found["reach"].dtype == np.float64


REGION = (HalfSpace(coefficients={"x0": 1.0, "x1": -0.5}, bound=0.0, meaning="x0 <= x1/2"),)


def test_reach_is_one_on_the_edges_of_the_region() -> None:
    weights, bias = reach_rows(inputs(2), REGION)

    def reach(*point: float) -> float:
        return float((np.array(point) @ weights + bias).max())

    assert reach(0.5, 3.0) == pytest.approx(1.0)
    assert reach(1.0, 5.0) == pytest.approx(1.0)
    assert reach(1.5, 3.0) == pytest.approx(1.0)
    assert reach(1.0, 3.5) < 1.0
    assert reach(1.6, 3.0) > 1.0
    assert reach(0.4, 3.0) > 1.0
    assert reach(-2.0, 3.0) > 1.0


def test_an_empty_region_is_refused() -> None:
    nothing = HalfSpace(coefficients={"x0": 1.0}, bound=0.1, meaning="x0 below its range")
    with pytest.raises(ExportError, match="no point of the box"):
        reach_rows(inputs(1), (nothing,))


def test_an_unfinished_graph_is_refused() -> None:
    with pytest.raises(ExportError, match="no value, uncertainty, reach"):
        NetworkGraph(inputs(1)).serialize(1)


def test_the_file_format_is_fixed() -> None:
    graph = NetworkGraph(inputs(1))
    graph.positive_heads(graph.affine("parameters", np.ones((1, 2)), np.zeros(2)), 1)
    graph.reach()
    first = graph.serialize(1)
    model = onnx.load_from_string(first)
    assert (model.producer_name, model.ir_version, model.opset_import[0].version) == (
        "lhnets",
        10,
        18,
    )
    assert graph.serialize(1) == first
