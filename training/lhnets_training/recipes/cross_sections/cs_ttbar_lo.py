"""cs-ttbar-lo: p p -> t tbar at leading order in QCD."""

from __future__ import annotations

from lhnets.format import Input, SlhaEntry
from lhnets_training.labels.generators import pythia
from lhnets_training.labels.hadronic import luminosity
from lhnets_training.labels.hadronic.partonic_lo import heavy_quark_pair
from lhnets_training.recipes.cross_sections._pair_lo import CrossSections, recipe

PAIR = CrossSections(
    name="cs-ttbar-lo",
    version=3,
    title="Top pairs at leading order, 7-14 TeV",
    description=(
        "Total cross section of p p -> t tbar at leading order in QCD, with stable tops, for any "
        "top pole mass, collider energy and scale. Leading order is about 0.6 of the best "
        "prediction: use it for shapes, ratios and K factors."
    ),
    subject="2212 2212 > -6 6",
    particle="top",
    mass=Input(
        name="m_t",
        symbol="m_t",
        unit="GeV",
        low=150.0,
        high=200.0,
        meaning="pole mass of the top quark",
        slha=SlhaEntry(block="SMINPUTS", entry=(6,)),
    ),
    region=(),
    nodes=luminosity.Nodes(tau_min=4.5e-4, scale_min=70.0, scale_max=420.0, scale=24),
    process=heavy_quark_pair,
    generate=pythia.top_pair,
    generator_settings="Top:gg2ttbar, Top:qqbar2ttbar, on the mass shell",
    scale_ratio=(1.3, 2.5),
    references=("Combridge:1978kx",),
)

RECIPE = recipe(PAIR)
