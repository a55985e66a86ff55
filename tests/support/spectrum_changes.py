"""For each network that reads SLHA files: a spectrum that it answers for, and every entry on which
the physics depends, with changes that the answer must show.

The lists are physics, written without a look at what networks assume. As a script it prints how
many pairs of network and entry there are, and how many changes are refused or change the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from mssm import LIGHT, Point, matrix, rotation, write

import lhnets as ml

Blocks: TypeAlias = dict[str, dict[tuple[int, ...], float]]
Outcome: TypeAlias = Literal["refused", "changed", "silent"]

SAME = 1e-7
"""Relative difference up to which two answers count as the same."""
SBOTTOMS = (1000005, 2000005)
LEFT = LIGHT[:4]
RPV = {"RVLAMUDD": {(3, 1, 2): 0.5}}
BR_RPV = ("MODSEL", (4,), (1.0,))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One network with a question, a point that it answers, and what its physics depends on."""

    network: str
    ask: Callable[..., Any]
    subject: str
    point: Point
    energy: str | None = None
    masses: tuple[int, ...] = ()
    """Any change of these masses is a change of the answer."""
    limits: Mapping[int, float] = field(default_factory=dict)
    """Masses that matter once they are as low as this."""
    rows: tuple[tuple[str, int], ...] = ()
    """Rows of mixing matrices."""
    signs: tuple[int, ...] = ()
    """Masses whose sign matters."""
    others: tuple[tuple[str, tuple[int, ...], tuple[float, ...]], ...] = ()
    """Further entries, with values that they may get."""
    blocks: Mapping[str, Mapping[tuple[int, ...], float]] = field(default_factory=dict)
    """Blocks that matter if a file has them."""

    def answer(self, blocks: Mapping[str, Mapping[tuple[int, ...], float]]) -> float:
        """The answer of the network for a file with these blocks."""
        energy = {} if self.energy is None else {"energy": self.energy}
        return float(self.ask(self.subject, write(blocks), network=self.network, **energy))

    def changes(self) -> Iterator[tuple[str, Blocks]]:
        """Each entry in words, with the blocks of a file in which it differs."""
        for pdg in self.masses:
            for factor in (0.6, 0.93, 1.07, 1.7):
                yield f"MASS {pdg}", self._with_mass(pdg, factor * self._mass(pdg))
            yield f"MASS {pdg}", self._without("MASS", lambda at, pdg=pdg: at == (pdg,))
        for pdg, low in self.limits.items():
            yield f"MASS {pdg}", self._with_mass(pdg, low)
        for pdg in self.signs:
            yield f"sign of MASS {pdg}", self._with_mass(pdg, -self._mass(pdg))
        for block, row in self.rows:
            for turned in _turn(self.point.blocks()[block], row):
                yield f"{block} {row}", {**self.point.blocks(), block: turned}
            yield f"{block} {row}", self._without(block, lambda at, row=row: at[0] == row)
        for block, place, values in self.others:
            for value in values:
                blocks = self.point.blocks()
                blocks.setdefault(block, {})[place] = value
                yield f"{block} {' '.join(map(str, place))}".rstrip(), blocks
        for block, entries in self.blocks.items():
            yield block, {**self.point.blocks(), block: dict(entries)}

    def _mass(self, pdg: int) -> float:
        return self.point.blocks()["MASS"][pdg,]

    def _with_mass(self, pdg: int, mass: float) -> Blocks:
        blocks = self.point.blocks()
        blocks["MASS"][pdg,] = mass
        return blocks

    def _without(self, block: str, is_gone: Callable[[tuple[int, ...]], bool]) -> Blocks:
        blocks = self.point.blocks()
        blocks[block] = {at: x for at, x in blocks[block].items() if not is_gone(at)}
        return blocks


def examine(case: Case) -> list[tuple[str, Outcome]]:
    """What becomes of each change."""
    clean = case.answer(case.point.blocks())
    found: list[tuple[str, Outcome]] = []
    for entry, blocks in case.changes():
        try:
            same = abs(case.answer(blocks) / clean - 1) <= SAME
        except ml.Error:
            found.append((entry, "refused"))
        else:
            found.append((entry, "silent" if same else "changed"))
    return found


