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
