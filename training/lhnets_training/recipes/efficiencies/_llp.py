"""What the networks of a long-lived scalar from a Higgs boson share: region, data sets, labels,
fit, checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Check, Conditions, HalfSpace, Input, Output, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data.label_errors import stated
from lhnets_training.data.sample import inside, sobol, uniform
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.fit.links import Probability
from lhnets_training.fit.network import fit_network
from lhnets_training.judging import checks
from lhnets_training.labels import parts
from lhnets_training.labels.long_lived.llp import DEGREE, Acceptance, HiggsBosons, Volume
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import Array, Companion, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.split import Split, split

TRACKER = Volume(inner=0.004, outer=0.3, eta=2.5)
CALORIMETER = Volume(inner=2.0, outer=3.5, eta=1.0)
ENERGY = 13_000.0
MASSES = np.round(200 * 2 ** np.cos(np.pi * np.arange(16) / 15), 3)
"""Of the samples of Higgs bosons: Chebyshev's nodes in log m_H."""
EVENTS, ROWS, PART = 80_000, 4_000, 250
SEED = 20261122
INPUTS = (
    Input(
        name="m_h",
        symbol="m_H",
        unit="GeV",
        low=100.0,
        high=400.0,
        default=125.0,
        meaning="Higgs boson mass",
    ),
    Input(
        name="m_x",
        symbol="m_X",
        unit="GeV",
        low=5.0,
        high=192.0,
        meaning="mass of the long-lived scalar X",
    ),
    Input(
        name="ctau",
        symbol=r"c\tau",
        unit="m",
        low=1e-4,
        high=1e3,
        meaning="mean proper decay length of X",
    ),
)
NAMES = tuple(i.name for i in INPUTS)
REGION = (
    HalfSpace(coefficients={"m_x": 1.0, "m_h": -0.48}, bound=0.0, meaning="m_x <= 0.48 m_h"),
    HalfSpace(coefficients={"m_h": 0.02, "m_x": -1.0}, bound=0.0, meaning="m_x >= 0.02 m_h"),
)


VOLUMES = {"tracker": TRACKER, "calorimeter": CALORIMETER}
LABEL_ERROR = {"tracker": 0.0007, "calorimeter": 0.0015}
"""Mean relative statistical error of a label where the acceptance is above 0.01."""
FLOOR = 1e-4
"""Below it the acceptance is not resolved: it comes from a few Higgs bosons of the largest
transverse momentum."""
SUMS = np.array([[1.0, 0.0, 0.0, 0.5, 0.5], [0.0, 1.0, 0.0, -1.0, 1.0], [0.0, 0.0, 1.0, 0.0, 0.0]])
"""m_h, m_x, c tau, m_h/2 - m_x and m_h/2 + m_x (columns); the product of the last two is the
squared momentum of the X."""
NATURAL = np.array(
    [
        [0.0, -1.0, 1.0, -1.0],
        [-1.0, 1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 0.0],
        [0.5, 0.0, 0.0, 1.0],
        [0.5, 0.0, 0.0, 0.0],
    ]
)
"""Their powers (rows) in the flight length of Higgs bosons at rest, m_x/m_h, m_h and (m_h/2 -
m_x)/m_h (columns)."""
SHARES = np.array([0.3, 0.8, 1.3, 3.0])
"""Flight lengths of a rough acceptance, over that of Higgs bosons at rest."""
PLAN = lm.FitPlan(16, 16, (lm.Stage(5, 50, 1200), lm.Stage(2, 120), lm.Stage(1, 400)))
CHECKED_MASSES = np.array([125.0, 200.0, 350.0])
CHECK_EVENTS, CHECK_ROWS = 120_000, 120


def label(run: Run) -> Rows:
    """The columns of llp-higgs-acceptance: 16 samples of Higgs bosons, then the quadratures (six
    minutes on one core)."""
    points = design(run.rows or ROWS)
    counts = parts.compute(
        run, HiggsBosons(EVENTS, ENERGY), MASSES[:, None], part=1, name="higgs-bosons"
    )
    acceptance = Acceptance(tuple(VOLUMES.values()), MASSES, counts)
    return _columns(points, parts.compute(run, acceptance, points, part=PART, name="llp"))


def label_check(run: Run) -> Rows:
    """The columns of llp-higgs-check: Higgs bosons of their own at three masses (a minute and a
    half on one core)."""
    bosons = HiggsBosons(CHECK_EVENTS, ENERGY)
    counts = parts.compute(run, bosons, CHECKED_MASSES[:, None], part=1, name="higgs-bosons-check")
    points = design_check()
    found = [
        Acceptance(tuple(VOLUMES.values()), masses, here, degree=0)(
            points[points[:, 0] == masses[0]]
        )
        for masses, here in zip(CHECKED_MASSES[:, None], counts[:, None], strict=True)
    ]
    return _columns(points, np.concatenate(found))


