"""The region of a network as a prior."""

import numpy as np
import pytest

import lhnets as ml
from lhnets import ParameterError


def test_points_that_are_drawn_lie_in_the_region():
    net = ml.load("cs-squark-gluino-nnll-13tev")
    prior = net.prior()
    drawn = prior.draw(500, seed=3)
    assert drawn.shape == (500, 2)
    assert (net.predict(drawn).reach <= 1 + 1e-9).all()
    np.testing.assert_array_equal(drawn, prior.draw(500, seed=3))
    assert (np.ptp(drawn, axis=0) > 0.9 * (prior.high - prior.low)).all()


def test_the_density_vanishes_outside():
    net = ml.load("obs-b-xs-gamma")
    prior = net.prior()
    middle = (prior.low + prior.high) / 2
    points = np.array([[middle, prior.high * 3], [[np.nan, middle[1]], [np.inf, middle[1]]]])
    assert prior.log_density(points).tolist() == [[0, -np.inf], [-np.inf, -np.inf]]
    assert prior.log_density(middle).shape == ()
    np.testing.assert_array_equal(prior.transform(np.array([0, 1])), [prior.low[0], prior.high[1]])
    assert prior.names == tuple(i.name for i in net.card.columns)


def test_networks_of_events_have_none():
    with pytest.raises(ParameterError, match="takes events"):
        ml.load("classifier-top-qcd").prior()
