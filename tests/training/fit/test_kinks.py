"""Coordinates for kinks: what they are, and that the graph computes the same."""

import numpy as np
import onnxruntime
import pytest

from lhnets.format import Input
from lhnets_training.fit.kinks import Form, Kink, Natural
from lhnets_training.onnx.export import NetworkGraph

INPUTS = tuple(
    Input(name=n, unit="GeV", meaning=n, low=1.0, high=1000.0) for n in ("m_a", "m_b", "m_c")
)
NAMES = tuple(i.name for i in INPUTS)
X = np.random.default_rng(0).uniform(1.0, 1000.0, (200, 3))
D = X[:, 0] - 2 * X[:, 1]


def natural(
    form: Form, log: tuple[bool, ...] = (False, False, False), bound: float = 0.0
) -> Natural:
    return Natural.of(NAMES, log, [Kink({"m_a": 1.0, "m_b": -2.0}, bound, form, "m_a = 2 m_b")])


@pytest.mark.parametrize(
    ("form", "expected"),
    [("slope", np.maximum(D, 0)), ("root", np.sqrt(np.maximum(D, 0))), ("jump", 1.0 * (D > 0))],
)
def test_what_each_form_adds(form: Form, expected: np.ndarray) -> None:
    found = natural(form)(X)
    np.testing.assert_array_equal(found[:, :3], X)
    np.testing.assert_allclose(found[:, 3], expected)
    assert natural(form).curved.tolist() == [True, True, True, form != "jump"]


def test_the_distance_is_logarithmic_where_the_inputs_are() -> None:
    found = natural("slope", (True, True, False))(X)
    np.testing.assert_allclose(found[:, 3], np.maximum(np.log(X[:, 0] / (2 * X[:, 1])), 0))
    np.testing.assert_allclose(found[:, 2], X[:, 2])
    mixed = natural("slope", (True, False, True))(X)
    np.testing.assert_allclose(mixed[:, 3], np.maximum(D, 0))
    one_sided = Natural.of(
        NAMES, (True, True, True), [Kink({"m_a": 1.0}, -3.0, "slope", "m_a = -3")]
    )
    np.testing.assert_allclose(one_sided(X)[:, 3], X[:, 0] + 3)


@pytest.mark.parametrize("form", ["slope", "root", "jump"])
@pytest.mark.parametrize("log", [(False, False, False), (True, True, False)])
@pytest.mark.parametrize("bound", [0.0, 30.0, -30.0])
def test_the_graph_computes_the_same(form: Form, log: tuple[bool, ...], bound: float) -> None:
    view = natural(form, log, bound)
    graph = NetworkGraph(INPUTS)
    for name in ("value", "uncertainty"):
        graph.affine(view.build(graph), np.eye(4), np.zeros(4), output=name)
    graph.reach()
    session = onnxruntime.InferenceSession(graph.serialize(4), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(
        session.run(["value"], {"parameters": X})[0], view(X), rtol=1e-12, atol=1e-9
    )
