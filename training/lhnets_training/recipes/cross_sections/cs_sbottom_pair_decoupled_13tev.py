"""Sbottom pairs at 13 TeV with squarks and gluinos decoupled, from the table of the LHC SUSY XS
WG."""

from __future__ import annotations

import msgspec

from lhnets.format import SlhaEntry
from lhnets_training.recipes.cross_sections import _coloured as coloured
from lhnets_training.recipes.cross_sections import _decoupled as decoupled

M_SB = msgspec.structs.replace(
    coloured.M_ST,
    name="m_b1",
    symbol=r"m_{\tilde b_1}",
    meaning="mass of the lighter sbottom",
    slha=SlhaEntry(block="MASS", entry=(1000005,), absolute=True),
)
RECIPE = decoupled.recipe(
    "cs-sbottom-pair-decoupled-13tev", "2212 2212 > -1000005 1000005", "Sbottom pairs", M_SB
)