def _turn(entries: Mapping[tuple[int, ...], float], row: int) -> Iterable[dict[Any, float]]:
    """The matrix with its row turned by some angle against each other row."""
    size = max(at[0] for at in entries)
    full = np.array([[entries[i + 1, j + 1] for j in range(size)] for i in range(size)])
    for other in range(size):
        if other != row - 1:
            turned = full.copy()
            pair = [row - 1, other]
            turned[pair] = rotation(0.6) @ full[pair]
            yield matrix(turned)


WINOS = Point(m_1=200.0, m_2=900.0)
SIMPLIFIED = Point(m_1=100.0, m_2=400.0, m_sq=20_000.0)
HIGGSINOS = Point(m_1=5000.0, m_2=5000.0, mu=300.0)
MIXED = Point(m_1=-150.0, m_2=300.0, mu=350.0)
SQUARKS = Point(m_go=2000.0, m_sq=1500.0, sbottoms=(1500.0, 1500.0, 0.0))
GLUINOS = Point(
    m_go=1800.0, m_sq=1700.0, sbottoms=(1700.0, 1700.0, 0.0), stops=(1100.0, 2800.0, 0.5)
)
DECOUPLED = Point(m_go=1200.0, m_sq=20_000.0)
SLEPTONS = Point(m_sl=300.0)
STAUS = Point(staus=(300.0, 600.0, np.pi / 4))
CP = ("MODSEL", (5,), (2.0,))
WEAK = {"blocks": RPV}
HIGGS: dict[str, Any] = {
    "point": Point(),
    "masses": (25,),
    "limits": {36: 40.0, 1000022: 30.0, 1000012: 40.0, 1000006: 200.0, 24: 79.0},
    "others": (
        CP,
        ("ALPHA", (), (-0.2, 0.3, 1.0)),
        ("HMIX", (2,), (8.0, 12.0)),
        ("NMHMIX", (1, 1), (0.3,)),
        *(
            ("SMINPUTS", (k,), values)
            for k, values in (
                (2, (1.2e-5,)), (3, (0.115, 0.121)), (4, (90.0,)), (5, (4.05, 4.3)),
                (6, (170.0, 176.0)), (7, (1.9,)), (24, (1.1, 1.5)),
            )
        ),
    ),
}  # fmt: skip
EWKINO = {"others": (CP,), "blocks": RPV}
CASES = (
    Case(
        network="br-gluino", ask=ml.BR, subject="go > t1~ t | go > t~ t1", point=GLUINOS,
        masses=(1000021, 1000006, *LIGHT, *SBOTTOMS), limits={2000006: 1500.0},
        rows=(("STOPMIX", 1),), signs=(1000021,),
        others=(CP, BR_RPV, ("SMINPUTS", (6,), (165.0, 180.0))), blocks=RPV,
    ),
    Case(
        network="br-stop", ask=ml.BR, subject="t1 > t n1", point=Point(),
        masses=(1000006, 1000022, 1000023, 1000024),
        limits=dict.fromkeys((1000025, 1000035, 1000037, 1000021, *SBOTTOMS), 400.0),
        rows=(("STOPMIX", 1), ("NMIX", 1), ("NMIX", 2), ("UMIX", 1), ("VMIX", 1)),
        signs=(1000022,), others=(CP, BR_RPV, ("SMINPUTS", (6,), (165.0, 180.0))), blocks=RPV,
    ),
    *(
        Case(network="br-higgs-sm", ask=ml.BR, subject=subject, **HIGGS)
        for subject in ("h > b b~", "h > w+ w-")
    ),
    Case(
        network="br-higgs-sm", ask=ml.BR, subject="h > a a",
        **HIGGS | {"limits": HIGGS["limits"] | {37: 100.0, 1000024: 105.0, 1000015: 90.0}},
    ),
    Case(
        network="br-higgs-sm", ask=ml.BR, subject="h > g g",
        **HIGGS | {"limits": HIGGS["limits"] | {2000006: 300.0, 1000005: 300.0}},
    ),
    Case(network="width-higgs-sm", ask=ml.Width, subject="h > all", **HIGGS),
    Case(
        network="cs-gluino-pair-nnll-13tev", ask=ml.CS, subject="p p > go go", energy="13 TeV",
        point=SQUARKS, masses=(1000021, *LIGHT),
    ),
    Case(
        network="cs-gluino-pair-lo", ask=ml.CS, subject="p p > go go", energy="13 TeV",
        point=SQUARKS, masses=(1000021, *LIGHT),
    ),
    Case(
        network="cs-gluino-pair-decoupled-13tev", ask=ml.CS, subject="p p > go go",
        energy="13 TeV", point=DECOUPLED, masses=(1000021,), limits=dict.fromkeys(LIGHT, 2000.0),
    ),
    *(
        Case(
            network=f"cs-squark-{name}-nnll-13tev", ask=ml.CS, subject=subject, energy="13 TeV",
            point=SQUARKS, masses=(1000021, *LIGHT), limits=dict.fromkeys(SBOTTOMS, 700.0),
            blocks=RPV,
        )
        for name, subject in (
            ("antisquark", "p p > sq sq~"), ("squark", "p p > sq sq | p p > sq~ sq~"),
            ("gluino", "p p > go sq | p p > go sq~"),
        )
    ),
    Case(
        network="cs-stop-pair-nnll-13tev", ask=ml.CS, subject="p p > t1 t1~", energy="13 TeV",
        point=Point(), masses=(1000006, 1000021), blocks=RPV,
    ),
    Case(
        network="cs-stop-pair-decoupled-13tev", ask=ml.CS, subject="p p > t1 t1~",
        energy="13 TeV", point=Point(), masses=(1000006,), limits={1000021: 900.0}, blocks=RPV,
    ),
    Case(
        network="cs-scalar-triplet-pair-lo", ask=ml.CS, subject="p p > t1 t1~", energy="13 TeV",
        point=Point(), masses=(1000006,), blocks=RPV,
    ),
    Case(
        network="cs-sbottom-pair-decoupled-13tev", ask=ml.CS, subject="p p > b1 b1~",
        energy="13 TeV", point=Point(sbottoms=(900.0, 3000.0, 0.3)), masses=(1000005,),
        limits={1000021: 700.0}, blocks=RPV,
    ),
    Case(
        network="cs-slepton-pair", ask=ml.CS, subject="p p > el- el+", energy="13 TeV",
        point=SLEPTONS, masses=(1000011,), blocks=RPV,
    ),
    Case(
        network="cs-slepton-pair", ask=ml.CS, subject="p p > er- er+", energy="13 TeV",
        point=SLEPTONS, masses=(2000011,), blocks=RPV,
    ),
    Case(
        network="cs-slepton-pair", ask=ml.CS, subject="p p > mul- mul+", energy="13 TeV",
        point=SLEPTONS, masses=(1000013,), blocks=RPV,
    ),
    Case(
        network="cs-stau-pair", ask=ml.CS, subject="p p > ta1- ta1+", energy="13 TeV",
        point=STAUS, masses=(1000015,), rows=(("STAUMIX", 1),), blocks=RPV,
    ),
    Case(
        network="cs-slepton-pair-lo", ask=ml.CS, subject="p p > ta1- ta1+", energy="13 TeV",
        point=STAUS, masses=(1000015,), rows=(("STAUMIX", 1),), blocks=RPV,
    ),
    Case(
        network="cs-sneutrino-pair", ask=ml.CS, subject="p p > sve sve~", energy="13 TeV",
        point=SLEPTONS, masses=(1000012,), blocks=RPV,
    ),
    Case(
        network="cs-slepton-sneutrino-lo", ask=ml.CS, subject="p p > 1000012 -1000011",
        energy="13 TeV", point=SLEPTONS, masses=(1000011, 1000012), blocks=RPV,
    ),
    Case(
        network="cs-wino-c1c1", ask=ml.CS, subject="p p > x1+ x1-", energy="13 TeV",
        point=WINOS, masses=(1000024, *LEFT), rows=(("UMIX", 1), ("VMIX", 1)), **EWKINO,
    ),
    Case(
        network="cs-wino-c1n2", ask=ml.CS, subject="p p > x1+ n2", energy="13 TeV", point=WINOS,
        masses=(1000024, 1000023, *LEFT), rows=(("UMIX", 1), ("VMIX", 1), ("NMIX", 2)),
        signs=(1000023,), **EWKINO,
    ),
    Case(
        network="cs-wino-pair-decoupled", ask=ml.CS, subject="p p > x1+ x1-", energy="13 TeV",
        point=SIMPLIFIED, masses=(1000024,), limits=dict.fromkeys(LEFT, 4000.0),
        rows=(("UMIX", 1), ("VMIX", 1)), **EWKINO,
    ),
    Case(
        network="cs-wino-pair-decoupled", ask=ml.CS, subject="p p > x1+ n2 | p p > x1- n2",
        energy="13.6 TeV", point=SIMPLIFIED, masses=(1000024, 1000023),
        limits=dict.fromkeys(LEFT, 4000.0),
        rows=(("UMIX", 1), ("VMIX", 1), ("NMIX", 2)), signs=(1000023,), **EWKINO,
    ),
    Case(
        network="cs-higgsino-pair", ask=ml.CS, subject="p p > n1 n2", energy="13 TeV",
        point=HIGGSINOS, masses=(1000022, 1000023), rows=(("NMIX", 1), ("NMIX", 2)), **EWKINO,
    ),
    Case(
        network="cs-higgsino-pair", ask=ml.CS, subject="p p > x1+ n1", energy="13 TeV",
        point=HIGGSINOS, masses=(1000022, 1000024),
        rows=(("NMIX", 1), ("UMIX", 1), ("VMIX", 1)), **EWKINO,
    ),
    Case(
        network="cs-higgsino-pair", ask=ml.CS, subject="p p > x1+ n2", energy="13 TeV",
        point=HIGGSINOS, masses=(1000023, 1000024),
        rows=(("NMIX", 2), ("UMIX", 1), ("VMIX", 1)), **EWKINO,
    ),
    Case(
        network="cs-higgsino-pair", ask=ml.CS, subject="p p > x1+ x1-", energy="13 TeV",
        point=HIGGSINOS, masses=(1000024,), rows=(("UMIX", 1), ("VMIX", 1)), **EWKINO,
    ),
    Case(
        network="cs-chargino-pair-lo", ask=ml.CS, subject="p p > x1+ x1-", energy="13 TeV",
        point=MIXED, masses=(1000024, *LEFT), rows=(("UMIX", 1), ("VMIX", 1)), **EWKINO,
    ),
    Case(
        network="cs-chargino-neutralino-lo", ask=ml.CS,
        subject="p p > x1+ n2 | p p > x1- n2", energy="13 TeV", point=MIXED,
        masses=(1000024, 1000023, *LEFT), rows=(("UMIX", 1), ("VMIX", 1), ("NMIX", 2)),
        signs=(1000023, 1000024), **EWKINO,
    ),
    Case(
        network="cs-ttbar-lo", ask=ml.CS, subject="p p > t t~", energy="13 TeV", point=Point(),
        others=(("SMINPUTS", (6,), (170.0, 175.0)),),
    ),
    Case(
        network="efficiency-gluino-stop-src", ask=ml.Efficiency,
        subject="atlas-susy-2018-31-gluino-stop-src28", point=GLUINOS,
        masses=(1000021, 1000006, 1000022),
        limits={1000015: 100.0, 2000011: 100.0, 1000012: 100.0, 1000039: 1e-9},
        others=(BR_RPV, ("SMINPUTS", (6,), (165.0, 180.0))), blocks=RPV,
    ),
)  # fmt: skip


if __name__ == "__main__":
    every = [(c, e, o) for c in CASES for e, o in examine(c)]
    pairs = {(c.network, e) for c, e, _ in every}
    print(len({c.network for c in CASES}), "networks,", len(pairs), "pairs,", len(every), "changes")
    for outcome in ("refused", "changed", "silent"):
        told = [(c.network, c.subject, e) for c, e, o in every if o == outcome]
        print(outcome, len(told), *(sorted(set(told)) if outcome == "silent" else ()), sep="\n  ")
