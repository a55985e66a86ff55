"""classifier-top-image: boosted tops from jet images by a convolutional network."""

from __future__ import annotations

from lhnets_training.fit.jets.architectures.image import ImageNetwork
from lhnets_training.fit.jets.tagger import TaggerPlan
from lhnets_training.recipes.classifiers._architecture import ArchitectureFit
from lhnets_training.recipes.classifiers._jets import REGION
from lhnets_training.recipes.classifiers._top_taggers import top_tagger

RECIPE = top_tagger(
    "classifier-top-image",
    "Boosted tops from jet images",
    "A convolutional network of an image of the jet, which is centred, turned, mirrored and put "
    "into pixels within the file.",
    ArchitectureFit(
        ImageNetwork, TaggerPlan(epochs=6), REGION, "convolutional network of jet images"
    ),
    "deOliveira:2015xxd",
)
