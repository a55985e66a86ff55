"""The statistical model that spey finds: the limits are those of the network, and of pyhf."""

import importlib.metadata
import json
from pathlib import Path

import numpy as np
import pytest

import lhnets as ml

spey = pytest.importorskip("spey", reason="spey is not installed")

from lhnets._api.spey_backend import LikelihoodBackend  # noqa: E402

POST_FIT = spey.ExpectationType.aposteriori
SIGNALS = [
    ("atlas-susy-2018-04", {"SRlow": 10.0, "SRhigh": 8.0}),
    ("atlas-susy-2018-04", {"SRlow": 3.2, "SRhigh": 1.1}),
    ("atlas-susy-2018-04", {"SRlow": 0.0, "SRhigh": 5.0}),
    ("atlas-susy-2018-31", {"SRB": 4.0}),
    ("atlas-susy-2018-31", {"SRC22": 1.0, "SRC24": 2.0, "SRC26": 3.0, "SRC28": 4.0}),
]
PRECISION = 1e-4
"""Of spey's own minimiser and root finder."""
WORKSPACES = Path(__file__).parents[4] / "shared" / "reference" / "pyhf"


@pytest.fixture
def make_model():
    wrapper = spey.get_backend("lhnets.likelihood")
    return lambda name, yields: wrapper(likelihood=name, signal_yields=yields, analysis=name)


def test_spey_finds_it():
    names = {e.name for e in importlib.metadata.entry_points(group="spey.backend.plugins")}
    assert "lhnets.likelihood" in names
    assert spey.get_backend_metadata("lhnets.likelihood")["version"] == ml.__version__


@pytest.mark.parametrize(("name", "yields"), SIGNALS)
def test_limits_and_cls_are_those_of_the_network(make_model, name, yields):
    model, own = make_model(name, yields), ml.Likelihood(name, yields)
    for spey_data, expected in ((spey.ExpectationType.observed, False), (POST_FIT, True)):
        limit = own.upper_limit(expected=expected)
        assert model.poi_upper_limit(expected=spey_data) == pytest.approx(
            limit.value, rel=PRECISION, abs=float(limit.uncertainty)
        )
    cls = 1 - model.exclusion_confidence_level()[0]
    assert cls == pytest.approx(own.cls().value, abs=1e-4)
    best, nll = model.maximize_likelihood()
    assert nll <= -own.value + 1e-6
    assert best == pytest.approx(own.mu_hat().value, abs=0.02 * max(1.0, own.mu_hat().value))


def test_a_limit_is_that_of_pyhf(make_model):
    pytest.importorskip("pyhf", reason="likelihood labels need pyhf")
    file = WORKSPACES / "ATLAS-SUSY-2018-31_simplifiedC.json"
    if not file.exists():
        pytest.skip("../shared/reference, which has the workspace of the search, is absent")
    from pyhf.infer.intervals.upper_limits import upper_limit

    from lhnets_training.labels.likelihoods.pyhf_profile import Profile, Region
    from lhnets_training.labels.likelihoods.workspace import interpret

    edges = enumerate((22, 24, 26, 28))
    regions = tuple(Region(f"SRC{edge}", "SR_metsigST", number) for number, edge in edges)
    yields = {"SRC22": 1.0, "SRC24": 2.0, "SRC26": 3.0, "SRC28": 4.0}
    fits = Profile(interpret(json.loads(file.read_text())), regions)
    fitted = fits.pyhf_model(np.array([yields[r.name] for r in regions]))
    data = [*fits.observed.counts, *fitted.config.auxdata]
    observed, _ = upper_limit(data, fitted, None, rtol=1e-4)
    own = ml.Likelihood("atlas-susy-2018-31", yields).upper_limit()
    found = make_model("atlas-susy-2018-31", yields).poi_upper_limit()
    assert found == pytest.approx(float(observed), rel=1e-3, abs=float(own.uncertainty))


def test_what_the_network_does_not_know_is_refused(make_model):
    model = make_model(*SIGNALS[0])
    with pytest.raises(NotImplementedError, match="after the fit"):
        model.likelihood(poi_test=1.0, expected=spey.ExpectationType.apriori)
    with pytest.raises(NotImplementedError, match="observed data only"):
        model.likelihood(poi_test=1.0, data=[1.0, 2.0])
    with pytest.raises(ml.OutsideRegionError, match="expected 0 to"):
        model.likelihood(poi_test=-0.5)
    with pytest.raises(ml.ParameterError, match="expected one signal of a likelihood"):
        LikelihoodBackend("b-smumu", {"C9_bsmumu": -1.0})


def test_beyond_the_region_ln_l_only_falls(make_model):
    model = make_model(*SIGNALS[0])
    edge = model.backend.highest
    values = [model.likelihood(poi_test=mu) for mu in (0.9 * edge, edge, 2 * edge, 10 * edge)]
    assert values == sorted(values)


def test_without_signal_there_is_nothing_to_exclude():
    assert not LikelihoodBackend("atlas-susy-2018-04", {"SRlow": 0.0, "SRhigh": 0.0}).is_alive
