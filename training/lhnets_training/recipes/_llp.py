"""What the networks of a long-lived scalar from a Higgs boson share: region, data sets, labels, fit, checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lhnets._card import Check, Conditions, HalfSpace, Input, Output, Truth
from lhnets_datasets.manifest import Generator
from lhnets_training import bibtex, checks
from lhnets_training import run as steps
from lhnets_training.export import Graph
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.composed import fit_composed
from lhnets_training.fit.rbf import rbf_of_heads
from lhnets_training.fit.terms import Probability, Terms
from lhnets_training.label_errors import stated
from lhnets_training.labels import parts
from lhnets_training.labels.llp import Acceptance, Volume
from lhnets_training.recipe import Array, Companion, DataSet, Fitted, Recipe, Rows, Run
from lhnets_training.sample import box, sobol, uniform
from lhnets_training.split import Split, split
from lhnets_training.table import column

TRACKER = Volume(inner=0.004, outer=0.3, eta=2.5)
CALORIMETER = Volume(inner=2.0, outer=3.5, eta=1.0)
ENERGY = 13_000.0
MASSES_A_DECADE, ROWS_OF_MASS = 250, 48
ROWS = 151 * ROWS_OF_MASS
EVENTS, DECAYS = 10_000, 4
SEED = 20261121
INPUTS = (
    Input(name="m_h", symbol="m_H", unit="GeV", low=100.0, high=400.0, default=125.0, meaning="Higgs boson mass"),
    Input(name="m_x", symbol="m_X", unit="GeV", low=5.0, high=192.0, meaning="mass of the long-lived scalar X"),
    Input(name="ctau", symbol=r"c\tau", unit="m", low=1e-4, high=1e3, meaning="mean proper decay length of X"),
)
NAMES = tuple(i.name for i in INPUTS)
REGION = (
    HalfSpace(coefficients={"m_x": 1.0, "m_h": -0.48}, bound=0.0, meaning="m_x <= 0.48 m_h"),
    HalfSpace(coefficients={"m_h": 0.02, "m_x": -1.0}, bound=0.0, meaning="m_x >= 0.02 m_h"),
)


VOLUMES = {"tracker": TRACKER, "calorimeter": CALORIMETER}
LABEL_ERROR = {"tracker": 0.004, "calorimeter": 0.009}
"""Mean relative statistical error of a label where the acceptance is above 0.01."""
FLOOR = 1e-4
"""Below it the acceptance is not resolved: labels there come from few events."""
NATURAL = np.array([[1.0, -1.0, 1.0], [-1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""Powers of m_h, m_x, c tau (rows) in c tau m_h/m_x, m_x/m_h, m_h (columns)."""
RESOLUTION = 2e-3
"""Of a logit: what the network itself may be off, beside the statistical error of a label."""
STAGES = (lm.Stage(4, 40, 2000), lm.Stage(2, 80))
PLANS = {"tracker": lm.Plan(14, 14, STAGES), "calorimeter": lm.Plan(10, 10, STAGES)}
"""Where labels are noisier, a smaller network averages over more of them."""
CHECKED = np.array([
    (m_h, m_x, ctau)
    for m_h in (125.0, 200.0, 350.0)
    for m_x, ctau in ((10.0, 1e-3), (10.0, 1.0), (10.0, 100.0), (30.0, 0.01), (30.0, 0.3), (30.0, 10.0), (55.0, 0.1), (55.0, 3.0))
])  # fmt: skip
CHECK_EVENTS = 100_000


def label(run: Run) -> Rows:
    """The columns of llp-higgs-acceptance: 151 Higgs masses with 48 points each (nine minutes on one core)."""
    points = design(run.rows or ROWS)
    values = parts.compute(
        run, Acceptance(tuple(VOLUMES.values()), EVENTS, DECAYS, ENERGY), points, part=ROWS_OF_MASS, name="llp"
    )
    return _columns(points, values)


def label_check(run: Run) -> Rows:
    """The columns of llp-higgs-check: ten times the events at 24 points (two minutes on one core)."""
    acceptance = Acceptance(tuple(VOLUMES.values()), CHECK_EVENTS, DECAYS, ENERGY)
    return _columns(CHECKED, parts.compute(run, acceptance, CHECKED, part=8, name=CHECK.name))


def _columns(points: Array, values: Array) -> Rows:
    names = [n for volume in VOLUMES for n in (volume, f"{volume}_error")]
    return {**dict(zip(NAMES, points.T, strict=True)), **dict(zip(names, values.T, strict=True))}