def _columns(points: Array, values: Array) -> Rows:
    names = [n for volume in VOLUMES for n in (volume, f"{volume}_error")]
    return {**dict(zip(NAMES, points.T, strict=True)), **dict(zip(names, values.T, strict=True))}


def design(rows: int) -> Array:
    """Points (rows, 3), even in log m_h, log(m_x/m_h) and log c tau."""
    return sobol(INPUTS, rows, SEED, region=REGION, log=NAMES, edges=0.3, digits=5)


def design_check() -> Array:
    """Points (CHECK_ROWS, 3), as many at each of the three masses."""
    groups = []
    for number, m_h in enumerate(CHECKED_MASSES):
        points = sobol(INPUTS, CHECK_ROWS, SEED + 1 + number, log=NAMES, digits=5)
        points[:, 0] = m_h
        groups.append(points[inside(points, INPUTS, REGION)][: CHECK_ROWS // len(CHECKED_MASSES)])
    return np.concatenate(groups)


def _dataset(name: str, title: str, sample: str) -> RecipeDataSet:
    return RecipeDataSet(
        name=name,
        title=title,
        description=(
            "Probability that at least one X of g g -> H -> X X decays in a tracker or "
            f"calorimeter volume. {sample} Directions and lifetimes of the X are integrated by "
            "quadrature. The errors are those of the samples of Higgs bosons, which all rows "
            "share: they are correlated, and smooth over the region."
        ),
        columns=(
            *(column(i.name, i.unit, i.meaning, "input") for i in INPUTS),
            *(
                c
                for volume in VOLUMES
                for c in (
                    column(volume, "1", f"acceptance of the {volume} volume", "target"),
                    column(
                        f"{volume}_error",
                        "1",
                        "its statistical error, one standard deviation",
                        "error",
                    ),
                )
            ),
        ),
        generator=Generator(
            program="Pythia",
            version="8.317.2",
            settings={
                "process": (
                    "HiggsSM:gg2H at 13 TeV, initial-state radiation on, no final-state "
                    "radiation or hadrons"
                ),
                "decay": "isotropic H -> X X, integrated outside Pythia",
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
    return (
        f"at least one X decays at a transverse distance of {v.inner:g} to {v.outer:g} m, X "
        f"with |eta| < {v.eta:g}"
    )


DATASET = _dataset(
    "llp-higgs-acceptance",
    "Acceptances for a long-lived scalar from a Higgs boson",
    f"From {EVENTS:,} Higgs bosons of Pythia 8 at each of {len(MASSES)} masses, whose distribution "
    f"in p_T/m_H and rapidity is followed by polynomials of degree {DEGREE} in log m_H.",
)
CHECK = _dataset(
    "llp-higgs-check",
    f"Acceptances for a long-lived scalar from a Higgs boson at {CHECK_ROWS} points",
    f"From {CHECK_EVENTS:,} further Higgs bosons of Pythia 8 at each of three masses, which tell "
    "of no other mass.",
)
COMPANION = Companion(CHECK, label_check)


def rough(volume: Volume) -> FeatureTerms:
    """Raw: the logarithms of `SUMS`, and the logit of a rough acceptance, which the heads begin
    from.

    The rough one is that of a few flight lengths beside that of Higgs bosons at rest. Its limits
    for long lifetimes are right.
    """
    powers, shift = NATURAL[:, :1] @ np.ones((1, len(SHARES))), np.log(SHARES)

    def values(x: Array) -> Array:
        logs = np.log(x @ SUMS)
        inside = volume.probability(np.exp(logs @ powers + shift)).mean(axis=1, keepdims=True)
        return np.concatenate([logs, np.log((inside + FLOOR) / (1 - inside + FLOOR))], axis=1)

    def build(graph: NetworkGraph) -> str:
        logs = graph.node("Log", graph.affine(PARAMETERS, SUMS, np.zeros(SUMS.shape[1])))
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

    last = np.zeros((1, NATURAL.shape[1]))
    learnt = np.concatenate(
        [np.concatenate([NATURAL, last]), np.eye(len(NATURAL) + 1)[:, -1:]], axis=1
    )
    return FeatureTerms(values, build, learnt, np.eye(len(NATURAL) + 1)[:, -1:])


def features(x: Array) -> Array:
    """What network and baseline see: logarithms of the flight length, m_x/m_h, m_h and (m_h/2 -
    m_x)/m_h."""
    return np.asarray(np.log(x @ SUMS) @ NATURAL)


def split_rows(rows: int, seed: int) -> Split:
    """Six per cent to choose the best fit, a quarter each to calibrate and to judge."""
    return split(rows, validation=0.06, calibration=0.25, test=0.25, seed=seed)


def fit(volume: str, x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
    """The logit of the acceptance beside that of a rough one. All labels count alike: their errors
    are smooth over the region."""
    return fit_network(
        x,
        y,
        parts_of,
        run,
        inputs=INPUTS,
        region=REGION,
        terms=rough(VOLUMES[volume]),
        link=Probability(FLOOR),
        plan=PLAN,
    )


def physics_checks(volume: str, predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
    """Labels from other Higgs bosons, bounds, long and short lifetimes."""

    def acceptance(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    known = read_companion(COMPANION, run)
    x = np.stack([known[n] for n in NAMES], axis=1)
    truth, error = known[volume], known[f"{volume}_error"]
    large = truth > 1e-3
    off = np.abs(acceptance(x[large]) / truth[large] - 1)
    points = uniform(INPUTS, 20_000, SEED + 3, REGION)
    points[:, 2] = np.exp(
        np.random.default_rng(SEED).uniform(np.log(1e-4), np.log(1e3), len(points))
    )
    found = acceptance(points)
    long = points[:2000].copy()
    long[:, 2] = np.geomspace(90 * VOLUMES[volume].outer, 333.0, 2000)
    longer = long * np.array([1.0, 1.0, 3.0])
    short = long.copy()
    short[:, 2] = 1e-4
    limit = 1e-4 if volume == "calorimeter" else 1.0
    return (
        checks.measured(
            "labels from other Higgs bosons",
            float(off.mean()),
            0.005,
            criterion=f"mean difference below 0.5 % at {int(large.sum())} points with an "
            "acceptance above 0.001, whose own error "
            f"is {100 * float((error[large] / truth[large]).mean()):.2g} %",
            reference="Bierlich:2022pfr",
        ),
        checks.measured("the same, the worst point", float(off.max()), 0.03, criterion="below 3 %"),
        Check(
            name="a probability",
            passed=bool((found >= 0).all() and (found <= 1).all()),
            figure=f"{found.min():.3g} to {found.max():.3g} at {len(points)} points",
            criterion="between 0 and 1",
        ),
        checks.between(
            acceptance,
            longer,
            long,
            2.85,
            3.15,
            name="long lifetimes: acceptance as 1/c tau",
            criterion="3 times c tau above 90 times the outer radius gives a third of the "
            "acceptance, to 5 %",
        ),
        checks.measured(
            "short lifetimes",
            float(acceptance(short).max()),
            limit,
            criterion=f"c tau of 0.1 mm: at most {limit:g}"
            + (", the floor" if limit == FLOOR else ""),
        ),
    )


def corners(x: Array) -> dict[str, NDArray[np.bool_]]:
    """Parts of the region that its edges do not show."""
    m_h, m_x, _ = x.T
    return {"m_x > 0.4 m_h": m_x > 0.4 * m_h, "m_h 110 to 140 GeV": np.abs(m_h - 125) < 15}


def recipe(volume: str) -> Recipe:
    """The network of one volume."""
    return Recipe(
        name=f"efficiency-llp-higgs-{volume}",
        version=3,
        raises_uncertainty=True,
        kind="efficiency",
        title=f"Long-lived scalar from a Higgs boson: acceptance of a {volume}",
        description=(
            f"Probability that {working_point(volume)}, for g g -> H -> X X at 13 TeV with a Higgs "
            "boson of 100 to 400 GeV and lifetimes over seven decades. A geometric acceptance of "
            "a generic volume: no trigger, reconstruction or selection of any experiment. "
            f"Acceptances below the floor of {FLOOR:g} are not resolved and may come out as "
            "exactly zero. The uncertainty is how far the network may be from its labels; these "
            f"have a statistical error of their own, {100 * LABEL_ERROR[volume]:g} % on average "
            "above an acceptance of 0.01, since all come from the same Higgs bosons."
        ),
        subject=f"llp-higgs-{volume}",
        conditions=Conditions(
            energy=ENERGY,
            order="LO+PS",
            pdf="NNPDF23_lo_as_0130_qed",
            working_point=working_point(volume),
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
            no_uncertainty=(
                "Missing: the transverse momentum of the Higgs boson beyond Pythia's parton shower "
                "at leading order, and its PDFs. For lifetimes far longer or shorter than the "
                "volume the acceptance follows the mean boost of X, so that 10 % in the boost are "
                "10 % in the acceptance. Statistical errors of the simulation, in "
                "`relative_error`, are shared by all rows and not in the network's uncertainty."
            ),
            seconds_per_label=0.1,
        ),
        dataset=DATASET,
        companions=(COMPANION,),
        label=label,
        split=split_rows,
        fit=partial(fit, volume),
        baseline=rbf_baseline(features, Probability(FLOOR), neighbours=200, smoothing=1e-3),
        checks=partial(physics_checks, volume),
        corners=corners,
        better_labels=COMPANION,
        label_errors=stated(f"{volume}_error"),
        seed=1,
        references=bibtex.select("Bierlich:2022pfr"),
        created="2026-11-22",
        validation_note=(
            "Test rows share the Higgs bosons of all others, so that errors here do not hold "
            f"those of the labels, {100 * LABEL_ERROR[volume]:g} % on average above an acceptance "
            "of 0.01. The check with other Higgs bosons and what is left beyond the noise hold "
            "them."
        ),
    )
