"""The examples in C, Fortran and shell of the documentation, built and run against a service."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from service_process import ServiceProcess

import lhnets as ml

ROOT = Path(__file__).parents[3]
BODY = '{"parameters": {"m_go": 2000.0, "m_sq": 3000.0}, "energy": "13 TeV"}'


def truth(m_go: float) -> tuple[float, float, float]:
    sigma = ml.load("cs-gluino-pair-lo")({"m_go": m_go, "m_sq": 3000.0}, energy="13 TeV")
    return float(sigma.value), float(sigma.uncertainty), float(sigma.reach)


@pytest.fixture(scope="module")
def c_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    probe = ["cc", "-E", "-include", "curl/curl.h", "-x", "c", "/dev/null"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("the compiler does not find curl/curl.h (Debian: libcurl4-openssl-dev)")
    made = tmp_path_factory.mktemp("c") / "predict"
    source = ROOT / "examples" / "c" / "predict.c"
    command = [
        "cc",
        "-std=c99",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        str(made),
        str(source),
        "-lcurl",
    ]
    subprocess.run(command, check=True, capture_output=True)
    return made


def test_c_gives_the_same_numbers(served: ServiceProcess, c_program: Path) -> None:
    done = subprocess.run(
        [c_program, served.address, "cs-gluino-pair-lo", BODY], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert tuple(map(float, done.stdout.split())) == truth(2000.0)


def test_c_says_why_it_was_refused(served: ServiceProcess, c_program: Path) -> None:
    done = subprocess.run(
        [c_program, served.address, "cs-gluino-pair-lo", BODY.replace("2000", "9000")],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "HTTP 422" in done.stderr
    assert "m_go = 9000 GeV lies outside" in done.stderr


def test_fortran_gives_the_same_numbers(served: ServiceProcess, tmp_path: Path) -> None:
    if shutil.which("gfortran") is None or shutil.which("curl") is None:
        pytest.skip("needs gfortran and curl")
    program = tmp_path / "predict"
    source = ROOT / "examples" / "fortran" / "predict.f90"
    subprocess.run(
        ["gfortran", "-std=f2008", "-Wall", "-Wextra", "-Werror", "-o", program, source],
        check=True,
        cwd=tmp_path,
    )
    done = subprocess.run([program, served.address], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
    assert [r[0] for r in rows] == [1000.0, 1500.0, 2000.0]
    assert [r[1:] for r in rows] == [pytest.approx(truth(r[0]), rel=1e-15) for r in rows]


def transcripts() -> list[tuple[str, str]]:
    """The commands of docs/reference/http.md, each with what it prints."""
    page = (ROOT / "docs" / "reference" / "http.md").read_text()
    blocks = re.findall(r"```console\n\$ (.*?)```", page, re.DOTALL)
    found = []
    for block in blocks:
        lines = block.splitlines()
        printed = next(k for k in range(1, len(lines) + 1) if complete("\n".join(lines[:k])))
        found.append(("\n".join(lines[:printed]), "\n".join(lines[printed:])))
    return found


def complete(command: str) -> bool:
    """Whether the shell would not wait for more lines."""
    return command.count("'") % 2 == 0 and not command.endswith("\\")


def shape(value: object) -> object:
    """A JSON value for comparison: figures to three digits, without the hash of the file."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items() if k != "sha256"}
    return float(f"{value:.3g}") if isinstance(value, float) else value


@pytest.mark.parametrize("number", range(len(transcripts())))
def test_the_commands_of_the_reference_print_what_it_says(
    served: ServiceProcess, number: int, tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    command, printed = transcripts()[number]
    command = command.replace("http://127.0.0.1:8000", served.address)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    if printed.startswith("{"):
        assert shape(json.loads(done.stdout)) == shape(json.loads(printed))
    else:
        assert done.stdout.strip() == printed.strip()
