"""loop-d0: the one-loop integral D0 with massless legs and one mass, below both thresholds, where it is real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lhnets._card import Check, HalfSpace, Input, Output, Truth
from lhnets_datasets.manifest import Column, Generator
from lhnets_training import checks
from lhnets_training import run as steps
from lhnets_training.export import PARAMETERS, Graph
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.composed import fit_composed
from lhnets_training.fit.rbf import rbf_of_heads
from lhnets_training.fit.terms import Sums, Terms
from lhnets_training.labels import pysecdec
from lhnets_training.labels.loop_integrals import b0, c0_below, d0_below
from lhnets_training.recipe import Array, Companion, DataSet, Fitted, Recipe, Rows, Run
from lhnets_training.recipes import _b0, loop_b0, loop_c0
from lhnets_training.sample import inside, sobol, uniform
from lhnets_training.split import Split, split
from lhnets_training.table import column

ROWS, SEED, DIGITS = 12_000, 20261122, 9
M_LOW, M_HIGH, S_LOW, BELOW = 400.0, 1e6, -4e6, 3.6
INPUTS = (
    *(
        Input(
            name=n, symbol=n, unit="GeV^2", low=S_LOW, high=BELOW * M_HIGH,
            meaning=f"squared sum of the momenta of the {which} legs",
        )
        for n, which in (("s", "first and second"), ("t", "second and third"))
    ),
    Input(name="msq", symbol="m^2", unit="GeV^2", low=M_LOW, high=M_HIGH, meaning="mass squared of all four lines"),
)  # fmt: skip
NAMES = tuple(i.name for i in INPUTS)
REGION = tuple(
    HalfSpace(
        coefficients={n: 1.0, "msq": -BELOW},
        bound=0.0,
        meaning=f"{n} <= {BELOW} msq, which lies below the threshold 4 msq",
    )
    for n in ("s", "t")
)
REFERENCES = {
    **_b0.REFERENCES,
    "Karplus:1950zz": r"""@article{Karplus:1950zz,
  author = {Karplus, Robert and Neuman, Maurice},
  title = {{The scattering of light by light}},
  journal = {Phys. Rev.},
  volume = {83},
  pages = {776--784},
  year = {1951},
  doi = {10.1103/PhysRev.83.776}
}""",
    "Borowka:2017idc": r"""@article{Borowka:2017idc,
  author = {Borowka, S. and Heinrich, G. and Jahn, S. and Jones, S. P. and Kerner, M. and Schlenk, J. and Zirke, T.},
  title = {{pySecDec: a toolbox for the numerical evaluation of multi-scale integrals}},
  journal = {Comput. Phys. Commun.},
  volume = {222},
  pages = {313--326},
  year = {2018},
  doi = {10.1016/j.cpc.2017.09.015},
  eprint = {1703.09692},
  archivePrefix = {arXiv}
}""",
}
TO_POSITIVE = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 4.0, 4.0]])
"""From the inputs to msq, 4 msq - s, 4 msq - t."""
TINY = 0.1 * M_LOW
END = Sums(np.eye(1))
PLAN = lm.Plan(16, 16, (lm.Stage(3, 40, 2500), lm.Stage(1, 150)))
SETTINGS = {
    "convention": "that of LoopTools",
    "quadrature": "64 Gauss-Legendre nodes, denser at the edges, over the logarithm that is left of the Feynman parameters",
}
DATASET = DataSet(
    name="loop-d0-below",
    title="The one-loop integral D0 with massless legs and one mass below both thresholds",
    description=(
        "Scalar four-point function D0(0, 0, 0, 0, s, t; msq, msq, msq, msq) by quadrature. Even in the logarithms of the "
        "mass and of the distances 4 msq - s and 4 msq - t over the mass squared."
    ),
    columns=(
        *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
        column("D0", "1/GeV^4", "scalar four-point function, real and positive here", "target"),
    ),
    generator=Generator(
        program="lhnets_training.labels.loop_integrals", version="1", settings=SETTINGS, recipe="loop_d0", seed=SEED,
        tolerance=1e-9,
    ),
    references=REFERENCES,
)  # fmt: skip


def design(rows: int) -> Array:
    """Points (rows, 3) of the region."""
    unit = tuple(Input(name=n, unit="1", meaning="share", low=0.0, high=1.0) for n in NAMES)
    u = sobol(unit, rows + rows // 4, SEED, edges=0.2)
    m, nearest = M_LOW * (M_HIGH / M_LOW) ** u[:, 2:], 1 - BELOW / 4
    distance = nearest * ((1 - S_LOW / (4 * m)) / nearest) ** u[:, :2]
    x = np.concatenate([4 * m * (1 - distance), m], axis=1)
    x = np.array([[float(f"{v:.{DIGITS}g}") for v in row] for row in x])
    return x[inside(x, INPUTS, REGION)][:rows]


def label(run: Run) -> Rows:
    """The columns of loop-d0-below (seconds)."""
    x = design(run.rows or ROWS)
    return {**dict(zip(NAMES, x.T, strict=True)), "D0": d0_below(x)}


def by_pysecdec(
    name: str, inputs: Sequence[Input], target: Column, points: Array, values: Callable[[Array, Path], Array]
) -> Companion:
    """The data set of one integral at a few points, by pySecDec."""
    columns = (*(column(i.name, i.unit, i.meaning, "input") for i in inputs), target)
    generator = Generator(
        program="pySecDec", version=pysecdec.VERSION, recipe="loop_d0", seed=SEED, tolerance=1e-8,
        settings={"integrator": f"quasi-Monte Carlo, relative error {pysecdec.EPSREL:g}", "convention": "that of LoopTools"},
    )  # fmt: skip
    dataset = DataSet(
        name=f"loop-{name}-check",
        title=f"The one-loop integral {name.upper()} from pySecDec at {len(points)} points",
        description=f"Values by sector decomposition at {len(points)} points below all thresholds, to check labels with.",
        columns=columns,
        generator=generator,
        references={"Borowka:2017idc": REFERENCES["Borowka:2017idc"]},
    )
    known = dict(zip((i.name for i in inputs), points.T, strict=True))
    return Companion(dataset, lambda run: {**known, target.name: values(points, run.out / "pysecdec")})


B0_CHECK = by_pysecdec(
    "b0", loop_b0.SIDE.inputs, column("re", "1", "finite part of B0, MSbar", "target"),
    loop_b0.SIDE.design(600)[::50], pysecdec.b0,
)  # fmt: skip
C0_CHECK = by_pysecdec(
    "c0", loop_c0.INPUTS, column("C0", "1/GeV^2", "scalar three-point function", "target"),
    loop_c0.design(600)[::50], pysecdec.c0,
)  # fmt: skip
D0_CHECK = by_pysecdec(
    "d0", INPUTS, column("D0", "1/GeV^4", "scalar four-point function", "target"), design(600)[::50], pysecdec.d0
)  # fmt: skip


def raw_features(x: Array) -> Array:
    """Logarithms (N, 4) of msq, 4 msq - s, 4 msq - t and of the sum of the last two."""
    positive = np.maximum(x @ TO_POSITIVE, TINY)
    return np.asarray(np.log(np.column_stack([positive, positive[:, 1] + positive[:, 2]])))


def build_features(graph: Graph) -> str:
    """The same as nodes; beyond the region, where the reach is above 1, they stay finite."""
    coefficients = graph.affine(PARAMETERS, TO_POSITIVE, np.zeros(3))
    positive = graph.node("Max", coefficients, graph.constant(np.array(TINY)))
    both = graph.affine(positive, np.array([[0.0], [1.0], [1.0]]), np.zeros(1))
    return graph.node("Log", graph.node("Concat", positive, both, axis=1))


RATIOS = np.array([[-1.0, -1.0], [0.0, 1.0], [0.0, 1.0], [1.0, -1.0]])
TERMS = Terms(raw_features, build_features, RATIOS, prefactor=np.array([[0.0], [-1.0], [-1.0], [0.0]]))


def baseline_features(x: Array) -> Array:
    """The ratios, and the mass."""
    raw = raw_features(x)
    return np.concatenate([raw @ RATIOS, raw[:, :1]], axis=1)


def split_rows(rows: int, seed: int) -> Split:
    """A tenth to choose the best fit and to learn its error, a quarter to calibrate, as many to judge."""
    return split(rows, validation=0.1, calibration=0.25, test=0.23, seed=seed)


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """log of D0 (4 msq - s)(4 msq - t) over two ratios that do not change when s and t are exchanged."""
    return fit_composed(x, y, parts_of, run, inputs=INPUTS, region=REGION, terms=TERMS, end=END, plan=PLAN)


def references_of(companion: Companion, run: Run) -> tuple[Array, Array]:
    """Points (N, n) and values (N,) by pySecDec."""
    rows = steps.companion(companion, run)
    *inputs, target = (rows[c.name] for c in companion.dataset.columns)
    return np.stack(inputs, axis=1), np.asarray(target)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Fresh points, pySecDec, closed forms, symmetry, dimension, slope."""

    def d0(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    fresh, m = uniform(INPUTS, 4000, SEED + 3, REGION), np.geomspace(M_LOW, M_HIGH, 12)
    off = np.abs(d0(fresh) / d0_below(fresh) - 1)
    symmetry = float(np.abs(d0(fresh[:, [1, 0, 2]]) / d0(fresh) - 1).max())
    half = fresh[fresh[:, 2] > 2 * M_LOW]
    forward = np.concatenate([[r * m, 0 * m, m] for r in (-3.0, 1.5, 3.5)], axis=1).T
    s, msq = forward[:, 0], forward[:, 2]
    lines = np.array([[[x, t, 3e4] for x in np.linspace(-1e6, 1e5, 50)] for t in (-2e6, -1e4, 1e5)])
    return (
        checks.measured("relative error, mean of 4,000 uniform points", float(off.mean()), 1e-4, criterion="at most 0.01 %"),
        checks.measured("the same, 99.7 % of them", float(np.quantile(off, 0.997)), 1e-3, criterion="at most 0.1 %"),
        checks.agrees(
            d0, *references_of(D0_CHECK, run), name="pySecDec", within=1e-3, reference="Borowka:2017idc"
        ),
        *_labels_by_pysecdec(run),
        checks.positive(d0, fresh),
        checks.agrees(
            d0, np.column_stack([0 * m, 0 * m, m]), 1 / (6 * m**2), name="vacuum: 1/(6 m^4)", within=1e-3,
            reference="tHooft:1978jhc",
        ),
        checks.agrees(
            d0, forward, b0(s, msq, msq, msq).real / (s * msq), name="t = 0: closed form, from B0", within=1e-3,
            reference="tHooft:1978jhc",
        ),
        checks.measured("symmetric", symmetry, 1e-10, criterion="exchanging s and t changes D0 by less than 1e-10"),
        checks.flat(
            lambda p: d0(p) * p[:, 2] ** 2, half, half / 2, name="dimension", within=1e-9,
            criterion="halving all arguments makes D0 four times as large, to 1e-9",
        ),
        checks.falls(lambda p: -d0(p), lines, "s (negative of D0)"),
    )  # fmt: skip


def _labels_by_pysecdec(run: Run) -> tuple[Check, ...]:
    labels: tuple[tuple[Companion, str, Callable[[Array], Array]], ...] = (
        (B0_CHECK, "B0", lambda x: b0(*x.T).real),
        (C0_CHECK, "C0", c0_below),
        (D0_CHECK, "D0", d0_below),
    )
    return tuple(
        checks.agrees(values, *references_of(known, run), name=f"labels of {name}: pySecDec", within=1e-6,
                      reference="Borowka:2017idc")
        for known, name, values in labels
    )  # fmt: skip


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    ratios = x[:, :2] / x[:, 2:]
    return {
        "both within a quarter of the threshold, s, t > 3 msq": (ratios > 3).all(axis=1),
        "one near its threshold, the other far below 0": (ratios.max(axis=1) > 3) & (ratios.min(axis=1) < -100),
        "both far below 0, s, t < -100 msq": (ratios < -100).all(axis=1),
    }


RECIPE = Recipe(
    name="loop-d0",
    version=1,
    kind="loop_integral",
    title="D0 with massless legs and one mass, below both thresholds",
    description=(
        "Scalar one-loop four-point function D0(0, 0, 0, 0, s, t; msq, msq, msq, msq), the box of light-by-light scattering, "
        "with a real mass of 20 to 1000 GeV, for s and t up to 3.6 msq. It is real, positive and finite there. Arguments as "
        "in LoopTools. Exchange of s and t is exact. Other masses and legs are not covered."
    ),
    subject="D0",
    inputs=INPUTS,
    outputs=(Output(name="D0", unit="1/GeV^4", meaning="scalar four-point function"),),
    default_output="D0",
    region=REGION,
    truth=Truth(
        program="lhnets_training.labels.loop_integrals",
        version="1",
        settings=SETTINGS,
        references=("Karplus:1950zz", "Hahn:1998yk"),
        relative_error=1e-9,
        seconds_per_label=4e-6,
    ),
    dataset=DATASET,
    label=label,
    split=split_rows,
    fit=fit,
    baseline=rbf_of_heads(baseline_features, END),
    checks=physics_checks,
    corners=corners,
    companions=(B0_CHECK, C0_CHECK, D0_CHECK),
    seed=1,
    references=REFERENCES,
    created="2026-11-22",
    validation_note="Errors over the spread of D0, whose size varies by orders of magnitude; the checks give relative errors.",
)
