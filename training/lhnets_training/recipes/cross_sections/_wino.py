"""What the recipes of wino pairs share: the published points, outputs for each process and energy,
words of the cards.

A wino multiplet has one chargino and one neutralino of the same mass; all squarks have one mass, at
least that of the wino. Near equality the s-channel and the squark exchange interfere destructively,
so the cross section has a valley there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lhnets.format import (
    Alias,
    Check,
    Conditions,
    HalfSpace,
    Input,
    Output,
    PhysicsUncertainty,
    SlhaEntry,
    Truth,
)
from lhnets_datasets.library.manifest import Column, Generator
from lhnets_training.bibtex import select
from lhnets_training.data.table import column
from lhnets_training.fit.features import TanhMap
from lhnets_training.fit.links import Direction, Shifted
from lhnets_training.labels.supersymmetry import hepi_tables
from lhnets_training.labels.supersymmetry.nnllfast import LabelError
from lhnets_training.recipe import Array, Rows
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections._table_checks import ratio

COORDINATES = TanhMap.mass_and_ratio(1300.0)
ENERGIES = {"13tev": 13000, "13p6tev": 13600}
ORDERS = {"lo": "LO", "nlo": "NLO", "nnll": "NNLO_approx+NNLL"}
SHIFTS = {
    "scale_up": "upward scale shift",
    "scale_down": "downward scale shift",
    "pdf": "PDF shift",
}
LICENCE = "not stated for the tables; cite Resummino. hepi, which ships them, is GPL-3.0-or-later"
CONDITIONS = Conditions(
    pdf="PDF4LHC21_40",
    scheme="threshold resummation, approximate NNLO, all squarks of one mass",
    scale="mean of the two masses in the final state",
)
REFERENCES = select("Fuks:2013vua", "Fiaschi:2023resummino", "PDF4LHC21", "HEPi")
INPUTS = (
    Input(
        name="m_c1",
        symbol=r"m_{\tilde\chi_1^\pm}",
        unit="GeV",
        low=700.0,
        high=2000.0,
        meaning="mass of the wino-like chargino, equal to that of the wino-like neutralino",
        slha=SlhaEntry(block="MASS", entry=(1000024,), absolute=True),
    ),
    Input(
        name="m_sq",
        symbol=r"m_{\tilde q}",
        unit="GeV",
        low=700.0,
        high=4000.0,
        meaning="mass of all squarks",
        slha=SlhaEntry(block="MASS", entry=(1000001,), absolute=True),
    ),
)
CHARGINO_IS_WINO = (
    *(
        spectra.mixing("the chargino is a wino", block, (1, 1), low=0.98)
        for block in ("UMIX", "VMIX")
    ),
    *spectra.near("left-handed squarks have one mass", "m_sq", spectra.LEFT_SQUARKS[1:], 0.05),
    *spectra.PAIR,
)
"""Cross sections of chargino pairs differ by less than 4 % from those of pure winos then."""
NEUTRALINO_IS_WINO = (
    spectra.mixing("the second neutralino is a wino", "NMIX", (2, 2), low=0.99),
    spectra.mixing(
        "chargino and second neutralino are one triplet",
        "UMIX",
        (1, 1),
        low=0.98,
        signs=(1000023, 1000024),
    ),
    *spectra.near("chargino and second neutralino have one mass", "m_c1", (1000023,), 0.02),
)
REGION = (
    HalfSpace(
        coefficients={"m_c1": 1.0, "m_sq": -1.0},
        bound=0.0,
        meaning="squarks at least as heavy as the wino",
    ),
)


@dataclass(frozen=True)
class FinalState:
    """One final state of a family: its outputs begin with ``prefix``; it is the sum of hepi's
    ``tables``."""

    prefix: str
    subject: str
    words: str
    tables: tuple[str, ...]
    slha: dict[str, SlhaEntry] = field(default_factory=dict)
    """Where inputs stand in an SLHA file, if not where the input says."""
    aliases: tuple[Alias, ...] = ()
    """Other final states with the same cross section."""


def label(channels: tuple[FinalState, ...]) -> Rows:
    """The points of all channels and energies. Cross sections of a sum are added, and so are their
    shifts.

    The rule of `hepi_tables` drops rows; points that one table has and another lacks are dropped as
    well.
    """
    tables = {
        (t, e): hepi_tables.wino(t, e)
        for c in channels
        for t in c.tables
        for e in ENERGIES.values()
    }
    first = next(iter(tables.values()))
    for (name, energy), rows in tables.items():
        if not all(np.array_equal(rows[i.name], first[i.name]) for i in INPUTS):
            raise LabelError(
                f"the tables do not have the same points: {name} at {energy} GeV differs from the "
                "first"
            )
    held = np.all([hepi_tables.usable(rows, tuple(ORDERS)) for rows in tables.values()], axis=0)
    found: Rows = {i.name: first[i.name][held] for i in INPUTS}
    for channel in channels:
        for spoken, energy in ENERGIES.items():
            parts = [tables[t, energy] for t in channel.tables]
            for kind in _kinds():
                found[f"{channel.prefix}_{spoken}_{kind}"] = np.sum(
                    [p[kind] for p in parts], axis=0
                )[held]
    return found


def outputs(channels: tuple[FinalState, ...]) -> tuple[Output, ...]:
    """For each channel and energy: cross sections in pb, then positive shifts by scale and PDF."""
    return tuple(
        output(channel, spoken, float(energy), kind)
        for channel in channels
        for spoken, energy in ENERGIES.items()
        for kind in _kinds()
    )


def output(channel: FinalState, spoken: str, energy: float, kind: str) -> Output:
    """One output, where ``kind`` is an order, or an order and a shift such as `nnll_scale_up`."""
    order, _, shift = kind.partition("_")
    words = f"cross section of {channel.words} at {ORDERS[order]}, {energy / 1000:g} TeV"
    linear = shift.startswith("scale") and order != "lo"
    return Output(
        name=f"{channel.prefix}_{spoken}_{kind}",
        unit="pb",
        meaning=f"{SHIFTS[shift]} of the {words}" if shift else words,
        scale="linear" if linear else "log",
        subject=channel.subject,
        slha=channel.slha,
        aliases=channel.aliases,
        energy=energy,
        order=None if shift else ORDERS[order],
    )


def heads(made: tuple[Output, ...]) -> Shifted:
    """Scale shifts beyond LO may vanish, so they are differences to the central value; the other
    outputs are logarithmic."""
    shifts: dict[str, tuple[str, Direction]] = {}
    for output in made:
        if output.scale == "linear":
            way: Direction = "up" if output.name.endswith("_up") else "down"
            shifts[output.name] = (output.name.removesuffix(f"_scale_{way}"), way)
    return Shifted.of([o.name for o in made], shifts)


def physics_uncertainty(made: tuple[Output, ...]) -> tuple[PhysicsUncertainty, ...]:
    """Scale shifts of each cross section; PDF shifts, symmetric, beyond LO."""
    central = [o.name for o in made if o.order]
    scale = [
        PhysicsUncertainty(of=n, source="scale", up=f"{n}_scale_up", down=f"{n}_scale_down")
        for n in central
    ]
    names = {o.name for o in made}
    pdf = [
        PhysicsUncertainty(of=n, source="pdf", up=f"{n}_pdf", down=f"{n}_pdf")
        for n in central
        if f"{n}_pdf" in names
    ]
    return (*scale, *pdf)


def truth(channels: tuple[FinalState, ...]) -> Truth:
    """Resummino as hepi ran it; the time of a point is not known."""
    settings = {
        "tables": ", ".join(
            f"{e}_wino_sq_dep_{t}" for t in sorted(_tables(channels)) for e in ENERGIES.values()
        ),
        "read_from": "hepi 0.3.7",
        "scale_shifts": (
            "envelope of the scale variations, as published; a shift of the other "
            "sign "
            "counts as none"
        ),
        "pdf_shifts": "symmetric, as published, beyond LO",
        "row_rule": hepi_tables.RULE,
    }
    if any(len(c.tables) > 1 for c in channels):
        settings["sums"] = "cross sections and their shifts are added, as if fully correlated"
    return Truth(
        program="Resummino",
        version="3.1.1-dev",
        settings=settings,
        references=("Fuks:2013vua", "Fiaschi:2023resummino", "PDF4LHC21", "HEPi"),
    )


def generator(channels: tuple[FinalState, ...], recipe: str) -> Generator:
    """The same for the manifest of the data set."""
    made = truth(channels)
    return Generator(
        program=made.program,
        version=made.version,
        settings=made.settings,
        recipe=recipe,
        tolerance=0.0,
    )


def columns(made: tuple[Output, ...]) -> tuple[Column, ...]:
    """Columns of the data set: the inputs, then the outputs."""
    return (
        *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
        *(column(o.name, o.unit, o.meaning, "target" if o.order else "error") for o in made),
    )


def lines(steps: int = 27) -> Array:
    """Points (squark masses, steps, 2) with rising wino mass inside the region, for squark masses
    from 2 to 4 TeV."""
    m_c1, m_sq = np.meshgrid(np.linspace(700, 2000, steps), np.linspace(2000, 4000, 21))
    return np.stack([m_c1, m_sq], axis=-1)


def decoupling(predict: Callable[[Array], Array], output: int, table: str) -> Check:
    """The output at 4 TeV squarks over hepi's ``table`` with squarks decoupled, at wino masses that
    both have."""
    points = hepi_tables.table(table)["data"]
    masses = [m for m in range(700, 1101, 100) if str(m) in points]
    decoupled = np.array([points[str(m)]["xsec_pb"] for m in masses])
    found = predict(np.array([[m, 4000.0] for m in masses], dtype=np.float64))[:, output]
    return ratio(
        found,
        decoupled,
        0.5,
        1.0,
        name="below Resummino with squarks decoupled, at m_sq = 4 TeV",
        criterion="ratio between 0.5 and 1 for m_c1 from 0.7 to 1.1 TeV: squarks of 4 TeV still "
        "interfere destructively",
    )


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """The valley, where the cross section is small and steep, and what is far from it."""
    ratio_of_masses = x[:, 1] / x[:, 0]
    return {"m_sq < 1.3 m_c1": ratio_of_masses < 1.3, "m_sq > 2 m_c1": ratio_of_masses > 2.0}


def validation_note(count: int) -> str:
    """How the figures come about."""
    return (
        f"Every row is predicted by a fit to the other folds ({count} folds), with hyperparameters "
        "chosen on all rows; each fold's intervals are judged by the scores of the others. The "
        "published model is fitted to all rows with the same hyperparameters. The errors at the "
        "edges of the points are those of an extrapolation, which it does not do. Scale shifts "
        "beyond LO are errors over their spread: they have kinks and zeros, so they are fitted as "
        "the cross section at the shifted scale."
    )


def _kinds() -> list[str]:
    return [*ORDERS, *(f"{o}_{s}" for o in ORDERS for s in SHIFTS if (o, s) != ("lo", "pdf"))]


def _tables(channels: tuple[FinalState, ...]) -> set[str]:
    return {t for c in channels for t in c.tables}
