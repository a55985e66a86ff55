"""classifier-top-lorentz-sums: boosted tops from learned sums of four-momenta."""

from __future__ import annotations

from lhnets_training.fit.jets.architectures.lorentz_sums import LorentzSums
from lhnets_training.fit.jets.tagger import TaggerPlan
from lhnets_training.recipes.classifiers._architecture import ArchitectureFit
from lhnets_training.recipes.classifiers._jets import REGION
from lhnets_training.recipes.classifiers._top_taggers import top_tagger

RECIPE = top_tagger(
    "classifier-top-lorentz-sums",
    "Boosted tops from learned sums of four-momenta",
    "A dense network of the masses of learned sums of four-momenta, after LoLa.",
    ArchitectureFit(LorentzSums, TaggerPlan(epochs=15), REGION, "learned sums of four-momenta"),
)
