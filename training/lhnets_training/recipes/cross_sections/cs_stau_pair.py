"""Pairs of the lighter stau at 13 and 13.6 TeV, from Resummino points."""

from __future__ import annotations

from lhnets.format import Input, SlhaEntry
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _one_mass as one_mass
from lhnets_training.recipes.cross_sections._wino import FinalState

FAMILY = one_mass.Family(
    name="cs-stau-pair",
    title="Stau pairs",
    words="the lighter stau and its antiparticle",
    prefix="sleptons",
    channels=(
        FinalState("ta1", "2212 2212 > -1000015 1000015", "lighter staus", ("1000015_-1000015",)),
    ),
    mass=Input(
        name="m_stau",
        symbol=r"m_{\tilde\tau_1}",
        unit="GeV",
        low=50.0,
        high=1000.0,
        meaning="mass of the lighter stau",
        slha=SlhaEntry(block="MASS", entry=(1000015,), absolute=True),
    ),
    assumptions=(
        spectra.mixing("staus are mixed maximally", "STAUMIX", (1, 1), low=0.69, high=0.73),
    ),
    note=(
        " The source does not state the mixing; the numbers lack the rise towards the Z that "
        "left- and right-handed sleptons have, as they would at maximal mixing."
    ),
)
RECIPE = one_mass.recipe(FAMILY)
