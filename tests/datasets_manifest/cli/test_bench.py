import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import lhnets
from lhnets.errors import Error
from lhnets_datasets.bench import collection
from lhnets_datasets.cli.bench import bench

NETWORK = "classifier-top-qcd@3"
"""The file whose result ships with the task."""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments):
        done = CliRunner().invoke(bench, list(arguments))
        if isinstance(done.exception, Error):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return invoke


def test_a_table_is_there_at_once_with_errors(run):
    found = json.loads(run("table", "top-tagging", "--json"))
    first = found["rows"][0]
    assert len(first["sha256"]) == 64
    assert 0.9 < first["auc"]["value"] < 1
    assert 0 < first["auc"]["error"] < 0.01
    assert first["rejection_30"]["error"] > 0
    assert first["calibration_error"]["floor"] > 0
    assert {b["entry"] for b in found["baselines"]} == {"mass-and-tau32", "boosted-trees"}
    assert found["stale"] == []


def test_shipped_results_are_of_bundled_files():
    task = collection.get("top-tagging")
    for entry, result in collection.results(task).items():
        if result.network is not None:
            assert entry == result.network
            assert lhnets.load(result.network).file.sha256 == result.sha256


def test_a_second_run_gives_the_bytes_that_ship_and_copies_share_a_rank(run, tmp_path):
    network = lhnets.load(NETWORK)
    copy = tmp_path / "a copy.onnx"
    shutil.copyfile(network.path, copy)
    found = json.loads(run("run", "top-tagging", NETWORK, str(copy), "--json"))
    assert [r["rank"] for r in found["rows"]] == [1, 1]
    again, copied = (Path(p).read_bytes() for p in found["paths"])
    shipped = collection.shipped_folder() / "results" / "top-tagging" / f"{NETWORK}.json"
    assert again == copied == shipped.read_bytes()
    table = run("table", "top-tagging")
    assert "a copy" in table
    assert "5,000 test rows" in table


def test_a_network_of_another_kind_is_refused(run):
    with pytest.raises(Error, match="is for a classifier, cs-gluino-pair-lo@"):
        run("run", "top-tagging", "cs-gluino-pair-lo")


def test_list_and_show_tell_of_the_task(run):
    assert "top-tagging" in run("list")
    assert json.loads(run("list", "--json"))[0]["metrics"][0] == "auc"
    shown = run("show", "top-tagging")
    assert "Area under the curve" in shown
    assert "15,000 jets" in shown
    assert json.loads(run("show", "top-tagging", "--json"))["signal"] == "top"
    assert "properties" in run("show")
