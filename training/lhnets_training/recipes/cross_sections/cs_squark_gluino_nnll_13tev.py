"""Squarks with a gluino at 13 TeV over squark and gluino mass, from the grid of NNLL-fast."""

from __future__ import annotations

from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _coloured as coloured
from lhnets_training.recipes.cross_sections import _gluino as gluino

PAIR = coloured.ColouredPair(
    name="cs-squark-gluino-nnll-13tev",
    grid="sg",
    subject="2212 2212 > 1000021 sq | 2212 2212 > 1000021 sq~",
    title="Squark-gluino pairs",
    words=f"a squark or antisquark with a gluino, for {coloured.SQUARKS}",
    scale="mean of squark and gluino mass",
    inputs=(gluino.M_SQ, gluino.M_GO),
    ratios=(0.5, 4.0),
    k_nlo=(1.25, 1.85),
    k_nnll=(1.1, 1.5),
    published=(1.5, 2.0, 0.01277361),
    assumptions=(
        *spectra.near("squarks have one mass", "m_sq", spectra.LIGHT_SQUARKS[1:], 0.01),
        *spectra.near(
            "sbottoms are about as heavy as the other squarks", "m_sq", spectra.SBOTTOMS, 0.2
        ),
    ),
)
RECIPE = coloured.recipe(PAIR)
