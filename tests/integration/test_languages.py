"""The same file gives the same numbers in other languages: the examples of the documentation, from
the file alone."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from node_runtime import install_node_runtime

import lhnets as ml

ROOT = Path(__file__).parents[2]
HEADER = "onnxruntime_cxx_api.h"
FLAT = [e.name for e in ml.search() if not any(i.tensor for i in e.inputs)]


@pytest.fixture(scope="session")
def javascript():
    """The command of the JavaScript example, and its environment."""
    runtime = install_node_runtime()
    return ["node", str(ROOT / "examples" / "javascript" / "evaluate.cjs")], {
        "NODE_PATH": str(runtime / "node_modules")
    }


@pytest.fixture(scope="session")
def cpp(tmp_path_factory):
    """The command of the C++ example, built against the library in Python's ONNX Runtime, and its
    environment."""
    if shutil.which("c++") is None:
        pytest.skip("needs a C++ compiler")
    build = tmp_path_factory.mktemp("cpp")
    includes = ["-I/usr/include/onnxruntime"]
    probe = ["c++", "-std=c++17", *includes, "-E", "-include", HEADER, "-x", "c++", os.devnull]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip(
            f"the compiler does not find {HEADER} (Debian 13: libonnxruntime-dev; else name its "
            "folder in CPATH)"
        )
    (library,) = (Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*")
    (build / "libonnxruntime.so").symlink_to(library)
    (build / "libonnxruntime.so.1").symlink_to(library)
    source = ROOT / "examples" / "cpp" / "evaluate.cpp"
    command = [
        "c++",
        "-std=c++17",
        "-Wall",
        "-Wextra",
        *includes,
        source,
        f"-L{build}",
        "-lonnxruntime",
    ]
    done = subprocess.run(
        [*command, "-o", build / "evaluate"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [str(build / "evaluate")], {"LD_LIBRARY_PATH": str(build)}


@pytest.mark.parametrize("language", ["javascript", "cpp"])
@pytest.mark.parametrize("name", FLAT)
def test_another_language_gives_the_same_numbers(language, name, tmp_path, request):
    command, environment = request.getfixturevalue(language)
    network = ml.load(name)
    alone = tmp_path / "network.onnx"
    alone.write_bytes(network.path.read_bytes())
    rows = np.array(network.file.reference.inputs["parameters"])
    points = "\n".join(" ".join(map(repr, row)) for row in rows.tolist())
    done = subprocess.run(
        [*command, alone],
        input=points,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    found = np.array([line.split() for line in done.stdout.splitlines()], dtype=float)
    mine = network.predict(rows)
    expected = np.column_stack([mine.value, mine.uncertainty, mine.reach])
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-300)


@pytest.mark.parametrize("language", ["javascript", "cpp"])
def test_another_language_says_what_is_wrong(language, tmp_path, request):
    command, environment = request.getfixturevalue(language)
    (tmp_path / "network.onnx").write_bytes(b"no network")
    done = subprocess.run(
        [*command, tmp_path / "network.onnx"],
        input="1 2",
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "protobuf" in done.stderr.lower()
