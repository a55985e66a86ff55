"""Completion in the shell, as the shell asks for it."""

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from lhnets.cli import group


@pytest.fixture
def complete(zoo, monkeypatch):
    def complete_(line):
        monkeypatch.setenv("COMP_WORDS", f"lhnets {line}")
        monkeypatch.setenv("COMP_CWORD", "9")
        completion = BashComplete(group, {}, "lhnets", "_LHNETS_COMPLETE")
        *arguments, last = completion.get_completion_args()[0] or [""]
        return [item.value for item in completion.get_completions(arguments, last)]

    return complete_


def test_networks_processes_and_parameters_are_completed(complete):
    assert complete("show cs-exp") == ["cs-exponential"]
    assert complete("eval cs-exponential m_") == ["m_a="]
    assert complete("cs 'p p > g") == ["p p > go go"]
    assert "m_a=" in complete("cs 'p p > go go' m")
    assert complete("cs 'p p > go go' m_a=1 m_") == ["m_"], "what is given is not offered again"
    assert complete("cs 'no process' m") == ["m"]


def test_the_script_is_written_where_the_shell_looks(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for shell, name in (("bash", "lhnets"), ("zsh", "_lhnets"), ("fish", "lhnets.fish")):
        monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
        told = CliRunner().invoke(group, ["--install-completion"])
        assert told.exit_code == 0, told.output
        (script,) = tmp_path.rglob(name)
        assert "_LHNETS_COMPLETE" in script.read_text()
        assert str(script) in told.output
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    told = CliRunner().invoke(group, ["--install-completion"])
    assert told.exit_code == 2
    assert "SHELL names tcsh" in told.output
