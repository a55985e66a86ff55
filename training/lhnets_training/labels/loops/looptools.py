"""Reference values of B0, C0 and D0 from the command `lt` of LoopTools, which is needed only to
make them again.

T. Hahn, M. Perez-Victoria, Comput. Phys. Commun. 118 (1999) 153; https://feynarts.de/looptools. It
is built on FF by G. J. van Oldenborgh, and shares nothing with
`lhnets_training.labels.loops.loop_integrals`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import product

import numpy as np
from numpy.typing import NDArray

from lhnets.errors import Error

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

VERSION, COMMAND = "2.16", "lt"
SAME = 1e-6
"""Relative difference up to which two values are one."""
NUMBER = r"([-+.\dE]+)"


class LoopToolsError(Error, RuntimeError):
    """LoopTools is not there, or did not answer."""


def b0(points: Array) -> Complex:
    """The finite part of B0 in the MSbar scheme, shape (N,), at (p2, m1sq, m2sq, mu2) in GeV^2."""
    return np.asarray(_values("bb0", points[:, :3]) + np.log(points[:, 3]))


def c0(points: Array) -> Complex:
    """C0 in 1/GeV^2, shape (N,), at (p1sq, p2sq, p3sq, m1sq, m2sq, m3sq) in GeV^2."""
    return _values("cc0", points)


def d0(points: Array) -> Complex:
    """D0(0, 0, 0, p4sq, s, t) with one mass in 1/GeV^4, shape (N,), at (p4sq, s, t, msq) in GeV^2.

    The eight orders of the legs give one integral; at some points where p4sq, s and t are all
    positive, LoopTools 2.16 lands on another branch for a few of them. What most orders give is
    taken.
    """
    p4sq, s, t, msq = points.T
    orders = []
    for place, (first, second) in product(range(4), ((s, t), (t, s))):
        legs = np.zeros((4, len(points)))
        legs[place] = p4sq
        orders.append(_values("dd0", np.column_stack([*legs, first, second, *[msq] * 4])))
    found = np.array(orders)
    alike = np.isclose(found[:, None], found[None], rtol=SAME, atol=0.0).sum(axis=1)
    return np.asarray(found[alike.argmax(axis=0), np.arange(len(points))])


def _values(label: str, arguments: Array) -> Complex:
    """What `lt` prints under ``label``, shape (N,), at its ``arguments`` (N, m)."""
    command = shutil.which(COMMAND)
    if command is None:
        raise LoopToolsError(
            f"values of LoopTools need its command {COMMAND!r}, which is not on the path; build "
            f"LoopTools {VERSION} (./configure && make install, with a Fortran compiler) and put "
            "its folder bin on the path, or train without --relabel, from the values that ship "
            "with lhnets"
        )
    return np.array([_value(command, label, row) for row in arguments])


def _value(command: str, label: str, row: Array) -> complex:
    ran = subprocess.run(
        [command, *(repr(float(v)) for v in row)], capture_output=True, text=True, check=False
    )
    found = re.search(rf"^\s*{label}\s*=\s*\({NUMBER},{NUMBER}\)", ran.stdout, re.MULTILINE)
    if found is None:
        raise LoopToolsError(
            f"{command} printed no {label} at {row.tolist()}; expected a line '{label} = (re,im)', "
            f"got exit code {ran.returncode} and {(ran.stderr or ran.stdout)[-200:]!r}"
        )
    return complex(float(found[1]), float(found[2]))