def design(rows: int) -> Array:
    """Points (rows, 3) in groups of one Higgs mass: even in log m_h, log(m_x/m_h) and log c tau."""
    low, high = box(INPUTS)
    groups = np.arange(-(-rows // ROWS_OF_MASS))
    masses = np.round(low[0] * 10 ** ((groups + 0.5) / MASSES_A_DECADE), 3)
    m_h = np.repeat(masses, ROWS_OF_MASS)[:rows]
    lightest, heaviest = np.maximum(low[1], 0.02 * m_h), np.minimum(high[1], 0.48 * m_h)
    unit = sobol((_UNIT[0], _UNIT[1]), rows, SEED)
    m_x = lightest * (heaviest / lightest) ** unit[:, 0]
    ctau = low[2] * (high[2] / low[2]) ** unit[:, 1]
    m_x, ctau = (np.array([float(f"{v:.5g}") for v in column]) for column in (m_x, ctau))
    return np.stack([m_h, np.clip(m_x, lightest, heaviest), np.clip(ctau, low[2], high[2])], axis=1)


_UNIT = tuple(Input(name=n, unit="1", meaning="share of the range", low=0.0, high=1.0) for n in ("m_x", "ctau"))


def _dataset(name: str, title: str, events: int) -> DataSet:
    return DataSet(
        name=name,
        title=title,
        description=(
            f"Probability that at least one X of g g -> H -> X X decays in a tracker or calorimeter volume, from {events:,} "
            f"Higgs bosons of Pythia 8 for each mass, {DECAYS} decays of each, the lifetime integrated exactly. Rows with "
            "the same m_h share their Higgs bosons: their errors are correlated."
        ),
        columns=(
            *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
            *(
                c
                for volume in VOLUMES
                for c in (
                    column(volume, "1", f"acceptance of the {volume} volume", "target"),
                    column(f"{volume}_error", "1", "its statistical error, one standard deviation", "error"),
                )
            ),
        ),
        generator=Generator(
            program="Pythia",
            version="8.317.2",
            settings={
                "process": "HiggsSM:gg2H at 13 TeV, initial-state radiation on, no final-state radiation or hadrons",
                "decay": "isotropic H -> X X, drawn outside Pythia",
                **{name: working_point(name) for name in VOLUMES},
            },
            recipe="efficiency_llp_higgs_tracker",
            seed=SEED,
            tolerance=1e-9,
        ),
        references=bibtex.select("Bierlich:2022pfr"),
    )


def working_point(volume: str) -> str:
    """A volume in words."""
    v = VOLUMES[volume]
    return f"at least one X decays at a transverse distance of {v.inner:g} to {v.outer:g} m, X with |eta| < {v.eta:g}"


DATASET = _dataset("llp-higgs-acceptance", "Acceptances for a long-lived scalar from a Higgs boson", EVENTS)
CHECK = _dataset("llp-higgs-check", "Acceptances for a long-lived scalar from a Higgs boson at 24 points", CHECK_EVENTS)
COMPANION = Companion(CHECK, label_check)


def rough(volume: Volume) -> Terms:
    """Raw: the logarithms of the inputs, and the logit of a rough acceptance, which the heads begin from.

    The rough one is that of three flight lengths beside c tau m_h/(2 m_x). Its limits for long lifetimes are right.
    """
    powers = np.array([[1.0], [-1.0], [1.0]]) @ np.ones((1, 3))
    shift = np.log(np.array([0.25, 1.0, 3.0]) / 2)

    def values(x: Array) -> Array:
        flight = np.exp(np.log(x) @ powers + shift)
        inside = (np.exp(-volume.inner / flight) - np.exp(-volume.outer / flight)).mean(axis=1, keepdims=True)
        return np.concatenate([np.log(x), np.log((inside + FLOOR) / (1 - inside + FLOOR))], axis=1)

    def build(graph: Graph) -> str:
        logs = graph.coordinates([True] * 3)
        near = graph.node("Reciprocal", graph.node("Exp", graph.affine(logs, powers, shift)))
        inner, outer = (
            graph.node("Exp", graph.node("Mul", near, graph.constant(np.array(-r))))
            for r in (volume.inner, volume.outer)
        )
        between = graph.node("Sub", inner, outer)
        inside = graph.node("ReduceMean", between, graph.constant(np.array([1])), keepdims=1)
        floor, one = graph.constant(np.array(FLOOR)), graph.constant(np.array(1 + FLOOR))
        odds = graph.node("Div", graph.node("Add", inside, floor), graph.node("Sub", one, inside))
        return graph.node("Concat", logs, graph.node("Log", odds), axis=1)

    return Terms(values, build, np.concatenate([NATURAL, np.zeros((1, 3))]), np.array([[0.0], [0.0], [0.0], [1.0]]))


def features(x: Array) -> Array:
    """What network and baseline see: logarithms of c tau m_h/m_x, m_x/m_h and m_h."""
    return np.asarray(np.log(x) @ NATURAL)


def split_rows(rows: int, seed: int) -> Split:
    """Eight per cent to choose the best fit, a quarter each to calibrate and to judge."""
    return split(rows, validation=0.08, calibration=0.25, test=0.25, seed=seed)


def fit(volume: str, x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """The logit of the acceptance beside that of a rough one; labels count by their statistical errors."""
    end = Probability(FLOOR)
    slope = (y + FLOOR) * (1 - y + FLOOR)
    noise = np.hypot(errors_at(volume, x, run)[:, None] / slope, RESOLUTION)
    return fit_composed(
        x, y, parts_of, run, inputs=INPUTS, region=REGION, terms=rough(VOLUMES[volume]), end=end, plan=PLANS[volume], noise=noise
    )  # fmt: skip


def errors_at(volume: str, x: Array, run: Run) -> Array:
    """Statistical errors (N,) of the rows that are trained on.

    Raises
    ------
    TrainingError
        where ``x`` are other rows than those of the data set.
    """
    rows = steps.companion(Companion(DATASET, label), run)
    if not np.array_equal(np.stack([rows[n] for n in NAMES], axis=1), x):
        raise steps.TrainingError(
            f"the rows to train on are not those of {DATASET.name}, which holds their errors: use that data set"
        )
    return np.asarray(rows[f"{volume}_error"])


def physics_checks(volume: str, predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Labels of ten times the events, bounds, long and short lifetimes."""

    def acceptance(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    known = steps.companion(COMPANION, run)
    x = np.stack([known[n] for n in NAMES], axis=1)
    truth, error = known[volume], known[f"{volume}_error"]
    large = truth > 1e-3
    off = np.abs(acceptance(x[large]) / truth[large] - 1)
    points = uniform(INPUTS, 20_000, SEED + 3, REGION)
    points[:, 2] = np.exp(np.random.default_rng(SEED).uniform(np.log(1e-4), np.log(1e3), len(points)))
    found = acceptance(points)
    long = points[:2000].copy()
    long[:, 2] = np.geomspace(90 * VOLUMES[volume].outer, 333.0, 2000)
    longer = long * np.array([1.0, 1.0, 3.0])
    short = long.copy()
    short[:, 2] = 1e-4
    limit = 1e-4 if volume == "calorimeter" else 1.0
    return (
        checks.measured(
            "labels of ten times the events", float(off.mean()), 0.005,
            criterion=f"mean difference below 0.5 % at {int(large.sum())} points with an acceptance above 0.001, whose own error "
            f"is {100 * float((error / truth)[large].mean()):.2g} %",
            reference="Bierlich:2022pfr",
        ),
        checks.measured("the same, the worst point", float(off.max()), 0.03, criterion="below 3 %"),
        Check(
            name="a probability", passed=bool((found >= 0).all() and (found <= 1).all()),
            figure=f"{found.min():.3g} to {found.max():.3g} at {len(points)} points", criterion="between 0 and 1",
        ),
        checks.between(
            acceptance, longer, long, 2.85, 3.15, name="long lifetimes: acceptance as 1/c tau",
            criterion="3 times c tau above 90 times the outer radius gives a third of the acceptance, to 5 %",
        ),
        checks.measured(
            "short lifetimes", float(acceptance(short).max()), limit,
            criterion=f"c tau of 0.1 mm: at most {limit:g}" + (", the floor" if limit == FLOOR else ""),
        ),
    )  # fmt: skip


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    m_h, m_x, _ = x.T
    return {"m_x > 0.4 m_h": m_x > 0.4 * m_h, "m_h 110 to 140 GeV": np.abs(m_h - 125) < 15}


def recipe(volume: str) -> Recipe:
    """The network of one volume."""
    return Recipe(
        name=f"efficiency-llp-higgs-{volume}",
        version=1,
        kind="efficiency",
        title=f"Long-lived scalar from a Higgs boson: acceptance of a {volume}",
        description=(
            f"Probability that {working_point(volume)}, for g g -> H -> X X at 13 TeV with a Higgs boson of 100 to 400 GeV and "
            "lifetimes over seven decades. A geometric acceptance of a generic volume: no trigger, reconstruction or "
            f"selection of any experiment. Acceptances below the floor of {FLOOR:g} are not resolved and may come out as exactly "
            "zero. The uncertainty is that of a label of 10,000 events, which the network averages out in part: where it "
            "is largest, at small acceptances, the labels are noisiest."
        ),
        subject=f"llp-higgs-{volume}",
        conditions=Conditions(
            energy=ENERGY, order="LO+PS", pdf="NNPDF23_lo_as_0130_qed", working_point=working_point(volume)
        ),
        inputs=INPUTS,
        outputs=(Output(name=volume, unit="1", meaning=f"acceptance of the {volume} volume"),),
        default_output=volume,
        region=REGION,
        truth=Truth(
            program="Pythia",
            version="8.317.2",
            settings=DATASET.generator.settings,
            references=("Bierlich:2022pfr",),
            relative_error=LABEL_ERROR[volume],
            seconds_per_label=0.05,
        ),
        dataset=DATASET,
        companions=(COMPANION,),
        label=label,
        split=split_rows,
        fit=partial(fit, volume),
        baseline=rbf_of_heads(features, Probability(FLOOR), neighbours=200, smoothing=1e-3),
        checks=partial(physics_checks, volume),
        corners=corners,
        label_errors=stated(f"{volume}_error"),
        seed=1,
        references=bibtex.select("Bierlich:2022pfr"),
        created="2026-11-22",
        validation_note=(
            f"Errors include those of the labels, {100 * LABEL_ERROR[volume]:g} % on average above an acceptance of 0.01. "
            "Rows at random: test rows share the Higgs bosons of training rows with the same mass; the check with ten times "
            "the events does not."
        ),
    )
