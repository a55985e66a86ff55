"""classifier-top-energy-flow: boosted tops from energy-flow polynomials by a dense network."""

from __future__ import annotations

from lhnets_training.fit.jets.architectures.energy_flow import EnergyFlow
from lhnets_training.fit.jets.tagger import TaggerPlan
from lhnets_training.recipes.classifiers._architecture import ArchitectureFit
from lhnets_training.recipes.classifiers._jets import REGION
from lhnets_training.recipes.classifiers._top_taggers import top_tagger

RECIPE = top_tagger(
    "classifier-top-energy-flow",
    "Boosted tops from energy-flow polynomials",
    "A dense network of ten features of the whole jet: its p_T, energy-flow polynomials and the "
    "spread of momentum.",
    ArchitectureFit(
        EnergyFlow, TaggerPlan(epochs=40), REGION, "dense network of energy-flow polynomials"
    ),
    "Komiske:2018cqr",
)
