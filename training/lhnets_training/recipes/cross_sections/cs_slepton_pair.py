"""Pairs of left- and right-handed selectrons (or smuons) at 13 and 13.6 TeV, from Resummino
points."""

from __future__ import annotations

from lhnets.format import Input
from lhnets_training.labels.hadronic.drell_yan import LEFT, RIGHT, neutral
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _one_mass as one_mass
from lhnets_training.recipes.cross_sections._wino import FinalState

FAMILY = one_mass.Family(
    name="cs-slepton-pair",
    title="Selectron pairs",
    words="left-handed and of right-handed selectrons, each with its antiparticle",
    prefix="sleptons",
    channels=(
        FinalState(
            "el",
            "2212 2212 > -1000011 1000011",
            "left-handed selectrons",
            ("1000011_-1000011",),
            aliases=(spectra.alias("2212 2212 > -1000013 1000013", m_sl=1000013),),
        ),
        FinalState(
            "er",
            "2212 2212 > -2000011 2000011",
            "right-handed selectrons",
            ("2000011_-2000011",),
            {"m_sl": spectra.mass(2000011)},
            (spectra.alias("2212 2212 > -2000013 2000013", m_sl=2000013),),
        ),
    ),
    mass=Input(
        name="m_sl",
        symbol=r"m_{\tilde\ell}",
        unit="GeV",
        low=50.0,
        high=1000.0,
        meaning="mass of the sleptons, all degenerate",
        slha=spectra.mass(1000011),
    ),
    leading={
        "el": lambda m, of: neutral(m, LEFT, "scalar", of),
        "er": lambda m, of: neutral(m, RIGHT, "scalar", of),
    },
    published=one_mass.PublishedTable(
        "pp13_slep_L_NLO+NLL_PDF4LHC", {"el": 1.0}, high=1000.0, within=0.06
    ),
    note=" Smuons have the same cross sections.",
)
RECIPE = one_mass.recipe(FAMILY)
