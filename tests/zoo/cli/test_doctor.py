"""`lhnets doctor`: mirrors, cache, and why a question is answered as it is."""

import json

import pytest
from click.testing import CliRunner

from lhnets._fetching.cache import Cache
from lhnets._finding import zoo as _zoo
from lhnets.cli import group

ASK = ("cs", "p p > go go", "m_a=500", "--energy", "13 TeV")


def run(*arguments):
    return CliRunner().invoke(group, ["doctor", *arguments], catch_exceptions=False)


@pytest.fixture
def mirrors(tmp_path, monkeypatch, make_mirror, make_file):
    """Two mirrors and one that is not there; the second has a name of the first, and a retracted
    network."""
    first = make_mirror(tmp_path / "first", make_file(), make_file(version=2))
    second = make_mirror(tmp_path / "second", make_file(version=3), make_file(name="cs-other"))
    index = (second / "index.json").read_bytes()
    retracted = index.replace(b'"status":"verified"', b'"status":"retracted","reason":"wrong"')
    (second / "index.json").write_bytes(retracted)
    places = [str(first), str(second), str(tmp_path / "gone")]
    made = _zoo.Zoo(places, Cache(tmp_path / "cache"))
    monkeypatch.setattr(_zoo, "default", lambda: made)
    return places


@pytest.mark.filterwarnings("ignore::lhnets.MirrorWarning")
def test_mirrors_are_named_in_their_order_with_what_is_wrong(mirrors):
    here = json.loads(run("--json").stdout)["here"]
    assert [m["mirror"] for m in here["mirrors"]] == mirrors
    assert [m["networks"] for m in here["mirrors"]] == [2, 2, 0]
    assert "cannot read index.json" in here["mirrors"][2]["state"]
    assert here["engine"] == "onnxruntime"
    assert "index.json" in run().stdout.replace("\n", "")


@pytest.mark.filterwarnings("ignore::lhnets.MirrorWarning")
def test_every_network_that_computes_it_has_its_reason(mirrors):
    asked = json.loads(run(*ASK, "--json").stdout)["question"]
    assert asked["answered by"] == "cs-exponential@2"
    verdicts = {c["network"]: c["verdict"] for c in asked["networks"]}
    assert verdicts == {
        "cs-exponential@2": "1",
        "cs-exponential@1": "replaced by version 2",
        "cs-exponential@3": f"its name belongs to {mirrors[0]}, which comes first",
        "cs-other@1": "retracted: wrong",
    }
    printed = run(*ASK).stdout
    assert "answered by cs-exponential@2" in printed
    assert "why not" in printed


def test_a_refusal_is_told_with_what_speaks_against_each(zoo):
    asked = json.loads(run("cs", "p p > go go", "m_x=1", "--json").stdout)["question"]
    assert asked["refused"].startswith("ParameterError: no network gives p p > go go")
    assert "is asked with other parameters" in asked["networks"][0]["verdict"]
    asked = json.loads(run("cs", "p p > go go", "m_a=500", "--order", "N3LO", "--json").stdout)
    assert asked["question"]["networks"][0]["verdict"] == "has another energy or order"


def test_a_kind_without_a_subject_is_refused(zoo):
    done = run("cs")
    assert done.exit_code == 2
    assert 'lhnets doctor cs "SUBJECT"' in done.output
