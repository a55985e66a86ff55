"""cs-slepton-sneutrino-lo: p p -> a left-handed slepton and a sneutrino of any masses, at leading
order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lhnets.format import Check, HalfSpace, Output
from lhnets_training.data.sample import uniform
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.fit.links import Sums
from lhnets_training.judging import checks
from lhnets_training.labels.hadronic.drell_yan import SleptonSneutrino
from lhnets_training.labels.supersymmetry import hepi_tables
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.recipe import Array, Rows
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _slepton_lo as lo
from lhnets_training.recipes.cross_sections._table_checks import ratio, rises

PLUS, MINUS = "2212 2212 > -1000011 1000012", "2212 2212 > -1000012 1000011"
SMUONS = "2212 2212 > -1000013 1000014", "2212 2212 > -1000014 1000013"
OF_SMUONS = {"m_sl": 1000013, "m_snu": 1000014}
INPUTS = (
    lo.mass("m_sl", r"m_{\tilde e_L}", "mass of the left-handed selectron", 1000011),
    lo.mass("m_snu", r"m_{\tilde\nu_e}", "mass of the electron sneutrino", 1000012),
    lo.SQRT_S,
)
REGION = (
    HalfSpace(
        coefficients={"m_sl": 1.0, "m_snu": 1.0, "sqrt_s": -0.25},
        bound=0.0,
        meaning="m_sl + m_snu <= 0.25 sqrt_s",
    ),
)
OUTPUTS = (
    Output(
        name="LO_plus",
        unit="pb",
        meaning="positive slepton and sneutrino",
        scale="log",
        subject=PLUS,
        aliases=(spectra.alias(SMUONS[0], **OF_SMUONS),),
        order="LO",
    ),
    Output(
        name="LO_minus",
        unit="pb",
        meaning="negative slepton and antisneutrino",
        scale="log",
        subject=MINUS,
        aliases=(spectra.alias(SMUONS[1], **OF_SMUONS),),
        order="LO",
    ),
    Output(
        name="LO",
        unit="pb",
        meaning="both charges",
        scale="log",
        order="LO",
        aliases=(spectra.alias(" | ".join(SMUONS), **OF_SMUONS),),
    ),
)
TABLES = ("pp13_snuP-slep_NLO+NLL_PDF4LHC", "pp13_snuM-slep_NLO+NLL_PDF4LHC")
"""Of the LHC SUSY XS WG, for both charges."""


def raw(x: Array) -> Array:
    """log(M/sqrt_s), log sqrt_s and ((m_sl - m_snu)/M)^2 of points (N, 3), where M is the sum of
    the masses."""
    total, log_s = x[:, 0] + x[:, 1], np.log(x[:, 2])
    return np.stack([np.log(total) - log_s, log_s, ((x[:, 0] - x[:, 1]) / total) ** 2], axis=1)


def build(graph: NetworkGraph) -> str:
    """The same as nodes."""
    parts = graph.affine(PARAMETERS, np.array([[1.0, 0, 1], [1, 0, -1], [0, 1, 0]]), np.zeros(3))
    total, energy, difference = (
        graph.node("Gather", parts, graph.constant(np.array([k])), axis=1) for k in range(3)
    )
    share = graph.node("Div", difference, total)
    logs = graph.node("Log", graph.node("Concat", graph.node("Div", total, energy), energy, axis=1))
    return graph.node("Concat", logs, graph.node("Mul", share, share), axis=1)


def at(first: Array | float, second: Array | float, sqrt_s: Array | float = 13_000.0) -> Array:
    """Points (N, 3)."""
    return np.stack(np.broadcast_arrays(first, second, sqrt_s), axis=-1)


def physics_checks(predict: Callable[[Array], Array], known: Rows) -> Sequence[Check]:
    """Sign, slopes, symmetry, charges, Pythia 8's pairs of Higgs bosons, Resummino."""

    def value(points: Array) -> Array:
        return np.asarray(predict(points)[:, -1])

    masses = np.linspace(lo.LOW, 875.0, 80)
    in_mass = np.stack(
        [at(masses, m, e) for m in (60.0, 300.0, 800.0) for e in (7000.0, 13_000.0, 14_000.0)]
    )
    in_energy = np.stack(
        [
            at(m, k, np.linspace(14_000, 7000, 50))
            for m in (60.0, 300.0, 800.0)
            for k in (90.0, 700.0)
        ]
    )
    some = uniform(INPUTS, 2000, lo.SEED + 1, REGION)
    equal_masses = np.stack([at(masses, masses, e) for e in (7000.0, 13_000.0, 14_000.0)])
    both = predict(equal_masses.reshape(-1, 3)).reshape(*equal_masses.shape[:2], -1)
    points = np.stack([known[i.name] for i in INPUTS], axis=1)
    factors = []
    for k, table in enumerate(TABLES):
        published, sigma = hepi_tables.decoupled(table)
        chosen = (published >= 100) & (published <= 900)
        equal = published[chosen]
        factors.append(sigma[chosen] / predict(at(equal, equal))[:, k])
    return (
        checks.positive(value, uniform(INPUTS, 20_000, lo.SEED + 3, REGION)),
        checks.falls(value, in_mass, "m_sl"),
        checks.falls(value, in_energy, "falling sqrt_s"),
        checks.flat(
            value,
            some,
            some[:, [1, 0, 2]],
            name="symmetry",
            within=1e-12,
            criterion="the same where the masses are exchanged, as both are scalars",
        ),
        rises(
            (both[..., 0] / both[..., 1]),
            name="positive over negative rises with both masses",
            criterion="from step to step at 7, 13 and 14 TeV: the proton has the more u than d "
            "quarks, the more of it they carry",
        ),
        checks.agrees(
            value,
            points,
            2 * known["pythia"],
            name="Pythia 8, twice a charged and a neutral Higgs boson",
            within=0.02,
            reference="Bierlich:2022pfr",
        ),
        ratio(
            np.concatenate(factors),
            np.ones(sum(map(len, factors))),
            1.0,
            1.4,
            name="NLO + NLL of the LHC SUSY XS WG over LO, both charges, from 100 to 900 GeV at 13 "
            "TeV",
            criterion="K factors between 1 and 1.4",
        ),
    )


