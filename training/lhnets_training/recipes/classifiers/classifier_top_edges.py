"""classifier-top-edges: boosted tops from convolutions over nearest neighbours."""

from __future__ import annotations

from lhnets_training.fit.jets.architectures.edge_convolution import EdgeNetwork
from lhnets_training.fit.jets.tagger import TaggerPlan
from lhnets_training.recipes.classifiers._architecture import ArchitectureFit
from lhnets_training.recipes.classifiers._jets import REGION
from lhnets_training.recipes.classifiers._top_taggers import top_tagger

RECIPE = top_tagger(
    "classifier-top-edges",
    "Boosted tops by edge convolutions",
    "Convolutions over the nearest neighbours of each constituent, after ParticleNet, small.",
    ArchitectureFit(EdgeNetwork, TaggerPlan(epochs=6), REGION, "edge convolutions"),
    "Qu:2019gqs",
)
