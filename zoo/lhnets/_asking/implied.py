"""What a spectrum implies and no entry says: Higgs couplings, R-parity, CP.

It is added to the blocks of the file: HIGGSKAPPA and RPV, which `lhnets.format.SlhaEntry` tells,
and MODSEL 5, if other blocks violate CP.
"""

from __future__ import annotations

import math
from typing import TypeAlias

Place: TypeAlias = tuple[int, ...]
Blocks: TypeAlias = dict[str, dict[Place, float]]
Faults: TypeAlias = dict[tuple[str, Place], str]

KAPPA, RPV = "HIGGSKAPPA", "RPV"
FAR = 1300.0
"""GeV; without an entry ALPHA, heavier Higgs bosons above it leave the lightest one as in the
Standard Model: its couplings differ by (m_h^2 + m_Z^2)/m_A^2, 1.4 %."""
_HEAVIER = (35, 36, 37)
_TAN_BETA = (("HMIX", (2,)), ("MINPAR", (3,)), ("EXTPAR", (25,)))
_COMPLEX = ("IMHMIX", "IMMINPAR", "IMEXTPAR", "IMMSOFT")
_EXPLICIT_CP = 2.0
_BILINEAR = 1000.0
"""GeV; what a bilinear term is divided by to count as a coupling."""


def add_implied(blocks: Blocks, faults: Faults) -> Faults:
    """Add what the blocks imply to them; returns why something cannot be computed."""
    blocks[RPV] = {(): _find_r_parity_violation(blocks)}
    if "CVHMIX" in blocks or any(x for name in _COMPLEX for x in blocks.get(name, {}).values()):
        modsel = blocks.setdefault("MODSEL", {})
        modsel[5,] = modsel.get((5,)) or _EXPLICIT_CP
    found = _find_higgs_couplings(blocks, faults)
    if isinstance(found, str):
        return {(KAPPA, (1,)): f"cannot be computed: {found}"}
    blocks[KAPPA] = {(k,): kappa for k, kappa in enumerate(found, 1)}
    return {}


def _find_r_parity_violation(blocks: Blocks) -> float:
    trilinear = [
        abs(x) for name in blocks if name.startswith("RVLAM") for x in blocks[name].values()
    ]
    bilinear = [
        abs(x) / _BILINEAR
        for name in ("RVKAPPA", "RVKAPPAIN", "RVSNVEV", "RVSNVEVIN")
        for x in blocks.get(name, {}).values()
    ]
    return max([0.0, *trilinear, *bilinear])


def _find_higgs_couplings(blocks: Blocks, faults: Faults) -> tuple[float, float, float] | str:
    """Couplings of the Higgs boson 25 at tree level over those of the Standard Model.

    Its parts in H_d and H_u are -sin(alpha) and cos(alpha) of block ALPHA, or the first row of
    NMHMIX: kappa_V = d cos(beta) + u sin(beta), kappa_u = u/sin(beta), kappa_d = d/cos(beta)
    (J. Gunion, H. Haber, Nucl. Phys. B 272 (1986) 1).
    """
    parts = _find_higgs_parts(blocks, faults)
    if parts is None:
        masses = blocks.get("MASS", {})
        near = next((k for k in _HEAVIER if abs(masses.get((k,), FAR)) < FAR), None)
        if near is None:
            return 1.0, 1.0, 1.0
        return f"there is no block ALPHA, and the Higgs boson {near} has {masses[near,]:g} GeV"
    if isinstance(parts, str):
        return parts
    tan_beta = _find_tan_beta(blocks, faults)
    if tan_beta is None:
        return "there is no tan beta (block HMIX 2) that can be read"
    down, up = parts
    cos = 1 / math.hypot(1.0, tan_beta)
    sin = tan_beta * cos
    boson = down * cos + up * sin
    sign = -1.0 if boson < 0 else 1.0
    return sign * boson, sign * up / sin, sign * down / cos


def _find_higgs_parts(blocks: Blocks, faults: Faults) -> tuple[float, float] | str | None:
    if "NMHMIX" in blocks:
        row = [blocks["NMHMIX"].get((1, j)) for j in (1, 2)]
        return "NMHMIX has no first row" if None in row else (row[0] or 0.0, row[1] or 0.0)
    if reason := faults.get(("ALPHA", ())):
        return f"block ALPHA {reason}"
    alpha = blocks.get("ALPHA", {}).get(())
    return None if alpha is None else (-math.sin(alpha), math.cos(alpha))


def _find_tan_beta(blocks: Blocks, faults: Faults) -> float | None:
    for block, place in _TAN_BETA:
        value = blocks.get(block, {}).get(place)
        if value is not None and value > 0 and (block, place) not in faults:
            return value
    return None
