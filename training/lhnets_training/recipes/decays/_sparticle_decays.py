"""What the networks of gluino and stop decays share: inputs, data set, mixing as a feature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lhnets.format import (
    Check,
    HalfSpace,
    Input,
    Output,
    ShareVariation,
    SlhaEntry,
    Truth,
    Variation,
)
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import Surface, sobol, uniform
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.cross_validation import judge_by_folds
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.fit.links import Shares
from lhnets_training.fit.network import fit_network
from lhnets_training.judging import checks
from lhnets_training.labels import parts
from lhnets_training.labels.hadronic.partonic_lo import AlphaS
from lhnets_training.labels.supersymmetry.sparticle_decays import COLUMNS, widths
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.recipe import Array, Fit, Fitted, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.split import Split, split

ROWS, SEED, EDGES, PART = 2_000, 20261122, 0.4, 50
PLAN = lm.FitPlan(14, 14, (lm.Stage(6, 60), lm.Stage(2, 300)))
LEAST_LEFT = 0.1
"""Smallest left-handed share of a stop that decays to winos."""
UNMIXED = 1e-300
"""Weight of a left-handed stop, which decides where both entries of the mixing matrix are zero and
nowhere else."""
CHANNELS = {
    "gluino": {"qsq": "a light quark and its squark", "bsb": "a bottom quark and a sbottom",
        "tt1": "a top quark and the lighter stop"},
    "stop": {"tn1": "a top quark and the bino", "bc1": "a bottom quark and the charged wino",
        "tn2": "a top quark and the neutral wino"},
}  # fmt: skip


def _mass(name: str, symbol: str, low: float, high: float, meaning: str, pdg: int) -> Input:
    slha = SlhaEntry(block="MASS", entry=(pdg,), absolute=True)
    return Input(
        name=name, symbol=symbol, unit="GeV", low=low, high=high, meaning=meaning, slha=slha
    )


def stop_entry(number: int, low: float, signs: tuple[int, ...] = ()) -> Input:
    """An entry of the first row of the stop mixing matrix, times the ``signs`` of masses."""
    side = "left" if number == 1 else "right"
    return Input(
        name=f"t_1{number}", symbol=rf"U^{{\tilde t}}_{{1{number}}}", unit="1", low=low, high=1.0,
        meaning=f"{side}-handed part of the lighter stop, cos theta or sin theta; only their ratio "
                "counts",
        slha=SlhaEntry(block="STOPMIX", entry=(1, number), signs=signs),
    )  # fmt: skip


M_GO = _mass("m_go", r"m_{\tilde g}", 800.0, 3000.0, "gluino mass", 1000021)
M_SQ = _mass(
    "m_sq",
    r"m_{\tilde q}",
    500.0,
    2950.0,
    "mass of all squarks but the stops, which are degenerate",
    1000001,
)
M_T1 = _mass("m_t1", r"m_{\tilde t_1}", 500.0, 2000.0, "mass of the lighter stop", 1000006)
M_N1 = _mass(
    "m_n1",
    r"m_{\tilde\chi_1^0}",
    50.0,
    1500.0,
    "mass of the lightest neutralino, a pure bino",
    1000022,
)
M_C1 = _mass(
    "m_c1",
    r"m_{\tilde\chi_1^\pm}",
    150.0,
    1500.0,
    "mass of the winos, charged and neutral",
    1000024,
)
INPUTS = (M_GO, M_SQ, M_T1, M_N1, M_C1)
BELOW_SQUARK = HalfSpace(
    coefficients={"m_sq": 1.0, "m_go": -1.0}, bound=-50.0, meaning="m_sq <= m_go - 50 GeV"
)
BELOW_STOP = HalfSpace(
    coefficients={"m_t1": 1.0, "m_go": -1.0}, bound=-225.0, meaning="m_t1 <= m_go - 225 GeV"
)
BELOW_WINO = HalfSpace(
    coefficients={"m_c1": 1.0, "m_t1": -1.0}, bound=-225.0, meaning="m_c1 <= m_t1 - 225 GeV"
)
STOP_ROW = spectra.mixing_row("t_11", "t_12")
BELOW_BINO = HalfSpace(coefficients={"m_n1": 1.0, "m_c1": -1.0}, bound=0.0, meaning="m_n1 <= m_c1")
M_TOP = 172.5

TRUTH_SETTINGS = {
    "widths": ("ResonanceGluino and ResonanceSquark at lowest order, two bodies, couplings and "
              "masses as in Pythia"),
    "spectrum": "N1 a pure bino, N2 and C1 pure winos of one mass, tan beta 10, no mixing but of "
                "stops; "
    "heavier stop, higgsinos, sleptons and Higgs bosons at 10 TeV",
}  # fmt: skip
REFERENCES = bibtex.select("Bierlich:2022pfr", "Beenakker:1996ch")
DATASET = RecipeDataSet(
    name="sparticle-decays",
    title="Partial widths of gluinos and stops from Pythia 8",
    description=(
        "Two-body partial widths of a gluino above its squarks, with its branching ratios, and of "
        "the lighter stop above winos and a bino, as Pythia gives them, in five masses and the "
        "stop mixing. Those of the stop are no truth: the recipe br_stop says where they depart "
        "from the formulas at lowest order. Scrambled Sobol design, even in the logarithms of the "
        "masses and in the mixing angle, denser towards the edges."
    ),
    columns=(
        *(
            column(i.name, i.unit, i.meaning, "input")
            for i in (*INPUTS, stop_entry(1, 0.0), stop_entry(2, -1.0))
        ),
        *(
            column(f"BR_{c}", "1", f"branching ratio of the gluino into {words}", "target")
            for c, words in CHANNELS["gluino"].items()
        ),
        *(
            column(f"width_{c}", "GeV", f"partial width of the {parent} into {words}", "target")
            for parent, channels in CHANNELS.items()
            for c, words in channels.items()
        ),
    ),
    generator=Generator(
        program="Pythia",
        version="8.317.2",
        settings=TRUTH_SETTINGS,
        recipe="br_gluino",
        seed=SEED,
        tolerance=1e-9,
    ),
    references=REFERENCES,
)


def missing_orders(channels: Iterable[str]) -> tuple[Variation, ...]:
    """What lowest order leaves out of branching ratios: a change of each partial width of relative
    order alpha_s at 1 TeV, the channels apart.

    An estimate of the size: the corrections in the coupling are not computed.
    """
    size = round(float(AlphaS(0.118)(np.array([1000.0]))[0]), 3)
    return tuple(
        ShareVariation(
            source="higher orders", part=c, up={f"BR_{c}": size}, down={f"BR_{c}": -size}
        )
        for c in channels
    )


NOT_INCLUDED = (
    "Missing in the components: the corrections themselves, which are not computed, and decays "
    "into three bodies. The component is their expected size, alpha_s of each partial "
    "width; close to the threshold of a channel they may be larger."
)
TRUTH = Truth(
    program="Pythia",
    version="8.317.2",
    settings=TRUTH_SETTINGS,
    references=("Bierlich:2022pfr",),
    no_uncertainty=NOT_INCLUDED,
    seconds_per_label=0.2,
)


def label(run: Run) -> Rows:
    """The columns of sparticle-decays (eight minutes on one core)."""
    points = design(run.rows or ROWS)
    found = parts.compute(run, widths, points, part=PART, name=DATASET.name)
    names = [c for channels in CHANNELS.values() for c in channels]
    shares = found[:, :3] / found[:, :3].sum(axis=1, keepdims=True)
    return {
        **dict(zip(COLUMNS, points.T, strict=True)),
        **{f"BR_{c}": shares[:, k] for k, c in enumerate(CHANNELS["gluino"])},
        **{f"width_{c}": found[:, k] for k, c in enumerate(names)},
    }


def design(rows: int) -> Array:
    """Points (rows, 7): masses in their region, even in logarithms, and the mixing angle."""
    steepest = np.arccos(LEAST_LEFT)
    angle = Input(
        name="theta", unit="rad", meaning="stop mixing angle", low=-steepest, high=steepest
    )
    region = (BELOW_SQUARK, BELOW_STOP, BELOW_WINO, BELOW_BINO)
    drawn = sobol(
        (*INPUTS, angle),
        rows,
        SEED,
        region=region,
        log=[i.name for i in INPUTS],
        edges=EDGES,
        digits=6,
    )
    return np.concatenate([drawn[:, :5], np.cos(drawn[:, 5:]), np.sin(drawn[:, 5:])], axis=1)


def split_rows(rows: int, seed: int) -> Split:
    """Half to train on, a tenth to choose, the others to judge fold by fold."""
    return split(rows, validation=0.1, calibration=0.0, test=0.4, seed=seed)


@dataclass(frozen=True)
class Coupled:
    """The squared amplitude of a mixed stop: E (left cos^2 + right sin^2) + product sin(2 theta) m.

    E is a sum of squared masses, by names of inputs and a constant under the empty name.
    """

    energy: dict[str, float]
    mass: str
    left: float
    right: float
    product: float


def mixed(
    inputs: Sequence[Input],
    forms: Sequence[dict[str, float]],
    core: Sequence[dict[int, float]],
    coupled: Coupled,
    *,
    wino: bool,
) -> FeatureTerms:
    """Raw: logarithms of linear ``forms`` of the masses, sin and cos of twice the mixing angle, log
    cos^2 where ``wino``.

    A form gives coefficients by names of inputs and a constant under the empty name. Mixing is the
    last two inputs. The last raw feature is the logarithm of ``coupled``. What the ``core`` sees
    are sums of raw features by their numbers.
    """
    names = [i.name for i in inputs]
    weights, bias = _by_name(names, forms)
    energy, constant = _by_name(names, [coupled.energy])
    mass, _ = _by_name(names, [{coupled.mass: coupled.product}])
    sums = np.zeros((len(names), 4))
    sums[-2:] = [[1.0, 1.0, 1.0, 0.0], [1.0, -1.0, 0.0, 1.0]]
    numerators = np.array(
        [[0.5, 0, 0, 0], [-0.5, 0, 0, 0], [0, 1, coupled.left, 1], [0, -1, coupled.right, 0]]
    )
    numerators_bias = UNMIXED * np.array([0.0, 1.0, coupled.left, 1.0])
    both = np.array([[0.0], [0.0], [1.0], [1.0]])

    def values(x: Array) -> Array:
        squares = (x @ sums) ** 2
        shares = (squares @ numerators + numerators_bias) / (squares @ both + UNMIXED)
        amplitude = (x**2 @ energy + constant) * shares[:, [2]] + (x @ mass) * shares[:, [0]]
        columns = [
            np.log(x @ weights + bias),
            shares[:, :2],
            np.log(shares[:, 3:]) if wino else None,
            np.log(amplitude),
        ]
        return np.concatenate([c for c in columns if c is not None], axis=1)

    def build(graph: NetworkGraph) -> str:
        logs = graph.node("Log", graph.affine(PARAMETERS, weights, bias))
        mixing = graph.affine(PARAMETERS, sums, np.zeros(4))
        squares = graph.node("Mul", mixing, mixing)
        shares = graph.affine(squares, numerators, numerators_bias)
        shares = graph.node("Div", shares, graph.affine(squares, both, np.array([UNMIXED])))
        graph.nodes(
            "Split",
            [shares, graph.constant(np.array([1, 1, 1, 1]))],
            ["sine", "cosine", "coupling", "left"],
            axis=1,
        )
        plain = graph.affine(graph.node("Mul", PARAMETERS, PARAMETERS), energy, constant)
        crossed = graph.node("Mul", graph.affine(PARAMETERS, mass, np.zeros(1)), "sine")
        amplitude = graph.node(
            "Log", graph.node("Add", graph.node("Mul", plain, "coupling"), crossed)
        )
        columns = [
            logs,
            "sine",
            "cosine",
            *([graph.node("Log", "left")] if wino else []),
            amplitude,
        ]
        return graph.node("Concat", *columns, axis=1)

    count = len(forms) + (4 if wino else 3)
    features = np.array([[of.get(k, 0.0) for of in core] for k in range(count)])
    return FeatureTerms(values, build, features, linear=True)


def _by_name(names: Sequence[str], columns: Sequence[dict[str, float]]) -> tuple[Array, Array]:
    """Coefficients (n, columns) and constants (columns,), which stand under the empty name."""
    return np.array([[c.get(name, 0.0) for c in columns] for name in names]), np.array(
        [c.get("", 0.0) for c in columns]
    )


def phase_space(parent: str, first: str, second: float) -> list[dict[str, float]]:
    """The four sums of masses whose product is the square of a decay's phase space, for a product
    of known mass."""
    return [
        {parent: 1.0, first: -1.0, "": -second}, {parent: 1.0, first: 1.0, "": second},
        {parent: 1.0, first: -1.0, "": second}, {parent: 1.0, first: 1.0, "": -second},
    ]  # fmt: skip


def fit(inputs: tuple[Input, ...], region: tuple[Surface, ...], terms: FeatureTerms) -> Fit:
    """Logarithms of ratios of the three channels, and a softmax."""

    def fitted(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
        found = fit_network(
            x,
            y,
            parts_of,
            run,
            inputs=inputs,
            region=region,
            terms=terms,
            link=Shares(3),
            plan=PLAN,
        )
        return judge_by_folds(found, x, parts_of, run.seed)

    return fitted


def sums_to_one(
    predict: Callable[[Array], Array], inputs: tuple[Input, ...], region: tuple[Surface, ...]
) -> Check:
    """The softmax, at random points of the region."""
    found = predict(uniform(inputs, 20_000, SEED + 3, region))
    off = float(np.abs(found.sum(axis=1) - 1).max())
    return checks.measured(
        "sum", off, 1e-12, criterion="branching ratios sum to 1 within 1e-12 at 20,000 points"
    )


def outputs(parent: str, subjects: Sequence[str]) -> tuple[Output, ...]:
    """The branching ratios of a parent."""
    return tuple(
        Output(
            name=f"BR_{c}",
            unit="1",
            meaning=f"branching ratio into {words}, all charges",
            scale="log",
            subject=subject,
        )
        for (c, words), subject in zip(CHANNELS[parent].items(), subjects, strict=True)
    )


NOTE = (
    "Half of the rows of the design trained the network; those unseen are judged by the scores "
    "of each other, in tenths."
)
