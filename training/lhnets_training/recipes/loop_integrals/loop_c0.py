"""loop-c0: the one-loop integral C0 of any masses and momenta below all thresholds, where it is
real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Check, HalfSpace, Input, Output
from lhnets_training.data.sample import uniform
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.fit.links import Negative
from lhnets_training.judging import checks
from lhnets_training.labels.loops import looptools, pysecdec
from lhnets_training.labels.loops.loop_integrals import c0_below, c0_two_masses, mixed
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.recipe import Array, Run
from lhnets_training.recipes.loop_integrals import _loop
from lhnets_training.split import Split, split

ROWS, SEED = 16_000, 20261121
M_LOW, M_HIGH, P_LOW, BELOW = 400.0, 1e6, -4e6, 0.95
PAIRS = ((1, 2), (2, 3), (3, 1))
INPUTS = (
    *(
        Input(
            name=f"p{k}sq",
            symbol=f"p_{k}^2",
            unit="GeV^2",
            low=P_LOW,
            high=2 * BELOW * M_HIGH,
            meaning=f"squared momentum that flows in between the lines of masses {i} and {j}",
        )
        for k, (i, j) in enumerate(PAIRS, 1)
    ),
    *(
        Input(
            name=f"m{k}sq",
            symbol=f"m_{k}^2",
            unit="GeV^2",
            low=M_LOW,
            high=M_HIGH,
            meaning=f"mass {k} squared",
        )
        for k in (1, 2, 3)
    ),
)
REGION = tuple(
    HalfSpace(
        coefficients={f"p{k}sq": 1.0, f"m{i}sq": -BELOW, f"m{j}sq": -BELOW},
        bound=0.0,
        meaning=f"p{k}sq <= {BELOW} (m{i}sq + m{j}sq), which lies below the threshold",
    )
    for k, (i, j) in enumerate(PAIRS, 1)
)
TINY = 1e-3 * M_LOW
PLAN = lm.FitPlan(22, 22, (lm.Stage(2, 25, 2000), lm.Stage(1, 100)))


def sums() -> Array:
    """Masses and distances (6), those of each edge (3) and corner (3) of the triangle, and all of
    them, as sums: (6, 13)."""
    edges = [np.eye(6)[[k, (k + 1) % 3, 3 + k]].sum(axis=0) for k in range(3)]
    corners = [np.eye(6)[[k, 3 + k, 3 + (k + 2) % 3]].sum(axis=0) for k in range(3)]
    return np.column_stack([np.eye(6), *edges, *corners, np.ones(6)])


def images() -> Array:
    """For each of the six orders of the lines, which sum becomes which: permutation matrices (6,
    13, 13)."""
    known = sums()
    found = []
    for order in permutations(range(3)):
        pairs = [3 + PAIRS.index(_pair(order[i - 1], order[j - 1])) for i, j in PAIRS]
        moved = known[[*order, *pairs]]
        found.append((known[:, :, None] == moved[:, None, :]).all(axis=0).astype(float))
    return np.stack(found)


def _pair(i: int, j: int) -> tuple[int, int]:
    """The pair of the lines i and j, counted from zero, as it stands in `PAIRS`."""
    return (i + 1, j + 1) if (i + 1, j + 1) in PAIRS else (j + 1, i + 1)


MEAN = np.where(np.arange(13) < 6, 1 / 6, 0.0)[:, None]
"""The logarithm of the geometric mean of the first six."""
MASSES, MOMENTA = np.eye(6)[:, 3:], np.eye(6)[:, :3]
ENDS = np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
"""From the lines to the pairs that they belong to."""
LINEAR = (MASSES @ np.eye(3, 6) - MOMENTA @ np.eye(3, 6, k=3)) @ sums()


def logs(x: Array) -> Array:
    """Logarithms (N, 13) of the squared masses, the distances (m_i + m_j)^2 - p_ij^2 to the
    thresholds, and their sums."""
    thresholds = (np.sqrt(x @ MASSES) @ ENDS) ** 2
    return np.asarray(np.log(np.maximum(x @ LINEAR + thresholds @ sums()[3:], TINY)))


def build_logs(graph: NetworkGraph) -> str:
    """The same as nodes; beyond the region, where the reach is above 1, they stay finite."""
    masses = graph.node("Gather", PARAMETERS, graph.constant(np.array([3, 4, 5])), axis=1)
    pairs = graph.affine(graph.node("Sqrt", graph.node("Abs", masses)), ENDS, np.zeros(3))
    linear = graph.affine(PARAMETERS, LINEAR, np.zeros(13))
    found = graph.affine(graph.node("Mul", pairs, pairs), sums()[3:], linear)
    return graph.node("Log", graph.node("Max", found, graph.constant(np.array(TINY))))


TERMS = FeatureTerms(logs, build_logs, images() @ (np.eye(13) - MEAN), prefactor=-MEAN)


def design(rows: int) -> Array:
    """Points (5/4 rows, 6), even in the logarithms of the distances to the thresholds, nearly so in
    those of the masses.

    Light masses are drawn more often: with them the ratios, which alone matter, span most.
    """
    u = _loop.shares(6, rows + rows // 4, SEED, edges=0.2)
    m = M_LOW * (M_HIGH / M_LOW) ** (u[:, 3:] ** 1.6)
    threshold = (np.sqrt(m) @ ENDS) ** 2
    nearest = threshold - BELOW * (m + m[:, [1, 2, 0]])
    return np.concatenate(
        [threshold - nearest * ((threshold - P_LOW) / nearest) ** u[:, :3], m], axis=1
    )


INTEGRAL = _loop.IntegralSide(
    name="loop-c0",
    dataset="loop-c0-below",
    title="The one-loop integral C0 below all thresholds",
    description=(
        "Scalar three-point function in three squared momenta and three squared masses, by "
        "quadrature over Feynman parameters. Even in the logarithms of the distances (m_i + "
        "m_j)^2 - p_ij^2 to the thresholds, denser at light masses."
    ),
    inputs=INPUTS,
    outputs=(
        Output(
            name="C0",
            unit="1/GeV^2",
            meaning="scalar three-point function, real and negative here",
            scale="log",
        ),
    ),
    region=REGION,
    design=design,
    values=c0_below,
    settings=_loop.SETTINGS
    | {"quadrature": "64 x 64 Gauss-Legendre nodes over Feynman parameters, denser at the edges"},
    rows=ROWS,
    seed=SEED,
    seconds=2e-4,
    references=_loop.REFERENCES,
    programs=(_loop.by_pysecdec(pysecdec.c0), _loop.by_looptools(looptools.c0)),
)


def split_rows(rows: int, seed: int) -> Split:
    """Six per cent to choose the best fit and to learn its error, a fifth to calibrate, a fifth to
    judge."""
    return split(rows, validation=0.06, calibration=0.2, test=0.2, seed=seed)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Fresh points, closed forms, symmetry, dimension, slope."""

    def c0(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    fresh, m = uniform(INPUTS, 4000, SEED + 3, REGION), np.geomspace(M_LOW, M_HIGH, 12)
    relabelled = fresh[:, [1, 2, 0, 4, 5, 3]], fresh[:, [2, 1, 0, 3, 5, 4]]
    symmetry = max(float(np.abs(c0(p) / c0(fresh) - 1).max()) for p in relabelled)
    half = fresh[(fresh[:, 3:] > 2 * M_LOW).all(axis=1)]
    one_leg = np.column_stack([0 * m, -0.7 * m, 1.6 * m, m, m, m])
    lines = np.repeat(np.array([[0.0, 0.0, 0.0, 3e4, 3e4, 3e4]]), 50, axis=0)
    lines[:, 2] = np.linspace(-1e6, 5.5e4, 50)
    return (
        *_loop.measured_on(INTEGRAL, predict, fresh, 1e-3, 1e-2),
        *INTEGRAL.agreements(predict, run, 1e-2),
        checks.positive(lambda p: -c0(p), fresh),
        checks.agrees(
            c0,
            np.column_stack([*[0 * m] * 3, m, m, m]),
            -1 / (2 * m),
            name="vacuum: -1/(2 m^2)",
            within=5e-3,
            reference="tHooft:1978jhc",
        ),
        checks.agrees(
            c0,
            one_leg,
            c0_two_masses(-0.7 * m, 1.6 * m, m).real,
            name="one massless leg: closed form",
            within=5e-3,
            reference="tHooft:1978jhc",
        ),
        checks.measured(
            "symmetric under relabelling", symmetry, 1e-10, criterion="to 1e-10 at 4,000 points"
        ),
        checks.flat(
            lambda p: c0(p) * p[:, 3],
            half,
            half / 2,
            name="dimension",
            within=1e-9,
            criterion="halving all arguments doubles C0, to 1e-9",
        ),
        checks.falls(c0, lines[None], "p3sq"),
    )


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    m, c = x[:, 3:], mixed(x)
    both = m + m[:, [1, 2, 0]]
    return {
        "a momentum near its edge, c < 0.1 (m_i^2 + m_j^2)": (c < 0.1 * both).any(axis=1),
        "masses of like size, ratio of squares < 3": m.max(axis=1) < 3 * m.min(axis=1),
        "a mass ratio above 30": m.max(axis=1) > 900 * m.min(axis=1),
    }


RECIPE = _loop.recipe(
    INTEGRAL,
    title="C0 below all thresholds, any masses and momenta",
    description=(
        "Scalar one-loop three-point function C0(p1sq, p2sq, p3sq; m1sq, m2sq, m3sq) with real "
        "masses of 20 to 1000 GeV, for space-like momenta and time-like ones with p_ij^2 <= 0.95 "
        "(m_i^2 + m_j^2). It is real, negative and finite there. Arguments as in LoopTools. "
        "Exchange of labels is exact: the network is a mean over the six orders of the lines."
    ),
    subject="C0",
    terms=TERMS,
    end=Negative(),
    plan=PLAN,
    baseline=lambda x: logs(x)[:, :6],
    physics_checks=physics_checks,
    created="2026-11-22",
    corners=corners,
    split_rows=split_rows,
    note="Relative errors. Rows of the design: even in logarithms, denser at the edges and at "
    "light masses.",
)
