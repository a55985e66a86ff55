"""cs-slepton-pair-lo: p p -> a charged slepton of any mixing and its antiparticle, at leading
order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, HalfSpace, Input, Output, SlhaEntry
from lhnets_training.data.sample import uniform
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.fit.links import Sums
from lhnets_training.judging import checks
from lhnets_training.labels.hadronic.drell_yan import SleptonPair
from lhnets_training.labels.supersymmetry import hepi_tables
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.recipe import Array, Rows
from lhnets_training.recipes.cross_sections import _slepton_lo as lo
from lhnets_training.recipes.cross_sections._table_checks import ratio

LOW = 80.0
"""Nearer to half of the Z's mass the parts interfere destructively."""
COSINE = Input(
    name="cos_theta",
    symbol=r"\cos\theta_{\tilde\tau}",
    unit="1",
    low=-1.0,
    high=1.0,
    meaning="left-handed part of the lighter stau: 1 for a left-handed slepton, 0 for a "
    "right-handed one",
    slha=SlhaEntry(block="STAUMIX", entry=(1, 1)),
)
INPUTS = (
    lo.mass(
        "m_ta1",
        r"m_{\tilde\tau_1}",
        "mass of the lighter stau, or of any other charged slepton",
        1000015,
        LOW,
    ),
    COSINE,
    lo.SQRT_S,
)
REGION = (
    HalfSpace(
        coefficients={"m_ta1": 1.0, "sqrt_s": -0.125}, bound=0.0, meaning="m_ta1 <= 0.125 sqrt_s"
    ),
)
OUTPUTS = tuple(
    Output(name=name, unit="pb", meaning=meaning, scale="log", order=order)
    for name, meaning, order in (
        ("LO_left", "part of the left-handed slepton", None),
        ("LO_right", "part of the right-handed slepton", None),
        ("LO_both", "interference of both parts", None),
        ("LO", "total cross section at leading order", "LO"),
    )
)
END = Sums(np.concatenate([np.eye(3), np.ones((3, 1))], axis=1))
PREFACTOR = np.array([[-2.0, -2.0, -2.0], [-2.0, -2.0, -2.0], [2.0, 0.0, 1.0], [0.0, 2.0, 1.0]])
"""m^-2, and the powers of cos^2 theta and sin^2 theta."""
LEAST = 1e-9
"""Below it cos^2 theta and sin^2 theta count as this, for their logarithms."""
TABLES = {1.0: "pp13_slep_L_NLO+NLL_PDF4LHC", 0.0: "pp13_slep_R_NLO+NLL_PDF4LHC"}
"""Of the LHC SUSY XS WG, by the cosine."""


def raw(x: Array) -> Array:
    """log(m/sqrt_s), log sqrt_s, and the logarithms of cos^2 theta and sin^2 theta of points (N,
    3)."""
    log_m, log_s, squared = np.log(x[:, 0]), np.log(x[:, 2]), x[:, 1] ** 2
    return np.stack(
        [log_m - log_s, log_s, *np.log(np.maximum([squared, 1 - squared], LEAST))], axis=1
    )


def build(graph: NetworkGraph) -> str:
    """The same as nodes."""
    masses = graph.affine(
        graph.coordinates([True, False, True]), np.array([[1.0, 0], [0, 0], [-1, 1]]), np.zeros(2)
    )
    cosine = graph.node("Gather", PARAMETERS, graph.constant(np.array([1])), axis=1)
    shares = graph.affine(
        graph.node("Mul", cosine, cosine), np.array([[1.0, -1.0]]), np.array([0.0, 1.0])
    )
    return graph.node(
        "Concat",
        masses,
        graph.node("Log", graph.node("Max", shares, graph.constant(np.array(LEAST)))),
        axis=1,
    )


def at(cosine: float, masses: Array | float, sqrt_s: Array | float = 13_000.0) -> Array:
    """Points (N, 3) of one cosine and energy."""
    return np.stack(np.broadcast_arrays(masses, cosine, sqrt_s), axis=-1)


