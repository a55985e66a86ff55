"""Rows shared out to threads."""

import numpy as np
import pytest

import lhnets as ml
from lhnets._running.threads import SHARE
from lhnets.errors import ParameterError


@pytest.fixture(scope="module")
def net():
    return ml.load("cs-gluino-pair-lo")


def some_rows(net, count):
    low, high = (np.array([getattr(i, edge) for i in net.card.columns]) for edge in ("low", "high"))
    return low + (high - low) * np.random.default_rng(1).random((count, len(low)))


@pytest.mark.parametrize("count", [1, SHARE, SHARE + 1, 5 * SHARE + 17])
@pytest.mark.parametrize("threads", [2, 3, 64])
def test_the_number_of_threads_changes_no_bit(net, count, threads):
    rows = some_rows(net, count)
    for one, many in zip(net.predict(rows), net.predict(rows, threads=threads), strict=True):
        np.testing.assert_array_equal(one, many)


def test_no_rows(net):
    assert net.predict(np.empty((0, 4)), threads=4).reach.shape == (0,)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
def test_what_is_not_a_number_of_threads(net, threads):
    with pytest.raises(ParameterError, match="threads"):
        net.predict(some_rows(net, 3), threads=threads)
