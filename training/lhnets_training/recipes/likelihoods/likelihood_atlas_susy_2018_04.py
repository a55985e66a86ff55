"""ATLAS-SUSY-2018-04: direct staus with two hadronic taus, both signal regions combined."""

from __future__ import annotations

from lhnets_training.labels.likelihoods.pyhf_profile import Region
from lhnets_training.recipes.likelihoods._analysis import Analysis
from lhnets_training.recipes.likelihoods._histfactory import likelihood

ANALYSIS = Analysis(
    name="likelihood-atlas-susy-2018-04",
    subject="atlas-susy-2018-04",
    title="Likelihood of ATLAS-SUSY-2018-04, direct staus, 139/fb at 13 TeV",
    source="the likelihoods that ATLAS published in HEPData, doi:10.17182/hepdata.92006, SRlow and "
    "SRhigh combined",
    file="ATLAS-SUSY-2018-04_SRcombined.json",
    sha256="4c91542321ec53cda9f424ab32f4e68ffa5d4d8ea0e099df7c5e078f690f9fc0",
    regions=(Region("SRlow", "SR1cut_cuts"), Region("SRhigh", "SR2cut_cuts")),
    meanings=("the low-mass signal region", "the high-mass signal region"),
    high=(100.0, 100.0),
    offset=(1.0, 1.0),
    version=3,
    raises_uncertainty=True,
    rows=600,
    checks=60,
    seconds=0.036,
    references=("ATLAS:2019gti",),
    rays=((1.0, 0.0), (0.0, 1.0), (3.2, 1.1)),
)
RECIPE = likelihood(ANALYSIS)
