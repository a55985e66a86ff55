"""generator-z-mumu: p p -> Z/gamma* -> mu- mu+ at parton level, for any energy from 7 to 14 TeV."""

from __future__ import annotations

from lhnets_training.fit.flows.pair import PairSpace
from lhnets_training.labels.events.pairs import PairProcess
from lhnets_training.recipes.generators._pairs import PairGenerator, make_recipe

MASS, WIDTH = 91.1876, 2.4952
PAIR = PairGenerator(
    name="generator-z-mumu",
    title="Events of Z/gamma* -> mu- mu+ at leading order, 7 to 14 TeV",
    process=PairProcess(
        settings=("WeakSingleBoson:ffbar2gmZ = on", "23:onMode = off", "23:onIfAny = 13"),
        first=13,
        second=-13,
        least=60.0,
        most=120.0,
    ),
    space=PairSpace(
        least=60.0,
        most=120.0,
        centre=MASS**2,
        scale=MASS * WIDTH,
        particle_mass=0.0,
        energies=(7000.0, 14000.0),
    ),
    subject="p p > Z/gamma* > mu- mu+ events",
    words="p p -> Z/gamma* -> mu- mu+",
    first="muon",
    second="antimuon",
    note="Muons have no mass.",
    simple="a Breit-Wigner mass, flat otherwise",
)
RECIPE = make_recipe(PAIR, "2026-11-30")
