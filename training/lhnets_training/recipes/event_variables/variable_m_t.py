"""variable-m-t: the masses of A -> b C, of which C is not seen, as the transverse mass knows
them."""

from __future__ import annotations

from lhnets_training.labels.events.cascades import one_invisible
from lhnets_training.recipes.event_variables._learnt import (
    Topology,
    make_recipe,
    massless_transverse_mass,
    visible_energy,
)

TOPOLOGY = Topology(
    name="variable-m-t",
    title="Learnt transverse mass of A -> b C, C invisible",
    chain="A -> b C, C invisible",
    production="A has an energy uniform up to 1500 GeV and flies along the beam",
    subject="masses of A in A > b C, C invisible",
    particles=1,
    masses={"m_A": "mass of A, 200 to 500 GeV", "m_C": "mass of C, up to m_A - 50 GeV"},
    draw=one_invisible,
    reference=massless_transverse_mass,
    reference_name="the transverse mass",
    simple=visible_energy,
    simple_name="the energy of b",
    rises=False,
)
RECIPE = make_recipe(TOPOLOGY, "2026-11-30")
