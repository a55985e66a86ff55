"""classifier-top-deep-sets: boosted tops from sums over constituents."""

from __future__ import annotations

from lhnets_training.fit.jets.architectures.deep_sets import DeepSets
from lhnets_training.fit.jets.tagger import TaggerPlan
from lhnets_training.recipes.classifiers._architecture import ArchitectureFit
from lhnets_training.recipes.classifiers._jets import REGION
from lhnets_training.recipes.classifiers._top_taggers import top_tagger

RECIPE = top_tagger(
    "classifier-top-deep-sets",
    "Boosted tops from sums over constituents",
    "A particle-flow network: sums over constituents of what one network says of each, without "
    "other features of the jet.",
    ArchitectureFit(DeepSets, TaggerPlan(epochs=45), REGION, "particle-flow network"),
    "Komiske:2018cqr",
)
