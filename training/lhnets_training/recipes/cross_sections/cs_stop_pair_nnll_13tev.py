"""Stop pairs at 13 TeV over stop and gluino mass, from the grid of NNLL-fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from lhnets.format import Check, HalfSpace
from lhnets_training.judging import checks
from lhnets_training.labels.supersymmetry import hepi_tables
from lhnets_training.recipe import Array
from lhnets_training.recipes.cross_sections import _coloured as coloured
from lhnets_training.recipes.cross_sections import _gluino as gluino


def working_group(predict: Callable[[Array], Array]) -> Sequence[Check]:
    """With gluinos of 5 TeV, the working group's table with all else decoupled, every 5 GeV and so
    between the grid's masses.

    Below 500 GeV the squark masses matter, by up to 3 % at 100 GeV.
    """
    masses, published = (
        column[80:] for column in hepi_tables.decoupled("pp13_stopsbottom_NNLO+NNLL")
    )
    return (
        checks.agrees(
            lambda x: predict(x)[:, PAIR.names.index(gluino.DEFAULT)],
            np.stack([masses, np.full(len(masses), PAIR.inputs[1].high)], axis=1),
            published,
            name="LHC SUSY XS WG table with all else decoupled (three digits) every 5 GeV from 500 "
            "GeV, at m_go = 5 TeV",
            within=0.01,
            reference="LHCSUSYCSWG",
        ),
    )


PAIR = coloured.ColouredPair(
    name="cs-stop-pair-nnll-13tev",
    grid="st",
    subject="2212 2212 > -1000006 1000006",
    title="Stop pairs",
    words="the lighter stop and its antiparticle",
    note=(
        "The stop is no heavier than the gluino: one that is heavier by a top mass decays into "
        "it, and the cross section beyond LO has a step of 7 % there. Squark masses and stop "
        "mixing are those of a CMSSM point (m0, m12, A = 750, 650, -500 GeV, tan beta = 40, mu > "
        "0); what other values change is given as an uncertainty. Where the gluino is more than 1 "
        "TeV heavier, its mass changes little, and every fifth of the grid's is used. "
    ),
    scale="stop mass",
    inputs=(coloured.M_ST, msgspec.structs.replace(gluino.M_GO, high=5000.0)),
    ratios=(0.5, 4.0),
    k_nlo=(1.4, 1.75),
    k_nnll=(1.1, 1.5),
    published=(1.0, 2.0, 0.00683704),
    region=(
        HalfSpace(
            coefficients={"m_t1": 1.0, "m_go": -1.0},
            bound=0.0,
            meaning="stops no heavier than the gluino",
        ),
    ),
    keep=lambda rows: (rows["m_go"] - rows["m_t1"] <= 1000) | (rows["m_go"] % 500 == 0),
    further_checks=working_group,
)
RECIPE = coloured.recipe(PAIR)
