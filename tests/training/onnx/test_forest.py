from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lhnets_training.importing.core import CoreGraph
from lhnets_training.importing.source import Tensor
from lhnets_training.onnx.forest import Rule, Tree, forest, loosened

Array = np.ndarray[Any, Any]


def grown(rng: np.random.Generator, columns: int, target: int, depth: int) -> Tree:
    """A random tree; with depth 0 only a leaf."""
    nodes: list[list[Any]] = []

    def grow(left: int) -> int:
        number = len(nodes)
        nodes.append(
            [int(rng.integers(columns)), rng.normal(), -1, -1, bool(rng.integers(2)), rng.normal()]
        )
        if left and rng.random() < 0.8:
            nodes[number][2] = grow(left - 1)
            nodes[number][3] = grow(left - 1)
        return number

    grow(depth)
    return Tree(*(np.array(c) for c in zip(*nodes, strict=True)), target)  # type: ignore[call-arg]


def walked(tree: Tree, row: Array, rule: Rule) -> float:
    """The leaf of one row, step by step."""
    k = 0
    while tree.left[k] >= 0:
        number, threshold = row[tree.feature[k]], tree.threshold[k]
        at_most = number <= threshold if rule == "<=" else number < threshold
        k = (
            tree.left[k]
            if (tree.missing_left[k] if np.isnan(number) else at_most)
            else tree.right[k]
        )
    return float(tree.value[k])


def summed(trees: list[Tree], offset: Array, x: Array, rule: Rule) -> Array:
    graph = CoreGraph()
    graph.node("Identity", forest(graph, "x", trees, offset, rule), output="y")
    inputs, outputs = (
        [Tensor("x", "float64", ("N", x.shape[1]))],
        [Tensor("y", "float64", ("N", len(offset)))],
    )
    content = graph.model(inputs, outputs).SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x})[0])


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**31),
    columns=st.integers(1, 4),
    targets=st.integers(1, 3),
    count=st.integers(1, 10),
    depth=st.integers(0, 6),
    rule=st.sampled_from(["<=", "<"]),
)
def test_every_row_takes_every_step(
    seed: int, columns: int, targets: int, count: int, depth: int, rule: Rule
) -> None:
    rng = np.random.default_rng(seed)
    trees = [grown(rng, columns, int(rng.integers(targets)), depth) for _ in range(count)]
    thresholds = np.concatenate([t.threshold for t in trees])
    on_thresholds = rng.choice(thresholds, (20, columns))
    x = np.concatenate(
        [rng.normal(size=(10, columns)), on_thresholds, np.nextafter(on_thresholds, 9)]
    )
    x[rng.random(x.shape) < 0.1] = np.nan
    offset = rng.normal(size=targets)
    expected = np.tile(offset, (len(x), 1))
    for tree in trees:
        expected[:, tree.target] += [walked(tree, row, rule) for row in x]
    np.testing.assert_allclose(summed(trees, offset, x, rule), expected, rtol=1e-12, atol=1e-12)


def test_loosened_thresholds_take_in_what_rounding_moved() -> None:
    tree = Tree(
        np.array([0, 0, 0]),
        np.array([0.3, 0, 0]),
        np.array([1, -1, -1]),
        np.array([2, -1, -1]),
        np.zeros(3, dtype=bool),
        np.array([0.0, 1.0, 2.0]),
    )
    moved, beside = np.array([[np.nextafter(0.3, 1)]]), np.array([[0.3 + 1e-12]])
    assert summed([tree], np.zeros(1), moved, "<=") == pytest.approx(2.0)
    assert summed(list(loosened([tree])), np.zeros(1), moved, "<=") == pytest.approx(1.0)
    assert summed(list(loosened([tree])), np.zeros(1), beside, "<=") == pytest.approx(2.0)
