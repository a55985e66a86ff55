"""Higgsino pairs of one mass at 13 and 13.6 TeV, from Resummino points."""

from __future__ import annotations

from lhnets.format import Input, SlhaEntry
from lhnets_training.labels.hadronic.drell_yan import LEFT, SNEUTRINO, charged, neutral
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _one_mass as one_mass
from lhnets_training.recipes.cross_sections._wino import FinalState

N1N2, C1P_N1, C1M_N1, C1C1 = (
    "2212 2212 > 1000022 1000023",
    "2212 2212 > 1000022 1000024",
    "2212 2212 > -1000024 1000022",
    "2212 2212 > -1000024 1000024",
)
SECOND_C1P, SECOND_C1M = "2212 2212 > 1000023 1000024", "2212 2212 > -1000024 1000023"
"""Of the second neutralino: the same cross sections as of the first."""
OF_CHARGINO = {"m_hino": SlhaEntry(block="MASS", entry=(1000024,), absolute=True)}
LIGHTEST = "the lightest neutralino is a higgsino"
SECOND = "the second neutralino is a higgsino"
LEAST_PART = 0.98
MOST_GAUGINO = 0.2
HALF = 0.62, 0.78
"""Cross sections differ by less than 8 % from those of pure higgsinos then."""
FAMILY = one_mass.Family(
    name="cs-higgsino-pair",
    title="Higgsino pairs",
    words="pure higgsinos, two neutralinos and a chargino of one mass, with all else decoupled",
    prefix="hino_deg",
    channels=(
        FinalState("n1n2", N1N2, "two neutralinos", ("1000022_1000023",)),
        FinalState(
            "c1pn1",
            C1P_N1,
            "positive chargino and neutralino",
            ("1000022_1000024",),
            OF_CHARGINO,
            (spectra.alias(SECOND_C1P, m_hino=1000024),),
        ),
        FinalState(
            "c1mn1",
            C1M_N1,
            "negative chargino and neutralino",
            ("1000022_-1000024",),
            OF_CHARGINO,
            (spectra.alias(SECOND_C1M, m_hino=1000024),),
        ),
        FinalState("c1c1", C1C1, "two charginos", ("1000024_-1000024",), OF_CHARGINO),
    ),
    mass=Input(
        name="m_hino",
        symbol=r"m_{\tilde h}",
        unit="GeV",
        low=90.0,
        high=1900.0,
        meaning="mass of the higgsinos N1, N2 and C1",
        slha=SlhaEntry(block="MASS", entry=(1000023,), absolute=True),
    ),
    leading={
        "n1n2": lambda m, of: neutral(m, SNEUTRINO, "fermion", of),
        "c1pn1": lambda m, of: charged(m, m, "plus", "fermion", of),
        "c1mn1": lambda m, of: charged(m, m, "minus", "fermion", of),
        "c1c1": lambda m, of: neutral(m, LEFT, "fermion", of),
    },
    published=one_mass.PublishedTable(
        "pp13_hino_NLO+NLL",
        {"n1n2": 1.0, "c1pn1": 2.0, "c1mn1": 2.0, "c1c1": 1.0},
        high=1000.0,
        within=0.12,
    ),
    assumptions=(
        *(
            spectra.mixing(
                "the chargino is a higgsino",
                block,
                (1, 2),
                low=LEAST_PART,
                subjects=(C1P_N1, C1M_N1, C1C1),
            )
            for block in ("UMIX", "VMIX")
        ),
        *(
            spectra.mixing(
                LIGHTEST, "NMIX", (1, k), high=MOST_GAUGINO, subjects=(N1N2, C1P_N1, C1M_N1)
            )
            for k in (1, 2)
        ),
        *(
            spectra.mixing(
                SECOND,
                "NMIX",
                (2, k),
                high=MOST_GAUGINO,
                subjects=(N1N2, SECOND_C1P, SECOND_C1M),
            )
            for k in (1, 2)
        ),
        *(
            spectra.mixing(
                LIGHTEST,
                "NMIX",
                (1, k),
                low=HALF[0],
                high=HALF[1],
                required=False,
                subjects=(N1N2, C1P_N1, C1M_N1),
            )
            for k in (3, 4)
        ),
        *(
            spectra.mixing(
                SECOND,
                "NMIX",
                (2, k),
                low=HALF[0],
                high=HALF[1],
                required=False,
                subjects=(N1N2, SECOND_C1P, SECOND_C1M),
            )
            for k in (3, 4)
        ),
        *spectra.near(
            "the higgsinos have one mass",
            "m_hino",
            (1000022,),
            0.03,
            subjects=(N1N2, C1P_N1, C1M_N1),
        ),
        *spectra.near(
            "the higgsinos have one mass",
            "m_hino",
            (1000023,),
            0.03,
            subjects=(SECOND_C1P, SECOND_C1M),
        ),
    ),
    note=" The second neutralino with a chargino has the cross section of the first.",
)
RECIPE = one_mass.recipe(FAMILY)
