"""A scan that is killed goes on where it was, to the same bytes."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

arrow = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402

SCAN = """
import os, signal, sys
from pathlib import Path

import lhnets as ml
from lhnets._scanning import files, running, workers

renames, evaluations, source, out = int(sys.argv[1]), [], *sys.argv[2:]
files.TableFiles.slice_rows, running._BLOCK_BYTES = 100, 1
replace, evaluate = Path.replace, workers.evaluate_table


def replace_or_die(self, target):
    global renames
    renames -= 1
    if renames == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)


def count(*given):
    evaluations.append(1)
    return evaluate(*given)


Path.replace, workers.evaluate_table = replace_or_die, count
ml.scan('sigma = CS("p p > go go", energy="13 TeV")', source, out, workers=2)
print(len(evaluations))
ml.scan('sigma = CS("p p > go go", energy="13 TeV")', source, "whole.parquet", workers=2)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_scan_killed_several_times_ends_with_the_same_bytes(make_mirror, make_file, tmp_path):
    mirror = make_mirror(tmp_path / "mirror", make_file())
    m_a = np.random.default_rng(1).uniform(100.0, 1200.0, 1000)
    parquet.write_table(arrow.table({"m_a": m_a}), tmp_path / "in.parquet", row_group_size=300)

    def run(out, renames=0):
        return subprocess.run(
            [sys.executable, "-c", SCAN, str(renames), tmp_path / "in.parquet", tmp_path / out],
            env={**os.environ, "LHNETS_REGISTRY": str(mirror), "LHNETS_OFFLINE": "1"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    # First the note of what is scanned is renamed, then each block.
    for renames in (5, 3):
        assert run("out.parquet", renames).returncode == -signal.SIGKILL
        assert not (tmp_path / "out.parquet").exists()
    last = run("out.parquet")
    assert int(last.stdout) == 5, last.stderr
    assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert not (tmp_path / "out.parquet.scan").exists()
