"""Signals by directions and -2 ln L."""

import numpy as np
import pytest

from lhnets_training.labels.likelihoods import directions

BACKGROUND = np.array([0.5, 2.0, 9.0, 30.0, 4.0, 1.0, 12.0, 70.0])


def counting(x):
    """ln L of exact backgrounds, for an excess in the first region and for no excess at all."""
    observed = BACKGROUND + 2 * np.eye(8)[0]
    ratio = np.log1p(x / BACKGROUND)
    return np.stack([(n * ratio - x).sum(axis=1) for n in (observed, BACKGROUND)], axis=1)


def test_signals_fill_the_depth():
    x = directions.design(counting, BACKGROUND, 600, 1)
    assert x.shape == (600, 8)
    assert not x[0].any()
    depth = directions.find_depth(counting(x))
    assert depth.max() <= 1 + 1e-6
    assert 0.2 < (depth > 0.5).mean() < 0.6
    regions = (x > 0).sum(axis=1)
    for shown in (regions == 1, (regions > 1) & (regions < 6), regions > 5):
        assert shown.mean() > 0.1
    np.testing.assert_array_equal(x, directions.design(counting, BACKGROUND, 600, 1))


def test_one_region_has_one_direction():
    found = directions.directions(np.array([3.0]), 5, np.random.default_rng(0))
    np.testing.assert_array_equal(found, np.ones((5, 1)))


def test_a_radius_has_its_level():
    along = np.eye(8)
    radius = directions.find_radius(lambda x: -2 * counting(x)[:, 1], along, 4.0)
    np.testing.assert_allclose(-2 * counting(along * radius[:, None])[:, 1], 4.0, rtol=1e-6)


def test_highest_yields_are_excluded():
    high = directions.highest_yields(counting, 8)
    assert (-2 * counting(np.diag(high)) > directions.EXCLUDED).all()
    assert (-2 * counting(np.diag(high / 2.6)) < directions.EXCLUDED).any(axis=1).all()
    assert np.isinf(directions.highest_yields(lambda x: np.zeros((len(x), 2)), 1)).all()


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_kinds_are_one_few_and_many(kind):
    found = directions.directions(
        BACKGROUND, 50, np.random.default_rng(0), np.full(50, kind, dtype=np.int64)
    )
    regions = (found > 0).sum(axis=1)
    assert {0: 1, 1: 2, 2: 6}[kind] == regions.min()
    assert {0: 1, 1: 5, 2: 8}[kind] >= regions.max()
