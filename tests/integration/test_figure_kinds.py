"""Networks that are judged by figures go the whole way: published, reviewed, exported, shown,
found, called."""

import json

import figure_kinds
import numpy as np
import pytest
import toy_events
from click.testing import CliRunner

import lhnets as ml
from lhnets._fetching.cache import Cache
from lhnets._finding import zoo as _zoo
from lhnets.cli import group
from lhnets.format import Index
from lhnets_registry.mirror.export import export
from lhnets_registry.publishing.publication import publish
from lhnets_registry.review.checking import check

NAMES = {k: f"toy-{k.replace('_', '-')}" for k in figure_kinds.KINDS}
HEADLINES = {
    "generator": "two-sample AUC",
    "anomaly_score": "significance improvement",
    "event_variable": "information ratio",
    "unfolding": "triangular distance",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for kind in figure_kinds.KINDS:
        (folder / f"{NAMES[kind]}.onnx").write_bytes(figure_kinds.network(kind))
    return folder


@pytest.fixture(scope="module")
def mirror(files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("registry")
    for kind in figure_kinds.KINDS:
        done = publish(files / f"{NAMES[kind]}.onnx", folder / "store", approve=True)
        assert done.status == "verified"
    export(folder / "mirror", folder / "store", bundled=False)
    return folder / "mirror"


@pytest.fixture
def zoo(mirror, monkeypatch, tmp_path):
    made = _zoo.Zoo([str(mirror)], Cache(tmp_path / "cache"))
    monkeypatch.setattr(_zoo, "default", lambda: made)
    return made


@pytest.mark.parametrize("kind", figure_kinds.KINDS)
def test_a_reviewer_sees_its_figures(files, kind):
    found = check(files / f"{NAMES[kind]}.onnx")
    assert HEADLINES[kind].replace("-", " ").lower() in found["validation"].figure
    assert found["validation"].outcome == "pass"
    assert found["baseline"].outcome == "pass"
    assert found["uncertainty"].outcome == "not_applicable"
    assert found.admission is not None
    assert found.admission.failures == ()


@pytest.mark.parametrize("kind", figure_kinds.KINDS)
def test_its_page_and_its_search_row_show_the_figure(mirror, kind):
    index = Index.from_json((mirror / "index.json").read_bytes(), "")
    assert NAMES[kind] in [e.name for e in index.networks]
    page = (mirror / "networks" / NAMES[kind] / "index.html").read_text()
    assert "mass: network, dashed truth" in page
    assert "Error of" not in page
    rows = json.loads((mirror / "assets" / "search.json").read_bytes())
    row = next(r for r in rows if r["name"] == NAMES[kind])
    assert row["figure"] == HEADLINES[kind]
    assert row["value"] == figure_kinds.validation(kind).headline.value


@pytest.mark.parametrize("kind", figure_kinds.KINDS)
def test_the_shell_shows_and_finds_it(zoo, kind):
    shown = CliRunner().invoke(group, ["show", NAMES[kind]])
    assert shown.exit_code == 0, shown.output
    assert "Figures on rows never seen" in shown.output
    assert [e.name for e in ml.search(kind=kind)] == [NAMES[kind]]


def test_generated_events_come_from_the_file_as_from_the_mirror(zoo):
    events = ml.Generate("toy-generator", 100, {"m": 50.0}, seed=7)
    network = ml.load("toy-generator")
    again = ml.load(str(network.path)).generate(100, {"m": 50.0}, seed=7)
    assert np.array_equal(events.value, again.value)
    assert not np.array_equal(events.value, network.generate(100, {"m": 50.0}, seed=8).value)
    assert np.isnan(events.uncertainty).all()
    assert network.takes == {"m": (10.0, 100.0)}


def test_weights_unfold_and_the_score_has_no_error(zoo):
    inputs = {"constituents": toy_events.jets(20), "leptons": np.zeros((20, 2, 3))}
    weights = ml.Unfold("toy-unfolding", inputs)
    assert weights.shape == (20,)
    assert np.isnan(weights.uncertainty).all()
    with pytest.raises(ml.ParameterError, match="'raise' or 'warn'"):
        ml.Unfold("toy-unfolding", inputs, outside="nan")
