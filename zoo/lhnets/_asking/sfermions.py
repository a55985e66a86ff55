"""Squarks and sleptons by what they are: SLHA2 numbers them by mass, and 6 x 6 matrices say who is
who."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Place: TypeAlias = tuple[int, ...]
Blocks: TypeAlias = dict[str, dict[Place, float]]
Faults: TypeAlias = dict[tuple[str, Place], str]

_PURE = 0.98
"""Part of a flavour in the square of a row, above which the particle counts as one of that
flavour."""
_FLAVOUR_VIOLATION = {"USQMIX": (1, 3), "DSQMIX": (1, 3), "SELMIX": (2, 3), "SNUMIX": (2, 3)}
"""Values of MODSEL 6 with which a sector has flavour mixing, so that its ids are in the order of
masses."""
_THIRD = ((1000005, 2000005), (1000006, 2000006), (1000015, 2000015))
_DECOUPLED = 1e5
_AGREE = 0.02
"""By how much the mixing of the third generation may differ between two blocks that give it."""


class _Sector(NamedTuple):
    matrix: str
    mixing: str
    left: tuple[int, int, int]
    right: tuple[int, ...]


_SECTORS = (
    _Sector("USQMIX", "STOPMIX", (1000002, 1000004, 1000006), (2000002, 2000004, 2000006)),
    _Sector("DSQMIX", "SBOTMIX", (1000001, 1000003, 1000005), (2000001, 2000003, 2000005)),
    _Sector("SELMIX", "STAUMIX", (1000011, 1000013, 1000015), (2000011, 2000013, 2000015)),
    _Sector("SNUMIX", "", (1000012, 1000014, 1000016), ()),
)


def name_by_content(blocks: Blocks) -> Faults:
    """Give masses to the particles of the first accord: 1000006 is the lighter stop, 1000002 the
    left-handed up squark.

    Row i of the matrix belongs to the i-th id of its sector, whether the file orders the rows by
    mass or by flavour. The masses and the 2 x 2 mixing of the third generation in ``blocks`` are
    replaced.

    Returns
    -------
    dict
        Why masses and mixing of a sector cannot be used: mixing of flavours, contradictions,
        complex matrices.
    """
    faults: Faults = {}
    violates = blocks.get("MODSEL", {}).get((6,))
    for sector in _SECTORS:
        if blocks.get(sector.matrix):
            faults.update(_rename(sector, blocks))
        elif violates in _FLAVOUR_VIOLATION[sector.matrix]:
            faults.update(
                _refuse(
                    sector,
                    f"is unclear: MODSEL 6 is {violates:g}, flavours mix, and the file has no "
                    f"{sector.matrix} that says which particle it is",
                )
            )
    return faults


def find_unordered(blocks: Blocks) -> Faults:
    """Why masses of the third generation cannot be used: the first of two is the heavier, while
    1000006 is the lighter stop by definition. A decoupled one has no order."""
    masses = blocks.get("MASS", {})
    faults: Faults = {}
    for first, second in _THIRD:
        one, two = (abs(masses.get((pdg,), _DECOUPLED)) for pdg in (first, second))
        if two < one < _DECOUPLED:
            reason = (
                f"is unclear: {first} has {one:g} GeV and {second} {two:g} GeV, expected the "
                "lighter one first"
            )
            faults.update({("MASS", (pdg,)): reason for pdg in (first, second)})
    return faults


def _rename(sector: _Sector, blocks: Blocks) -> Faults:
    ids, masses = (*sector.left, *sector.right), blocks.get("MASS", {})
    rows = {pdg: _row(blocks[sector.matrix], i + 1, len(ids)) for i, pdg in enumerate(ids)}
    flavours = {pdg: _flavour(row) for pdg, row in rows.items()}
    problem = _find_problem(sector, blocks, flavours)
    if problem:
        return _refuse(sector, problem)
    places, mixing = _assign(sector, rows, flavours, masses)
    if sector.mixing and not _agrees(blocks.get(sector.mixing, {}), mixing):
        return _refuse(
            sector, f"is unclear: {sector.mixing} and {sector.matrix} contradict each other"
        )
    found: dict[Place, float] = {
        (new,): masses[old,] for new, old in places.items() if (old,) in masses
    }
    for pdg in ids:
        masses.pop((pdg,), None)
    masses.update(found)
    if sector.mixing and mixing:
        blocks[sector.mixing] = {**mixing}
    return {}


def _row(matrix: dict[Place, float], i: int, size: int) -> tuple[float, ...]:
    return tuple(matrix.get((i, j), 0.0) for j in range(1, size + 1))


def _flavour(row: tuple[float, ...]) -> int | None:
    """Generation 0, 1 or 2 of a row; None if it is mixed or not a unit vector."""
    squares = [sum(x * x for x in row[k::3]) for k in range(3)]
    best = max(range(3), key=lambda k: squares[k])
    total = sum(squares)
    return best if abs(total - 1) <= _AGREE and squares[best] >= _PURE * total else None


def _find_problem(sector: _Sector, blocks: Blocks, flavours: dict[int, int | None]) -> str | None:
    if any(abs(x) > 1e-6 for x in blocks.get(f"IM{sector.matrix}", {}).values()):
        return f"is unclear: the mixing in IM{sector.matrix} is complex"
    unclear = [str(pdg) for pdg, flavour in flavours.items() if flavour is None]
    if unclear:
        return (
            f"is unclear: the rows of {sector.matrix} of {', '.join(unclear)} mix flavours or "
            "are not unit vectors"
        )
    counts = [list(flavours.values()).count(k) for k in range(3)]
    if len(set(counts)) != 1:
        return (
            f"is unclear: {sector.matrix} has {counts} particles of the three generations, "
            "expected as many of each"
        )
    return None


def _assign(
    sector: _Sector,
    rows: dict[int, tuple[float, ...]],
    flavours: dict[int, int | None],
    masses: dict[Place, float],
) -> tuple[dict[int, int], dict[Place, float]]:
    """Which id of the file each particle has, and the mixing of the third generation."""
    places: dict[int, int] = {}
    mixing: dict[Place, float] = {}
    for k in range(3):
        members = [pdg for pdg, flavour in flavours.items() if flavour == k]
        if not sector.right:
            places[sector.left[k]] = members[0]
            continue
        if k < 2:
            members.sort(key=lambda pdg: -abs(rows[pdg][k]))
        else:
            members.sort(key=lambda pdg: abs(masses.get((pdg,), 0.0)))
            mixing = {
                (n + 1, 1 + s): rows[pdg][2 + 3 * s]
                for n, pdg in enumerate(members)
                for s in (0, 1)
            }
        places[sector.left[k]], places[sector.right[k]] = members
    return places, mixing


def _agrees(given: dict[Place, float], mixing: dict[Place, float]) -> bool:
    """Whether the file's own 2 x 2 block, where it has one, tells the same up to signs of rows."""
    return all(abs(abs(given.get(place, x)) - abs(x)) <= _AGREE for place, x in mixing.items())


def _refuse(sector: _Sector, reason: str) -> Faults:
    faults: Faults = {("MASS", (pdg,)): reason for pdg in (*sector.left, *sector.right)}
    if sector.mixing:
        faults.update({(sector.mixing, (i, j)): reason for i in (1, 2) for j in (1, 2)})
    return faults
