"""variable-two-step: the masses of A -> b B -> b c C, of which C is not seen: there is no textbook
answer."""

from __future__ import annotations

from lhnets_training.labels.events.cascades import two_steps
from lhnets_training.recipes.event_variables._learnt import (
    Topology,
    make_recipe,
    pair_mass,
    transverse_sum,
)

TOPOLOGY = Topology(
    name="variable-two-step",
    title="Learnt variable of A -> b B -> b c C, C invisible",
    chain="A -> b B, B -> c C, C invisible",
    production="A has an energy uniform up to 1500 GeV and any direction",
    subject="masses of A in A > b B > b c C, C invisible",
    particles=2,
    masses={
        "m_A": "mass of A, 200 to 500 GeV",
        "m_B": "mass of B, between 50 GeV and m_A - 50 GeV",
        "m_C": "mass of C, up to m_B - 50 GeV",
    },
    draw=two_steps,
    reference=pair_mass,
    reference_name="the invariant mass",
    simple=transverse_sum,
    simple_name="the sum of the transverse momenta",
    known=False,
)
RECIPE = make_recipe(TOPOLOGY, "2026-11-30")
