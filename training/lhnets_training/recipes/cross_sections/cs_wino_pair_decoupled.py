"""Wino pairs of one mass with squarks decoupled, at 13 and 13.6 TeV, from Resummino points."""

from __future__ import annotations

from lhnets.format import Input, SlhaEntry
from lhnets_training.labels.hadronic.drell_yan import WINO, charged, neutral
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _one_mass as one_mass
from lhnets_training.recipes.cross_sections._wino import FinalState

C1C1, PLUS, MINUS = (
    "2212 2212 > -1000024 1000024",
    "2212 2212 > 1000023 1000024",
    "2212 2212 > -1000024 1000023",
)
BOTH = f"{MINUS} | {PLUS}"
WITH_N2 = (PLUS, MINUS, BOTH)
OF_PLUS, OF_MINUS = "1000023_1000024", "1000023_-1000024"
FARTHER = 15.0
"""Squarks at so many times the mass of the winos take less than 4 % of the cross section away."""
FAMILY = one_mass.Family(
    name="cs-wino-pair-decoupled",
    version=1,
    created="2026-11-30",
    title="Wino pairs with squarks decoupled",
    words="pure winos, a chargino and a neutralino of one mass, with all else decoupled",
    prefix="wino",
    channels=(
        FinalState("c1c1", C1C1, "two charginos", ("1000024_-1000024",)),
        FinalState("c1n2", BOTH, "chargino and neutralino of both charges", (OF_PLUS, OF_MINUS)),
        FinalState("c1pn2", PLUS, "positive chargino and neutralino", (OF_PLUS,)),
        FinalState("c1mn2", MINUS, "negative chargino and neutralino", (OF_MINUS,)),
    ),
    mass=Input(
        name="m_wino",
        symbol=r"m_{\tilde W}",
        unit="GeV",
        low=90.0,
        high=2000.0,
        meaning="mass of the winos C1 and N2",
        slha=SlhaEntry(block="MASS", entry=(1000024,), absolute=True),
    ),
    leading={
        "c1c1": lambda m, of: neutral(m, WINO, "fermion", of),
        "c1pn2": lambda m, of: charged(m, m, "plus", "fermion", of),
        "c1mn2": lambda m, of: charged(m, m, "minus", "fermion", of),
    },
    published=one_mass.PublishedTable(
        "pp13_wino_C1C1_NLO+NLL", {"c1c1": 1.0}, high=1000.0, within=0.12
    ),
    assumptions=(
        *(
            spectra.mixing("the chargino is a wino", block, (1, 1), low=0.98)
            for block in ("UMIX", "VMIX")
        ),
        *spectra.heavy("squarks are decoupled", spectra.LEFT_SQUARKS, FARTHER, over="m_wino"),
        spectra.mixing(
            "the second neutralino is a wino", "NMIX", (2, 2), low=0.99, subjects=WITH_N2
        ),
        spectra.mixing(
            "chargino and second neutralino are one triplet",
            "UMIX",
            (1, 1),
            low=0.98,
            signs=(1000023, 1000024),
            subjects=WITH_N2,
        ),
        *spectra.near(
            "chargino and second neutralino have one mass",
            "m_wino",
            (1000023,),
            0.02,
            subjects=WITH_N2,
        ),
    ),
    note=" Over squark mass too, from 700 GeV: cs-wino-c1c1 and cs-wino-c1n2.",
)
RECIPE = one_mass.recipe(FAMILY)
