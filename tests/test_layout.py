"""The house: what is importable from the source roots, what a wheel holds, and that the documents
keep up."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest

from lhnets._fetching.mirror import BUNDLED
from lhnets.format import INDEX_FILE, Index, card_path

ROOT = Path(__file__).parent.parent
ROOMS = {
    "zoo": "lhnets",
    "datasets_manifest": "lhnets_datasets",
    "registry": "lhnets_registry",
    "training": "lhnets_training",
}
BESIDE_THE_PACKAGE = {"README.md", "deploy", "__pycache__"}


@pytest.mark.parametrize(("root", "package"), ROOMS.items())
def test_a_source_root_makes_only_its_package_importable(root, package):
    found = {p.name for p in (ROOT / root).iterdir()}
    assert package in found
    assert found - {package} <= BESIDE_THE_PACKAGE
    assert (ROOT / root / package / "py.typed").is_file()
    assert (ROOT / root / "README.md").is_file()


def test_every_module_has_its_test_room():
    assert {p.name for p in (ROOT / "tests").iterdir() if p.is_dir()} >= set(ROOMS)


def test_what_is_private_to_the_client_stays_there():
    private = re.compile(r"(?:from|import) lhnets\._\w+|from lhnets import _\w+")
    sisters = [
        p
        for room in ROOMS
        if room != "zoo"
        for p in (ROOT / room).rglob("*")
        if p.suffix in {".py", ".txt"}
    ]
    assert [str(p) for p in sisters if private.search(p.read_text())] == []


@pytest.mark.parametrize(("root", "package"), ROOMS.items())
def test_a_package_shows_at_most_eighteen_entries(root, package):
    content = {"__pycache__", "py.typed", "data", "manifests", "tasks"}
    shown = {p.name for p in (ROOT / root / package).iterdir()} - content
    assert len(shown) <= 18, sorted(shown)


@pytest.mark.parametrize(("root", "package"), ROOMS.items())
def test_tests_lie_in_rooms_of_the_code(root, package):
    code = {p.name.lstrip("_") for p in (ROOT / root / package).iterdir() if p.is_dir()}
    tests = {p.name for p in (ROOT / "tests" / root).iterdir() if p.is_dir()}
    assert tests - code <= {"data", "deploy", "faults", "golden", "__pycache__"}


def test_sister_packages_use_only_public_names_of_the_client():
    private = re.compile(r"(?:from|import) lhnets\._\w+|from lhnets import _\w+")
    found = [
        f"{p.relative_to(ROOT)}: {m[0]}"
        for root in ("datasets_manifest", "registry", "training")
        for p in (ROOT / root).rglob("*")
        if p.suffix in {".py", ".txt"}
        for m in private.finditer(p.read_text())
    ]
    assert not found


def test_a_class_name_means_one_thing():
    """A reader who looks for a class finds one. Helpers of single tests do not count."""
    places = defaultdict(list)
    for root in (*ROOMS, "benchmarks"):
        for path in (ROOT / root).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_contract_of_imports_has_an_exception():
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert linter["exclude_type_checking_imports"] is False
    assert [c["name"] for c in linter["contracts"] if "ignore_imports" in c] == []


def test_no_room_is_called_utils():
    assert not [
        p
        for p in ROOT.rglob("*util*.py")
        if not {".venv", "build"} & set(p.relative_to(ROOT).parts)
    ]


def test_the_files_stay_light():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    sizes = {
        name: (ROOT / name).stat().st_size
        for name in listed.split("\0")
        if name and (ROOT / name).exists()
    }
    if not sizes:
        pytest.skip("not a git checkout")
    bundled = {
        n: s for n, s in sizes.items() if "/blobs/" in n or n.endswith((".onnx", ".parquet"))
    }
    assert all(s <= 1_000_000 for n, s in bundled.items() if not n.endswith(".parquet"))
    assert all(s <= 3_000_000 for s in bundled.values())
    assert sum(bundled.values()) <= 60_000_000


def test_what_comes_with_the_client_is_what_its_index_names():
    index = Index.from_json((BUNDLED / INDEX_FILE).read_bytes(), str(BUNDLED))
    named = {
        BUNDLED / path for e in index.networks for path in (e.blob, card_path(e.name, e.version))
    }
    kept = {
        p
        for p in BUNDLED.rglob("*")
        if p.is_file() and p.name not in {INDEX_FILE, "assumptions.json", "__init__.py"}
    }
    assert kept == named


def test_the_readme_names_the_two_commands():
    readme = (ROOT / "README.md").read_text()
    assert readme.index("make demo") < readme.index("make test")


def test_the_changelog_knows_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text()


def test_every_dependency_is_pinned_by_the_constraints():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(d for ds in project["optional-dependencies"].values() for d in ds),
    ]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    names = {normalised(re.split(r"[<>=\[;~! ]", d)[0]) for d in wanted} - {"lhnets"}
    assert names <= {normalised(line.partition("==")[0]) for line in lines}
    assert "torch==2.13.0" in lines


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the wheel cannot be built here: {done.stderr[-300:]}")
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_the_four_packages_and_the_bundled_networks(wheel):
    names = wheel.namelist()
    assert {n.partition("/")[0] for n in names if not n.startswith("lhnets-")} == set(
        ROOMS.values()
    )
    assert {"lhnets/bundled/index.json", "lhnets/_asking/example_files/gluino-stop.slha"} <= set(
        names
    )
    assert all(f"{package}/py.typed" in names for package in ROOMS.values())
    in_tree = {
        p.relative_to(ROOT / "zoo").as_posix()
        for p in (ROOT / "zoo/lhnets/bundled").rglob("*")
        if p.is_file()
    }
    assert in_tree <= set(names)
