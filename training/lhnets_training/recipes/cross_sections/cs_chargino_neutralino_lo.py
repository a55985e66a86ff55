"""cs-chargino-neutralino-lo: p p -> chargino neutralino at leading order, any mixing, from noisy
labels of Pythia 8."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from lhnets.format import Check, Conditions, HalfSpace, Input, Output, SlhaEntry, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data.label_errors import stated
from lhnets_training.data.sample import inside, sobol
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.cross_validation import judge_by_folds
from lhnets_training.fit.quadratic_form import MatrixFormula, fit_form
from lhnets_training.judging import checks
from lhnets_training.labels import parts
from lhnets_training.labels.generators.spectrum import SQUARKS
from lhnets_training.labels.hadronic import luminosity
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.labels.supersymmetry.electroweakino_forms import CharginoNeutralinoForm
from lhnets_training.labels.supersymmetry.electroweakinos import (
    CHARGINO,
    COLUMNS,
    NEUTRALINO,
    CharginoNeutralino,
)
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import Array, Companion, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _lo_bands
from lhnets_training.recipes.cross_sections import _noisy_labels as noisy
from lhnets_training.recipes.cross_sections._electroweakino import couplings, masses, matrices
from lhnets_training.split import Split

ROWS, EVENTS, SEED, PART = 8_100, 4_000, 20261122, 60
CHECK_POINTS, CHECK_EVENTS = 24, 300_000
FORMULA_POINTS, EDGES = 6_000, 0.4
HELD_OUT = 600
"""Points of the formula, the first, that only the checks see."""
ENERGY = 13_000.0
PDF = "NNPDF31_nlo_as_0118_luxqed"
NODES = luminosity.Nodes(tau_min=2e-4, scale_min=95.0, scale_max=1600.0)
PLAN = lm.FitPlan(12, 12, (lm.Stage(2, 40, 1000), lm.Stage(1, 60, 3000)))


def _mass(name: str, symbol: str, low: float, high: float, meaning: str, pdg: int) -> Input:
    slha = SlhaEntry(block="MASS", entry=(pdg,), absolute=True)
    return Input(
        name=name, symbol=symbol, unit="GeV", low=low, high=high, meaning=meaning, slha=slha
    )


def _entry(name: str, block: str, i: int, j: int) -> Input:
    """An entry of a mixing matrix; signs of masses go into that of U."""
    return Input(
        name=name,
        symbol=f"{block[0]}_{{{i}{j}}}",
        unit="1",
        low=-1.0,
        high=1.0,
        meaning=f"entry {i} {j} of the mixing matrix {block} of the spectrum, real",
        slha=SlhaEntry(
            block=block, entry=(i, j), signs=(CHARGINO, NEUTRALINO) if block == "UMIX" else ()
        ),
    )


INPUTS = (
    _mass("m_c1", r"m_{\tilde\chi_1^\pm}", 100.0, 1500.0, "mass of the chargino", CHARGINO),
    _mass(
        "m_n2", r"m_{\tilde\chi_2^0}", 100.0, 1500.0, "mass of the neutralino, positive", NEUTRALINO
    ),
    _mass(
        "m_sq",
        r"m_{\tilde q}",
        500.0,
        5000.0,
        "mass of the squarks, which are degenerate",
        SQUARKS[0],
    ),
    *(_entry(f"{b}_1{j}", f"{b.upper()}MIX", 1, j) for b in "uv" for j in (1, 2)),
    *(_entry(f"n_2{j}", "NMIX", 2, j) for j in (1, 2, 3, 4)),
)
REGION = (
    HalfSpace(coefficients={"m_n2": 1.0, "m_c1": -2.0}, bound=0.0, meaning="m_n2 <= 2 m_c1"),
    HalfSpace(coefficients={"m_c1": 1.0, "m_n2": -2.0}, bound=0.0, meaning="m_c1 <= 2 m_n2"),
)
ROWS_OF_MIXING = (
    spectra.mixing_row("u_11", "u_12"),
    spectra.mixing_row("v_11", "v_12"),
    spectra.mixing_row("n_21", "n_22", "n_23", "n_24"),
)
MASSES = INPUTS[:3]
ENTRIES = {
    "g_ll": (0, 0),
    "g_lr": (0, 1),
    "g_la": (0, 2),
    "g_lb": (0, 3),
    "g_aa": (2, 2),
    "g_ab": (2, 3),
}
"""Of the matrix in the couplings O_L, O_R, a, b; the others are alike, with O_L, a and O_R, b
exchanged."""
SAME = (1, 0, 3, 2)
UNITS = ("pb", "pb GeV^2", "pb GeV^4")
"""Of products of none, one and two of a and b, which go with propagators."""


def design(rows: int, seed: int = SEED) -> Array:
    """Points (rows, 11): even in the logarithms of the masses, and in the directions of the three
    rows of mixing."""
    mixing = [
        Input(name=f"share_{k}", unit="1", meaning="share of the range", low=0.0, high=1.0)
        for k in range(6)
    ]
    everything = (*MASSES, *mixing)
    drawn = sobol(everything, rows, seed, region=REGION, log=[m.name for m in MASSES])
    masses = np.array([[float(f"{m:.6g}") for m in row[:3]] for row in drawn])
    u, v = (np.pi * (share - 0.5) for share in drawn[:, 3:5].T)
    n = norm.ppf(np.clip(drawn[:, 5:9], 1e-9, 1 - 1e-9))
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    points = np.concatenate(
        [masses, np.stack([np.cos(u), np.sin(u), np.cos(v), np.sin(v)], axis=1), n], axis=1
    )
    return points[inside(points, INPUTS, REGION)]


def label(run: Run) -> Rows:
    """The columns of chargino-neutralino-lo (an hour on one core)."""
    points = design(run.rows or ROWS)
    return _columns(points, _compute(run, points, EVENTS, DATASET.name))


def label_check(run: Run) -> Rows:
    """The columns of chargino-neutralino-lo-check: 75 times the events at 24 points (four minutes
    on one core)."""
    points = design(CHECK_POINTS, SEED + 1)
    return _columns(points, _compute(run, points, CHECK_EVENTS, CHECK.name, part=2))


def label_formula(run: Run) -> Rows:
    """The columns of chargino-neutralino-lo-formula (half a minute on one core, most of it for the
    luminosities)."""
    names = [m.name for m in MASSES]
    points = sobol(
        MASSES, FORMULA_POINTS, SEED + 3, region=REGION, log=names, edges=EDGES, digits=6
    )
    form = CharginoNeutralinoForm(luminosity.load(pythia_grid(PDF), NODES, run.out, run.console))

    def entries(x: Array) -> Array:
        found = form(np.column_stack([x, np.full(len(x), ENERGY)]))
        return np.stack([found[:, i, j] for i, j in ENTRIES.values()], axis=1)

    values = parts.compute(
        run, entries, points, part=500, name=FORMULA.name, settings=repr((NODES, form.nodes))
    )
    return {**dict(zip(names, points.T, strict=True)), **dict(zip(ENTRIES, values.T, strict=True))}


def formula(rows: Rows) -> MatrixFormula:
    """The matrices of chargino-neutralino-lo-formula, at points of any mixing."""
    x = design(len(rows["m_sq"]), SEED + 4)
    x[:, :3] = np.stack([np.asarray(rows[m.name]) for m in MASSES], axis=1)
    found = np.zeros((len(x), 4, 4))
    for name, (i, j) in ENTRIES.items():
        for row, other in {(i, j), (j, i), (SAME[i], SAME[j]), (SAME[j], SAME[i])}:
            found[:, row, other] = rows[name]
    return MatrixFormula(x, matrices(INPUTS, x, found))


def values_of(known: MatrixFormula) -> Array:
    """Cross sections (N,) of the formula at its points."""
    g = couplings(INPUTS).values(known.x)
    return np.asarray(np.einsum("ni,nij,nj->n", g, known.matrices, g))


def _compute(run: Run, points: Array, events: int, name: str, part: int = PART) -> Array:
    return parts.compute(
        run, CharginoNeutralino(events, ENERGY), points, part=part, name=name, settings=str(events)
    )


def _columns(points: Array, values: Array) -> Rows:
    return {
        **dict(zip(COLUMNS, points.T, strict=True)),
        "LO": values[:, 0],
        "LO_error": values[:, 1],
    }


def _settings(**more: str) -> dict[str, str]:
    return {
        "process": "SUSY:qqbar2chi+-chi0, 1000024 with 1000023, 13 TeV, on their mass shells",
        "pdf": f"{PDF}, central member",
        "scale": "mean mass of the pair",
        "couplings": "electroweak couplings as in Pythia; squarks degenerate, without mixing",
        **more,
    }


def _dataset(name: str, title: str, events: int) -> RecipeDataSet:
    return RecipeDataSet(
        name=name,
        title=title,
        description=(
            "Total cross sections of a chargino and a neutralino, both charges, at leading order "
            f"from {events:,} accepted events of Pythia 8 at each point, with their statistical "
            "errors, over both masses, the squark mass and the mixing of the pair. Scrambled "
            "Sobol design, even in the logarithms of the masses and in the directions of the rows "
            "of the mixing matrices."
        ),
        columns=(
            *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
            column("LO", "pb", "total cross section at leading order", "target"),
            column("LO_error", "pb", "its statistical error, one standard deviation", "error"),
        ),
        generator=Generator(
            program="Pythia",
            version="8.317.2",
            settings=_settings(events=str(events)),
            recipe="cs_chargino_neutralino_lo",
            seed=SEED,
            tolerance=1e-6,
        ),
        references=bibtex.select("Bierlich:2022pfr", "NNPDF:2017mvq"),
    )


DATASET = _dataset(
    "chargino-neutralino-lo", "Chargino-neutralino cross sections from Pythia 8, any mixing", EVENTS
)
CHECK = _dataset(
    "chargino-neutralino-lo-check",
    "Chargino-neutralino cross sections from Pythia 8 at 24 points",
    CHECK_EVENTS,
)
FORMULA = RecipeDataSet(
    name="chargino-neutralino-lo-formula",
    title="Chargino-neutralino cross sections at leading order by quadrature",
    description=(
        "The cross section of a chargino and a neutralino, both charges, at leading order as a "
        "quadratic form in four couplings, by quadrature, without statistical error, over both "
        "masses and the mass of degenerate squarks: g_ll (O_L^2 + O_R^2) + 2 g_lr O_L O_R + 2 "
        "g_la (O_L a + O_R b) + 2 g_lb (O_L b + O_R a) + g_aa (a^2 + b^2) + 2 g_ab a b, with O_L "
        "= N_2 V_1 - N_4 V_2/sqrt(2), O_R = N_2 U_1 + N_3 U_2/sqrt(2), a = (N_2/2 + t_W N_1/6) "
        "V_1 and b = (N_2/2 - t_W N_1/6) U_1 from the rows of the mixing matrices. Scrambled "
        "Sobol design, even in the logarithms of the masses but denser towards the edges."
    ),
    columns=(
        *(column(m.name, m.unit, m.meaning, "input") for m in MASSES),
        *(
            column(name, UNITS[(i > 1) + (j > 1)], f"entry {i + 1} {j + 1} of the matrix", "target")
            for name, (i, j) in ENTRIES.items()
        ),
    ),
    generator=Generator(
        program="lhnets_training.labels.supersymmetry.electroweakino_forms",
        version="1",
        settings=_settings(
            quadrature="64 nodes in log tau, 32 in cos theta; luminosities of 500 x 48 nodes"
        ),
        recipe="cs_chargino_neutralino_lo",
        seed=SEED,
        tolerance=1e-6,
    ),
    references=bibtex.select("Bierlich:2022pfr", "NNPDF:2017mvq"),
)
LABELS = Companion(DATASET, label)
COMPANION, BY_FORMULA = Companion(CHECK, label_check), Companion(FORMULA, label_formula)


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """Six functions of three masses by the formula, adjusted to labels of known statistical
    error."""
    noise = noisy.known_errors(LABELS, COLUMNS, x, run) / y[:, 0]
    known = formula(read_companion(BY_FORMULA, run))
    found = fit_form(
        x,
        y,
        parts_of,
        run,
        noise=noise,
        formula=MatrixFormula(known.x[HELD_OUT:], known.matrices[HELD_OUT:]),
        inputs=INPUTS,
        region=(*REGION, *ROWS_OF_MIXING),
        masses=masses(INPUTS),
        couplings=couplings(INPUTS),
        plan=PLAN,
    )
    return judge_by_folds(found, x, parts_of, run.seed)


def features(x: Array) -> Array:
    """What the baseline sees: logarithms of the masses, and the mixing."""
    return np.concatenate([np.log(x[:, :3]), x[:, 3:]], axis=1)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Labels of 75 times the events, pulls of unseen labels, the formula, Resummino, signs,
    limits."""

    def lo(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    exact = formula(read_companion(BY_FORMULA, run))
    of_formula = np.abs(lo(exact.x[:HELD_OUT]) / values_of(exact)[:HELD_OUT] - 1)
    some = design(20_000, SEED + 2)
    flipped = some * np.where(np.arange(11) >= 7, -1.0, 1.0)
    wino, higgsino = (_line(mixing) for mixing in (WINO, HIGGSINO))
    light = wino[0][wino[0, :, 0] < 400]
    return (
        *noisy.beside_noise(
            lo,
            LABELS,
            COMPANION,
            COLUMNS,
            run,
            called="labels of 75 times the events",
            pulls_within=0.03,
        ),
        checks.measured(
            "the formula at points held out, mean",
            float(of_formula.mean()),
            0.001,
            criterion=f"mean relative difference at {HELD_OUT} points of any mixing below 0.1 %, "
            "adjustment included",
        ),
        checks.measured(
            "the formula at points held out, 99.7 %",
            float(np.quantile(of_formula, 0.997)),
            0.01,
            criterion="below 1 %",
        ),
        checks.positive(lo, some),
        checks.falls(lo, wino, "the mass of a wino pair"),
        checks.falls(lo, higgsino, "the mass of a higgsino pair"),
        checks.flat(
            lo,
            some[:2000],
            flipped[:2000],
            name="sign of the neutralino",
            within=1e-9,
            criterion="no change but rounding",
        ),
        checks.between(
            lo,
            light,
            light * np.where(np.arange(11) == 2, 0.25, 1.0),
            0.2,
            1.0,
            name="squarks interfere destructively in wino pairs",
            criterion="squarks at 1.25 TeV lower the cross section",
        ),
        checks.agrees(
            lo,
            _wino_point(900.0, 3000.0),
            np.array([RESUMMINO]),
            within=0.07,
            reference="HEPi",
            name="Resummino at LO with PDF4LHC21, winos of 900 GeV, squarks of 3 TeV",
        ),
    )


WINO = np.array([1.0, 0, 1, 0, 0, 1, 0, 0])
HIGGSINO = np.array([0.0, 1, 0, 1, 0, 0, 0.5**0.5, -(0.5**0.5)])
RESUMMINO = 1.285e-3
"""pb; the point of hepi's table, both charges."""


def _wino_point(mass: float, m_sq: float) -> Array:
    return np.concatenate([[mass, mass, m_sq], WINO])[None]


def _line(mixing: Array) -> Array:
    """Pairs of one mass from 100 to 1500 GeV, squarks of 5 TeV, shape (1, 60, 11)."""
    mass = np.linspace(100.0, 1500.0, 60)[:, None]
    rest = np.concatenate([[5000.0], mixing])
    return np.concatenate([mass, mass, np.repeat(rest[None], 60, axis=0)], axis=1)[None]


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    return {
        "mostly bino": x[:, 7] ** 2 > 0.5,
        "mostly wino": x[:, 8] ** 2 > 0.5,
        "squarks lighter than the pair": x[:, 2] < x[:, 0] + x[:, 1],
    }


RECIPE = Recipe(
    name="cs-chargino-neutralino-lo",
    version=4,
    raises_uncertainty=True,
    kind="cross_section",
    title="Chargino-neutralino pairs at leading order, any mixing, 13 TeV",
    description=(
        "Total cross section of p p -> chargino neutralino, both charges summed, at leading order "
        "with degenerate squarks, for any real mixing: the pair enters by the first row of U and "
        "V and the second of N. It serves any chargino and any neutralino, whose rows are then "
        "given. Where a spectrum has a negative neutralino mass, give its size and change the "
        "signs of u_11 and u_12. How it depends on masses and mixing is learnt from the formula "
        "at leading order, by quadrature with the constants of Pythia 8 and without noise; "
        "Pythia's labels, samples of events with a statistical error of 0.9 %, then adjust it. "
        "They ask for next to nothing: the formula itself agrees with 8,100 of them to 0.02 +- "
        "0.01 % in the mean, and the adjustment, a constant, is as small. The uncertainty is that "
        "of a label: it covers labels never seen; against labels of 75 times the events the "
        "network is better than that, by what the checks say. Higher orders raise the cross "
        "section by 20 to 30 %: cs-wino-c1n2 has them for winos."
    ),
    subject="2212 2212 > -1000024 1000023 | 2212 2212 > 1000023 1000024",
    conditions=Conditions(
        energy=ENERGY,
        order="LO",
        pdf="NNPDF31_nlo_as_0118_luxqed",
        scale="mu_R = mu_F = (m_c1 + m_n2)/2",
    ),
    inputs=INPUTS,
    assumptions=(
        *spectra.near("left-handed squarks have one mass", "m_sq", spectra.LEFT_SQUARKS[1:], 0.05),
        *spectra.PAIR,
    ),
    outputs=(
        Output(
            name="LO",
            unit="pb",
            meaning="total cross section at leading order",
            scale="log",
            order="LO",
        ),
    ),
    default_output="LO",
    region=(*REGION, *ROWS_OF_MIXING),
    physics_uncertainty=_lo_bands.uncertainty("chargino and neutralino", ["LO"]),
    truth=Truth(
        program="Pythia",
        version="8.317.2",
        settings=DATASET.generator.settings,
        references=("Bierlich:2022pfr", "NNPDF:2017mvq"),
        relative_error=0.0088,
        seconds_per_label=0.45,
    ),
    dataset=DATASET,
    companions=(COMPANION, BY_FORMULA),
    better_labels=COMPANION,
    label=label,
    split=noisy.split_rows,
    fit=fit,
    baseline=rbf_baseline(features, neighbours=200),
    checks=physics_checks,
    corners=corners,
    label_errors=stated("LO_error"),
    seed=1,
    references=bibtex.select("Bierlich:2022pfr", "NNPDF:2017mvq", "HEPi"),
    created="2026-11-22",
    validation_note=(
        "Errors include those of the labels, 0.88 % each (0.70 % in the mean of their size); the "
        "checks, and the better labels, say what is left beyond them. Those unseen are judged by "
        "the scores of each other, in tenths. Pythia's own errors come out 1.7 % too large beside "
        "the scatter of its labels about the formula."
    ),
)
