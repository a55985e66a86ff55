"""Rows of a generator: conditions, coordinates and noise become the arrays that its file takes."""

from types import SimpleNamespace

import numpy as np
import pytest

from lhnets.format import Feature, Input, Output
from lhnets_training.data import table
from lhnets_training.pipeline.noise import NoiseFeed

FEATURES = tuple(
    Feature(name=n, meaning=n, unit="1", low=low, high=1.0) for n, low in (("x", 0.0), ("y", -1.0))
)
INPUTS = (
    Input(name="m", meaning="a mass", unit="GeV", low=10.0, high=100.0),
    Input(name="events", meaning="asked for", unit="1", shape=("N", 2), features=FEATURES),
    Input(name="z", meaning="noise", unit="1", shape=("N", 3), dtype="float32", noise="uniform"),
)
OUTPUTS = (Output(name="log_density", unit="1", meaning="log density", density_of="events"),)


@pytest.fixture
def feed():
    columns = (
        table.column("m", "GeV", "a mass", "input"),
        *(table.column(n, "1", n, "target") for n in ("x", "y")),
    )
    dataset = SimpleNamespace(name="toys", columns=columns)
    return NoiseFeed(SimpleNamespace(inputs=INPUTS, outputs=OUTPUTS, dataset=dataset, surfaces=()))


def test_rows_hold_conditions_and_coordinates(feed):
    rows = {"m": np.array([20.0, 50.0]), "x": np.array([0.1, 0.2]), "y": np.array([0.3, 0.4])}
    x, y = feed.read(rows)
    assert x.tolist() == [[20.0, 0.1, 0.3], [50.0, 0.2, 0.4]]
    assert y.tolist() == [[0.1, 0.3], [0.2, 0.4]]


def test_rows_to_compare_have_noise_of_their_seed(feed):
    x = np.array([[20.0, 0.1, 0.3], [50.0, 0.2, 0.4]])
    what, rows = feed.choose_parity_rows(x, 1)
    assert (what, rows.shape) == ("rows with noise", (2, 6))
    np.testing.assert_array_equal(rows, feed.choose_parity_rows(x, 1)[1])
    arrays = feed.arrays(rows)
    assert arrays["parameters"].tolist() == [[20.0], [50.0]]
    assert arrays["events"].tolist() == [[0.1, 0.3], [0.2, 0.4]]
    assert (arrays["z"].dtype, arrays["z"].shape) == (np.float32, (2, 3))
    assert ((arrays["z"] >= 0) & (arrays["z"] < 1)).all()


def test_the_reach_sees_conditions_and_coordinates(feed):
    _, rows = feed.choose_parity_rows(np.array([[55.0, 0.5, 0.0], [55.0, 0.5, 1.2]]), 1)
    np.testing.assert_allclose(feed.compute_reach(rows, None), [0.0, 1.2])
    rows[0, 0] = 145.0
    assert feed.compute_reach(rows, None)[0] == pytest.approx(2.0)
