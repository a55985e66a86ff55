"""classifier-quark-gluon: light quarks against gluons by a dense network."""

from __future__ import annotations

from lhnets_training.fit.jets.architectures.energy_flow import EnergyFlow
from lhnets_training.fit.jets.tagger import TaggerPlan
from lhnets_training.recipes.classifiers._architecture import ArchitectureFit
from lhnets_training.recipes.classifiers._quark_gluon import REGION, classifier

RECIPE = classifier(
    "classifier-quark-gluon",
    "Quark against gluon jets, by a dense network",
    "A dense network of ten features of the whole jet: its p_T, energy-flow polynomials and the "
    "spread of momentum.",
    ArchitectureFit(
        EnergyFlow, TaggerPlan(epochs=40), REGION, "dense network of energy-flow polynomials"
    ),
)
