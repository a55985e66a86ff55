"""Squark-squark pairs at 13 TeV over squark and gluino mass, from the grid of NNLL-fast."""

from __future__ import annotations

from dataclasses import replace

from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _coloured as coloured
from lhnets_training.recipes.cross_sections import _gluino as gluino

PAIR = coloured.ColouredPair(
    name="cs-squark-squark-nnll-13tev",
    grid="ss",
    subject="2212 2212 > sq sq | 2212 2212 > sq~ sq~",
    title="Squark-squark pairs",
    words=f"two squarks or two antisquarks, for {coloured.SQUARKS}",
    scale="squark mass",
    inputs=(gluino.M_SQ, gluino.M_GO),
    ratios=(0.5, 4.0),
    k_nlo=(1.1, 2.0),
    k_nnll=(1.0, 1.2),
    published=(1.5, 2.0, 0.03334115),
    assumptions=(
        *spectra.near("squarks have one mass", "m_sq", spectra.LIGHT_SQUARKS[1:], 0.01),
        *spectra.near(
            "sbottoms are about as heavy as the other squarks", "m_sq", spectra.SBOTTOMS, 0.2
        ),
    ),
)
# Its smallest values are known to 1e-6 by rounding alone: an uncertainty that depends on them, as
# cells of the value ask for, would differ from machine to machine.
RECIPE = replace(coloured.recipe(PAIR), version=2, raises_uncertainty=False)
