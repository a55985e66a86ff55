"""Sneutrino pairs at 13 and 13.6 TeV, from Resummino points."""

from __future__ import annotations

from lhnets.format import Input
from lhnets_training.labels.hadronic.drell_yan import SNEUTRINO, neutral
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _one_mass as one_mass
from lhnets_training.recipes.cross_sections._wino import FinalState

FAMILY = one_mass.Family(
    name="cs-sneutrino-pair",
    title="Sneutrino pairs",
    words="an electron sneutrino and its antiparticle",
    prefix="sneutrinos",
    channels=(
        FinalState(
            "snu",
            "2212 2212 > -1000012 1000012",
            "electron sneutrinos",
            ("-1000012_1000012",),
            aliases=tuple(
                spectra.alias(f"2212 2212 > -{pdg} {pdg}", m_snu=pdg) for pdg in (1000014, 1000016)
            ),
        ),
    ),
    mass=Input(
        name="m_snu",
        symbol=r"m_{\tilde\nu}",
        unit="GeV",
        low=50.0,
        high=1000.0,
        meaning="mass of the sneutrino",
        slha=spectra.mass(1000012),
    ),
    leading={"snu": lambda m, of: neutral(m, SNEUTRINO, "scalar", of)},
    published=one_mass.PublishedTable(
        "pp13_snu-snu_NLO+NLL_PDF4LHC", {"snu": 1.0}, high=1000.0, within=0.06
    ),
    note=" Other flavours have the same cross section.",
)
RECIPE = one_mass.recipe(FAMILY)
