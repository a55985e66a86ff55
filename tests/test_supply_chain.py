"""What is installed is what was locked: hashes, the scan for known vulnerabilities, the bill of
materials."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
WITHOUT_HASHES = {"torch"}
"""Its CPU build comes from PyTorch's own index, or from a folder of wheels."""


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_locked_version_has_hashes_but_torch() -> None:
    pinned = re.findall(r"^([\w.-]+==\S+)", (ROOT / "constraints.txt").read_text(), re.M)
    lock = (ROOT / "constraints.lock").read_text()
    locked = re.findall(
        r"^([\w.-]+==\S+)(?: ;[^\n]*)? \\\n    --hash=sha256:[0-9a-f]{64}", lock, re.M
    )
    wanted, hashed = ({normalize(line) for line in lines} for lines in (pinned, locked))
    assert {line.partition("==")[0] for line in wanted - hashed} == WITHOUT_HASHES
    assert hashed <= wanted


def normalize(line: str) -> str:
    """A pinned version with its name as indexes write it."""
    name, _, version = line.partition("==")
    return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"


def test_the_ci_installs_by_hashes_first_and_scans() -> None:
    steps = (ROOT / ".ci" / "run").read_text()
    assert steps.index("make locked") < steps.index("make test\n")
    assert "make audit" in steps
    assert "make sbom" in steps
    assert "--require-hashes" in (ROOT / "Makefile").read_text()


def test_a_known_vulnerability_is_told_and_fails(audit: ModuleType) -> None:
    found = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    output = {"dependencies": [{"name": "a", "version": "1.0", "vulns": [found]}]}
    lines, code = audit.judge(json.dumps(output), "")
    assert (lines[0], code) == ("a 1.0: PYSEC-1, fixed in 2.0", 1)


def test_a_scan_without_advisories_says_that_it_is_skipped(audit: ModuleType) -> None:
    lines, code = audit.judge("", "ConnectionError: no route")
    assert (lines, code) == (
        ["skipped: the advisories cannot be reached: ConnectionError: no route"],
        0,
    )
    unknown = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
    assert audit.judge(json.dumps(unknown), "")[0][0].startswith("skipped: none of 1 packages")
