"""cs-scalar-triplet-pair-lo: p p -> stop stop* or any other scalar colour triplet, at leading order
in QCD."""

from __future__ import annotations

from lhnets.format import HalfSpace, Input, SlhaEntry
from lhnets_training.labels.generators import pythia
from lhnets_training.labels.hadronic import luminosity
from lhnets_training.labels.hadronic.partonic_lo import scalar_triplet_pair
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections._pair_lo import CrossSections, Known, recipe

PAIR = CrossSections(
    name="cs-scalar-triplet-pair-lo",
    title="Pairs of a scalar colour triplet (stops, leptoquarks) at leading order, 7-14 TeV",
    description=(
        "Total cross section of a scalar colour triplet and its antiparticle at leading order in "
        "QCD, for any mass, collider energy and scale. It depends on nothing but the mass: it "
        "holds for either stop or sbottom, and for a scalar leptoquark whose couplings to quarks "
        "and leptons are small against the strong one; load it by its name for those. For squarks "
        "of the first generations the exchange of gluinos is missing. Leading order is well below "
        "the best prediction: use it for shapes, ratios and K factors."
    ),
    subject="2212 2212 > -1000006 1000006",
    particle="scalar-colour-triplet",
    mass=Input(
        name="m_t1",
        symbol=r"m_{\tilde t_1}",
        unit="GeV",
        low=200.0,
        high=3000.0,
        meaning="mass of the lighter stop, or of any other scalar colour triplet",
        slha=SlhaEntry(block="MASS", entry=(1000006,), absolute=True),
    ),
    region=(
        HalfSpace(
            coefficients={"m_t1": 1.0, "sqrt_s": -0.25},
            bound=0.0,
            meaning="m_t1 <= 0.25 sqrt_s; beyond it the cross section falls below 1e-7 pb",
        ),
    ),
    nodes=luminosity.Nodes(tau_min=8e-4, scale_min=95.0, scale_max=6200.0),
    process=scalar_triplet_pair,
    generate=pythia.leptoquark_pair,
    generator_settings="LeptoQuark:gg2LQLQbar, LeptoQuark:qqbar2LQLQbar with LeptoQuark:kCoup "
    "1e-6, on the mass shell",
    scale_ratio=(1.3, 2.5),
    references=("Beenakker:1997ut",),
    assumptions=spectra.PAIR,
    known=(
        Known(
            name="LO of NNLL-fast for stops of 400 GeV at 13 TeV, with PDF4LHC15",
            point=(400.0, 13000.0, 1.0),
            value=1.195326,
            within=0.10,
            reference="Beenakker:2016lwe",
        ),
    ),
)

RECIPE = recipe(PAIR)
