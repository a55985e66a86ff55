"""variable-m-t2: the masses of a pair A A -> (b C) (b C), of which both C are not seen, as m_T2
knows them."""

from __future__ import annotations

from lhnets.events.variables import stransverse_mass_massless
from lhnets_training.labels.events.cascades import pair_of_invisible
from lhnets_training.recipes.event_variables._learnt import Topology, make_recipe, transverse_sum

TOPOLOGY = Topology(
    name="variable-m-t2",
    title="Learnt m_T2 of A A -> (b C) (b C), both C invisible",
    chain="A A -> (b C) (b C), both C invisible",
    production=(
        "the pair has no transverse momentum, s_hat^(1/2)/(2 m_A) - 1 falls exponentially with "
        "mean 0.4, and it is boosted along the beam"
    ),
    subject="masses of A in A A > b C b C, both C invisible",
    particles=2,
    masses={"m_A": "mass of A, 200 to 500 GeV", "m_C": "mass of C, up to m_A - 50 GeV"},
    draw=pair_of_invisible,
    reference=stransverse_mass_massless,
    reference_name="m_T2",
    simple=transverse_sum,
    simple_name="the sum of the transverse momenta",
    exchange=True,
)
RECIPE = make_recipe(TOPOLOGY, "2026-11-30")