def physics_checks(predict: Callable[[Array], Array], known: Rows) -> Sequence[Check]:
    """Sign, slopes, mixing, Pythia 8's pairs of charged Higgs bosons, Resummino."""

    def value(points: Array) -> Array:
        return np.asarray(predict(points)[:, -1])

    masses = np.linspace(LOW, 875.0, 80)
    in_mass = np.stack(
        [at(c, masses, e) for c in (0.0, 0.3, 0.7, 1.0) for e in (7000.0, 13_000.0, 14_000.0)]
    )
    in_energy = np.stack(
        [
            at(c, m, np.linspace(14_000, 7000, 50))
            for c in (0.0, 0.7, 1.0)
            for m in (60.0, 300.0, 800.0)
        ]
    )
    some = uniform(INPUTS, 2000, lo.SEED + 1, REGION)
    squares = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    lines = np.stack([value(at(float(c), masses)) for c in np.sqrt(squares)])
    cubic = np.abs(np.diff(lines, 3, axis=0)).max(axis=0) / lines.mean(axis=0)
    points = np.stack([known[i.name] for i in INPUTS], axis=1)
    factors = []
    for cosine, table in TABLES.items():
        published, sigma = hepi_tables.decoupled(table)
        chosen = (published >= 100) & (published <= 1000)
        factors.append(sigma[chosen] / value(at(cosine, published[chosen])))
    return (
        checks.positive(value, uniform(INPUTS, 20_000, lo.SEED + 3, REGION)),
        checks.falls(value, in_mass, "m_ta1"),
        checks.falls(value, in_energy, "falling sqrt_s"),
        checks.flat(
            value,
            some,
            some * np.array([1, -1, 1.0]),
            name="sign of the mixing",
            within=1e-12,
            criterion="the same for both signs of cos theta",
        ),
        checks.measured(
            "quadratic in cos^2 theta",
            float(cubic.max()),
            5e-4,
            criterion="third differences over cos^2 theta at 80 masses below 5e-4 of the mean, as "
            "the coupling to the Z gives",
        ),
        checks.agrees(
            value,
            points,
            known["pythia"],
            name="Pythia 8, charged Higgs bosons",
            within=0.02,
            reference="Bierlich:2022pfr",
        ),
        ratio(
            np.concatenate(factors),
            np.ones(sum(map(len, factors))),
            1.0,
            1.4,
            name="NLO + NLL of the LHC SUSY XS WG over LO, left- and right-handed, from 100 to "
            "1000 GeV at 13 TeV",
            criterion="K factors between 1 and 1.4",
        ),
    )


SLEPTONS = lo.Sleptons(
    name="cs-slepton-pair-lo",
    title="Slepton pairs of any mixing at leading order, 7-14 TeV",
    description=(
        "Total cross section of a charged slepton and its antiparticle through photon and Z at "
        "leading order, for any mass, mixing of left- and right-handed states, and collider "
        "energy: staus of any mixing, and selectrons and smuons, which are left- or right-handed. "
        "The scale is the mass: twice that changes it by +5 % at 80 GeV and -12 % at 1.5 TeV, at "
        "13 TeV. QCD adds 10 to 25 %: use it for mixing, energies and ratios, and cs-slepton-pair "
        "for the size at 13 and 13.6 TeV."
    ),
    subject="2212 2212 > -1000015 1000015",
    words="charged sleptons of any mixing",
    inputs=INPUTS,
    logs=("m_ta1", "sqrt_s"),
    outputs=OUTPUTS,
    end=END,
    region=REGION,
    scale="m_ta1",
    family="sleptons",
    label=SleptonPair,
    terms=FeatureTerms(raw, build, np.eye(4, 2), PREFACTOR),
    higgs="charged",
    higgs_points=np.array(
        [
            [80.0, 1.0, 7000.0],
            [90.0, 1.0, 13_000.0],
            [120.0, 1.0, 14_000.0],
            [200.0, 1.0, 13_600.0],
            [350.0, 1.0, 8000.0],
            [500.0, 1.0, 13_000.0],
            [800.0, 1.0, 13_000.0],
            [1200.0, 1.0, 14_000.0],
        ]
    ),
    higgs_masses=lambda point: (float(point[0]),),
    checks=physics_checks,
)
RECIPE = lo.recipe(SLEPTONS)
