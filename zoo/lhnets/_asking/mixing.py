"""Mixing matrices of SLHA files: phases rotated into signs, and what cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Place: TypeAlias = tuple[int, ...]
Blocks: TypeAlias = dict[str, dict[Place, float]]
Faults: TypeAlias = dict[tuple[str, Place], str]

_SIZES = {"NMIX": 4, "UMIX": 2, "VMIX": 2, "STOPMIX": 2, "SBOTMIX": 2, "STAUMIX": 2, "NMNMIX": 5}
_SCALARS = ("STOPMIX", "SBOTMIX", "STAUMIX")
_ROTATED = (
    (("NMIX",), (1000022, 1000023, 1000025, 1000035)),
    (("NMNMIX",), (1000022, 1000023, 1000025, 1000035, 1000045)),
    (("UMIX", "VMIX"), (1000024, 1000037)),
)
"""Matrices whose rows may be imaginary together, and the particles that the rows belong to."""
_NEGATIVE = frozenset({1000021, 1000022, 1000023, 1000024, 1000025, 1000035, 1000037, 1000045})
"""Fermions whose masses may carry a sign, which stands for a phase of the mixing."""
_NORM = 0.02
"""By how much the square of a row of a mixing matrix may differ from 1 by the rounding of a
file."""
_OF_SCALE = 0.02
"""By how much an entry may differ at another scale, absolute for parts of a unit vector."""
_NONE = 1e-6
"""Size up to which an imaginary part counts as none."""


def rotate_phases(blocks: Blocks) -> None:
    """Bring both conventions of SLHA to one: real mixing, and masses with signs.

    A row i n of NMIX, as imaginary entries of IMNMIX say it, with the mass m is the row n with -m;
    so are rows of UMIX and VMIX that are both imaginary. The sign of a whole row of a scalar has
    no meaning, nor has that of both rows of a chargino: the first entry of the scalar's row and of
    VMIX's becomes positive.
    """
    for matrices, ids in _ROTATED:
        for i, pdg in enumerate(ids, 1):
            if all(_is_imaginary(blocks, matrix, i) for matrix in matrices):
                for matrix in matrices:
                    _make_real(blocks, matrix, i)
                masses = blocks.get("MASS", {})
                if (pdg,) in masses:
                    masses[pdg,] *= -1
    for matrix in _SCALARS:
        for i in (1, 2):
            _make_positive(i, blocks.get(matrix, {}))
    for i in (1, 2):
        _make_positive(i, blocks.get("VMIX", {}), blocks.get("UMIX", {}))


def find_faults(blocks: Blocks) -> Faults:
    """Why entries cannot be used: complex mixing, rows that are not unit vectors, negative masses
    of particles whose mass has no sign."""
    return {**_find_imaginary(blocks), **_find_short_rows(blocks), **_find_negative(blocks)}


def find_other_scales(blocks: Blocks, later: Blocks) -> Faults:
    """Why masses and mixing cannot be used that are given at several scales Q and differ: which of
    them belongs to the particles is unknown. ``later`` has what is given after the first."""
    return {
        (block, place): f"is given at several scales Q: {first[place]:g} and {x:g}"
        for block, entries in later.items()
        if block == "MASS" or (block.endswith("MIX") and block != "HMIX")
        for first in (blocks[block],)
        for place, x in entries.items()
        if place in first and abs(x - first[place]) > _OF_SCALE * max(1.0, abs(x))
    }


def _row(entries: dict[Place, float], i: int) -> dict[Place, float]:
    return {place: x for place, x in entries.items() if len(place) == 2 and place[0] == i}


def _is_imaginary(blocks: Blocks, matrix: str, i: int) -> bool:
    real, imaginary = (_row(blocks.get(name, {}), i) for name in (matrix, f"IM{matrix}"))
    return _largest(imaginary) > _NONE and _largest(real) <= _NONE


def _largest(row: dict[Place, float]) -> float:
    return max((abs(x) for x in row.values()), default=0.0)


def _make_real(blocks: Blocks, matrix: str, i: int) -> None:
    imaginary = blocks[f"IM{matrix}"]
    row = _row(imaginary, i)
    blocks.setdefault(matrix, {}).update(row)
    imaginary.update(dict.fromkeys(row, 0.0))


def _make_positive(i: int, entries: dict[Place, float], *others: dict[Place, float]) -> None:
    """Change the sign of row i, and of those that go with it, if its first entry is negative."""
    row = _row(entries, i)
    if next((row[place] for place in sorted(row) if row[place]), 0.0) < 0:
        for matrix in (entries, *others):
            matrix.update({place: -x for place, x in _row(matrix, i).items()})


def _find_imaginary(blocks: Blocks) -> Faults:
    """Faults of matrices with an imaginary part: no network takes complex mixing."""
    return {
        (block, place): f"belongs to complex mixing: IM{block} {_indices(at)} is {value:g}, "
        "expected 0"
        for block in _SIZES
        for at, value in blocks.get(f"IM{block}", {}).items()
        if abs(value) > _NONE
        for place in blocks.get(block, {})
    }


def _find_short_rows(blocks: Blocks) -> Faults:
    """Faults of rows of mixing matrices that are not unit vectors."""
    faults: Faults = {}
    for block, size in _SIZES.items():
        entries = blocks.get(block, {})
        for i in range(1, size + 1):
            row = [entries.get((i, j)) for j in range(1, size + 1)]
            given = [x for x in row if x is not None]
            norm = sum(x * x for x in given)
            if given and (norm > 1 + _NORM or (len(given) == size and norm < 1 - _NORM)):
                reason = f"belongs to a row whose square is {norm:.4g}: expected a unit vector"
                faults.update({(block, (i, j)): reason for j in range(1, size + 1)})
    return faults


def _find_negative(blocks: Blocks) -> Faults:
    return {
        ("MASS", place): f"is negative, {mass:g} GeV: only charginos, neutralinos and gluinos may "
        "have a sign"
        for place, mass in blocks.get("MASS", {}).items()
        if mass < 0 and place[:1] and place[0] not in _NEGATIVE
    }


def _indices(entry: Sequence[int]) -> str:
    return " ".join(map(str, entry))
