"""efficiency-llp-higgs-calorimeter: a long-lived scalar from a Higgs boson decays in a calorimeter;
see `_llp`."""

from __future__ import annotations

from lhnets_training.recipes.efficiencies import _llp

RECIPE = _llp.recipe("calorimeter")
