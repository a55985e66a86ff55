"""Squark-antisquark pairs at 13 TeV over squark and gluino mass, from the grid of NNLL-fast."""

from __future__ import annotations

from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _coloured as coloured
from lhnets_training.recipes.cross_sections import _gluino as gluino

PAIR = coloured.ColouredPair(
    name="cs-squark-antisquark-nnll-13tev",
    grid="sb",
    subject="2212 2212 > sq sq~",
    title="Squark-antisquark pairs",
    words=f"a squark and an antisquark, for {coloured.SQUARKS}",
    scale="squark mass",
    inputs=(gluino.M_SQ, gluino.M_GO),
    ratios=(1.0, 8.0),
    k_nlo=(1.4, 1.9),
    k_nnll=(1.1, 1.5),
    published=(1.5, 2.0, 0.01011743),
    assumptions=(
        *spectra.near(
            "squarks have one mass", "m_sq", (*spectra.LIGHT_SQUARKS[1:], *spectra.SBOTTOMS), 0.01
        ),
    ),
)
RECIPE = coloured.recipe(PAIR)
