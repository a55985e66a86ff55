"""variable-m: the mass of a particle that decays into two visible ones."""

from __future__ import annotations

from lhnets_training.labels.events.cascades import two_visible
from lhnets_training.recipes.event_variables._learnt import (
    Topology,
    make_recipe,
    pair_mass,
    transverse_sum,
)

TOPOLOGY = Topology(
    name="variable-m",
    title="Learnt mass of A -> b c, both visible",
    chain="A -> b c, both visible",
    production="A has an energy uniform up to 1500 GeV and any direction",
    subject="mass of A in A > b c, both visible",
    particles=2,
    masses={"m_A": "mass of A, 100 to 500 GeV"},
    draw=two_visible,
    reference=pair_mass,
    reference_name="the invariant mass",
    simple=transverse_sum,
    simple_name="the sum of the transverse momenta",
    least_order=0.995,
    exchange=True,
    epochs=240,
)
RECIPE = make_recipe(TOPOLOGY, "2026-11-30")
