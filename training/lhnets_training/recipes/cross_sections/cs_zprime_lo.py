"""cs-zprime-lo: p p -> Z' at leading order, for any couplings to quarks and widths up to a tenth of
the mass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, Conditions, HalfSpace, Input, Output, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol, uniform
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.fit.links import Sums
from lhnets_training.fit.network import fit_network
from lhnets_training.judging import checks
from lhnets_training.labels import parts
from lhnets_training.labels.generators import pythia
from lhnets_training.labels.hadronic import luminosity
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.labels.hadronic.zprime import WINDOW, ZPrime
from lhnets_training.onnx.export import NetworkGraph
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import (
    Array,
    Companion,
    Fitted,
    Points,
    Recipe,
    RecipeDataSet,
    Rows,
    Run,
)
from lhnets_training.recipes.cross_sections import _lo_bands
from lhnets_training.split import Split, split

PDF = "NNPDF31_nlo_as_0118_luxqed"
ROWS, SEED, EDGES = 15_000, 20261122, 0.4
NODES = luminosity.Nodes(tau_min=3e-4, scale_min=450.0, scale_max=6700.0, scale=24)
EVENTS = 40_000
SIN2_WEINBERG = 0.2312
"""Of Pythia 8, for its units of couplings."""
PLAN = lm.FitPlan(16, 16, (lm.Stage(2, 32, 4000), lm.Stage(1, 120)))
INPUTS = (
    Input(
        name="m_zp", symbol=r"m_{Z'}", unit="GeV", low=500.0, high=6000.0, meaning="mass of the Z'"
    ),
    Input(
        name="g_u",
        symbol=r"g_u",
        unit="1",
        low=0.01,
        high=2.0,
        meaning="coupling to up and charm quarks, sqrt(g_L^2 + g_R^2)",
    ),
    Input(
        name="g_d",
        symbol=r"g_d",
        unit="1",
        low=0.01,
        high=2.0,
        meaning="coupling to down, strange and bottom quarks, sqrt(g_L^2 + g_R^2)",
    ),
    Input(
        name="width_over_m",
        symbol=r"\Gamma/m_{Z'}",
        unit="1",
        low=1e-3,
        high=0.1,
        meaning="total width over mass; what the Z' decays to is free",
    ),
    Input(
        name="sqrt_s",
        symbol=r"\sqrt{s}",
        unit="GeV",
        low=7000.0,
        high=14000.0,
        meaning="centre-of-mass energy of the proton-proton collision",
    ),
)
NAMES = tuple(i.name for i in INPUTS)
REGION = (
    HalfSpace(
        coefficients={"m_zp": 1.0, "sqrt_s": -0.45}, bound=0.0, meaning="m_zp <= 0.45 sqrt_s"
    ),
)
OUTPUTS = {
    "LO": "total cross section at leading order",
    "LO_up": "its part from up and charm quarks",
    "LO_down": "its part from down, strange and bottom quarks",
}
END = Sums(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]))
"""CrossSections of up-like and down-like quarks; then their sum."""
ORDER = ("LO_up", "LO_down", "LO")
FEATURES = np.array([[1.0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 1, 0], [-1, 0, 1]])
"""log(m/sqrt_s), log(width/m), log sqrt_s from the logarithms of the inputs."""
PREFACTOR = np.array([[-2.0, -2.0], [2, 0], [0, 2], [0, 0], [0, 0]])
"""(g_u/m)^2 and (g_d/m)^2."""


def design(rows: int, seed: int) -> Array:
    """Points (rows, 5)."""
    return sobol(INPUTS, rows, seed, region=REGION, log=NAMES, edges=EDGES, digits=7)


def label(points: Array, run: Run) -> Rows:
    """The columns of zprime-lo (a minute on one core)."""
    return _columns(
        points,
        parts.compute(
            run, _labels(run), points, part=1000, name=DATASET.name, settings=repr(NODES)
        ),
    )


def _labels(run: Run) -> ZPrime:
    return ZPrime(luminosity.load(pythia_grid(PDF), NODES, run.out, run.console))


def _columns(points: Array, found: Array) -> Rows:
    return {**dict(zip(NAMES, points.T, strict=True)), **dict(zip(ORDER, found.T, strict=True))}


CHECKED = (
    (600.0, 1.0, 1.0, 13_000.0),
    (1000.0, 1.0, -1.0, 13_000.0),
    (1500.0, 0.3, 1.2, 8000.0),
    (2000.0, 1.5, 0.2, 14_000.0),
    (3000.0, 1.0, 0.5, 13_000.0),
    (4000.0, 0.8, 1.0, 13_600.0),
    (5000.0, 1.0, 1.0, 14_000.0),
    (2500.0, 0.1, 1.0, 7000.0),
)
"""Mass, axial couplings of up and down in Pythia's units, energy."""


