"""The builder of graphs: what is asked for twice is made once, and graphs go into graphs."""

import numpy as np
import pytest
from onnx import TensorProto, helper

from lhnets_training.onnx.builder import GraphBuilder


@pytest.fixture
def graph() -> GraphBuilder:
    return GraphBuilder(prefix="a_")


def test_the_same_node_is_made_once(graph: GraphBuilder) -> None:
    two = graph.constant(np.array(2.0))
    assert graph.constant(np.array(2.0)) == two != graph.constant(np.array(2))
    assert graph.node("Mul", "x", two) == graph.node("Mul", "x", two) != graph.node("Mul", two, "x")
    assert graph.node("Cast", "x", to=TensorProto.FLOAT) != graph.node(
        "Cast", "x", to=TensorProto.DOUBLE
    )
    assert graph.node("Mul", "x", two, output="value") == "value"
    assert graph.node("Mul", "x", two) == "value"


def test_a_choice_of_columns_is_still_an_input(graph: GraphBuilder) -> None:
    chosen = graph.node("Gather", "x", graph.constant(np.array([0])), axis=1)
    assert graph.is_input(chosen)
    assert not graph.is_input(graph.node("Exp", chosen))


def test_a_graph_goes_in_twice_under_names_of_its_own(graph: GraphBuilder) -> None:
    other = helper.make_graph([helper.make_node("Exp", ["x"], ["y"])], "other", [], [])
    first, second = (graph.inline(other, {"x": x})["y"] for x in ("u", "v"))
    assert first != second
    assert [list(node.input) for node in graph._nodes] == [["u"], ["v"]]
