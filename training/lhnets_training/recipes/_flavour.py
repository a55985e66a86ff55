"""What the networks of flavour observables share: Wilson coefficients as inputs, the data set's shape, references."""

from __future__ import annotations

from lhnets._card import Input, Truth
from lhnets_datasets.manifest import Column, Generator
from lhnets_training.fit.held_out import every_row
from lhnets_training.labels.flavio_observables import SCALE
from lhnets_training.recipe import DataSet
from lhnets_training.table import column

split_rows = every_row
SEED, DIGITS = 20261121, 7
FLAVIO = "2.7.1"
WORDS = {
    "C7": "electromagnetic dipole operator",
    "C9": "vector muon current",
    "C10": "axial muon current",
    "CS": "scalar muon current",
    "CP": "pseudoscalar muon current",
}

REFERENCES = {
    "Straub:2018kue": r"""@misc{Straub:2018kue,
  author = {Straub, David M.},
  title = {{flavio: a Python package for flavour and precision phenomenology in the Standard Model and beyond}},
  eprint = {1810.08132},
  archivePrefix = {arXiv},
  primaryClass = {hep-ph},
  year = {2018}
}""",
    "Aebischer:2018bkb": r"""@article{Aebischer:2018bkb,
  author = {Aebischer, Jason and Kumar, Jacky and Straub, David M.},
  title = {{Wilson: a Python package for the running and matching of Wilson coefficients above and below the
    electroweak scale}},
  journal = {Eur. Phys. J. C},
  volume = {78},
  pages = {1026},
  year = {2018},
  doi = {10.1140/epjc/s10052-018-6492-7},
  eprint = {1804.05033},
  archivePrefix = {arXiv},
  primaryClass = {hep-ph}
}""",
}
SETTINGS = {
    "coefficients": f"new-physics shifts, real, WET at {SCALE} GeV in flavio's basis",
    "parameters": "flavio's central values",
}


def coefficient(name: str, largest: float, unit: str = "1") -> Input:
    """The shift of one Wilson coefficient, named as flavio names it, between plus and minus ``largest``."""
    operator = name.partition("_")[0]
    primed, bare = operator.endswith("p"), operator.removesuffix("p")
    return Input(
        name=name,
        symbol=f"C_{{{bare[1:]}}}" + ("'" if primed else ""),
        unit=unit,
        low=-largest,
        high=largest,
        default=0.0,
        meaning=f"real shift of the {'right-handed ' if primed else ''}b -> s {WORDS[bare]} from its Standard Model value",
    )


def dataset(name: str, recipe: str, title: str, inputs: tuple[Input, ...], targets: tuple[Column, ...]) -> DataSet:
    """A data set of points in Wilson coefficients and labels from flavio."""
    return DataSet(
        name=name,
        title=title,
        description=(
            f"{title}, from flavio at the central values of its parameters. Scrambled Sobol design, even in the coefficients."
        ),
        columns=(*(column(i.name, i.unit, i.meaning, "input") for i in inputs), *targets),
        generator=Generator(
            program="flavio", version=FLAVIO, settings=SETTINGS, recipe=recipe, seed=SEED, tolerance=1e-9
        ),
        references=REFERENCES,
    )


def truth(seconds: float, relative_error: float) -> Truth:
    """flavio, as a card says it."""
    return Truth(
        program="flavio",
        version=FLAVIO,
        settings=SETTINGS,
        references=tuple(REFERENCES),
        relative_error=relative_error,
        seconds_per_label=seconds,
    )
