"""Profile fits, labels and limits of a small workspace against pyhf's own."""

import json
from pathlib import Path

import numpy as np
import pytest
from toy_workspace import toy_workspace

pyhf = pytest.importorskip("pyhf", reason="likelihood labels need pyhf")

from lhnets_training.labels.likelihoods import profile_fit, pyhf_profile, workspace_labels  # noqa: E402
from lhnets_training.labels.likelihoods.pyhf_profile import Profile, Region  # noqa: E402
from lhnets_training.labels.likelihoods.workspace import (  # noqa: E402
    WorkspaceChoice,
    interpret,
    open_workspace,
)
from lhnets_training.labels.likelihoods.workspace_file import WorkspaceError  # noqa: E402

REGIONS = (Region("one", "SR_cuts", 0), Region("two", "SR_cuts", 1))
REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "pyhf"


@pytest.fixture(scope="module")
def fits():
    return Profile(interpret(toy_workspace()), REGIONS)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    found = tmp_path_factory.mktemp("workspace") / "toy.json"
    found.write_text(json.dumps(toy_workspace()))
    return WorkspaceChoice(found)


@pytest.fixture(scope="module")
def pyhf_data(fits):
    def data(yields):
        model = fits.pyhf_model(np.array(yields))
        return [*fits.observed.counts, *model.config.auxdata], model

    return data


def test_the_likelihood_is_pyhfs(fits):
    assert fits.verify() < 1e-10


@pytest.mark.parametrize("yields", [(0.0, 0.0), (2.0, 1.0), (10.0, 0.0), (0.0, 20.0), (30.0, 30.0)])
def test_fixed_fits_end_where_pyhfs_do(fits, pyhf_data, yields):
    data, model = pyhf_data(yields)
    _, expected = pyhf.infer.mle.fixed_poi_fit(1.0, data, model, return_fitted_val=True)
    found = fits.fit(np.array(yields)).twice_nll
    assert found == pytest.approx(float(expected), abs=1e-3)
    assert found <= float(expected) + 1e-6


def test_free_fits_end_where_pyhfs_do(fits, pyhf_data):
    data, model = pyhf_data((2.0, 1.0))
    best = pyhf.infer.mle.fit(data, model)
    assert fits.mu_hat(np.array([2.0, 1.0])) == pytest.approx(
        float(best[model.config.poi_index]), abs=5e-3
    )


def test_the_asimov_data_are_pyhfs(fits, pyhf_data):
    data, model = pyhf_data((2.0, 1.0))
    expected = pyhf.infer.calculators.generate_asimov_data(
        0.0,
        data,
        model,
        model.config.suggested_init(),
        model.config.suggested_bounds(),
        model.config.suggested_fixed(),
    )
    np.testing.assert_allclose(fits.asimov.counts, expected[: len(fits.asimov.counts)], rtol=1e-3)
    assert fits.ln_l(np.zeros(2), "asimov") == pytest.approx(0.0, abs=1e-9)


def test_labels_without_signal_are_zero(path):
    np.testing.assert_allclose(
        workspace_labels.likelihoods(np.zeros((1, 2)), path, REGIONS), 0.0, atol=1e-8
    )


def test_limits_are_pyhfs(path, pyhf_data):
    yields = np.array([[2.0, 1.0]])
    *_, limit, expected_limit, ln_l = workspace_labels.references(
        yields, path, REGIONS, (60.0, 60.0)
    )[0]
    data, model = pyhf_data(yields[0])
    found = pyhf.infer.hypotest(limit, data, model, test_stat="qtilde", par_bounds=_wider(model))
    assert float(found) == pytest.approx(0.05, abs=1e-3)
    _, expected = pyhf.infer.hypotest(
        expected_limit,
        data,
        model,
        test_stat="qtilde",
        return_expected=True,
        par_bounds=_wider(model),
    )
    assert float(expected) == pytest.approx(0.05, abs=1e-3)
    assert ln_l == pytest.approx(
        workspace_labels.likelihoods(yields, path, REGIONS)[0, 0], abs=1e-3
    )


def _wider(model):
    bounds = model.config.suggested_bounds()
    bounds[model.config.poi_index] = (0.0, 50.0)
    return bounds


def test_a_signal_in_the_workspace_is_left_out():
    with_signal = toy_workspace()
    signal = {
        "name": "sig",
        "data": [5.0, 5.0],
        "modifiers": [{"name": "mu_SIG", "type": "normfactor", "data": None}],
    }
    with_signal["channels"][0]["samples"].append(signal)
    found, plain = (
        Profile(interpret(w), REGIONS).background.twice_nll for w in (with_signal, toy_workspace())
    )
    assert found == plain


def test_a_likelihood_that_differs_is_refused(monkeypatch):
    fits = Profile(interpret(toy_workspace()), REGIONS)
    monkeypatch.setattr(
        fits, "observed", profile_fit.FitData(fits.observed.counts, fits.observed.auxiliary + 0.1)
    )
    with pytest.raises(WorkspaceError, match="differs from pyhf's by"):
        fits.verify()


def test_fits_from_two_starts_agree(fits):
    yields = np.array([2.0, 1.0])
    assert fits.settled_ln_l(yields, "asimov") == pytest.approx(
        fits.ln_l(yields, "asimov"), abs=1e-6
    )
    assert fits.settled_ln_l(np.zeros(2), "observed") == 0.0


def test_fits_that_end_apart_give_no_label(fits, monkeypatch):
    monkeypatch.setattr(pyhf_profile, "SETTLED", -1.0)
    assert np.isnan(fits.settled_ln_l(np.array([2.0, 1.0]), "observed"))


def test_a_fit_needs_positive_rates(fits):
    with pytest.raises(profile_fit.FitError, match="not finite where a fit starts"):
        fits.fit(np.array([-100.0, 0.0]))


def test_parameters_stay_within_their_bounds(fits):
    found = fits.fit(np.array([60.0, 60.0])).theta
    assert (found >= fits._low).all()
    assert (found <= fits._high).all()


@pytest.mark.parametrize(
    ("name", "regions"),
    [
        (
            "ATLAS-SUSY-2018-04_SRcombined.json",
            (Region("SRlow", "SR1cut_cuts"), Region("SRhigh", "SR2cut_cuts")),
        ),
        ("ATLAS-SUSY-2018-31_BkgOnlyB.json", (Region("SRB", "SR_cuts"),)),
    ],
)
def test_published_workspaces_are_read_as_pyhf_reads_them(name, regions):
    if not (REFERENCE / name).exists():
        pytest.skip(f"the published workspace {name} is not here")
    assert Profile(open_workspace(WorkspaceChoice(REFERENCE / name)), regions).verify(2) < 1e-8
