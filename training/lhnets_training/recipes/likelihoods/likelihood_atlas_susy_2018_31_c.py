"""ATLAS-SUSY-2018-31: bottom squarks to Higgs bosons, the four bins of region C in the simplified
likelihood."""

from __future__ import annotations

from lhnets_training.labels.likelihoods.pyhf_profile import Region
from lhnets_training.recipes.likelihoods._analysis import Analysis
from lhnets_training.recipes.likelihoods._histfactory import likelihood

ANALYSIS = Analysis(
    name="likelihood-atlas-susy-2018-31-c",
    subject="atlas-susy-2018-31",
    title="Likelihood of ATLAS-SUSY-2018-31, region C, bottom squarks to Higgs bosons, 139/fb at "
    "13 TeV",
    source=(
        "a simplified form (one nuisance parameter) of the likelihoods that ATLAS published in "
        "HEPData, doi:10.17182/hepdata.89408, region C"
    ),
    file="ATLAS-SUSY-2018-31_simplifiedC.json",
    sha256="813d3b0c828bebade2186ac4c866fa3322758059c3c16596b21fc73884ce3ea5",
    regions=tuple(
        Region(f"SRC{edge}", "SR_metsigST", number) for number, edge in enumerate((22, 24, 26, 28))
    ),
    meanings=tuple(
        f"bin {number} of signal region C, in the significance of missing momentum"
        for number in (1, 2, 3, 4)
    ),
    high=(100.0, 100.0, 50.0, 50.0),
    offset=(3.0, 2.0, 1.0, 1.0),
    rows=1600,
    checks=60,
    method="exact",
    in_a_box=True,
    version=3,
    seconds=0.008,
    references=("ATLAS:2019gdh",),
)
RECIPE = likelihood(ANALYSIS)
