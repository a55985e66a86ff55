"""`lhnets lock --audit`: what became of the networks of a paper."""

import json

import pytest
from click.testing import CliRunner

from lhnets import LockFileError
from lhnets._fetching.cache import Cache
from lhnets._finding import zoo as _zoo
from lhnets.cli import group
from lhnets.format import Lock, Pin


def run(*arguments):
    return CliRunner().invoke(group, ["lock", *arguments], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path, monkeypatch, make_mirror, make_file):
    monkeypatch.chdir(tmp_path)
    return make_mirror(
        tmp_path / "m", make_file(), make_file(version=2), make_file(name="cs-other")
    )


@pytest.fixture
def zoo(folder, tmp_path, monkeypatch):
    made = _zoo.Zoo([str(folder)], Cache(tmp_path / "cache"))
    monkeypatch.setattr(_zoo, "default", lambda: made)
    return made


def test_pins_in_force_and_superseded_are_sound(zoo):
    assert run("cs-exponential@1", "cs-other").exit_code == 0
    done = run("--audit", "--json")
    assert done.exit_code == 0
    found = {one["network"]: (one["state"], one["replacement"]) for one in json.loads(done.stdout)}
    assert found == {
        "cs-exponential@1": ("superseded", "cs-exponential@2"),
        "cs-other@1": ("in force", ""),
    }


def test_retracted_changed_and_missing_pins_fail(folder, zoo, tmp_path):
    index = folder / "index.json"
    text = index.read_bytes()
    mark = b'"status":"verified"'
    index.write_bytes(text.replace(mark, b'"status":"retracted","reason":"wrong below 300"', 1))
    sha256 = zoo.find("cs-exponential@1").sha256
    pins = (
        Pin("cs-exponential", 1, sha256),
        Pin("cs-other", 1, "0" * 64),
        Pin("cs-gone", 4, sha256),
    )
    Lock(pins).write(tmp_path / "paper.lock")
    done = run("--audit", "paper.lock", "--json")
    assert done.exit_code == 1
    found = {one["network"]: (one["state"], one["reason"]) for one in json.loads(done.stdout)}
    assert found["cs-exponential@1"] == ("retracted", "wrong below 300")
    assert found["cs-other@1"][0] == "another file"
    assert found["cs-gone@4"] == ("absent", "no mirror has it")
    printed = run("--audit", "paper.lock").stdout
    assert "cs-exponential@2" in printed


def test_nothing_named_is_refused(zoo):
    done = run()
    assert done.exit_code == 2
    assert "check a lock file with --audit" in done.output
    with pytest.raises(LockFileError, match="cannot read the lock file"):
        run("--audit")
