"""Likelihood networks from workspaces: the command on a small one, and the published recipes."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from toy_workspace import toy_workspace

pytest.importorskip("pyhf", reason="likelihood labels need pyhf")

import lhnets as ml
from lhnets_training import recipes
from lhnets_training.cli.train import train
from lhnets_training.labels.likelihoods.pyhf_profile import Profile, Region
from lhnets_training.labels.likelihoods.workspace import Reading, interpret
from lhnets_training.labels.likelihoods.workspace_file import WorkspaceError
from lhnets_training.own_workspaces.analyse import analyse
from lhnets_training.recipe import Run
from lhnets_training.recipes.likelihoods import _histfactory as histfactory


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    path = tmp_path_factory.mktemp("workspace") / "Toy_2.json"
    path.write_text(json.dumps(toy_workspace()))
    return path


@pytest.fixture(scope="module")
def trained(workspace, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    arguments = ["likelihood", str(workspace), "--rows", "80", "--checks", "6", "--out", str(out)]
    found = CliRunner().invoke(train, arguments, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return out / "likelihood-toy-2.onnx"


def test_any_workspace_becomes_a_network(trained):
    network = ml.load(str(trained))
    assert network.card.subject == "toy-2"
    assert [i.name for i in network.card.inputs] == ["SR_cuts_0", "SR_cuts_1"]
    assert all(check.passed for check in network.card.checks), network.card.checks
    assert network.verify().passed


def test_it_answers_as_the_fits_do(trained):
    network = ml.load(str(trained))
    fits = Profile(
        interpret(toy_workspace()), (Region("one", "SR_cuts", 0), Region("two", "SR_cuts", 1))
    )
    for yields in ((0.0, 0.0), (2.0, 1.0), (7.3, 0.4), (0.0, 9.0)):
        params = dict(zip(("SR_cuts_0", "SR_cuts_1"), yields, strict=True))
        found = ml.LikelihoodPrediction.of(network(params), network, params)
        assert found.value == pytest.approx(fits.ln_l(np.array(yields)), abs=0.02)
    assert found.upper_limit() > 0


@pytest.fixture
def many(workspace, monkeypatch):
    """The analysis of three regions, counted as many."""
    monkeypatch.setattr(histfactory, "SMALL", 2)
    return analyse(Reading(workspace), regions=["a=SR_cuts:0", "b=SR_cuts:1", "c=CR_cuts"])


def test_many_regions_are_split(many):
    found = histfactory.likelihood(many)
    assert found.split(1000, 1).counts == {
        "train": 500,
        "validation": 100,
        "calibration": 200,
        "test": 200,
    }
    assert many.offset[2] == pytest.approx(85 / 8, rel=0.05)
    assert len(histfactory.design(many, 64, 1)) == 64


def test_many_regions_are_fitted_by_a_network(many, tmp_path):
    made = histfactory.likelihood(many)
    x = histfactory.design(many, 400, 1)
    truth = np.stack([(5 * np.log1p(x / 4) - x).sum(axis=1)] * 2, axis=1)
    run = Run(out=tmp_path, seed=1, effort=0.1)
    split = made.split(len(x), 1)
    fitted = made.fit(x, truth, split, run)
    value, spread = fitted.predict(x[split.test])
    assert np.abs(value - truth[split.test]).mean() < 0.02 * truth.std()
    assert (spread > 0).all()
    method, guessed = made.baseline(x[split.train], truth[split.train], x[split.test])
    assert method.startswith("cubic RBF")
    assert guessed.shape == value.shape


@pytest.mark.parametrize(
    "name",
    [
        "likelihood-atlas-susy-2018-04",
        "likelihood-atlas-susy-2018-31-b",
        "likelihood-atlas-susy-2018-31-c",
    ],
)
def test_published_recipes_ask_for_their_workspace(name, tmp_path, workspace):
    recipe = recipes.find(name)
    with pytest.raises(WorkspaceError, match="give its path with --source FILE"):
        recipe.label(Run(out=tmp_path, seed=1))
    sha256 = hashlib.sha256(workspace.read_bytes()).hexdigest()
    with pytest.raises(WorkspaceError, match=f"has the SHA-256 {sha256}"):
        recipe.label(Run(out=tmp_path, seed=1, source=workspace))


def test_published_labels_are_made_again(tmp_path):
    path = (
        Path(__file__).parents[4]
        / "shared"
        / "reference"
        / "pyhf"
        / "ATLAS-SUSY-2018-31_BkgOnlyB.json"
    )
    if not path.exists():
        pytest.skip(f"the published workspace {path.name} is not here")
    recipe = recipes.find("likelihood-atlas-susy-2018-31-b")
    rows = recipe.label(Run(out=tmp_path, seed=1, source=path, rows=8))
    assert list(rows) == ["SRB", "ln_l", "ln_l_asimov", "mu_hat"]
    assert rows["ln_l"][0] == pytest.approx(0.0, abs=1e-8)
    assert rows["ln_l"][1] == pytest.approx(-87.91114, abs=1e-4)
