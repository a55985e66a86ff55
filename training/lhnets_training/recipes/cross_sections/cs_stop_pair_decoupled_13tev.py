"""Stop pairs at 13 TeV with squarks and gluinos decoupled, from the table of the LHC SUSY XS WG."""

from __future__ import annotations

from lhnets_training.recipes.cross_sections import _coloured as coloured
from lhnets_training.recipes.cross_sections import _decoupled as decoupled

RECIPE = decoupled.recipe(
    "cs-stop-pair-decoupled-13tev", "2212 2212 > -1000006 1000006", "Stop pairs", coloured.M_ST
)
