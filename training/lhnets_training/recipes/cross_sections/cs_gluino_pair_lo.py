"""cs-gluino-pair-lo: p p -> gluino gluino at leading order in both masses, the collider energy and
the scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from lhnets.format import (
    Check,
    Conditions,
    HalfSpace,
    Input,
    InputVariation,
    Output,
    SlhaEntry,
    Truth,
)
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol, uniform
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.features import log_powers
from lhnets_training.fit.links import Positive
from lhnets_training.fit.network import fit_network
from lhnets_training.judging import checks
from lhnets_training.labels import parts
from lhnets_training.labels.generators import pythia
from lhnets_training.labels.hadronic import luminosity
from lhnets_training.labels.hadronic.partonic_lo import AlphaS, GluinoPair
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import Array, Companion, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.split import Split, split

NAME = "cs-gluino-pair-lo"
PDF = "NNPDF31_nlo_as_0118_luxqed"
ALPHA_S_MZ = 0.118
ROWS = 60_000
SEED = 20261121
EDGES = 0.4
NODES = luminosity.Nodes(tau_min=2.5e-3, scale_min=150.0, scale_max=7000.0)
PYTHIA_POINTS, PYTHIA_EVENTS = 20, 40_000
NNLL_FAST_POINT, NNLL_FAST_LO = (
    {"m_go": 2000.0, "m_sq": 3000.0, "sqrt_s": 13000.0, "mu_over_m": 1.0},
    1.835e-4,
)
"""LO column of the NNLL-fast 13 TeV gluino-pair grid in pb; PDF4LHC15, whose own PDF error there is
16 %."""

INPUTS = (
    Input(
        name="m_go",
        symbol=r"m_{\tilde g}",
        unit="GeV",
        low=400.0,
        high=3000.0,
        meaning="gluino mass",
        slha=SlhaEntry(block="MASS", entry=(1000021,), absolute=True),
    ),
    Input(
        name="m_sq",
        symbol=r"m_{\tilde q}",
        unit="GeV",
        low=300.0,
        high=6000.0,
        meaning="common mass of the squarks of both chiralities and of the five light flavours "
        "(SLHA: that of the "
        "left-handed down squark; check that the others are close to it)",
        slha=SlhaEntry(block="MASS", entry=(1000001,), absolute=True),
    ),
    Input(
        name="sqrt_s",
        symbol=r"\sqrt{s}",
        unit="GeV",
        low=7000.0,
        high=14000.0,
        meaning="centre-of-mass energy of the proton-proton collision",
    ),
    Input(
        name="mu_over_m",
        symbol=r"\mu/m_{\tilde g}",
        unit="1",
        low=0.5,
        high=2.0,
        default=1.0,
        meaning="common renormalisation and factorisation scale over the gluino mass",
    ),
)
NAMES = tuple(i.name for i in INPUTS)
REGION = (
    HalfSpace(
        coefficients={"m_go": 1.0, "sqrt_s": -0.25},
        bound=0.0,
        meaning="m_go <= 0.25 sqrt_s; beyond it the cross section falls below 1e-7 pb",
    ),
)
OUTPUTS = (
    Output(
        name="LO",
        unit="pb",
        meaning="total cross section of gluino pairs at leading order",
        scale="log",
        order="LO",
    ),
)
TERMS = log_powers(
    INPUTS,
    features=(
        {"m_go": 1.0, "sqrt_s": -1.0},
        {"m_sq": 1.0, "m_go": -1.0},
        {"mu_over_m": 1.0},
        {"sqrt_s": 1.0},
    ),
    prefactor=({"m_go": -2.0},),
)
PLAN = lm.FitPlan(24, 24, (lm.Stage(6, 50, 6000), lm.Stage(2, 120, 16_000), lm.Stage(1, 90)))
REFERENCES = bibtex.select(
    "Beenakker:1996ch", "NNPDF:2017mvq", "Bierlich:2022pfr", "Beenakker:2016lwe"
)
COLUMNS = tuple(column(i.name, i.unit, i.meaning, "input") for i in INPUTS)

DATASET = RecipeDataSet(
    name="gluino-pair-lo",
    title="Leading-order gluino-pair cross sections in proton-proton collisions, 7-14 TeV",
    description=(
        "Total cross sections of p p -> gluino gluino by quadrature of the closed leading-order "
        "partonic formulas with the parton luminosities of NNPDF3.1 NLO (LUXqed), over gluino "
        "mass, squark mass, collider energy and scale. Scrambled Sobol design, even in the "
        "logarithms of the inputs and denser towards the edges."
    ),
    columns=(*COLUMNS, column("LO", "pb", "total cross section at leading order", "target")),
    generator=Generator(
        program="lhnets_training.labels.hadronic.partonic_lo",
        version="1",
        settings={
            "pdf": f"{PDF}, central member, densities below zero set to zero",
            "alpha_s": "0.118 at 91.1876 GeV, two loops, six flavours above 172.5 GeV",
            "quadrature": "500 x 48 luminosity nodes in tau x Q with 1600 in rapidity, 128 in tau",
        },
        recipe="cs_gluino_pair_lo",
        seed=SEED,
        tolerance=1e-9,
    ),
    references=REFERENCES,
)
PYTHIA_CHECK = RecipeDataSet(
    name="pythia-gluino-pair-lo-check",
    title="Gluino-pair cross sections from Pythia 8 at 20 points, as a check of the gluino-pair-lo "
    "labels",
    description=(
        "Pythia 8 leading-order cross sections with the same PDF set, strong coupling and scales "
        "as gluino-pair-lo, at random points of the same region, with their statistical errors."
    ),
    columns=(
        *COLUMNS,
        column("pythia", "pb", "total cross section from Pythia 8", "target"),
        column("pythia_error", "pb", "its statistical error, one standard deviation", "error"),
    ),
    generator=Generator(
        program="Pythia",
        version="8.317.2",
        settings={
            "processes": "SUSY:gg2gluinogluino, SUSY:qqbar2gluinogluino",
            "events": str(PYTHIA_EVENTS),
        },
        recipe="cs_gluino_pair_lo",
        seed=SEED,
        tolerance=0.01,
    ),
    references=bibtex.select("Bierlich:2022pfr", "NNPDF:2017mvq"),
)


def label(run: Run) -> Rows:
    """The columns of gluino-pair-lo: a Sobol design and its cross sections (half a minute on two
    cores)."""
    points = sobol(INPUTS, run.rows or ROWS, SEED, region=REGION, log=NAMES, edges=EDGES, digits=7)
    settings = repr((PDF, NODES, ALPHA_S_MZ, DATASET.generator.version))
    values = parts.compute(run, _labels(run), points, name=DATASET.name, settings=settings)
    return {**dict(zip(NAMES, points.T, strict=True)), "LO": values}


def _labels(run: Run) -> GluinoPair:
    grid = luminosity.load(pythia_grid(PDF), NODES, run.out, run.console)
    return GluinoPair(grid, AlphaS(ALPHA_S_MZ))


def label_pythia(run: Run) -> Rows:
    """The columns of pythia-gluino-pair-lo-check (eight minutes on one busy core)."""
    points = np.round(uniform(INPUTS, PYTHIA_POINTS, SEED, REGION), 3)
    numbered = track(
        list(enumerate(points)),
        "Pythia 8",
        console=run.console,
        disable=not run.console.is_terminal,
    )
    found = [pythia.gluino_pair(*point, events=PYTHIA_EVENTS, seed=k + 1) for k, point in numbered]
    columns = dict(zip(NAMES, points.T, strict=True))
    return {
        **columns,
        "pythia": np.array([f.value for f in found]),
        "pythia_error": np.array([f.error for f in found]),
    }


COMPANION = Companion(PYTHIA_CHECK, label_pythia)


def split_rows(rows: int, seed: int) -> Split:
    """Six per cent to choose the best fit and to learn its error, eight to calibrate, ten to
    judge."""
    return split(rows, validation=0.06, calibration=0.08, test=0.1, seed=seed)


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """Levenberg-Marquardt on ratios of scales, with m_go^-2 taken out."""
    return fit_network(
        x, y, parts_of, run, inputs=INPUTS, region=REGION, terms=TERMS, link=Positive(), plan=PLAN
    )


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Graded checks of the file; Pythia's points come from their own data set."""

    def lo(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    def at(**columns: object) -> Array:
        return checks.points_of(columns, NAMES)

    check = read_companion(COMPANION, run)
    points = np.stack([check[n] for n in NAMES], axis=1)
    energies = np.array([7000.0, 8000.0, 13000.0, 13600.0, 14000.0])[:, None, None]
    squarks = np.array([300.0, 1000.0, 2500.0, 6000.0])[:, None]
    masses = np.linspace(400.0, 0.25 * energies.clip(max=12000.0), 60, axis=-1)[..., 0, :]
    lines = at(m_go=masses, m_sq=squarks, sqrt_s=energies, mu_over_m=1.0)
    scales = at(
        m_go=np.array([400.0, 1000.0, 1750.0])[:, None, None],
        m_sq=squarks,
        sqrt_s=13000.0,
        mu_over_m=np.linspace(0.5, 2.0, 40),
    )
    grid = {"m_go": np.linspace(400.0, 3000.0, 14), "sqrt_s": 13000.0, "mu_over_m": 1.0}
    light = {"m_go": np.linspace(400.0, 600.0, 5), "sqrt_s": 13000.0, "mu_over_m": 1.0}
    return (
        checks.positive(lo, uniform(INPUTS, 20_000, SEED + 3, REGION)),
        checks.falls(lo, lines.reshape(-1, *lines.shape[-2:]), "m_go"),
        checks.falls(lo, scales.reshape(-1, *scales.shape[-2:]), "mu_over_m"),
        checks.between(
            lo,
            at(**{**grid, "mu_over_m": 2.0}, m_sq=2500.0),
            at(**{**grid, "mu_over_m": 0.5}, m_sq=2500.0),
            1.3,
            2.5,
            name="scale dependence",
            criterion="LO at mu = m/2 is 1.3 to 2.5 times LO at mu = 2 m, as two powers of alpha_s "
            "and the PDFs give",
        ),
        checks.flat(
            lo,
            at(**light, m_sq=5000.0),
            at(**light, m_sq=6000.0),
            name="decouples",
            within=0.01,
            criterion="m_go 400 to 600 GeV: m_sq from 5 to 6 TeV changes the cross section by less "
            "than 1 %",
        ),
        checks.agrees(
            lo, points, check["pythia"], name="Pythia 8", within=0.01, reference="Bierlich:2022pfr"
        ),
        checks.agrees(
            lo,
            at(**NNLL_FAST_POINT)[None],
            np.array([NNLL_FAST_LO]),
            name="LO of NNLL-fast at m_go 2 TeV, m_sq 3 TeV, 13 TeV, with PDF4LHC15",
            within=0.10,
            reference="Beenakker:2016lwe",
        ),
    )


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    m_go, m_sq, sqrt_s, _ = x.T
    return {
        "m_go > 0.22 sqrt_s": m_go > 0.22 * sqrt_s,
        "m_sq within 10 % of m_go": np.abs(m_sq / m_go - 1) < 0.1,
        "m_sq < m_go / 2": m_sq < m_go / 2,
    }


def features(x: Array) -> Array:
    """What the baseline interpolates over: the features of the network."""
    return np.asarray(np.log(x) @ TERMS.features)


RECIPE = Recipe(
    name=NAME,
    version=2,
    kind="cross_section",
    title="Gluino pairs at leading order, 7-14 TeV",
    description=(
        "Total cross section of p p -> gluino gluino at leading order, for any common squark "
        "mass, collider energy and scale. Leading order is half to a quarter of the best "
        "prediction: use it for shapes, ratios and K factors."
    ),
    subject="2212 2212 > 1000021 1000021",
    conditions=Conditions(
        order="LO",
        pdf=PDF,
        scheme="MSbar alpha_s(M_Z) = 0.118, two loops, six flavours above m_t = 172.5 GeV",
        scale="mu_R = mu_F = mu_over_m * m_go",
    ),
    inputs=INPUTS,
    assumptions=(
        *spectra.near("squarks have one mass", "m_sq", spectra.LIGHT_SQUARKS[1:], 0.05),
        *spectra.PAIR,
    ),
    outputs=OUTPUTS,
    default_output="LO",
    region=REGION,
    variations=(InputVariation(source="scale", input="mu_over_m", values=(0.5, 2.0)),),
    truth=Truth(
        program="lhnets_training.labels.hadronic.partonic_lo",
        version="1",
        settings=DATASET.generator.settings,
        references=("Beenakker:1996ch", "NNPDF:2017mvq"),
        no_uncertainty=(
            "Missing in the component: PDFs, and most of the higher orders, which the scale "
            "variation at leading order does not show. NNLO_approx+NNLL is 2 to 4 times leading "
            "order in cs-gluino-pair-decoupled-13tev."
        ),
        relative_error=1e-6,
        seconds_per_label=2e-4,
    ),
    dataset=DATASET,
    companions=(COMPANION,),
    label=label,
    truth_at=lambda x, run: _labels(run)(x)[:, None],
    split=split_rows,
    fit=fit,
    baseline=rbf_baseline(features),
    checks=physics_checks,
    corners=corners,
    seed=1,
    references=REFERENCES,
    created="2026-11-21",
    validation_note="Rows drawn from the design of the data set, which is denser towards the edges "
    "of the region.",
)
