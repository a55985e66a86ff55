"""BibTeX of the publications that cards and manifests cite, by their INSPIRE keys."""

from __future__ import annotations


def select(*keys: str) -> dict[str, str]:
    """The entries of ``keys``, for the `references` of a card or manifest."""
    return {key: ENTRIES[key] for key in keys}


ENTRIES = {
    "Beenakker:1996ch": """@article{Beenakker:1996ch,
    author = "Beenakker, W. and Hopker, R. and Spira, M. and Zerwas, P. M.",
    title = "{Squark and gluino production at hadron colliders}",
    eprint = "hep-ph/9610490",
    archivePrefix = "arXiv",
    doi = "10.1016/S0550-3213(97)80027-2",
    journal = "Nucl. Phys. B",
    volume = "492",
    pages = "51--103",
    year = "1997"
}""",
    "NNPDF:2017mvq": """@article{NNPDF:2017mvq,
    author = "Ball, Richard D. and others",
    collaboration = "NNPDF",
    title = "{Parton distributions from high-precision collider data}",
    eprint = "1706.00428",
    archivePrefix = "arXiv",
    primaryClass = "hep-ph",
    doi = "10.1140/epjc/s10052-017-5199-5",
    journal = "Eur. Phys. J. C",
    volume = "77",
    number = "10",
    pages = "663",
    year = "2017"
}""",
    "Bierlich:2022pfr": """@article{Bierlich:2022pfr,
    author = "Bierlich, Christian and others",
    title = "{A comprehensive guide to the physics and usage of PYTHIA 8.3}",
    eprint = "2203.11601",
    archivePrefix = "arXiv",
    primaryClass = "hep-ph",
    doi = "10.21468/SciPostPhysCodeb.8",
    journal = "SciPost Phys. Codeb.",
    volume = "2022",
    pages = "8",
    year = "2022"
}""",
    "Beenakker:2016lwe": """@article{Beenakker:2016lwe,
    author = "Beenakker, Wim and Borschensky, Christoph and Kr{\\"a}mer, Michael and Kulesza, Anna and Laenen, Eric",
    title = "{NNLL-fast: predictions for coloured supersymmetric particle production
    at the LHC with threshold and Coulomb resummation}",
    eprint = "1607.07741",
    archivePrefix = "arXiv",
    primaryClass = "hep-ph",
    doi = "10.1007/JHEP12(2016)133",
    journal = "JHEP",
    volume = "12",
    pages = "133",
    year = "2016"
}""",
    "Butterworth:2015oua": """@article{Butterworth:2015oua,
  author = {Butterworth, Jon and others},
  title = {{PDF4LHC recommendations for LHC Run II}},
  journal = {J. Phys. G},
  volume = {43},
  pages = {023001},
  year = {2016},
  doi = {10.1088/0954-3899/43/2/023001},
  eprint = {1510.03865},
  archivePrefix = {arXiv},
  primaryClass = {hep-ph}
}""",
    "LHCSUSYCSWG": """@misc{LHCSUSYCSWG,
  title = {{LHC SUSY Cross Section Working Group}},
  url = {https://twiki.cern.ch/twiki/bin/view/LHCPhysics/SUSYCrossSections}
}""",
    "Fuks:2013vua": """@article{Fuks:2013vua,
  author = {Fuks, Benjamin and Klasen, Michael and Lamprea, David R. and Rothering, Marcel},
  title = {{Precision predictions for electroweak superpartner production at hadron colliders with Resummino}},
  journal = {Eur. Phys. J. C},
  volume = {73},
  pages = {2480},
  year = {2013},
  doi = {10.1140/epjc/s10052-013-2480-0},
  eprint = {1304.0790},
  archivePrefix = {arXiv},
  primaryClass = {hep-ph}
}""",
    "Fiaschi:2023resummino": """@article{Fiaschi:2023resummino,
  author = {Fiaschi, Juri and Fuks, Benjamin and Klasen, Michael and Neuwirth, Alexander},
  title = {{Electroweak superpartner production at 13.6 TeV with Resummino}},
  journal = {Eur. Phys. J. C},
  year = {2023},
  doi = {10.1140/epjc/s10052-023-11888-y},
  eprint = {2304.11915},
  archivePrefix = {arXiv},
  primaryClass = {hep-ph}
}""",
    "PDF4LHC21": """@misc{PDF4LHC21,
  author = {{PDF4LHC Working Group}},
  title = {{The PDF4LHC21 combination of global PDF fits for the LHC Run III}},
  year = {2022},
  eprint = {2203.05506},
  archivePrefix = {arXiv},
  primaryClass = {hep-ph}
}""",
    "HEPi": """@software{HEPi,
  author = {Neuwirth, Alexander Puck},
  title = {{HEPi}},
  url = {https://github.com/APN-Pucky/HEPi}
}""",
}
