"""The table of docs/explanation/threats.md: its rows on network files with their refusals, and that
every row has its tests."""

from __future__ import annotations

import ast
import os
import pickle
import re
import zipfile
from collections.abc import Callable, Iterator
from importlib import metadata
from io import BytesIO
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from packaging.requirements import Requirement

from lhnets._running.session import Session
from lhnets.errors import NetworkFileError
from lhnets_registry.admission.admitter import Admitter

from .conftest import constant, sealed, small_card, small_model
from .hostile import bomb, endless_loop, local_functions

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "threats.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PASSWORDS = "../../../../../../etc/passwd"

Change = Callable[[onnx.ModelProto], None]


@pytest.fixture(scope="module")
def admitter() -> Iterator[Admitter]:
    with Admitter() as made:
        yield made


def refusals(admitter: Admitter, change: Change) -> set[str]:
    """The items that fail for the good model with a change, under a digest that fits."""
    model = small_model()
    change(model)
    report = admitter.admit(sealed(model)).report
    assert report["digest"].outcome == "pass"
    assert report["loads"].outcome == "not_applicable"
    assert all(f.remedy for f in report.failures)
    return {f.item for f in report.failures}


def outside(location: str) -> TensorProto:
    """A tensor whose numbers are elsewhere."""
    tensor = TensorProto(
        name="outside", data_type=TensorProto.FLOAT, dims=[2, 1], data_location=TensorProto.EXTERNAL
    )
    tensor.external_data.add(key="location", value=location)
    return tensor


def in_weights(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(outside(PASSWORDS))


def in_an_attribute(model: onnx.ModelProto) -> None:
    model.graph.node.append(
        helper.make_node("Constant", [], ["unused"], value=outside("/etc/passwd"))
    )


def in_a_sparse_tensor(model: onnx.ModelProto) -> None:
    held = onnx.SparseTensorProto(
        values=outside("link"), indices=constant("indices", np.array([0])), dims=[4]
    )
    model.graph.sparse_initializer.append(held)


def in_a_subgraph(model: onnx.ModelProto) -> None:
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [], "body", [], [info("outside", TensorProto.FLOAT, [2, 1])], [outside("weights.bin")]
    )
    model.graph.node.append(
        helper.make_node("If", ["parameters"], ["unused"], then_branch=body, else_branch=body)
    )


def in_a_function(model: onnx.ModelProto) -> None:
    node = helper.make_node("Constant", [], ["y"], value=outside("weights.bin"))
    opset = [helper.make_opsetid("", 18)]
    model.functions.append(helper.make_function("own", "f", [], ["y"], [node], opset))


@pytest.mark.parametrize(
    "place", [in_weights, in_an_attribute, in_a_sparse_tensor, in_a_subgraph, in_a_function]
)
def test_external_data_are_refused_wherever_they_hide(admitter: Admitter, place: Change) -> None:
    assert "self_contained" in refusals(admitter, place)


