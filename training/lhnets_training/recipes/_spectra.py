"""What recipes take for granted of a spectrum: the words for it, and what many of them share.

Tolerances are those of the physics: how far an entry may be from what the labels were made for
until the answer is wrong by more than the recipe says.
"""

from __future__ import annotations

from collections.abc import Iterable

from lhnets.format import Alias, Assumption, SlhaEntry, UnitVector

DOWN_SQUARKS = (1000001, 1000003)
LEFT_SQUARKS = (1000001, 1000002, 1000003, 1000004)
LIGHT_SQUARKS = (*LEFT_SQUARKS, 2000001, 2000002, 2000003, 2000004)
SBOTTOMS = (1000005, 2000005)
GLUINO, STOP, OTHER_STOP = 1000021, 1000006, 2000006
WITHOUT_LIMIT = 1e9
ROUNDED = 1.01
"""Upper edge of a part of a unit vector, as files round it."""
ROW_TOLERANCE = 0.02
"""By how much the squares of a row of a mixing matrix may miss 1, as files round it."""


def near(
    meaning: str,
    name: str,
    particles: Iterable[int],
    within: float,
    *,
    subjects: tuple[str, ...] = (),
) -> tuple[Assumption, ...]:
    """The masses of ``particles`` are that of the input ``name``, to the fraction ``within``."""
    return tuple(
        Assumption(
            slha=mass(pdg),
            over=name,
            low=1 - within,
            high=1 + within,
            meaning=meaning,
            required=True,
            subjects=subjects,
        )
        for pdg in particles
    )


def heavy(
    meaning: str,
    particles: Iterable[int],
    least: float,
    *,
    over: str | None = None,
    required: bool = True,
    subjects: tuple[str, ...] = (),
) -> tuple[Assumption, ...]:
    """The masses of ``particles`` are at least ``least`` GeV, or times that of an input."""
    return tuple(
        Assumption(
            slha=mass(pdg),
            over=over,
            low=least,
            high=WITHOUT_LIMIT,
            meaning=meaning,
            required=required,
            subjects=subjects,
        )
        for pdg in particles
    )


def mixing(
    meaning: str,
    block: str,
    place: tuple[int, int],
    *,
    low: float = 0.0,
    high: float = ROUNDED,
    over: str | None = None,
    signs: tuple[int, ...] | None = None,
    required: bool = True,
    subjects: tuple[str, ...] = (),
) -> Assumption:
    """An entry of a mixing matrix is ``low`` to ``high`` in size; with its sign and those of the
    masses of ``signs``, if these are given."""
    entry = SlhaEntry(block=block, entry=place, absolute=signs is None, signs=signs or ())
    return Assumption(
        slha=entry,
        over=over,
        low=low,
        high=high,
        meaning=meaning,
        required=required,
        subjects=subjects,
    )


def mixing_row(*inputs: str) -> UnitVector:
    """The constraint that the named inputs are a whole row of a mixing matrix."""
    names = ", ".join(inputs)
    return UnitVector(
        inputs=inputs,
        tolerance=ROW_TOLERANCE,
        meaning=f"the squares of {names}, a row of a mixing matrix, add to 1",
    )


def mass(pdg: int) -> SlhaEntry:
    """The size of a mass."""
    return SlhaEntry(block="MASS", entry=(pdg,), absolute=True)


def alias(subject: str, **masses: int) -> Alias:
    """Other sparticles with the same cross section: by input the particle whose mass it is."""
    return Alias(subject=subject, slha={name: mass(pdg) for name, pdg in masses.items()})


def _flag(block: str, *place: int, high: float = 0.0, meaning: str) -> Assumption:
    entry = SlhaEntry(block=block, entry=place, absolute=True)
    return Assumption(slha=entry, low=0.0, high=high, meaning=meaning)


CP = _flag("MODSEL", 5, meaning="CP is conserved")
R_PARITY = (
    _flag("MODSEL", 4, meaning="R-parity is conserved"),
    _flag("RPV", meaning="R-parity is conserved"),
)
WEAK_R_PARITY_VIOLATION = _flag(
    "RPV", high=0.1, meaning="couplings that violate R-parity are too small to produce sparticles"
)
"""Exchange of sparticles by a coupling of 0.1 is a hundredth of that by gauge couplings."""
PAIR = (CP, WEAK_R_PARITY_VIOLATION)
"""Of every pair of sparticles."""
TOP_MASS = Assumption(
    slha=SlhaEntry(block="SMINPUTS", entry=(6,)),
    low=170.0,
    high=175.0,
    meaning="the top quark has a mass of 172.5 GeV",
)
