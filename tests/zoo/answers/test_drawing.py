"""Answers drawn over one of their inputs."""

import numpy as np
import pytest

import lhnets as ml
from lhnets._answers.drawing import find_axis

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


def test_an_answer_is_drawn_over_the_input_that_varies():
    sigma = ml.CS("p p > go go", {"m_go": [2000.0, 1000.0, 1500.0]}, energy="13 TeV")
    above, below = sigma.plot().axes
    x, y = above.lines[0].get_data()
    assert list(x) == [1000.0, 1500.0, 2000.0]
    np.testing.assert_array_equal(y, np.sort(sigma.value)[::-1])
    assert below.get_xlabel() == "m_go [GeV]"
    assert [line.get_label() for line in below.lines] == ["network", "scale", "PDF+alpha_s"]


@pytest.mark.parametrize(
    ("params", "over", "message"),
    [
        ({"a": 1.0}, None, "got none"),
        ({"a": np.ones(3)}, None, "got none"),
        ({"a": np.arange(3.0), "b": np.arange(3.0)}, None, "got a, b"),
        ({"a": np.arange(3.0)}, "c", "no input 'c'; there are a"),
    ],
)
def test_an_axis_that_is_not_clear(params, over, message):
    with pytest.raises(ml.ParameterError, match=message):
        find_axis(params, over, {})


def test_an_axis_that_is_named():
    axis = find_axis({"a": np.arange(3.0), "b": np.arange(3.0)}, "b", {"b": "GeV"})
    assert (axis.name, axis.label) == ("b", "b [GeV]")


def test_nothing_inside_the_region_is_an_error():
    with pytest.raises(ml.ParameterError, match="nothing to draw over m_sq: no point lies inside"):
        ml.load("cs-gluino-pair-nnll-13tev").plot("m_sq", m_go=9000.0)


def test_negative_values_are_not_drawn_on_a_log_axis():
    net = ml.load("loop-c0")
    assert next(o.scale for o in net.card.outputs if o.name == net.card.default_output) == "log"
    fixed = {"p2sq": 0.0, "p3sq": 0.0, "m1sq": 1e4, "m2sq": 1e4, "m3sq": 1e4}
    above, _ = net.plot("p1sq", points=20, **fixed).axes
    assert above.get_yscale() == "linear"
