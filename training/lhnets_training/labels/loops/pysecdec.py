"""Reference values of B0, C0 and D0 from pySecDec, which is needed only to make them again: the
extra `loops`, g++ and make.

S. Borowka et al., Comput. Phys. Commun. 222 (2018) 313. It derives each integral from its graph, by
sector decomposition in dimensional regularisation, and so shares nothing with
`lhnets_training.labels.loops.loop_integrals`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error

Array = NDArray[np.float64]

VERSION, EPSREL = "1.6.6", 1e-9
TOOLS = ("g++", "make")


class PySecDecError(Error, RuntimeError):
    """pySecDec, or what it compiles its code with, is not there."""


@dataclass(frozen=True)
class Integral:
    """A one-loop graph in pySecDec's words; parameters are squared momenta and masses in units of
    one of them."""

    name: str
    lines: tuple[tuple[str, tuple[int, int]], ...]
    legs: tuple[tuple[str, int], ...]
    rules: tuple[tuple[str, str], ...]
    parameters: tuple[str, ...]

    def values(self, points: Array, folder: Path) -> Array:
        """The coefficient of eps^0, shape (N,), at values (N, n) of the parameters, below all
        thresholds.

        Code is written to ``folder`` and compiled there, once.

        Raises
        ------
        PySecDecError
            If pySecDec, g++ or make is missing.
        """
        require()
        from pySecDec.integral_interface import IntegralLibrary

        library = IntegralLibrary(str(self._compiled(folder)))
        library.use_Qmc(epsrel=EPSREL, maxeval=10**7, verbosity=0)
        found = (
            library(real_parameters=list(p), format="json")[2]["sums"][self.name] for p in points
        )
        return np.array([orders[0,][0].real for orders in found])

    def _compiled(self, folder: Path) -> Path:
        from pySecDec.loop_integral import LoopIntegralFromGraph, loop_package

        made = folder / self.name / f"{self.name}_pylink.so"
        if made.exists():
            return made
        shutil.rmtree(folder / self.name, ignore_errors=True)
        integral = LoopIntegralFromGraph(
            internal_lines=[[mass, list(ends)] for mass, ends in self.lines],
            external_lines=[list(leg) for leg in self.legs],
            replacement_rules=list(self.rules),
        )
        folder.mkdir(parents=True, exist_ok=True)
        before = Path.cwd()
        os.chdir(folder)
        try:
            loop_package(
                name=self.name,
                loop_integral=integral,
                real_parameters=list(self.parameters),
                requested_orders=[0],
                contour_deformation=False,
                processes=1,
            )
            subprocess.run(["make", "-C", self.name], check=True, stdout=subprocess.DEVNULL)
        finally:
            os.chdir(before)
        return made


def require() -> None:
    """See that pySecDec and its compiler are there.

    Raises
    ------
    PySecDecError
        If pySecDec, g++ or make is missing.
    """
    if find_spec("pySecDec") is None:
        raise PySecDecError(
            f"values of pySecDec {VERSION} need the package, which is not installed; run: pip "
            "install 'lhnets[loops]', or train without --relabel, from the values that ship with "
            "lhnets"
        )
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        raise PySecDecError(
            f"pySecDec compiles its integrals with {' and '.join(TOOLS)}, but "
            f"{' and '.join(missing)} is not on the path; install a C++ compiler and make, or "
            "train without --relabel, from the values that ship with lhnets"
        )


BUBBLE = Integral(
    name="bubble",
    lines=(("m1", (1, 2)), ("m2", (2, 1))),
    legs=(("p1", 1), ("p2", 2)),
    rules=(
        ("p1*p1", "p2sq"),
        ("p2*p2", "p2sq"),
        ("p1*p2", "-p2sq"),
        ("m1**2", "m1sq"),
        ("m2**2", "m2sq"),
    ),
    parameters=("p2sq", "m1sq", "m2sq"),
)
TRIANGLE = Integral(
    name="triangle",
    lines=(("m1", (1, 2)), ("m2", (2, 3)), ("m3", (3, 1))),
    legs=(("p1", 2), ("p2", 3), ("p3", 1)),
    rules=(
        *((f"p{k}*p{k}", f"p{k}sq") for k in (1, 2, 3)),
        *(
            (f"p{i}*p{j}", f"p{k}sq/2-p{i}sq/2-p{j}sq/2")
            for i, j, k in ((1, 2, 3), (2, 3, 1), (1, 3, 2))
        ),
        *((f"m{k}**2", f"m{k}sq") for k in (1, 2, 3)),
    ),
    parameters=("p1sq", "p2sq", "p3sq", "m1sq", "m2sq", "m3sq"),
)
BOX = Integral(
    name="box",
    lines=(("m", (1, 2)), ("m", (2, 3)), ("m", (3, 4)), ("m", (4, 1))),
    legs=(("p1", 1), ("p2", 2), ("p3", 3), ("p4", 4)),
    rules=(
        *((f"p{k}*p{k}", "0") for k in (1, 2, 3)),
        ("p4*p4", "p4sq"),
        ("p1*p2", "s/2"),
        ("p2*p3", "t/2"),
        ("p1*p3", "p4sq/2-s/2-t/2"),
        ("p3*p4", "s/2-p4sq/2"),
        ("p1*p4", "t/2-p4sq/2"),
        ("p2*p4", "-s/2-t/2"),
        ("m**2", "msq"),
    ),
    parameters=("p4sq", "s", "t", "msq"),
)


def b0(points: Array, folder: Path) -> Array:
    """The finite part of B0 in the MSbar scheme, shape (N,), at (p2, m1sq, m2sq, mu2) in GeV^2."""
    return BUBBLE.values(points[:, :3] / points[:, 3:], folder) + np.euler_gamma


def c0(points: Array, folder: Path) -> Array:
    """C0 in 1/GeV^2, shape (N,), at (p1sq, p2sq, p3sq, m1sq, m2sq, m3sq) in GeV^2."""
    return np.asarray(TRIANGLE.values(points / points[:, 3:4], folder) / points[:, 3])


def d0(points: Array, folder: Path) -> Array:
    """D0(0, 0, 0, p4sq, s, t) with one mass in 1/GeV^4, shape (N,), at (p4sq, s, t, msq) in
    GeV^2."""
    return np.asarray(BOX.values(points / points[:, 3:], folder) / points[:, 3] ** 2)
