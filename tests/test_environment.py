"""The script that sets up the environment hands pip's configuration on to uv."""

import doctest
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "environment.py"


@pytest.fixture(scope="module")
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_examples_of_the_script_hold(environment):
    assert doctest.testmod(environment).attempted >= 3
    assert doctest.testmod(environment).failed == 0


def test_all_sources_of_pip_reach_uv(environment):
    settings = environment.parse_pip_settings(
        "global.cert='/ca.crt'\n"
        "global.extra-index-url='https://a.example/simple https://b.example/simple'\n"
        "global.find-links='/elsewhere'\n"
        "install.constraint='/limits.txt'\n"
        ":env:.find-links='/wheels'\n"
    )
    options = environment.list_uv_options(settings)
    pairs = list(zip(options[::2], options[1::2], strict=True))
    assert pairs == [
        ("--index", "https://a.example/simple"),
        ("--index", "https://b.example/simple"),
        ("--find-links", "/wheels"),
        ("--constraint", "/limits.txt"),
        ("--index-strategy", "unsafe-best-match"),
    ]


def test_torch_is_the_cpu_build_if_pip_names_no_source(environment):
    settings = environment.parse_pip_settings("global.timeout='60'\nglobal.cert='/ca.crt'\n")
    assert environment.list_uv_options(settings) == ["--torch-backend", "cpu"]


def test_an_offline_pip_makes_an_offline_uv(environment):
    settings = environment.parse_pip_settings(
        "global.find-links='/wheels'\nglobal.no-index='true'\n"
    )
    assert "--no-index" in environment.list_uv_options(settings)


def test_pip_installs_if_there_is_no_uv(environment, monkeypatch):
    commands = []

    class Done:
        returncode = 0

    def run(command, **_):
        commands.append([str(part) for part in command])
        return Done()

    monkeypatch.setattr(environment, "find_uv", lambda python: None)
    monkeypatch.setattr(environment.subprocess, "run", run)
    what = ["--editable", ".[demo]"]
    assert not environment.install_by_uv(Path("python"), {}, what)
    assert environment.install_by_pip(Path("python"), {}, what)
    assert commands[0][1:4] == ["-m", "pip", "install"]
    assert commands[0][-4:] == ["--extra-index-url", environment.TORCH_CPU, *what]
