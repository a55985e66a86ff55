"""br-gluino: a gluino above its squarks into squarks, sbottoms and the lighter stop, from the
widths of Pythia 8."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from lhnets.format import Check
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.judging import checks
from lhnets_training.labels.supersymmetry.sparticle_decays import widths
from lhnets_training.recipe import Array, Recipe, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.decays import _sparticle_decays as decays

INPUTS = (
    decays.M_GO,
    decays.M_SQ,
    decays.M_T1,
    decays.stop_entry(1, -1.0),
    decays.stop_entry(2, -1.0, (spectra.GLUINO,)),
)
REGION = (decays.BELOW_SQUARK, decays.BELOW_STOP, decays.STOP_ROW)
FORMS = [
    {"m_go": 1.0},
    {"m_go": 1.0, "m_sq": -1.0},
    {"m_go": 1.0, "m_sq": 1.0},
    *decays.phase_space("m_go", "m_t1", decays.M_TOP),
]
COUPLED = decays.Coupled(
    energy={"m_go": 1.0, "m_t1": -1.0, "": decays.M_TOP**2},
    mass="m_go",
    left=1.0,
    right=1.0,
    product=-2 * decays.M_TOP,
)
CORE = ({0: 1.0}, {0: -1.0, 1: 1.0}, {0: -1.0, 3: 1.0}, {7: 1.0})
TERMS = decays.mixed(INPUTS, FORMS, CORE, COUPLED, wino=False)


def _subject(quarks: Sequence[int], families: Sequence[int]) -> str:
    pairs = [(-q, family + q) for q, family in product(quarks, families)]
    return " | ".join(
        sorted(f"1000021 > {min(p)} {max(p)}" for a, b in pairs for p in ((a, b), (-a, -b)))
    )


SUBJECTS = (
    _subject((1, 2, 3, 4), (1000000, 2000000)),
    _subject((5,), (1000000, 2000000)),
    _subject((6,), (1000000,)),
)


def features(x: Array) -> Array:
    """What the baseline sees: logarithms of what is left above each channel, of the mass, and the
    mixing."""
    m_go, m_sq, m_t1, left, right = x.T
    return np.stack(
        [
            np.log(m_go - m_sq),
            np.log(m_go - m_t1 - decays.M_TOP),
            np.log(m_go),
            np.arctan2(right, left),
        ],
        axis=1,
    )


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Sum, flavours, thresholds, the closed width into squarks."""

    def share(number: int) -> Callable[[Array], Array]:
        return lambda points: np.asarray(predict(points)[:, number])

    mixing = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])[:, None]
    steps = np.linspace(0.0, 1200.0, 40)
    squarks = np.stack(np.broadcast_arrays(2000.0, 700.0 + steps, 1000.0), axis=-1)
    stops = np.stack(np.broadcast_arrays(2000.0, 1500.0, 500.0 + steps), axis=-1)
    line, in_stop = (
        np.concatenate([np.repeat(masses[None], 3, axis=0), np.repeat(mixing, 40, axis=1)], axis=2)
        for masses in (squarks, stops)
    )
    heavy = line[:, :30].reshape(-1, 5)
    return (
        decays.sums_to_one(predict, INPUTS, REGION),
        checks.falls(share(0), line, "m_sq (light squarks)"),
        checks.falls(share(2), in_stop, "m_t1 (stops)"),
        checks.agrees(
            lambda p: share(1)(p) / share(0)(p),
            heavy,
            np.full(len(heavy), 0.25),
            name="bottom over light quarks: a quarter, less the bottom mass",
            within=0.01,
        ),
        checks.agrees(
            lambda p: share(2)(p) / share(1)(p),
            heavy,
            _stops_over_sbottoms(heavy),
            name="stops over sbottoms by the closed formula at lowest order",
            within=0.01,
            reference="Beenakker:1996ch",
        ),
        checks.flat(
            lambda p: share(2)(p),
            heavy,
            heavy * np.array([1, 1, 1, -1, -1.0]),
            name="sign of the stop",
            within=1e-9,
            criterion="no change but rounding where both entries change sign",
        ),
    )


def _stops_over_sbottoms(x: Array) -> Array:
    """Gamma(t t1) / Gamma(b b1 + b b2) of massless bottoms, with the interference of m_t and
    m_go."""
    m_go, m_sq, m_t1, left, right = x.T
    m_t = decays.M_TOP
    momentum = np.sqrt((m_go**2 - (m_t1 + m_t) ** 2) * (m_go**2 - (m_t1 - m_t) ** 2))
    sine = 2 * left * right / (left**2 + right**2)
    return np.asarray(
        momentum
        * (m_go**2 + m_t**2 - m_t1**2 - 2 * sine * m_t * m_go)
        / (2 * (m_go**2 - m_sq**2) ** 2)
    )


def _shares(x: Array) -> Array:
    """Branching ratios (N, 3) by Pythia; the masses below the stop do not enter them."""
    light = np.repeat(x[:, 2:3] / 4, 2, axis=1)
    found = widths(np.concatenate([x[:, :3], light, x[:, 3:]], axis=1))[:, :3]
    return np.asarray(found / found.sum(axis=1, keepdims=True))


RECIPE = Recipe(
    name="br-gluino",
    version=4,
    raises_uncertainty=True,
    kind="branching_ratio",
    title="Gluino into squarks, sbottoms and the lighter stop",
    description=(
        "Branching ratios of a gluino heavier than its squarks at lowest order, into light quark "
        "and squark, bottom and sbottom, top and the lighter stop, each summed over flavours, "
        "sides and charges; they sum to one exactly, by a softmax. All squarks but the stops are "
        "degenerate, the heavier stop is out of reach. From the widths of Pythia 8."
    ),
    subject=SUBJECTS[2],
    inputs=INPUTS,
    assumptions=(
        *spectra.near(
            "squarks are degenerate, all but the stops",
            "m_sq",
            (*spectra.LIGHT_SQUARKS[1:], *spectra.SBOTTOMS),
            0.002,
        ),
        *spectra.heavy(
            "the heavier stop is heavier than the gluino", (spectra.OTHER_STOP,), 1.0, over="m_go"
        ),
        spectra.TOP_MASS,
        spectra.CP,
        *spectra.R_PARITY,
    ),
    outputs=decays.outputs("gluino", SUBJECTS),
    default_output="BR_tt1",
    region=REGION,
    variations=decays.missing_orders(decays.CHANNELS["gluino"]),
    truth=decays.TRUTH,
    dataset=decays.DATASET,
    label=decays.label,
    truth_at=lambda x, run: _shares(x),
    split=decays.split_rows,
    fit=decays.fit(INPUTS, REGION, TERMS),
    baseline=rbf_baseline(features),
    checks=physics_checks,
    seed=1,
    references=decays.REFERENCES,
    created="2026-11-22",
    validation_note=decays.NOTE,
)
