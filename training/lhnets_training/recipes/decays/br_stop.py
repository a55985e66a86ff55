"""br-stop: the lighter stop into top and bino, bottom and charged wino, top and neutral wino, at
lowest order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, HalfSpace, Input, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol
from lhnets_training.data.table import column
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.judging import checks
from lhnets_training.labels.supersymmetry import sparticle_decays
from lhnets_training.labels.supersymmetry.stop_decays import (
    CHARGED_TOO_WIDE,
    M_TOP,
    SIN2_WEINBERG,
    widths,
)
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import Array, Companion, Points, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.decays import _sparticle_decays as decays

BINO, WINO = 1000022, 1000023
HIGGSINOS = (1000025, 1000035, 1000037)
INPUTS = (
    decays.M_T1,
    decays.M_N1,
    decays.M_C1,
    decays.stop_entry(1, decays.LEAST_LEFT),
    decays.stop_entry(2, -1.0, (BINO,)),
)
LABELLED = (decays.BELOW_WINO, decays.BELOW_BINO)
"""Where the data set has points."""
REGION = (
    *LABELLED,
    HalfSpace(
        coefficients={"m_c1": 1.0, "m_t1": -0.85},
        bound=-100.0,
        meaning="m_c1 <= 0.85 m_t1 - 100 GeV, away from the threshold of decays to winos",
    ),
    decays.STOP_ROW,
)
FORMS = [
    {"m_t1": 1.0},
    {"m_t1": 1.0, "m_c1": -1.0},
    {"m_t1": 1.0, "m_c1": 1.0},
    *decays.phase_space("m_t1", "m_n1", decays.M_TOP),
    *decays.phase_space("m_t1", "m_c1", decays.M_TOP),
]
SINE, COSINE = len(FORMS), len(FORMS) + 1
CORE = ({0: 1.0}, {0: -1.0, 7: 1.0}, {0: -1.0, 3: 1.0}, {SINE: 1.0}, {COSINE: 1.0})
COUPLED = decays.Coupled(
    energy={"m_t1": 1.0, "m_n1": -1.0, "": -(M_TOP**2)},
    mass="m_n1",
    left=1 / 36,
    right=4 / 9,
    product=2 / 9 * M_TOP,
)
TERMS = decays.mixed(INPUTS, FORMS, CORE, COUPLED, wino=True)
NAMES = tuple(i.name for i in INPUTS)
IS_BINO = "the lightest neutralino is a bino"
IS_WINO = "the second neutralino is a wino"
CHARGED = "the chargino is a wino"
ASSUMPTIONS = (
    spectra.mixing(IS_BINO, "NMIX", (1, 1), low=0.99),
    spectra.mixing(IS_BINO, "NMIX", (1, 2), high=0.02),
    spectra.mixing(IS_BINO, "NMIX", (1, 4), high=0.01),
    spectra.mixing(IS_WINO, "NMIX", (2, 2), low=0.98),
    spectra.mixing(IS_WINO, "NMIX", (2, 1), high=0.02),
    spectra.mixing(IS_WINO, "NMIX", (2, 4), high=0.02, over="t_11"),
    spectra.mixing(CHARGED, "UMIX", (1, 1), low=0.98),
    spectra.mixing(CHARGED, "VMIX", (1, 1), low=0.98),
    spectra.mixing(CHARGED, "VMIX", (1, 2), high=0.03, over="t_11"),
    *spectra.near("the winos have one mass", "m_c1", (WINO,), 0.01),
    *spectra.heavy("higgsinos are heavier than the stop", HIGGSINOS, 1.0, over="m_t1"),
    *spectra.heavy(
        "sbottoms and gluino are heavier than the stop",
        (*spectra.SBOTTOMS, spectra.GLUINO),
        1.0,
        over="m_t1",
    ),
    spectra.TOP_MASS,
    spectra.CP,
    *spectra.R_PARITY,
)
"""Branching ratios are right to 0.03 then: higgsinos couple by the mass of the top quark, also
through a small part of the wino."""
ROWS, SEED = 4_000, 20261123
CHECKED = np.array(
    [
        (m_t1, m_n1, m_c1, 1.0, 0.0)
        for m_t1, m_n1, m_c1 in (
            (600.0, 100.0, 300.0),
            (800.0, 60.0, 500.0),
            (1000.0, 300.0, 600.0),
            (1500.0, 500.0, 1000.0),
            (2000.0, 50.0, 200.0),
        )
    ]
)


def design(rows: int, seed: int) -> Array:
    """Points (rows, 5): masses in their region, even in logarithms, and the mixing angle."""
    angle = np.arccos(decays.LEAST_LEFT)
    theta = Input(name="theta", unit="rad", meaning="stop mixing angle", low=-angle, high=angle)
    drawn = sobol(
        (*INPUTS[:3], theta),
        rows,
        seed,
        region=LABELLED,
        log=NAMES[:3],
        edges=decays.EDGES,
        digits=6,
    )
    return np.concatenate([drawn[:, :3], np.cos(drawn[:, 3:]), np.sin(drawn[:, 3:])], axis=1)


def label(points: Array, run: Run) -> Rows:
    """The columns of stop-decays."""
    return _columns(points, widths(points))


POINTS = Points(design=design, label=label, rows=ROWS, seed=SEED)


def label_check(run: Run) -> Rows:
    """The columns of stop-decays-check: left-handed stops from Pythia 8."""
    points = np.concatenate([np.tile([3000.0, 2900.0], (len(CHECKED), 1)), CHECKED], axis=1)
    found = sparticle_decays.widths(points)[:, 3:] / np.array([1.0, CHARGED_TOO_WIDE, 1.0])
    return _columns(CHECKED, found)


def _shares(found: Array) -> Array:
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _columns(points: Array, found: Array) -> Rows:
    shares = _shares(found)
    channels = list(decays.CHANNELS["stop"])
    return {
        **dict(zip(NAMES, points.T, strict=True)),
        **{f"BR_{c}": shares[:, k] for k, c in enumerate(channels)},
        **{f"width_{c}": found[:, k] for k, c in enumerate(channels)},
    }


SETTINGS = {
    "formulas": (
        "two bodies at lowest order, pure bino and winos, massless bottom quark, no "
        "Yukawa "
        "couplings"
    ),
    "constants": f"alpha 1/127.9, sin^2 theta_W {SIN2_WEINBERG}, m_t {M_TOP} GeV",
}


def _dataset(
    name: str, title: str, description: str, program: str, version: str, settings: dict[str, str]
) -> RecipeDataSet:
    return RecipeDataSet(
        name=name,
        title=title,
        description=description,
        columns=(
            *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
            *(
                column(f"BR_{c}", "1", f"branching ratio into {w}", "target")
                for c, w in decays.CHANNELS["stop"].items()
            ),
            *(
                column(f"width_{c}", "GeV", f"partial width into {w}", "target")
                for c, w in decays.CHANNELS["stop"].items()
            ),
        ),
        generator=Generator(
            program=program,
            version=version,
            settings=settings,
            recipe="br_stop",
            seed=SEED,
            tolerance=1e-9,
        ),
        references=REFERENCES,
    )


REFERENCES = bibtex.select("Kraml:1999qd", "Bierlich:2022pfr")
DATASET = _dataset(
    "stop-decays",
    "Partial widths of the lighter stop into gauginos at lowest order",
    "Closed formulas in three masses and the stop mixing. Scrambled Sobol design, even in the "
    "logarithms of the masses and in the mixing angle, denser towards the edges.",
    "lhnets_training.labels.supersymmetry.stop_decays",
    "1",
    SETTINGS,
)
CHECK = _dataset(
    "stop-decays-check",
    "Partial widths of left-handed stops from Pythia 8 at five points",
    "Widths into charginos are divided by 1/cos^2 theta_W, by which those of Pythia are too "
    "large. Stops are left-handed, where no interference enters.",
    "Pythia",
    "8.317.2",
    decays.TRUTH_SETTINGS,
)
COMPANION = Companion(CHECK, label_check)
SUBJECTS = ("1000006 > 6 1000022", "1000006 > 5 1000024", "1000006 > 6 1000023")


def features(x: Array) -> Array:
    """What the baseline sees: logarithms of what is left above each channel, of the mass, and the
    mixing."""
    m_t1, m_n1, m_c1, left, right = x.T
    left_over = [np.log(m_t1 - m - decays.M_TOP) for m in (m_n1, m_c1)]
    return np.stack([*left_over, np.log(m_t1), np.arctan2(right, left)], axis=1)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Sum, slopes, the ratio of the two winos."""

    def share(number: int) -> Callable[[Array], Array]:
        return lambda points: np.asarray(predict(points)[:, number])

    known = read_companion(COMPANION, run)
    points = np.stack([known[n] for n in NAMES], axis=1)
    angle = np.linspace(0.0, np.arccos(decays.LEAST_LEFT), 40)
    masses = np.array([[1000.0, 100.0, 400.0], [1500.0, 300.0, 900.0], [800.0, 60.0, 300.0]])
    turned = np.concatenate(
        [
            np.repeat(masses[:, None], 40, axis=1),
            np.repeat(np.stack([np.cos(angle), np.sin(angle)], axis=-1)[None], 3, axis=0),
        ],
        axis=2,
    )
    heavy = np.array(
        [
            [2000.0, m_n1, 200.0, c, (1 - c**2) ** 0.5]
            for m_n1 in (50.0, 150.0)
            for c in (0.3, 0.7, 1.0)
        ]
    )
    return (
        decays.sums_to_one(predict, INPUTS, REGION),
        checks.falls(share(1), turned, "the right-handed part (bottom and charged wino)"),
        *(
            checks.agrees(
                share(k),
                points,
                known[f"BR_{c}"],
                name=f"Pythia 8 for left-handed stops, BR_{c}",
                within=0.005,
                reference="Bierlich:2022pfr",
            )
            for k, c in enumerate(decays.CHANNELS["stop"])
        ),
        checks.agrees(
            lambda p: share(1)(p) / share(2)(p),
            heavy,
            np.full(len(heavy), 2.0),
            name="far above both winos: twice as often charged as neutral",
            within=0.03,
        ),
    )


