"""The code on the pages runs and gives the numbers of the network."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import toy_events
from click.testing import CliRunner
from node_runtime import install_node_runtime

import lhnets as ml
from lhnets.cli import group
from lhnets_registry.catalogue import calls
from lhnets_registry.catalogue.evaluation import evaluation

NAMES = [e.name for e in ml.search() if not any(i.tensor for i in e.inputs)]
ROOT = Path(__file__).parents[3]
SAMPLE = ["cs-gluino-pair-lo", "cs-wino-c1n2", "loop-c0"]


def asked(name: str) -> tuple[ml.Network, dict[str, float], tuple[float, float]]:
    """A network, the point of its page, and value and uncertainty there."""
    network = ml.load(name)
    ready = evaluation(network.file.content, network.card)
    assert ready is not None
    point = ready.start(np.array(network.file.reference.inputs["parameters"]))
    found = network.predict(np.array([list(point.values())]))
    column = network.card.output_index(network.card.default_output)
    return network, point, (float(found.value[0, column]), float(found.uncertainty[0, column]))


def run(code: str) -> list[str]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "<page>", "exec"), {})
    return said.getvalue().split()


@pytest.mark.parametrize("name", NAMES)
def test_python(name: str) -> None:
    network, point, expected = asked(name)
    value, uncertainty, *_ = run(calls.python(network.card, point))
    assert (float(value), float(uncertainty)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_shell(name: str) -> None:
    network, point, expected = asked(name)
    words = shlex.split(calls.shell(network.card, point))
    assert words[0] == "lhnets"
    done = CliRunner().invoke(group, [*words[1:], "--json"], catch_exceptions=False)
    found = json.loads(done.output)
    assert (found["value"], found["uncertainty"]) == pytest.approx(expected, rel=1e-9)
    assert found["network"] == network.name


@pytest.fixture(scope="session")
def node() -> Path:
    """The folder with ONNX Runtime for Node.js."""
    return install_node_runtime()


@pytest.mark.parametrize("name", SAMPLE)
def test_javascript(name: str, node: Path, tmp_path: Path) -> None:
    network, point, expected = asked(name)
    (tmp_path / calls.file_name(network.card)).write_bytes(network.file.content)
    (tmp_path / "node_modules").symlink_to(node / "node_modules")
    (tmp_path / "call.mjs").write_text(calls.javascript(network.card, point))
    done = subprocess.run(
        ["node", "call.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    value, uncertainty, reach = (float(x) for x in done.stdout.split())
    assert (value, uncertainty) == pytest.approx(expected, rel=1e-6)
    assert reach <= 1


@pytest.mark.parametrize("name", SAMPLE)
def test_cpp(name: str, tmp_path: Path) -> None:
    compiler = shutil.which("c++")
    if compiler is None:
        pytest.skip("needs a C++ compiler")
    network, point, expected = asked(name)
    (tmp_path / calls.file_name(network.card)).write_bytes(network.file.content)
    (tmp_path / "call.cpp").write_text(calls.cpp(network.card, point))
    probe = [
        compiler,
        "-I/usr/include/onnxruntime",
        "-E",
        "-include",
        "onnxruntime_cxx_api.h",
        "-x",
        "c++",
        os.devnull,
    ]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip(
            "needs the headers of ONNX Runtime (Debian 13: libonnxruntime-dev; else name their "
            "folder in CPATH)"
        )
    (library,) = (Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*")
    for alias in ("libonnxruntime.so", "libonnxruntime.so.1"):
        (tmp_path / alias).symlink_to(library)
    command = [
        compiler,
        "-std=c++17",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-isystem/usr/include/onnxruntime",
        "call.cpp",
    ]
    built = subprocess.run(
        [*command, "-L.", "-lonnxruntime", "-o", "call"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    done = subprocess.run(
        ["./call"],
        cwd=tmp_path,
        env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    value, _, uncertainty, *_ = done.stdout.replace(",", "").split()
    assert float(value) == pytest.approx(expected[0], rel=1e-6)
    assert float(uncertainty) == pytest.approx(expected[1], rel=1e-2)


def test_event_networks_are_called_with_arrays_of_their_shapes(tmp_path: Path) -> None:
    card = toy_events.tagger_card()
    code = calls.python_tensors(card)
    path = tmp_path / "tagger.onnx"
    path.write_bytes(toy_events.tagger())
    network = ml.load(str(path))
    space: dict[str, object] = {}
    lines = [line for line in code.splitlines() if not line.startswith(("found", "print"))]
    exec("\n".join(lines), space)
    assert network(space["events"], outside="nan").value is not None
    assert "ml.Classify(" in code
    assert [s.language for s in calls.snippets(card, None)] == ["python"]
    assert "ml.Generate(" in calls.python_tensors(toy_events.generator_card())


@pytest.mark.parametrize("name", [e.name for e in ml.search() if any(i.tensor for i in e.inputs)])
def test_python_for_event_networks_runs(name: str) -> None:
    assert run(calls.python_tensors(ml.load(name).card))


def test_names_of_strangers_cannot_leave_their_place_in_code() -> None:
    import msgspec

    network, point, _ = asked("cs-gluino-pair-lo")
    evil = 'x"\n); import os; os.system("true") // */ \'; rm -rf $HOME `id`'
    inputs = (msgspec.structs.replace(network.card.inputs[0], name=evil), *network.card.inputs[1:])
    card = msgspec.structs.replace(network.card, inputs=inputs)
    named = {evil: point["m_go"], **{k: v for k, v in point.items() if k != "m_go"}}
    compile(calls.python(card, named), "<page>", "exec")
    assert evil in shlex.split(calls.shell(card, named))[3].rpartition("=")[0]
    for code in (calls.cpp(card, named), calls.javascript(card, named)):
        comments = [line.partition("//")[2] for line in code.splitlines() if "x__" in line]
        assert len(comments) == 1
        assert evil not in code
    body = shlex.split(calls.http(card, named))[-1]
    assert json.loads(body)["parameters"][evil] == point["m_go"]
