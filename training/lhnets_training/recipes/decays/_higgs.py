"""What the networks of the Standard Model Higgs boson's decays share: inputs, channels, data set,
published numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Assumption, Check, Input, SlhaEntry, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.features import powers
from lhnets_training.judging import checks
from lhnets_training.labels import parts
from lhnets_training.labels.higgs.higgs_widths import CHANNELS, widths
from lhnets_training.recipe import Array, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.split import Split, split

ROWS, SEED, EDGES, DIGITS = 10_000, 20261121, 0.5, 7
SUBJECTS = {
    "bb": "25 > -5 5",
    "WW": "25 > -24 24",
    "gg": "25 > 21 21",
    "tautau": "25 > -15 15",
    "cc": "25 > -4 4",
    "ZZ": "25 > 23 23",
    "gamgam": "25 > 22 22",
    "Zgam": "25 > 22 23",
    "ss": "25 > -3 3",
    "mumu": "25 > -13 13",
}
SPOKEN = {
    "bb": "b bbar",
    "WW": "W+ W- (one or both off their mass shell)",
    "gg": "two gluons",
    "tautau": "tau+ tau-",
    "cc": "c cbar",
    "ZZ": "Z Z (one or both off their mass shell)",
    "gamgam": "two photons",
    "Zgam": "Z photon",
    "ss": "s sbar",
    "mumu": "mu+ mu-",
}
INPUTS = (
    Input(
        name="m_h",
        symbol="m_h",
        unit="GeV",
        low=100.0,
        high=150.0,
        default=125.0,
        meaning="Higgs boson mass",
        slha=SlhaEntry(block="MASS", entry=(25,)),
    ),
    Input(
        name="m_t",
        symbol="m_t",
        unit="GeV",
        low=168.0,
        high=178.0,
        default=172.5,
        meaning="top quark pole mass",
        slha=SlhaEntry(block="SMINPUTS", entry=(6,)),
    ),
    Input(
        name="m_b",
        symbol="m_b(m_b)",
        unit="GeV",
        low=4.0,
        high=4.4,
        default=4.18,
        meaning="bottom quark MSbar mass at its own scale",
        slha=SlhaEntry(block="SMINPUTS", entry=(5,)),
    ),
    Input(
        name="m_c",
        symbol=r"m_c(3\,\mathrm{GeV})",
        unit="GeV",
        low=0.9,
        high=1.07,
        default=0.986,
        meaning="charm quark MSbar mass at 3 GeV",
    ),
    Input(
        name="alpha_s",
        symbol=r"\alpha_s(M_Z)",
        unit="1",
        low=0.114,
        high=0.122,
        default=0.118,
        meaning="strong coupling at the Z mass, MSbar, five flavours",
        slha=SlhaEntry(block="SMINPUTS", entry=(3,)),
    ),
)
LOOPS = (SUBJECTS["gamgam"], SUBJECTS["Zgam"])
NO_NEW_DECAYS = "the Higgs boson decays into particles of the Standard Model alone"
ASSUMPTIONS = (
    *(
        Assumption(
            slha=SlhaEntry(block="HIGGSKAPPA", entry=(k,)),
            low=1 - within,
            high=1 + within,
            meaning="the Higgs boson couples as that of the Standard Model",
        )
        for k, within in ((1, 0.015), (2, 0.03), (3, 0.03))
    ),
    *spectra.heavy(
        NO_NEW_DECAYS,
        (1000022, 1000012, 1000014, 1000016, 1000015, 36, 46),
        0.5,
        over="m_h",
        required=False,
    ),
    *spectra.heavy("stops do not change the width of the Higgs boson", (spectra.STOP,), 400.0),
    *spectra.heavy(
        "stops and sbottoms do not change the coupling to gluons",
        (spectra.STOP, spectra.OTHER_STOP, *spectra.SBOTTOMS),
        1000.0,
        subjects=(SUBJECTS["gg"],),
    ),
    *spectra.heavy(
        "new charged particles do not change the coupling to photons",
        (37, 1000015, 1000024),
        200.0,
        required=False,
        subjects=LOOPS,
    ),
    *spectra.heavy(
        "new charged particles do not change the coupling to photons",
        (spectra.STOP,),
        1000.0,
        subjects=LOOPS,
    ),
    *(
        Assumption(slha=SlhaEntry(block=block, entry=(place,)), low=low, high=high, meaning=meaning)
        for block, place, low, high, meaning in (
            ("MASS", 24, 80.2, 80.6, "the W has a mass of 80.385 GeV"),
            ("SMINPUTS", 4, 91.1, 91.3, "the Z has a mass of 91.1876 GeV"),
            ("SMINPUTS", 2, 1.16e-5, 1.17e-5, "G_F is 1.16638e-5 GeV^-2"),
            ("SMINPUTS", 7, 1.77, 1.785, "the tau has a mass of 1.777 GeV"),
            ("SMINPUTS", 24, 1.24, 1.3, "the charm quark has a mass m_c(m_c) of 1.27 GeV"),
        )
    ),
    spectra.CP,
)
"""Widths differ by less than 6 % and branching ratios by less than 4 % from those of the Standard
Model then."""
NAMES = tuple(i.name for i in INPUTS)
DEFAULT = {i.name: i.default for i in INPUTS}

YR4 = "deFlorian:2016spz"
YR4_WIDTH = 4.088e-3
YR4_BR = {
    "bb": 0.5824,
    "WW": 0.2137,
    "gg": 0.08187,
    "tautau": 0.06272,
    "cc": 0.02891,
    "ZZ": 0.02619,
    "gamgam": 2.270e-3,
    "Zgam": 1.533e-3,
    "mumu": 2.176e-4,
}
"""Branching ratios at 125.00 GeV of the fourth report of the LHC Higgs working group, and the width
in GeV above."""

REFERENCES = bibtex.select(YR4, "Djouadi:2005gi", "Spira:1997dg")
SETTINGS = {
    "quarks": "three-loop massless QCD, running masses, top-induced term, electroweak factor",
    "gluons": (
        "one loop with t, b, c, times three-loop QCD of a heavy top; no electroweak correction"
    ),
    "photons": (
        "one loop with W, t, b, c, tau; QCD factor 1 - alpha_s/pi; no electroweak correction"
    ),
    "WW, ZZ": "lowest order, both bosons off their mass shell; no electroweak correction",
    "constants": (
        "G_F 1.1663787e-5, M_W 80.385, Gamma_W 2.085, M_Z 91.1876, Gamma_Z 2.4952, m_s(2 "
        "GeV) 0.095 GeV"
    ),
}
TRUTH = Truth(
    program="lhnets_training.labels.higgs.higgs_widths",
    version="1",
    settings=SETTINGS,
    references=("Djouadi:2005gi", "Spira:1997dg"),
    relative_error=2e-6,
    no_uncertainty=(
        "Missing in the components: the masses and widths of W and Z, which are fixed. 15 MeV of "
        "M_W change the width into W W by 0.2 %, other channels by less. Missing orders are taken "
        "as independent between channels."
    ),
    seconds_per_label=0.008,
)
ACCURACY = (
    "Beside the fourth report of the LHC Higgs working group (HDECAY and Prophecy4f) the widths "
    "at 125 GeV are right to 0.4 % for fermions and Z photon; they are 4 % low for W W, 6 % low "
    "for g g, 2 % low for Z Z and 2 % high for two photons, because electroweak corrections to "
    "these are left out."
)
"""What the description of a card says of the truth; the tests find these figures."""

DATASET = RecipeDataSet(
    name="higgs-sm-widths",
    title="Partial widths and branching ratios of the Standard Model Higgs boson, 100-150 GeV",
    description=(
        "Ten partial widths, their sum and the branching ratios in five parameters by closed "
        "formulas and one quadrature. Scrambled Sobol design, even in the logarithms of the "
        "inputs and denser towards the edges. " + ACCURACY
    ),
    columns=(
        *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
        *(column(f"BR_{c}", "1", f"branching ratio into {SPOKEN[c]}", "target") for c in CHANNELS),
        *(
            column(f"width_{c}", "GeV", f"partial width into {SPOKEN[c]}", "target")
            for c in CHANNELS
        ),
        column("width", "GeV", "total width: the sum of the partial widths", "target"),
    ),
    generator=Generator(
        program="lhnets_training.labels.higgs.higgs_widths",
        version="1",
        settings=SETTINGS,
        recipe="br_higgs_sm",
        seed=SEED,
        tolerance=1e-9,
    ),
    references=REFERENCES,
)
TERMS = powers(INPUTS, 6)
PLAN = lm.FitPlan(16, 16, (lm.Stage(3, 20, 1500), lm.Stage(1, 60)))


def label(run: Run) -> Rows:
    """The columns of higgs-sm-widths (a minute on one core)."""
    points = sobol(INPUTS, run.rows or ROWS, SEED, log=NAMES, edges=EDGES, digits=DIGITS)
    found = parts.compute(run, widths, points, part=250, name=DATASET.name)
    total = found.sum(axis=1)
    return {
        **dict(zip(NAMES, points.T, strict=True)),
        **{f"BR_{c}": found[:, k] / total for k, c in enumerate(CHANNELS)},
        **{f"width_{c}": found[:, k] for k, c in enumerate(CHANNELS)},
        "width": total,
    }


def shares(found: Array) -> Array:
    """Branching ratios (N, 10) of partial widths (N, 10)."""
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def split_rows(rows: int, seed: int) -> Split:
    """A quarter to train on is enough; the more there are to calibrate and to judge, the surer are
    their figures."""
    return split(rows, validation=0.06, calibration=0.39, test=0.3, seed=seed)


def at(**given: object) -> Array:
    """Points (N, 5) with the default values of what is not given."""
    return checks.points_of({**DEFAULT, **given}, NAMES)


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    return {"m_h 120 to 130 GeV": np.abs(x[:, 0] - 125) < 5}


def moves(values: Callable[[Array], Array], name: str, *, up: bool) -> Check:
    """Values (N,) rise (or fall) with one input, the others at their defaults."""
    i = INPUTS[NAMES.index(name)]
    found = values(at(**{name: np.linspace(i.low or 0.0, i.high or 0.0, 60)}))
    wrong = int((np.diff(found) <= 0).sum() if up else (np.diff(found) >= 0).sum())
    return Check(
        name=f"{'rises' if up else 'falls'} with {name}",
        passed=wrong == 0,
        figure=f"{wrong} steps of {len(found) - 1} go the other way, {found[0]:.4g} to "
        f"{found[-1]:.4g}",
        criterion="monotone, the other inputs at their defaults",
    )
