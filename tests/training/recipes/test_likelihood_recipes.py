"""Likelihood networks from workspaces: the command on a small one, and the published recipes."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from simplified_workspace import simplified_workspace
from toy_workspace import toy_workspace

pytest.importorskip("pyhf", reason="likelihood labels need pyhf")

import lhnets as ml
from lhnets_registry.admission.admit import admit
from lhnets_training import recipes
from lhnets_training.cli.train import train
from lhnets_training.labels.likelihoods.pyhf_profile import Profile, Region
from lhnets_training.labels.likelihoods.workspace import WorkspaceChoice, interpret, open_workspace
from lhnets_training.labels.likelihoods.workspace_file import WorkspaceError
from lhnets_training.own_workspaces.analyse import find_regions
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.pipeline.errors import TrainingError
from lhnets_training.recipe import Run
from lhnets_training.recipes.likelihoods import _likelihood_checks


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    path = tmp_path_factory.mktemp("workspace") / "Toy_2.json"
    path.write_text(json.dumps(toy_workspace()))
    return path


@pytest.fixture(scope="module")
def trained(workspace, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained")
    arguments = ["likelihood", str(workspace), "--rows", "80", "--checks", "4", "--out", str(out)]
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


def test_a_deeper_signal_lies_outside(trained):
    network = ml.load(str(trained))
    region = network.card.region
    assert [c.meaning.startswith("-2 ln L") for c in region] == [True]
    assert network.card.requires == ("depth",)
    params = {"SR_cuts_0": 30.0, "SR_cuts_1": 18.0}
    with pytest.raises(ml.errors.OutsideRegionError, match="-2 ln L"):
        network(params)
    found = ml.LikelihoodPrediction.of(network(params, outside="nan"), network, params)
    assert 0.1 < found.upper_limit() < 0.6
    assert 0.1 < found.upper_limit(expected=True) < 0.6


def test_a_network_with_a_depth_is_admitted(trained):
    found = admit(trained.read_bytes())
    assert found.report.admitted, found.report.findings


def test_a_result_of_no_use_is_refused(monkeypatch):
    monkeypatch.setattr(_likelihood_checks, "WORST_CLS", 0.0)
    yields = np.array([[3.0, 0.0], [1.0, 2.0]])
    known = dict.fromkeys(("cls", "expected_cls", "limit", "expected_limit"), np.ones(2))
    with pytest.raises(TrainingError, match="observed CLs of signals in one region is off by"):
        _likelihood_checks.compare_with_fits(
            lambda x: -np.stack([x.sum(axis=1)] * 2, axis=1), yields, np.full(2, 20.0), known
        )


@pytest.fixture(scope="module")
def simplified(tmp_path_factory):
    """A network of 13 regions with one nuisance, and the fits of its workspace."""
    folder = tmp_path_factory.mktemp("simplified")
    path = folder / "search.json"
    path.write_text(json.dumps(simplified_workspace(13)))
    arguments = ["likelihood", str(path), "--rows", "90", "--checks", "4", "--out", str(folder)]
    found = CliRunner().invoke(train, arguments, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    fits = Profile(
        open_workspace(WorkspaceChoice(path)),
        find_regions({f"SR{k:02d}_cuts": 1 for k in range(13)}, []),
    )
    return ml.load(str(folder / "likelihood-search.onnx")), fits


def test_one_linear_nuisance_needs_no_training(simplified):
    network, fits = simplified
    assert network.card.training.method.startswith("no training")
    assert network.card.region == ()
    assert all(check.passed for check in network.card.checks), network.card.checks
    rng = np.random.default_rng(5)
    for size in (1e-3, 0.1, 1.0, 10.0):
        yields = size * rng.dirichlet(np.full(13, 0.3))
        params = {i.name: float(s) for i, s in zip(network.card.inputs, yields, strict=True)}
        assert float(network(params)) == pytest.approx(fits.ln_l(yields), abs=1e-8)
        assert float(network(params).uncertainty) < 1e-6


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


def test_region_c_is_exact_in_the_graph(tmp_path):
    """Four regions and one nuisance: Newton steps in the graph, with rounding as uncertainty."""
    recipe = recipes.find("likelihood-atlas-susy-2018-31-c")
    run = Run(out=tmp_path, seed=1)
    known = read_companion(recipe.companions[0], run)
    yields = np.stack([known[i.name] for i in recipe.inputs], axis=1)
    y = np.zeros((len(yields), 2))
    fitted = recipe.fit(yields, y, recipe.split(len(yields), 1), run)
    value, spread = fitted.predict(yields)
    assert np.abs(value[:, 0] - known["pyhf"]).max() < 1e-6
    assert np.abs(value[:, 1] - known["ln_l_asimov"]).max() < 1e-10
    assert (spread >= 1e-12).all()
    assert fitted.exact