@pytest.mark.parametrize("linked", [False, True])
def test_a_file_of_the_working_directory_is_not_read(
    admitter: Admitter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    """Neither by the admission nor by the client, whether it lies there or is a hard link."""
    (tmp_path / "secret").write_bytes(np.array([[-2.0], [0.5]], dtype=np.float32).tobytes())
    (tmp_path / "work").mkdir()
    place = os.link if linked else os.rename
    place(tmp_path / "secret", tmp_path / "work" / "weights.bin")
    monkeypatch.chdir(tmp_path / "work")

    def from_a_file(model: onnx.ModelProto) -> None:
        weights = next(t for t in model.graph.initializer if t.name == "weights")
        weights.CopyFrom(outside("weights.bin"))
        weights.name = "weights"

    assert refusals(admitter, from_a_file) == {"self_contained"}
    model = small_model()
    from_a_file(model)
    with pytest.raises(NetworkFileError, match="refuses"):
        Session(model.SerializeToString(), small_card())


def test_a_tensor_of_12_gb_from_100_bytes_is_refused(admitter: Admitter) -> None:
    assert refusals(admitter, bomb) == {"tensor_sizes"}


def test_an_endless_loop_is_refused(admitter: Admitter) -> None:
    assert refusals(admitter, endless_loop) == {"subgraphs", "operators"}


def test_a_chain_of_functions_is_refused(admitter: Admitter) -> None:
    assert refusals(admitter, local_functions) == {"functions", "operators", "opset"}


@pytest.mark.parametrize(
    ("operator", "domain"),
    [
        ("PyOp", "ai.onnx.contrib"),
        ("EPContext", "com.microsoft"),
        ("Own", "own"),
        ("RandomNormal", ""),
        ("If", ""),
    ],
)
def test_operators_off_the_list_are_refused(admitter: Admitter, operator: str, domain: str) -> None:
    def added(model: onnx.ModelProto) -> None:
        model.graph.node.append(
            helper.make_node(operator, ["parameters"], ["unused"], domain=domain)
        )
        if domain:
            model.opset_import.append(helper.make_opsetid(domain, 1))

    assert "operators" in refusals(admitter, added)


def test_no_custom_library_is_ever_loaded() -> None:
    sources = [p for room in ("zoo", "registry") for p in (ROOT / room).rglob("*.py")]
    assert sources
    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert "register_custom_ops_library" not in text, path
        assert "InferenceSession(" not in text or "CPUExecutionProvider" in text, path


def zipped() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("config.json", "{}")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (pickle.dumps(small_model), "a pickle"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "an HDF5 file"),
        (zipped(), "a zip archive"),
        (b"\x78\x9c" + bytes(100), "joblib"),
        (b"\x1f\x8b" + bytes(100), "a gzip stream"),
        (b"\x7fELF" + bytes(100), "a program"),
    ],
)
def test_other_formats_are_refused_by_their_first_bytes(
    admitter: Admitter, content: bytes, what: str
) -> None:
    report = admitter.admit(content).report
    assert [f.item for f in report.failures] == ["format"]
    assert what in report["format"].figure
    assert report["parse"].outcome == "not_applicable"


def test_sparse_tensors_are_refused(admitter: Admitter) -> None:
    def sparse(model: onnx.ModelProto) -> None:
        values, indices = constant("sparse", [1.0]), constant("indices", np.array([0]))
        model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4]))

    assert refusals(admitter, sparse) == {"dense"}


@pytest.mark.parametrize("text", ["a\x1b[2Jb", "a\u202eb", "a\x00b", "a\x07b"])
def test_characters_that_steer_a_terminal_are_refused(admitter: Admitter, text: str) -> None:
    assert [f.item for f in admitter.admit(sealed(description=text)).report.failures] == ["card"]


def test_libraries_are_above_their_floors() -> None:
    needed = [Requirement(r) for r in metadata.requires("lhnets") or ()]
    floors = {"onnx": "1.20.9", "onnxruntime": "1.30.9"}
    for name, below in floors.items():
        stated = [r for r in needed if r.name == name]
        assert stated
        assert not any(r.specifier.contains(below) for r in stated)
        assert all(r.specifier.contains(metadata.version(name)) for r in stated)


def test_mlflow_is_switched_to_do_as_little_as_it_can() -> None:
    import lhnets_registry.store  # noqa: F401 - it sets the switches

    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["MLFLOW_ALLOW_MODEL_CODE_EXECUTION"] == "false"
    assert os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert os.environ["MLFLOW_ALLOW_HTTP_REDIRECTS"] == "false"


def rows() -> list[str]:
    """The rows of the tables of attacks on the page, without their heads."""
    found: list[str] = []
    in_table = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        in_table = line.startswith("| attack ") or (in_table and line.startswith("|"))
        if in_table and not line.startswith(("| attack ", "|---")):
            found.append(line)
    return found


def functions(path: Path) -> set[str]:
    return {n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)}


def test_every_attack_on_the_page_names_tests_that_exist() -> None:
    assert len(rows()) > 20
    for row in rows():
        held_by = TEST.findall(row)
        assert held_by, row
        for path, name in held_by:
            assert (ROOT / path).is_file(), path
            assert name in functions(ROOT / path), f"{path}::{name}"


def test_every_test_here_is_on_the_page() -> None:
    """Those about the page itself are not attacks."""
    own = {n for n in functions(Path(__file__)) if n.startswith("test_")}
    named = {
        name
        for path, name in TEST.findall(PAGE.read_text())
        if path == "tests/registry/test_threats.py"
    }
    about = {
        "test_every_attack_on_the_page_names_tests_that_exist",
        "test_every_test_here_is_on_the_page",
    }
    assert own - named == about