def label_check(run: Run) -> Rows:
    """The columns of pythia-zprime-lo-check."""
    points, values, errors = [], [], []
    for seed, (m, up, down, sqrt_s) in enumerate(CHECKED, 1):
        window = WINDOW[0] * m, WINDOW[1] * m
        found = pythia.z_prime(m, up, down, sqrt_s, window, events=EVENTS, seed=seed)
        unit = np.sqrt(np.pi * found.alpha / (2 * SIN2_WEINBERG * (1 - SIN2_WEINBERG)))
        points.append((m, unit * abs(up), unit * abs(down), found.width / m, sqrt_s))
        values.append(found.found.value)
        errors.append(found.found.error)
    return {
        **dict(zip(NAMES, np.array(points).T, strict=True)),
        "pythia": np.array(values),
        "pythia_error": np.array(errors),
    }


POINTS = Points(design=design, label=label, rows=ROWS, seed=SEED)
SETTINGS = {
    "pdf": f"{PDF}, central member, densities below zero set to zero; scale m_zp",
    "resonance": (
        f"Breit-Wigner of running width, masses of the Z' between {WINDOW[0]:g} and "
        f"{WINDOW[1]:g} of its pole"
    ),
    "quadrature": (
        f"{NODES.tau} x {NODES.scale} luminosity nodes in tau x Q with {NODES.rapidity} "
        "in rapidity, 128 in the mass"
    ),
}
DATASET = RecipeDataSet(
    name="zprime-lo",
    title="Leading-order cross sections of a Z' in proton-proton collisions, 7-14 TeV",
    description=(
        "Total cross sections of p p -> Z' by quadrature of the closed leading-order formula with "
        "the parton luminosities of NNPDF3.1 NLO (LUXqed), over mass, couplings, width and "
        "energy. Scrambled Sobol design, even in the logarithms of the inputs and denser towards "
        "the edges."
    ),
    columns=(
        *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
        *(column(name, "pb", OUTPUTS[name], "target") for name in ORDER),
    ),
    generator=Generator(
        program="lhnets_training.labels.hadronic.zprime",
        version="1",
        settings=SETTINGS,
        recipe="cs_zprime_lo",
        seed=SEED,
        tolerance=1e-9,
    ),
    references=bibtex.select("NNPDF:2017mvq"),
)
CHECK = RecipeDataSet(
    name="pythia-zprime-lo-check",
    title=f"Cross sections of a Z' from Pythia 8 at {len(CHECKED)} points",
    description="Axial couplings, the width that follows from them, same PDF set and scales; "
    "couplings at the mass of the Z'.",
    columns=(
        *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
        column("pythia", "pb", "total cross section from Pythia 8", "target"),
        column("pythia_error", "pb", "its statistical error, one standard deviation", "error"),
    ),
    generator=Generator(
        program="Pythia",
        version="8.317.2",
        settings={
            "process": "NewGaugeBoson:ffbar2gmZZprime, Zprime:gmZmode = 3",
            "events": str(EVENTS),
        },
        recipe="cs_zprime_lo",
        seed=1,
        tolerance=1e-6,
    ),
    references=bibtex.select("Bierlich:2022pfr", "NNPDF:2017mvq"),
)
COMPANION = Companion(CHECK, label_check)


def _logs(graph: NetworkGraph) -> str:
    return graph.coordinates([True] * len(INPUTS))


TERMS = FeatureTerms(np.log, _logs, FEATURES, PREFACTOR)


