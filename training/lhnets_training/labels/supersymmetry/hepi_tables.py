"""Published cross sections that hepi collects: Resummino points of winos, and the LHC SUSY XS WG
table of gluino pairs.

Winos: J. Fiaschi, B. Fuks, M. Klasen, A. Neuwirth, arXiv:2304.11915, with Resummino 3.1.1 and
PDF4LHC21_40; all squarks have one mass, chargino and neutralinos another. Gluino pairs with squarks
decoupled: numbers of NNLL-fast rounded to three digits. The tables are read from hepi's data files;
its code is not run.
"""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets_training.labels.supersymmetry.nnllfast import LabelError
from lhnets_training.recipe import Array, Rows

ORDERS = {"lo": "LO", "nlo": "NLO", "nnll": "NNLL"}
"""Suffixes of hepi's file names by the prefix of our columns; NNLL is approximate NNLO + NNLL."""

STEP = 100.0
"""Distance of the wino points in both masses, in GeV."""

LIMIT = 0.02
RULE = (
    f"a row is dropped where a cross section differs by more than {LIMIT:.0%} from the cubic "
    "through the logarithms of its two neighbours on either side, on every line of points "
    "(constant wino mass, constant squark mass, constant difference) that has them, where at "
    "least two lines do; a number that is not finite, or a cross section that is not positive, "
    "drops its row as well"
)

_LINES = ((1, 0), (0, 1), (1, 1))


def table(name: str) -> dict[str, Any]:
    """One of hepi's JSON tables, by its file name without the suffix.

    Raises
    ------
    LabelError
        If hepi has no such table.
    """
    path = Path(str(distribution("hepi").locate_file(f"hepi/data/json/{name}.json")))
    if not path.exists():
        raise LabelError(f"hepi has no table {path.name}; expected hepi 0.3.7")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def gluino_decoupled() -> tuple[Array, Array]:
    """Gluino mass in GeV and cross section in pb of the LHC SUSY XS WG at 13 TeV, each of shape
    (501,)."""
    return decoupled("pp13_gluino_NNLO+NNLL")


def decoupled(name: str) -> tuple[Array, Array]:
    """Masses in GeV and cross sections in pb, each (N,), of a table over one mass, in ascending
    order."""
    pairs = np.array(sorted((float(m), p["xsec_pb"]) for m, p in table(name)["data"].items()))
    return pairs[:, 0], pairs[:, 1]


def decoupled_total(name: str) -> tuple[Array, Array, Array]:
    """The same with the symmetric total uncertainties in pb, of the tables that have them
    (`unc_pb`)."""
    points = table(name)["data"].items()
    masses, sigma, total = np.array(
        sorted((float(m), p["xsec_pb"], p["unc_pb"]) for m, p in points)
    ).T
    return masses, sigma, total


def one_mass(name: str) -> Rows:
    """Resummino points over one mass: `m` in GeV in ascending order, `nnll`, its positive shifts by
    scale and PDF in pb.

    A scale shift of the other sign counts as none.

    Raises
    ------
    LabelError
        If a number is not finite or a cross section not positive.
    """
    points = sorted((float(m), p) for m, p in table(name)["data"].items())
    rows: Rows = {"m": np.array([m for m, _ in points])}
    rows["nnll"] = np.array([p["xsec_pb"] for _, p in points])
    rows["nnll_scale_up"] = np.array([max(p["unc_scale_up_pb"], 0.0) for _, p in points])
    rows["nnll_scale_down"] = np.array([max(-p["unc_scale_down_pb"], 0.0) for _, p in points])
    rows["nnll_pdf"] = np.array([p["unc_pdf_up_pb"] for _, p in points])
    if not all(np.isfinite(c).all() for c in rows.values()) or not (rows["nnll"] > 0).all():
        raise LabelError(f"the table {name} has numbers that are no cross sections")
    return rows


def wino(process: str, energy: int) -> Rows:
    """Points of one wino process at an energy in GeV: `m_c1`, `m_sq` in GeV, cross sections and
    positive shifts in pb.

    ``process`` is hepi's, such as `1000023_1000024`. Columns: `lo`, `nlo`, `nnll`, each with
    `_scale_up` and `_scale_down`, and `nlo_pdf`, `nnll_pdf` (symmetric). A scale shift of the other
    sign counts as none.
    """
    rows: Rows = {}
    for order, suffix in ORDERS.items():
        points = table(f"{energy}_wino_sq_dep_{process}_{suffix}")["data"]
        masses = np.array(sorted((float(m), float(s)) for s in points for m in points[s]))
        by_mass = {
            (float(m), float(s)): point for s, inner in points.items() for m, point in inner.items()
        }
        numbers = [by_mass[m, s] for m, s in masses]
        if rows and not np.array_equal(masses[:, 0], rows["m_c1"]):
            raise LabelError(f"the orders of {process} at {energy} GeV do not have the same points")
        rows |= {"m_c1": masses[:, 0], "m_sq": masses[:, 1]}
        rows[order] = np.array([p["xsec_pb"] for p in numbers])
        rows[f"{order}_scale_up"] = np.array([max(p["unc_scale_up_pb"], 0.0) for p in numbers])
        rows[f"{order}_scale_down"] = np.array([max(-p["unc_scale_down_pb"], 0.0) for p in numbers])
        if order != "lo":
            rows[f"{order}_pdf"] = np.array([p["unc_pdf_up_pb"] for p in numbers])
    return rows


def usable(rows: Rows, orders: tuple[str, ...]) -> NDArray[np.bool_]:
    """Rows (N,) whose numbers are all finite and whose cross sections are positive and follow the
    trend, by `RULE`."""
    held = np.all([np.isfinite(column) for column in rows.values()], axis=0)
    for order in orders:
        held &= rows[order] > 0
    masses = np.stack([rows["m_c1"], rows["m_sq"]], axis=1)
    off_trend = np.zeros(len(held), dtype=bool)
    for order in orders:
        off_trend[held] |= outliers(masses[held], rows[order][held])
    return np.asarray(held & ~off_trend)


def outliers(masses: Array, sigma: Array) -> NDArray[np.bool_]:
    """Which of the positive cross sections (N,) at ``masses`` (N, 2) leave the trend of their
    neighbours by `RULE`.

    A point that has two neighbours on either side on fewer than two lines cannot be judged and is
    not flagged.
    """
    numbers = {tuple(pair): i for i, pair in enumerate(np.rint(masses / STEP).astype(int).tolist())}
    logs = np.log(sigma)
    return np.array([_difference(numbers, logs, at) > LIMIT for at in numbers])


def _difference(numbers: dict[tuple[int, ...], int], logs: Array, at: tuple[int, ...]) -> float:
    """Smallest relative difference over the lines through a point; 0 where fewer than two can judge
    it."""
    found = []
    for along in _LINES:
        near = [
            numbers.get((at[0] + k * along[0], at[1] + k * along[1]), -1) for k in (-2, -1, 1, 2)
        ]
        if min(near) >= 0:
            trend = float(logs[near] @ np.array([-1.0, 4.0, 4.0, -1.0])) / 6
            found.append(abs(float(np.expm1(logs[numbers[at]] - trend))))
    return min(found) if len(found) > 1 else 0.0
