"""loop-c0: the one-loop integral C0 of any masses and momenta below all thresholds, where it is real."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lhnets._card import Check, HalfSpace, Input, Output, Truth
from lhnets_datasets.manifest import Generator
from lhnets_training import checks
from lhnets_training.export import PARAMETERS, Graph
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.composed import fit_composed
from lhnets_training.fit.rbf import rbf_of_heads
from lhnets_training.fit.terms import Negative, Terms
from lhnets_training.labels.loop_integrals import c0_below, c0_two_masses, mixed
from lhnets_training.recipe import Array, DataSet, Fitted, Recipe, Rows, Run
from lhnets_training.recipes import _b0
from lhnets_training.sample import inside, sobol, uniform
from lhnets_training.split import Split, split
from lhnets_training.table import column

ROWS, SEED, DIGITS = 14_000, 20261121, 9
M_LOW, M_HIGH, P_LOW, BELOW = 400.0, 1e6, -4e6, 0.95
PAIRS = ((1, 2), (2, 3), (3, 1))
INPUTS = (
    *(
        Input(
            name=f"p{k}sq", symbol=f"p_{k}^2", unit="GeV^2", low=P_LOW, high=2 * BELOW * M_HIGH,
            meaning=f"squared momentum that flows in between the lines of masses {i} and {j}",
        )
        for k, (i, j) in enumerate(PAIRS, 1)
    ),
    *(
        Input(name=f"m{k}sq", symbol=f"m_{k}^2", unit="GeV^2", low=M_LOW, high=M_HIGH, meaning=f"mass {k} squared")
        for k in (1, 2, 3)
    ),
)  # fmt: skip
NAMES = tuple(i.name for i in INPUTS)
REGION = tuple(
    HalfSpace(
        coefficients={f"p{k}sq": 1.0, f"m{i}sq": -BELOW, f"m{j}sq": -BELOW},
        bound=0.0,
        meaning=f"p{k}sq <= {BELOW} (m{i}sq + m{j}sq), which lies below the threshold",
    )
    for k, (i, j) in enumerate(PAIRS, 1)
)
TO_POSITIVE = np.zeros((6, 6))
"""From the inputs to the coefficients of the Feynman denominator: the masses, and m_i^2 + m_j^2 - p_ij^2."""
for _k, (_i, _j) in enumerate(PAIRS):
    TO_POSITIVE[3 + _k, _k] = 1.0
    TO_POSITIVE[[_k, 2 + _i, 2 + _j], 3 + _k] = -1.0, 1.0, 1.0
TINY = 1e-3 * M_LOW
PLAN = lm.Plan(26, 26, (lm.Stage(4, 30, 2500), lm.Stage(1, 150)))
SETTINGS = {
    "convention": "that of LoopTools",
    "quadrature": "64 x 64 Gauss-Legendre nodes over Feynman parameters, denser at the edges",
}
DATASET = DataSet(
    name="loop-c0-below",
    title="The one-loop integral C0 below all thresholds",
    description=(
        "Scalar three-point function in three squared momenta and three squared masses, by quadrature over Feynman "
        "parameters. Even in the logarithms of the masses and of the distances m_i^2 + m_j^2 - p_ij^2."
    ),
    columns=(
        *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
        column("C0", "1/GeV^2", "scalar three-point function, real and negative here", "target"),
    ),
    generator=Generator(
        program="lhnets_training.labels.loop_integrals", version="1", settings=SETTINGS, recipe="loop_c0", seed=SEED,
        tolerance=1e-9,
    ),
    references=_b0.REFERENCES,
)  # fmt: skip


def design(rows: int) -> Array:
    """Points (rows, 6) of the region."""
    unit = tuple(Input(name=n, unit="1", meaning="share", low=0.0, high=1.0) for n in NAMES)
    u = sobol(unit, rows + rows // 4, SEED, edges=0.2)
    m = M_LOW * (M_HIGH / M_LOW) ** u[:, 3:]
    both = m + m[:, [1, 2, 0]]
    nearest = 1 - BELOW
    x = np.concatenate([both * (1 - nearest * ((1 - P_LOW / both) / nearest) ** u[:, :3]), m], axis=1)
    x = np.array([[float(f"{v:.{DIGITS}g}") for v in row] for row in x])
    return x[inside(x, INPUTS, REGION)][:rows]


def label(run: Run) -> Rows:
    """The columns of loop-c0-below (half a minute)."""
    x = design(run.rows or ROWS)
    return {**dict(zip(NAMES, x.T, strict=True)), "C0": c0_below(x)}


def logs(x: Array) -> Array:
    """Logarithms (N, 6) of the coefficients of the denominator."""
    return np.asarray(np.log(np.maximum(x @ TO_POSITIVE, TINY)))


def build_logs(graph: Graph) -> str:
    """The same as nodes; beyond the region, where the reach is above 1, they stay finite."""
    coefficients = graph.affine(PARAMETERS, TO_POSITIVE, np.zeros(6))
    return graph.node("Log", graph.node("Max", coefficients, graph.constant(np.array(TINY))))


RATIOS = np.eye(6) - np.full((6, 6), 1 / 6)
TERMS = Terms(logs, build_logs, RATIOS, prefactor=np.full((6, 1), -1 / 6))


def split_rows(rows: int, seed: int) -> Split:
    """Six per cent to choose the best fit and to learn its error, a fifth to calibrate, a fifth to judge."""
    return split(rows, validation=0.06, calibration=0.2, test=0.2, seed=seed)


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """log(-C0) times the geometric mean of the coefficients, over their ratios to it."""
    return fit_composed(
        x, y, parts_of, run, inputs=INPUTS, region=REGION, terms=TERMS, end=Negative(), plan=PLAN
    )  # fmt: skip


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Fresh points, closed forms, symmetry, dimension, slope."""

    def c0(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    fresh, m = uniform(INPUTS, 4000, SEED + 3, REGION), np.geomspace(M_LOW, M_HIGH, 12)
    off = np.abs(c0(fresh) / c0_below(fresh) - 1)
    relabelled = fresh[:, [1, 2, 0, 4, 5, 3]], fresh[:, [2, 1, 0, 3, 5, 4]]
    symmetry = max(float(np.abs(c0(p) / c0(fresh) - 1).max()) for p in relabelled)
    half = fresh[(fresh[:, 3:] > 2 * M_LOW).all(axis=1)]
    one_leg = np.column_stack([0 * m, -0.7 * m, 1.6 * m, m, m, m])
    lines = np.repeat(np.array([[0.0, 0.0, 0.0, 3e4, 3e4, 3e4]]), 50, axis=0)
    lines[:, 2] = np.linspace(-1e6, 5.5e4, 50)
    return (
        checks.measured("relative error, mean of 4,000 uniform points", float(off.mean()), 1e-3, criterion="at most 0.1 %"),
        checks.measured("the same, 99.7 % of them", float(np.quantile(off, 0.997)), 1e-2, criterion="at most 1 %"),
        checks.positive(lambda p: -c0(p), fresh),
        checks.agrees(
            c0, np.column_stack([*[0 * m] * 3, m, m, m]), -1 / (2 * m), name="vacuum: -1/(2 m^2)", within=5e-3,
            reference="tHooft:1978jhc",
        ),
        checks.agrees(
            c0, one_leg, c0_two_masses(-0.7 * m, 1.6 * m, m).real, name="one massless leg: closed form", within=5e-3,
            reference="tHooft:1978jhc",
        ),
        checks.measured("symmetric under relabelling", symmetry, 1e-2, criterion="to 1 % at 4,000 points"),
        checks.flat(
            lambda p: c0(p) * p[:, 3], half, half / 2, name="dimension", within=1e-9,
            criterion="halving all arguments doubles C0, to 1e-9",
        ),
        checks.falls(c0, lines[None], "p3sq"),
    )  # fmt: skip


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    m, c = x[:, 3:], mixed(x)
    both = m + m[:, [1, 2, 0]]
    return {
        "a momentum near its edge, c < 0.1 (m_i^2 + m_j^2)": (c < 0.1 * both).any(axis=1),
        "masses of like size, ratio of squares < 3": m.max(axis=1) < 3 * m.min(axis=1),
        "a mass ratio above 30": m.max(axis=1) > 900 * m.min(axis=1),
    }


RECIPE = Recipe(
    name="loop-c0",
    version=1,
    kind="loop_integral",
    title="C0 below all thresholds, any masses and momenta",
    description=(
        "Scalar one-loop three-point function C0(p1sq, p2sq, p3sq; m1sq, m2sq, m3sq) with real masses of 20 to 1000 GeV, for "
        "space-like momenta and time-like ones with p_ij^2 <= 0.95 (m_i^2 + m_j^2). It is real, negative and finite there. "
        "Arguments as in LoopTools. Exchange of labels holds to the network's error, not exactly."
    ),
    subject="C0",
    inputs=INPUTS,
    outputs=(Output(name="C0", unit="1/GeV^2", meaning="scalar three-point function"),),
    default_output="C0",
    region=REGION,
    truth=Truth(
        program="lhnets_training.labels.loop_integrals",
        version="1",
        settings=SETTINGS,
        references=("tHooft:1978jhc", "Hahn:1998yk"),
        relative_error=1e-9,
        seconds_per_label=2e-4,
    ),
    dataset=DATASET,
    label=label,
    split=split_rows,
    fit=fit,
    baseline=rbf_of_heads(logs, Negative()),
    checks=physics_checks,
    corners=corners,
    seed=1,
    references=_b0.REFERENCES,
    created="2026-11-21",
    validation_note="Errors over the spread of C0, whose size varies by orders of magnitude; the checks give relative errors.",
)
