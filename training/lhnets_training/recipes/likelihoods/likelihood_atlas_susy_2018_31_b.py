"""ATLAS-SUSY-2018-31: bottom squarks to Higgs bosons, signal region B."""

from __future__ import annotations

from lhnets_training.labels.likelihoods.pyhf_profile import Region
from lhnets_training.recipes.likelihoods._analysis import Analysis
from lhnets_training.recipes.likelihoods._histfactory import likelihood

ANALYSIS = Analysis(
    name="likelihood-atlas-susy-2018-31-b",
    subject="atlas-susy-2018-31",
    title="Likelihood of ATLAS-SUSY-2018-31, region B, bottom squarks to Higgs bosons, 139/fb at "
    "13 TeV",
    source="the likelihoods that ATLAS published in HEPData, doi:10.17182/hepdata.89408, region B",
    file="ATLAS-SUSY-2018-31_BkgOnlyB.json",
    sha256="ab8ff5437681ffcb80da66eb3d684282595a656ce68f3dd8b3959810f409c9ce",
    regions=(Region("SRB", "SR_cuts"),),
    meanings=("signal region B",),
    high=(100.0,),
    offset=(1.0,),
    rows=240,
    checks=12,
    seconds=0.019,
    references=("ATLAS:2019gdh",),
    rays=((1.0,),),
)
RECIPE = likelihood(ANALYSIS)
