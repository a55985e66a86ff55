"""SLHA spectra written by hand (P. Skands et al., JHEP 07 (2004) 036): masses and mixing as given,
everything else decoupled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DECOUPLED = 1e4
SQUARKS = tuple(family + flavour for family in (1000000, 2000000) for flavour in range(1, 7))
LEFT_UP, LEFT_DOWN, RIGHT = (1000002, 1000004, 1000006), (1000001, 1000003, 1000005), SQUARKS[6:]
SLEPTONS = (
    *(side + flavour for side in (1000010, 2000010) for flavour in (1, 3, 5)),
    1000012, 1000014, 1000016,
)  # fmt: skip
GLUINO = 1000021
NEUTRALINOS, CHARGINOS = (1000022, 1000023, 1000025, 1000035), (1000024, 1000037)
HIGGSES = (35, 36, 37)
SPARTICLES = (*SQUARKS, *SLEPTONS, GLUINO, *NEUTRALINOS, *CHARGINOS)
MIXING = {"NMIX": 4, "UMIX": 2, "VMIX": 2, "STOPMIX": 2, "SBOTMIX": 2, "STAUMIX": 2}


def write(
    masses: Mapping[int, float],
    mixing: Mapping[str, Array] | None = None,
    *,
    tan_beta: float = 10.0,
    widthless: Iterable[int] = (),
) -> str:
    """A spectrum with ``masses`` in GeV by PDG number, the rest at 10 TeV, and real ``mixing``
    matrices by block.

    What is not given does not mix. Particles that are ``widthless`` get a decay table of zero
    width, so that they are produced on their mass shell. Trilinear couplings are zero.
    """
    known = {**dict.fromkeys((*SPARTICLES, *HIGGSES), DECOUPLED), 25: 125.0, **masses}
    matrices = {name: np.eye(size) for name, size in MIXING.items()} | dict(mixing or {})
    blocks = [
        _block("MODSEL", ["1 0"]),
        _block(
            "SMINPUTS",
            ["1 127.9", "2 1.16637e-05", "3 0.118", "4 91.1876", "5 4.18", "6 172.5", "7 1.77686"],
        ),
        _block("MINPAR", [f"3 {tan_beta:g}"]),
        _block("MASS", [f"{pdg} {mass:.10e}" for pdg, mass in known.items()]),
        *(_block(name, _entries(matrix)) for name, matrix in matrices.items()),
        _block("ALPHA", [f"{-1 / tan_beta:g}"]),
        _block("HMIX Q=1000", ["1 5000", f"2 {tan_beta:g}"]),
        *(_block(f"{name} Q=1000", ["1 1 0", "2 2 0", "3 3 0"]) for name in ("AU", "AD", "AE")),
    ]
    return "".join(blocks) + "".join(f"DECAY {pdg} 0.0\n" for pdg in widthless)


def rotation(first_row: Array) -> Array:
    """The rotation (2, 2) whose first row is the unit vector ``first_row``."""
    c, s = first_row
    return np.array([[c, s], [-s, c]])


def orthogonal(row: Array, number: int) -> Array:
    """An orthogonal matrix (n, n) whose row ``number`` is the unit vector ``row`` (n,): a
    reflection."""
    sign = 1.0 if row[number] > 0 else -1.0
    axis = row + sign * np.eye(len(row))[number]
    return np.asarray(-sign * (np.eye(len(row)) - 2 * np.outer(axis, axis) / (axis @ axis)))


def _block(name: str, lines: list[str]) -> str:
    return f"BLOCK {name}\n" + "".join(f" {line}\n" for line in lines)


def _entries(matrix: Array) -> list[str]:
    return [f"{i + 1} {j + 1} {v:.15g}" for (i, j), v in np.ndenumerate(matrix)]