def split_rows(rows: int, seed: int) -> Split:
    """A tenth to choose the best fit and to learn its error, 15 % to calibrate, 15 % to judge."""
    return split(rows, validation=0.1, calibration=0.15, test=0.15, seed=seed)


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """Two functions of three variables; couplings enter exactly."""
    return fit_network(
        x, y, parts_of, run, inputs=INPUTS, region=REGION, terms=TERMS, link=END, plan=PLAN
    )


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Signs, slopes, the square of the couplings, the narrow limit, Pythia 8."""
    total = ORDER.index("LO")

    def lo(points: Array) -> Array:
        return np.asarray(predict(points)[:, total])

    known = read_companion(COMPANION, run)
    points = np.stack([known[n] for n in NAMES], axis=1)
    mass = np.linspace(500.0, 5800.0, 60)
    in_mass = np.stack(
        np.broadcast_arrays(mass, 0.3, np.array([[0.3], [0.01]]), 0.02, 13_000.0), axis=-1
    )
    in_energy = np.stack(
        np.broadcast_arrays(mass[:20], 0.3, 0.3, 0.02, np.linspace(14_000, 7000, 50)[:, None]),
        axis=-1,
    )
    some = uniform(INPUTS, 2000, SEED + 1, REGION)
    some[:, 1:3] = np.minimum(some[:, 1:3], 1.0)
    narrow = some * np.array([1, 1, 1, 0, 1.0]) + np.array([0, 0, 0, 1e-3, 0])
    return (
        checks.positive(lo, uniform(INPUTS, 20_000, SEED + 3, REGION)),
        checks.falls(lo, in_mass, "m_zp"),
        checks.falls(lo, in_energy.swapaxes(0, 1), "falling sqrt_s"),
        checks.flat(
            lambda p: lo(p) / (p[:, 1] ** 2 + p[:, 2] ** 2),
            some,
            some * np.array([1, 2, 2, 1, 1.0]),
            name="square of the couplings",
            within=1e-9,
            criterion="twice the couplings, four times the cross section",
        ),
        checks.flat(
            lo,
            narrow,
            narrow * np.array([1, 1, 1, 2, 1.0]),
            name="narrow limit",
            within=0.03,
            criterion="widths of 0.1 and 0.2 % differ by at most 3 %",
        ),
        checks.agrees(
            lo, points, known["pythia"], name="Pythia 8", within=0.02, reference="Bierlich:2022pfr"
        ),
    )


RECIPE = Recipe(
    name="cs-zprime-lo",
    version=2,
    kind="cross_section",
    title="A Z' at leading order, 7-14 TeV, any couplings",
    description=(
        "Total cross section of p p -> Z' at leading order for couplings to up-like and down-like "
        "quarks, the same in all generations, and a total width of up to a tenth of the mass. "
        "Masses of the Z' count between half and three halves of the pole; photon and Z exchange "
        "and their interference are left out. Times a branching ratio it is a rate. Wide "
        "resonances depend on how couplings run: Pythia 8, where they do, is up to 3 % higher at "
        "a width of 9 % of the mass."
    ),
    subject="2212 2212 > 32",
    conditions=Conditions(order="LO", pdf=PDF, scale="mu_F = m_zp"),
    inputs=INPUTS,
    outputs=tuple(
        Output(
            name=name,
            unit="pb",
            meaning=OUTPUTS[name],
            scale="log",
            order="LO" if name == "LO" else None,
        )
        for name in ORDER
    ),
    default_output="LO",
    region=REGION,
    physics_uncertainty=_lo_bands.uncertainty("zprime", ORDER),
    truth=Truth(
        program="lhnets_training.labels.hadronic.zprime",
        version="1",
        settings=SETTINGS,
        references=("NNPDF:2017mvq",),
        relative_error=1e-7,
        seconds_per_label=1e-3,
    ),
    dataset=DATASET,
    companions=(COMPANION,),
    label=POINTS.table,
    truth_at=lambda x, run: _labels(run)(x),
    points=POINTS,
    split=split_rows,
    fit=fit,
    baseline=rbf_baseline(np.log, END),
    checks=physics_checks,
    seed=1,
    references=bibtex.select("NNPDF:2017mvq", "Bierlich:2022pfr"),
    created="2026-11-22",
    validation_note="Rows drawn from the design of the data set, which is denser towards the edges "
    "of the region.",
)