RECIPE = Recipe(
    name="br-stop",
    version=4,
    raises_uncertainty=True,
    kind="branching_ratio",
    title="Lighter stop into top and bino, bottom and charged wino, top and neutral wino",
    description=(
        "Branching ratios of the lighter stop at lowest order where the lightest neutralino is a "
        "bino and chargino and second neutralino are winos of one mass (m_c1), with higgsinos out "
        "of reach; they sum to one exactly, by a softmax. At least a hundredth of the stop is "
        "left-handed, so that it couples to winos. By closed formulas: the widths of Pythia 8.317 "
        "depart from them by 1/cos^2 theta_W for charginos and by the mass in the interference of "
        "left and right."
    ),
    subject=SUBJECTS[0],
    inputs=INPUTS,
    assumptions=ASSUMPTIONS,
    outputs=decays.outputs("stop", SUBJECTS),
    default_output="BR_tn1",
    region=REGION,
    variations=decays.missing_orders(decays.CHANNELS["stop"]),
    truth=Truth(
        program="lhnets_training.labels.supersymmetry.stop_decays",
        version="1",
        settings=SETTINGS,
        references=("Kraml:1999qd",),
        no_uncertainty=decays.NOT_INCLUDED,
        relative_error=1e-12,
        seconds_per_label=1e-6,
    ),
    dataset=DATASET,
    companions=(COMPANION,),
    label=POINTS.table,
    points=POINTS,
    truth_at=lambda x, run: _shares(widths(x)),
    split=decays.split_rows,
    fit=decays.fit(INPUTS, REGION, TERMS),
    baseline=rbf_baseline(features),
    checks=physics_checks,
    seed=1,
    references=REFERENCES,
    created="2026-11-22",
    validation_note=decays.NOTE,
)
