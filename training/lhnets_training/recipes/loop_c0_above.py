"""loop-c0-above: C0 with one mass and one massless leg, above the threshold of another: real and imaginary part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets._card import Check, Input, Output, Truth
from lhnets_datasets.manifest import Generator
from lhnets_training import checks
from lhnets_training.export import PARAMETERS, Graph
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.composed import fit_composed
from lhnets_training.fit.rbf import rbf_of_heads
from lhnets_training.fit.terms import Signed, Terms
from lhnets_training.labels.loop_integrals import c0_two_masses
from lhnets_training.recipe import Array, DataSet, Fitted, Recipe, Rows, Run
from lhnets_training.recipes import _b0
from lhnets_training.sample import sobol, uniform
from lhnets_training.split import Split, split
from lhnets_training.table import column

ROWS, SEED, DIGITS = 12_000, 20261121, 9
INPUTS = (
    Input(
        name="s_over_m2", symbol="s/m^2", unit="1", low=4.4, high=400.0,
        meaning="squared momentum of the leg above its threshold, over the mass squared",
    ),
    Input(
        name="p2_over_m2", symbol="p^2/m^2", unit="1", low=-100.0, high=3.6,
        meaning="squared momentum of the leg below its threshold, over the mass squared",
    ),
)  # fmt: skip
NAMES = tuple(i.name for i in INPUTS)
DISTANCES = np.array([[1.0, 0.0], [0.0, -1.0]]), np.array([-4.0, 4.0])
"""s/m^2 - 4 and 4 - p^2/m^2."""
TINY = 1e-2
PLAN = lm.Plan(22, 22, (lm.Stage(5, 40, 1500), lm.Stage(2, 250)))
SETTINGS = {"convention": "that of LoopTools", "arithmetic": "closed form in double precision"}
DATASET = DataSet(
    name="loop-c0-above",
    title="The one-loop integral C0 with one mass and one massless leg above threshold",
    description=(
        "m^2 C0(0, p^2, s; m^2, m^2, m^2) for s above and p^2 below 4 m^2, by its closed form. Even in the logarithms of the "
        "distances to the threshold."
    ),
    columns=(
        *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
        column("re", "1", "real part of m^2 C0", "target"),
        column("im", "1", "imaginary part of m^2 C0", "target"),
    ),
    generator=Generator(
        program="lhnets_training.labels.loop_integrals", version="1", settings=SETTINGS, recipe="loop_c0_above",
        seed=SEED, tolerance=1e-9,
    ),
    references=_b0.REFERENCES,
)  # fmt: skip


def label(run: Run) -> Rows:
    """The columns of loop-c0-above (a second)."""
    far = tuple(
        Input(name=n, unit="1", meaning="distance to the threshold", low=low, high=high)
        for n, low, high in zip(NAMES, (0.4, 0.4), (396.0, 104.0), strict=True)
    )
    distance = sobol(far, run.rows or ROWS, SEED, log=NAMES, edges=0.3, digits=DIGITS)
    x = np.clip(np.column_stack([4 + distance[:, 0], 4 - distance[:, 1]]), [4.4, -100.0], [400.0, 3.6])
    found = c0_two_masses(x[:, 1], x[:, 0], np.ones(len(x)))
    return {**dict(zip(NAMES, x.T, strict=True)), "re": found.real, "im": found.imag}


def logs(x: Array) -> Array:
    """Logarithms (N, 2) of the distances to the threshold."""
    return np.asarray(np.log(np.maximum(x @ DISTANCES[0] + DISTANCES[1], TINY)))


def build_logs(graph: Graph) -> str:
    """The same as nodes; beyond the region, where the reach is above 1, they stay finite."""
    return graph.node("Log", graph.node("Max", graph.affine(PARAMETERS, *DISTANCES), graph.constant(np.array(TINY))))


def split_rows(rows: int, seed: int) -> Split:
    """A quarter to train on is enough; the more there are to calibrate and to judge, the surer are their figures."""
    return split(rows, validation=0.07, calibration=0.33, test=0.33, seed=seed)


def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """Both parts over the logarithms of the distances."""
    terms = Terms(logs, build_logs, np.eye(2))
    return fit_composed(x, y, parts_of, run, inputs=INPUTS, region=(), terms=terms, end=Signed(), plan=PLAN)


def physics_checks(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Fresh points, the decay of a Higgs boson into photons, the cut."""
    fresh = uniform(INPUTS, 5000, SEED + 3)
    s, p2 = fresh.T
    exact = c0_two_masses(p2, s, np.ones(len(s)))
    off = np.abs(predict(fresh) - np.column_stack([exact.real, exact.imag])).max()
    s = np.geomspace(4.4, 400.0, 30)
    photons, beta = predict(np.column_stack([s, 0 * s])), np.sqrt(1 - 4 / s)
    log = np.log((1 + beta) / (1 - beta))
    two = np.column_stack([(log**2 - np.pi**2) / (2 * s), -np.pi * log / s])
    return (
        checks.measured("worst of 5,000 uniform points", float(off), 1e-3, criterion="both parts to 1e-3"),
        checks.measured(
            "two massless legs", float(np.abs(photons - two).max()), 1e-3,
            criterion="at p^2 = 0 (log((1 + beta)/(1 - beta)) - i pi)^2/(2 s/m^2), to 1e-3", reference="tHooft:1978jhc",
        ),
        Check(
            name="cut", passed=bool((predict(fresh)[:, 1] < 0).all()), figure=f"largest {predict(fresh)[:, 1].max():.3g}",
            criterion="the imaginary part is negative at 5,000 points", reference="tHooft:1978jhc",
        ),
    )  # fmt: skip


RECIPE = Recipe(
    name="loop-c0-above",
    version=1,
    kind="loop_integral",
    title="C0 with one mass and one massless leg, above threshold: real and imaginary part",
    description=(
        "m^2 C0(0, p^2, s; m^2, m^2, m^2), as it stands in H -> Z gamma, H -> gamma gamma* and form factors, for s above and p^2 "
        "below the threshold 4 m^2, both by a tenth of it or more. The argument s lies above the cut. Divide by m^2 for C0. "
        "Below all thresholds, and for any masses, see loop-c0."
    ),
    subject="Re m^2 C0 above threshold",
    inputs=INPUTS,
    outputs=(
        Output(name="re", unit="1", meaning="real part of m^2 C0"),
        Output(name="im", unit="1", meaning="imaginary part of m^2 C0", subject="Im m^2 C0 above threshold"),
    ),
    default_output="re",
    truth=Truth(
        program="lhnets_training.labels.loop_integrals",
        version="1",
        settings=SETTINGS,
        references=("tHooft:1978jhc", "Hahn:1998yk"),
        relative_error=1e-12,
        seconds_per_label=1e-6,
    ),
    dataset=DATASET,
    label=label,
    split=split_rows,
    fit=fit,
    baseline=rbf_of_heads(logs, Signed()),
    checks=physics_checks,
    seed=1,
    references=_b0.REFERENCES,
    created="2026-11-22",
    validation_note="Rows of the design: even in the logarithms of the distances to the threshold, denser at the edges.",
)
