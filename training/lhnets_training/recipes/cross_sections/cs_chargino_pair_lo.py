"""cs-chargino-pair-lo: p p -> chargino pair at leading order, any mixing, two squark masses, any
energy of the LHC."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Check, Conditions, HalfSpace, Input, Output, SlhaEntry, Truth
from lhnets_datasets.library.manifest import Column, Generator
from lhnets_training import bibtex
from lhnets_training.data.label_errors import stated
from lhnets_training.data.sample import sobol
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.coefficients import CoefficientFormula, fit_coefficients
from lhnets_training.fit.cross_validation import judge_by_folds
from lhnets_training.judging import checks
from lhnets_training.labels import parts
from lhnets_training.labels.hadronic import luminosity
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.labels.supersymmetry.electroweakino_forms import CharginoPairForm
from lhnets_training.labels.supersymmetry.electroweakinos import (
    CHARGINO,
    FAR,
    NO_YUKAWA,
    PAIR_COLUMNS,
    CharginoPair,
)
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import Array, Companion, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _lo_bands
from lhnets_training.recipes.cross_sections import _noisy_labels as noisy
from lhnets_training.recipes.cross_sections._chargino_pair import (
    COEFFICIENTS,
    coefficients,
    groups,
    masses,
    monomials,
)
from lhnets_training.split import Split

ROWS, SEED, PART = 8_040, 20261123, 60
FIRST, EVENTS_OF_FIRST, EVENTS = 1_680, 3_300, 2_000
CHECK_POINTS, CHECK_EVENTS = 24, 300_000
FORMULA_POINTS, UNSEEN_POINTS, EDGES = 3_000, 1_000, 0.4
PDF = "NNPDF31_nlo_as_0118_luxqed"
NODES = luminosity.Nodes(tau_min=2e-4, scale_min=95.0, scale_max=1600.0)
PLAN = lm.FitPlan(12, 12, (lm.Stage(3, 40, 1200), lm.Stage(1, 300)))


def _mass(name: str, symbol: str, low: float, high: float, meaning: str, pdg: int) -> Input:
    slha = SlhaEntry(block="MASS", entry=(pdg,), absolute=True)
    return Input(
        name=name, symbol=symbol, unit="GeV", low=low, high=high, meaning=meaning, slha=slha
    )


def _entry(block: str) -> Input:
    return Input(
        name=f"{block.lower()}_11",
        symbol=f"{block}_{{11}}",
        unit="1",
        low=-1.0,
        high=1.0,
        meaning=f"entry 1 1 of the mixing matrix {block} of the charginos, real",
        slha=SlhaEntry(block=f"{block}MIX", entry=(1, 1)),
    )


INPUTS = (
    _mass("m_c1", r"m_{\tilde\chi_1^\pm}", 100.0, 1500.0, "mass of the chargino", CHARGINO),
    _mass(
        "m_sul",
        r"m_{\tilde u_L}",
        500.0,
        5000.0,
        "mass of the left-handed squarks of up type",
        1000002,
    ),
    _mass(
        "m_sdl",
        r"m_{\tilde d_L}",
        500.0,
        5000.0,
        "mass of the left-handed squarks of down type",
        1000001,
    ),
    _entry("U"),
    _entry("V"),
    Input(
        name="sqrt_s",
        symbol=r"\sqrt{s}",
        unit="GeV",
        low=7000.0,
        high=14000.0,
        meaning="centre-of-mass energy of the proton-proton collision",
    ),
)
REGION = (
    HalfSpace(coefficients={"m_c1": 1.0, "sqrt_s": -0.2}, bound=0.0, meaning="m_c1 <= 0.2 sqrt_s"),
)
M_C1, _, _, _, _, SQRT_S = INPUTS
M_SQ = Input(
    name="m_sq", unit="GeV", low=500.0, high=5000.0, meaning="mass of the squark that is exchanged"
)
OF_FORMULA = (M_C1, M_SQ, SQRT_S)


def design(rows: int, seed: int = SEED) -> Array:
    """Points (rows, 6): even in the logarithms of masses and energy, and in the angles of the rows
    of mixing."""
    angles = [
        Input(name=n, unit="1", meaning="angle over pi", low=0.0, high=1.0)
        for n in ("of_u", "of_v")
    ]
    scales = (*INPUTS[:3], SQRT_S)
    drawn = sobol(
        (*INPUTS[:3], *angles, SQRT_S),
        rows,
        seed,
        region=REGION,
        log=[s.name for s in scales],
        digits=6,
    )
    drawn[:, 3:5] = np.round(np.cos(np.pi * drawn[:, 3:5]), 6)
    return drawn


def label(run: Run) -> Rows:
    """The columns of chargino-pair-lo (forty minutes on one core)."""
    points = design(run.rows or ROWS)
    values = [
        _compute(run, part, events, DATASET.name)
        for part, events in ((points[:FIRST], EVENTS_OF_FIRST), (points[FIRST:], EVENTS))
        if len(part)
    ]
    return _columns(points, np.concatenate(values))


def label_check(run: Run) -> Rows:
    """The columns of chargino-pair-lo-check (six minutes on one core)."""
    points = design(CHECK_POINTS, SEED + 1)
    return _columns(points, _compute(run, points, CHECK_EVENTS, CHECK.name, part=1))


def label_formula(run: Run) -> Rows:
    """The columns of chargino-pair-lo-formula (half a minute on one core, most of it for the
    luminosities)."""
    names = [i.name for i in OF_FORMULA]
    points = sobol(
        OF_FORMULA, FORMULA_POINTS, SEED + 2, region=REGION, log=names, edges=EDGES, digits=6
    )
    form = _form(run)
    values = parts.compute(
        run,
        lambda x: coefficients(form, x),
        points,
        part=500,
        name=FORMULA.name,
        settings=repr((NODES, form.nodes)),
    )
    return {
        **dict(zip(names, points.T, strict=True)),
        **dict(zip(sum(COEFFICIENTS, ()), values.T, strict=True)),
    }


def label_unseen(run: Run) -> Rows:
    """The columns of chargino-pair-lo-quadrature (ten seconds on one core)."""
    points = design(UNSEEN_POINTS, SEED + 3)
    return {
        **dict(zip(PAIR_COLUMNS, points.T, strict=True)),
        "LO": cross_sections(_form(run), points),
    }


def cross_sections(form: CharginoPairForm, points: Array) -> Array:
    """Cross sections (N,) in pb at points (N, 6)."""
    g = np.stack([np.ones(len(points)), points[:, 3] ** 2, points[:, 4] ** 2], axis=1)
    return np.asarray(np.einsum("ni,nij,nj->n", g, form(points[:, [0, 1, 2, 5]]), g))


def _form(run: Run) -> CharginoPairForm:
    found = luminosity.load(pythia_grid(PDF), NODES, run.out, run.console)
    return CharginoPairForm(found, tan_beta=NO_YUKAWA, m_stop_right=FAR)


def formula(rows: Rows) -> CoefficientFormula:
    """The coefficients of chargino-pair-lo-formula, at points without mixing and with squarks of
    one mass."""
    m, m_sq, sqrt_s = (np.asarray(rows[i.name]) for i in OF_FORMULA)
    none = np.zeros_like(m)
    return groups(INPUTS, np.stack([m, m_sq, m_sq, none, none, sqrt_s], axis=1), rows)


def _compute(run: Run, points: Array, events: int, name: str, part: int = PART) -> Array:
    return parts.compute(
        run, CharginoPair(events), points, part=part, name=name, settings=str(events)
    )


def _columns(points: Array, values: Array) -> Rows:
    return {
        **dict(zip(PAIR_COLUMNS, points.T, strict=True)),
        "LO": values[:, 0],
        "LO_error": values[:, 1],
    }


REFERENCES = bibtex.select("Bierlich:2022pfr", "NNPDF:2017mvq")
SETTINGS = {
    "process": "SUSY:qqbar2chi+chi-, 1000024 twice, on their mass shells",
    "pdf": f"{PDF}, central member",
    "scale": "mass of the chargino",
    "couplings": (
        "electroweak couplings as in Pythia; left-handed squarks degenerate over "
        "generations, without mixing"
    ),
    "quark_mixing": (
        "the unit matrix: Pythia has no signs in its own, with which squark exchange "
        "would not conserve flavour"
    ),
    "yukawa_couplings": "left out: tan(beta) = 1, right-handed squarks at 1000 TeV",
}
DESIGN = (
    "Scrambled Sobol design, even in the logarithms of masses and energy and in the angles "
    "of "
    "the rows of U and V."
)
INPUT_COLUMNS = tuple(column(i.name, i.unit, i.meaning, "input") for i in INPUTS)
TARGET = column("LO", "pb", "total cross section at leading order", "target")


def _dataset(
    name: str, title: str, description: str, columns: tuple[Column, ...], seed: int, **settings: str
) -> RecipeDataSet:
    program = (
        ("lhnets_training.labels.supersymmetry.electroweakino_forms", "1")
        if "quadrature" in settings
        else ("Pythia", "8.317.2")
    )
    return RecipeDataSet(
        name=name,
        title=title,
        description=description,
        columns=columns,
        generator=Generator(
            program=program[0],
            version=program[1],
            settings={**SETTINGS, **settings},
            recipe="cs_chargino_pair_lo",
            seed=seed,
            tolerance=1e-6,
        ),
        references=REFERENCES,
    )


WITH_ERROR = (
    *INPUT_COLUMNS,
    TARGET,
    column("LO_error", "pb", "its statistical error, one standard deviation", "error"),
)
QUADRATURE = "64 nodes in log tau, 32 in cos theta; luminosities of 500 x 48 nodes"
DATASET = _dataset(
    "chargino-pair-lo",
    "Chargino-pair cross sections from Pythia 8, any mixing, 7-14 TeV",
    "Total cross sections of chargino pairs at leading order, with their statistical errors, from "
    f"accepted events of Pythia 8: {EVENTS_OF_FIRST:,} at each of the first {FIRST:,} points, "
    f"{EVENTS:,} at the others. {DESIGN}",
    WITH_ERROR,
    SEED,
    events=f"{EVENTS_OF_FIRST} at the first {FIRST} points, {EVENTS} at the others",
)
CHECK = _dataset(
    "chargino-pair-lo-check",
    f"Chargino-pair cross sections from Pythia 8 at {CHECK_POINTS} points",
    f"As chargino-pair-lo, but {CHECK_EVENTS:,} accepted events at each point.",
    WITH_ERROR,
    SEED + 1,
    events=str(CHECK_EVENTS),
)
FORMULA = _dataset(
    "chargino-pair-lo-formula",
    "Chargino-pair cross sections at leading order by quadrature, as polynomials in the mixing",
    "Coefficients, without statistical error, of the cross section s_1 + s_a (a + b) + s_aa (a^2 "
    "+ b^2) + s_ab a b + u_a a + u_aa a^2 + u_ab a b + d_b b + d_bb b^2 + d_ab a b of chargino "
    "pairs at leading order with a = U_11^2 and b = V_11^2: s is without squarks, u is what "
    "squarks of down type add for quarks of up type, d what those of up type add for quarks of "
    "down type. Scrambled Sobol design, even in the logarithms of masses and energy but denser "
    "towards the edges.",
    (
        *(column(i.name, i.unit, i.meaning, "input") for i in OF_FORMULA),
        *(column(name, "pb", f"coefficient {name}", "target") for name in sum(COEFFICIENTS, ())),
    ),
    SEED + 2,
    quadrature=QUADRATURE,
)
UNSEEN = _dataset(
    "chargino-pair-lo-quadrature",
    f"Chargino-pair cross sections at leading order by quadrature at {UNSEEN_POINTS:,} points",
    f"Without statistical error, to compare with. {DESIGN}",
    (*INPUT_COLUMNS, TARGET),
    SEED + 3,
    quadrature=QUADRATURE,
)
LABELS, BETTER, BY_FORMULA, BY_QUADRATURE = (
    Companion(DATASET, label),
    Companion(CHECK, label_check),
    Companion(FORMULA, label_formula),
    Companion(UNSEEN, label_unseen),
)


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """Ten functions of two or three of masses and energy by the formula, adjusted to labels of
    known statistical error."""
    found = fit_coefficients(
        x,
        y,
        parts_of,
        run,
        noise=noisy.known_errors(LABELS, PAIR_COLUMNS, x, run) / y[:, 0],
        formula=formula(read_companion(BY_FORMULA, run)),
        inputs=INPUTS,
        region=REGION,
        masses=masses(INPUTS),
        monomials=monomials(INPUTS),
        plan=PLAN,
    )
    return judge_by_folds(found, x, parts_of, run.seed)


def features(x: Array) -> Array:
    """What the baseline sees: logarithms of masses and energy, and the squares of the mixing."""
    return np.concatenate([np.log(x[:, [0, 1, 2, 5]]), x[:, 3:5] ** 2], axis=1)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Labels that were not seen, better ones, quadrature, Resummino, signs, slopes, squark
    exchange."""

    def lo(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    unseen = read_companion(BY_QUADRATURE, run)
    off = np.abs(lo(noisy.points_of(unseen, PAIR_COLUMNS)) / unseen["LO"] - 1)
    some = design(20_000, SEED + 4)
    flipped = some * np.array([1, 1, 1, -1, -1, 1])
    mass = np.linspace(100.0, 1500.0, 60)
    energy = np.linspace(7000.0, 14000.0, 60)[::-1]
    wino, higgsino = (_points(mass, 5000.0, mixing, 13_000.0) for mixing in (1.0, 0.0))
    light = wino[wino[:, 0] < 400]
    lighter_squarks = np.array([1, 0.25, 0.25, 1, 1, 1])
    return (
        *noisy.beside_noise(
            lo, LABELS, BETTER, PAIR_COLUMNS, run, called="better labels", pulls_within=0.05
        ),
        checks.measured(
            "quadrature without noise, mean",
            float(off.mean()),
            0.001,
            criterion=f"mean size of the difference at {len(off)} unseen points below 0.1 %",
        ),
        checks.measured(
            "the same, 99.7 %",
            float(np.quantile(off, 0.997)),
            0.01,
            criterion="99.7 % of these points within 1 %",
        ),
        checks.positive(lo, some),
        checks.falls(lo, wino[None], "the mass of a wino pair"),
        checks.falls(lo, higgsino[None], "the mass of a higgsino pair"),
        checks.falls(
            lo,
            np.stack(
                [
                    _points(m, 2000.0, mixing, energy)
                    for m in (100.0, 500.0, 1400.0)
                    for mixing in (0.0, 0.5, 1.0)
                ]
            ),
            "falling sqrt_s",
        ),
        checks.flat(
            lo,
            some[:2000],
            flipped[:2000],
            name="signs of the mixing",
            within=1e-9,
            criterion="no change but rounding",
        ),
        checks.flat(
            lo,
            higgsino,
            higgsino * np.array([1, 0.1, 0.1, 1, 1, 1]),
            name="higgsinos do not couple to squarks",
            within=1e-9,
            criterion="no change but rounding between squarks of 5 TeV and of 500 GeV",
        ),
        checks.between(
            lo,
            light,
            light * lighter_squarks,
            0.2,
            1.0,
            name="squarks interfere destructively in wino pairs",
            criterion="squarks at 1.25 TeV lower the cross section",
        ),
        checks.agrees(
            lo,
            _points(900.0, 3000.0, 1.0, np.array(list(RESUMMINO))),
            np.array(list(RESUMMINO.values())),
            within=0.07,
            name="Resummino at LO with PDF4LHC21, winos of 900 GeV, squarks of 3 TeV, 13 and 13.6 "
            "TeV",
            reference="HEPi",
        ),
    )


RESUMMINO = {13_000.0: 6.0427e-4, 13_600.0: 7.0872e-4}
"""pb, by energy in GeV; points of hepi's tables."""


def _points(mass: Array | float, m_sq: float, mixing: float, energy: Array | float) -> Array:
    """Points (N, 6) with squarks of one mass and u_11 = v_11 = ``mixing``: 1 for winos, 0 for
    higgsinos."""
    return np.stack(np.broadcast_arrays(mass, m_sq, m_sq, mixing, mixing, energy), axis=-1)


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    squares = x[:, 3:5] ** 2
    return {
        "mostly wino": (squares > 0.5).all(axis=1),
        "mostly higgsino": (squares < 0.5).all(axis=1),
        "a squark lighter than the chargino": x[:, 1:3].min(axis=1) < x[:, 0],
    }


RECIPE = Recipe(
    name="cs-chargino-pair-lo",
    version=2,
    kind="cross_section",
    title="Chargino pairs at leading order, any mixing, 7-14 TeV",
    description=(
        "Total cross section of p p -> chi_1^+ chi_1^- at leading order in the mass of the "
        "chargino, its real mixing, the masses of the left-handed squarks of up and of down type "
        "and the energy. The mixing enters by u_11 and v_11, since rows of U and V are unit "
        "vectors; give mass and entries 2 1 of the second chargino for pairs of that one. Squarks "
        "are degenerate over the three generations (SLHA: the masses of the first); Yukawa "
        "couplings, by which bottom quarks annihilate into higgsinos, are left out. The "
        "coefficients of the mixing are learnt from quadrature of the formula and adjusted to "
        "labels of Pythia 8, samples of events with a statistical error; the uncertainty is that "
        "of a label, which the network averages out: see the checks. Higher orders raise the "
        "cross section by 20 to 30 %: cs-wino-c1c1 has them for winos."
    ),
    subject="2212 2212 > -1000024 1000024",
    conditions=Conditions(order="LO", pdf=PDF, scale="mu_R = mu_F = m_c1"),
    inputs=INPUTS,
    assumptions=(
        *spectra.near("squarks of two generations have one mass", "m_sdl", (1000003,), 0.05),
        *spectra.near("squarks of two generations have one mass", "m_sul", (1000004,), 0.05),
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
    region=REGION,
    physics_uncertainty=_lo_bands.uncertainty("charginos", ["LO"]),
    truth=Truth(
        program="Pythia",
        version="8.317.2",
        settings=DATASET.generator.settings,
        references=("Bierlich:2022pfr", "NNPDF:2017mvq"),
        relative_error=0.012,
        seconds_per_label=0.28,
    ),
    dataset=DATASET,
    companions=(BETTER, BY_FORMULA, BY_QUADRATURE),
    better_labels=BETTER,
    label=label,
    truth_at=lambda x, run: cross_sections(_form(run), x)[:, None],
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
        "Errors include those of the labels; the checks say what is left beyond them. Those "
        "unseen are judged by the scores of each other, in tenths."
    ),
)
