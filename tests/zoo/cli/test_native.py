"""`lhnets export` and `lhnets compile`."""

import json

import pytest
from click.testing import CliRunner

from lhnets.cli import group
from lhnets.errors import CompilerError, NetworkFileError


@pytest.fixture
def run():
    def go(*words):
        return CliRunner().invoke(group, words, catch_exceptions=False)

    return go


def test_export_prints_what_it_wrote(run, tmp_path):
    done = run("export", "obs-b-xs-gamma", "--to", "fortran", str(tmp_path / "made"))
    assert done.exit_code == 0
    written = sorted(str(p) for p in (tmp_path / "made").iterdir())
    assert done.stdout.split() == written
    assert [p.rpartition(".")[2] for p in written] == ["c", "h", "f90"]
    listed = run("export", "obs-b-xs-gamma", "--to", "fortran", str(tmp_path / "made"), "--json")
    assert sorted(json.loads(listed.stdout)["paths"]) == written


def test_what_cannot_be_exported_is_an_error(run, tmp_path):
    with pytest.raises(NetworkFileError, match=r"classifier-top-qcd@. takes events"):
        run("export", "classifier-top-qcd", "--to", "c", str(tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(NetworkFileError, match=r"cannot write to .*file"):
        run("export", "obs-b-xs-gamma", "--to", "c", str(tmp_path / "file" / "in"))
    assert run("export", "obs-b-xs-gamma", "--to", "rust", str(tmp_path)).exit_code == 2


def test_compile_without_a_compiler_is_an_error(run, monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(CompilerError, match="Install gcc or clang, or name one in the variable CC"):
        run("compile", "obs-b-xs-gamma")
