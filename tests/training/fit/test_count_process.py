"""The Gaussian process over counts: leave-one-out residuals, spread, and the graph."""

import io

import numpy as np
import pytest
from rich.console import Console

from lhnets.format import Input
from lhnets_training.fit import gaussian_process
from lhnets_training.fit.coordinates import Roots
from lhnets_training.pipeline.exported import run_points
from lhnets_training.recipe import Run

INPUTS = tuple(Input(name=n, meaning="events", unit="1", low=0.0, high=40.0) for n in ("a", "b"))
OFFSET = np.array([1.0, 2.0])


def truth(x):
    first = 8 * np.log1p(x[:, 0] / 5) - x[:, 0] + 3 * np.log1p(x[:, 1] / 4) - x[:, 1]
    return np.stack([first, 0.5 * first + 0.1 * x[:, 0]], axis=1)


@pytest.fixture(scope="module")
def rows():
    x = 40 * np.random.default_rng(0).random((120, 2)) ** 2
    return x, truth(x)


@pytest.fixture(scope="module")
def fitted(rows, tmp_path_factory):
    run = Run(out=tmp_path_factory.mktemp("run"), seed=1, console=Console(file=io.StringIO()))
    return gaussian_process.fit_process(*rows, run, offset=OFFSET, inputs=INPUTS)


def test_residuals_are_those_of_fits_without_the_row(rows):
    x, y = rows
    z, length = np.sqrt(x + OFFSET), np.array([1.0, 1.0])
    whole = gaussian_process.condition(z, y, length)
    for number in (0, 57, 119):
        others = np.arange(len(x)) != number
        mean, scale = whole.mean, whole.scale
        left = gaussian_process.condition(z[others], y[others], length)
        found = left.process(Roots(OFFSET))(x[[number]])[0]
        assert (y[number] - found) / scale == pytest.approx(
            whole.residuals[number] / scale, rel=0.02, abs=1e-6
        ), mean


def test_it_passes_through_its_rows(rows, fitted):
    x, y = rows
    assert np.abs(fitted.predict(x)[0] - y).max() < 1e-4


def test_unseen_points_lie_within_the_errors_of_rows_left_out(fitted):
    x = 36 * np.random.default_rng(5).random((200, 2)) ** 2
    value, spread = fitted.predict(x)
    assert np.abs(value - truth(x)).max() < 0.01
    assert (spread > 0).all()
    held = fitted.held_out
    assert (
        np.median(np.abs(held.value - truth(40 * np.random.default_rng(0).random((120, 2)) ** 2)))
        < 1e-3
    )


def test_the_graph_is_the_process(fitted):
    x = 40 * np.random.default_rng(6).random((500, 2))
    answers = run_points(fitted.export(np.array([2.0, 3.0])))(x)
    value, spread = fitted.predict(x)
    np.testing.assert_allclose(answers["value"], value, atol=1e-7)
    np.testing.assert_allclose(answers["uncertainty"], spread * [2.0, 3.0], rtol=1e-9)
    assert answers["reach"].max() <= 1.0
