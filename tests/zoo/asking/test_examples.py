import doctest
import re

import numpy as np
import pytest

import lhnets as ml
from lhnets._asking import examples


def test_the_examples_are_files_that_the_networks_take():
    assert ml.CS("p p > go go", ml.example("gluino-stop.slha"), energy="13 TeV").unit == "pb"
    found = ml.Classify("classifier-top-qcd", dict(np.load(ml.example("jets.npz"))))
    assert found.value.shape == (2, 2)


def test_the_error_lists_the_names():
    expected = re.escape("'none.txt': expected one of gluino-stop.slha, jets.npz")
    with pytest.raises(ml.ParameterError, match=expected):
        ml.example("none.txt")


@pytest.mark.parametrize("name", ["", "..", "../__init__.py"])
def test_nothing_beside_the_examples_is_named(name):
    with pytest.raises(ml.ParameterError, match="expected one of"):
        ml.example(name)


def test_the_docstring_names_every_example_and_runs():
    assert all(path.name in (ml.example.__doc__ or "") for path in examples.EXAMPLES.iterdir())
    assert doctest.testmod(examples, globs={}).failed == 0