SLEPTONS = lo.Sleptons(
    name="cs-slepton-sneutrino-lo",
    version=4,
    raises_uncertainty=True,
    title="A slepton with a sneutrino at leading order, 7-14 TeV",
    description=(
        "Total cross section of a left-handed slepton and a sneutrino of one generation through a "
        "W at leading order, for any masses and collider energy, by charge and summed. The scale "
        "is the mean mass: twice that changes it by +9 % at 50 GeV and -11 % at 1.5 TeV, at 13 "
        "TeV. QCD adds 10 to 25 %. For staus, times the square of the left-handed part. The "
        "NNLO_approx+NNLL points of this process that hepi ships were not used: they lie 17 to 42 "
        "% above the LHC SUSY XS WG's at NLO + NLL, where those of sneutrino pairs lie within 8 "
        "%, and vary by 4 to 7 % with the scale, where those vary by less than 1 % above 250 GeV."
    ),
    subject=f"{PLUS} | {MINUS}",
    words="left-handed sleptons with sneutrinos",
    inputs=INPUTS,
    logs=("m_sl", "m_snu", "sqrt_s"),
    outputs=OUTPUTS,
    end=Sums(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])),
    region=REGION,
    cuts=(
        HalfSpace(
            coefficients={"m_sl": -1.0, "m_snu": -1.0},
            bound=-104.0,
            meaning="m_sl + m_snu >= 104 GeV",
        ),
    ),
    scale="(m_sl + m_snu)/2",
    family="slepton and sneutrino",
    label=SleptonSneutrino,
    terms=FeatureTerms(raw, build, np.eye(3), np.array([[-2.0, -2.0], [-2.0, -2.0], [0.0, 0.0]])),
    higgs="charged and neutral",
    higgs_points=np.array(
        [
            [60.0, 70.0, 7000.0],
            [90.0, 80.0, 13_000.0],
            [200.0, 100.0, 14_000.0],
            [150.0, 300.0, 13_600.0],
            [350.0, 340.0, 8000.0],
            [500.0, 900.0, 13_000.0],
            [800.0, 700.0, 13_000.0],
            [1200.0, 1200.0, 14_000.0],
        ]
    ),
    higgs_masses=lambda point: (float(point[0]), float(point[1])),
    checks=physics_checks,
)
RECIPE = lo.recipe(SLEPTONS)
