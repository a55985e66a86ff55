"""The programs of examples/ that call exported code, compiled and run as they say."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import lhnets as ml
from lhnets._running.native.export import save_sources

EXAMPLES = Path(__file__).parents[4] / "examples"
NAME, PREFIX = "cs-gluino-pair-lo", "lhnets_cs_gluino_pair_lo"
MASSES = np.array([1000.0, 1500.0, 2000.0])


def compile_and_run(language, folder, *commands):
    if missing := [c for c, *_ in commands if shutil.which(c) is None]:
        pytest.skip(f"needs {missing[0]}")
    save_sources(ml.load(NAME).file, language, folder)
    for command in (*commands, ["./native"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_scan_in_cpp(tmp_path):
    *lines, last = compile_and_run(
        "c++",
        tmp_path,
        ["gcc", "-c", f"{PREFIX}.c"],
        ["g++", "-I.", str(EXAMPLES / "cpp" / "native.cpp"), f"{PREFIX}.o", "-o", "native"],
    )
    found = np.array([line.split() for line in lines], dtype=float).T
    known = ml.load(NAME, engine="onnxruntime")
    expected = known({"m_go": MASSES, "m_sq": 2500.0, "sqrt_s": 13000.0})
    np.testing.assert_allclose(found[1], expected.value, rtol=1e-10)
    np.testing.assert_allclose(found[2], expected.uncertainty, rtol=1e-10)
    np.testing.assert_allclose(found[3], expected.gradient["m_go"] / expected.value, rtol=1e-8)
    rows = np.tile([0.0, 2500.0, 13000.0, 1.0], (1000, 1))
    rows[:, 0] = 500 + 4.0 * np.arange(1000)
    assert last == f"{(known.predict(rows).reach > 1).sum()} of 1000 lie outside"


def test_the_scan_in_fortran(tmp_path):
    lines = compile_and_run(
        "fortran",
        tmp_path,
        ["gcc", "-c", f"{PREFIX}.c"],
        ["gfortran", f"{PREFIX}_module.f90", str(EXAMPLES / "fortran" / "native.f90"),
         f"{PREFIX}.o", "-o", "native"],
    )  # fmt: skip
    found = np.array([line.split() for line in lines], dtype=float).T
    expected = ml.load(NAME)({"m_go": MASSES, "m_sq": 2500.0, "sqrt_s": 13000.0})
    np.testing.assert_allclose(found[0], MASSES)
    np.testing.assert_allclose(found[1], expected.value, rtol=1e-10)
    np.testing.assert_allclose(found[3], expected.reach, rtol=1e-10)
