"""Leading-order cross sections of a coloured pair in its mass, the collider energy and the scale:
what such recipes share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from rich.progress import track

from lhnets.format import (
    Assumption,
    Check,
    Conditions,
    HalfSpace,
    Input,
    InputVariation,
    Output,
    Truth,
)
from lhnets_datasets.library.manifest import Column, Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol, uniform
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.features import FeatureTerms, log_powers
from lhnets_training.fit.links import Positive
from lhnets_training.fit.network import fit_network
from lhnets_training.judging import checks
from lhnets_training.labels import parts
from lhnets_training.labels.generators.pythia import CrossSection
from lhnets_training.labels.hadronic import luminosity
from lhnets_training.labels.hadronic.partonic_lo import AlphaS, Pair, PartonicProcess
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import Array, Companion, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.split import Split, split

PDF = "NNPDF31_nlo_as_0118_luxqed"
ALPHA_S_MZ = 0.118
FIVE_FLAVOURS = 1e9
"""The scale in GeV of a sixth flavour: out of reach, as in the PDF set, so that nothing has a
kink."""
ROWS = 15_000
SEED = 20261122
EDGES = 0.4
PYTHIA_POINTS, PYTHIA_EVENTS = 10, 60_000
PLAN = lm.FitPlan(16, 16, (lm.Stage(6, 80, 4000), lm.Stage(2, 400)))
ENERGIES = np.array([7000.0, 8000.0, 13000.0, 13600.0, 14000.0])
VERSION = "2"
"""Of the labels: 1 had gluino pairs alone."""


class Generate(Protocol):
    """A cross section from Pythia 8 at a mass, an energy (GeV) and mu/m."""

    def __call__(
        self, m: float, sqrt_s: float, mu_over_m: float, *, events: int, seed: int
    ) -> CrossSection:
        """Of ``events`` accepted events."""
        ...


@dataclass(frozen=True, kw_only=True)
class CrossSections:
    """What tells one pair from another."""

    name: str
    title: str
    description: str
    subject: str
    particle: str
    mass: Input
    region: tuple[HalfSpace, ...]
    nodes: luminosity.Nodes
    process: Callable[[Array], PartonicProcess]
    generate: Generate
    generator_settings: str
    scale_ratio: tuple[float, float]
    """Between which numbers LO at mu = m/2 over LO at mu = 2 m must lie."""
    references: tuple[str, ...]
    known: tuple[Known, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    version: int = 3

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Mass, energy, scale."""
        energy = Input(
            name="sqrt_s",
            symbol=r"\sqrt{s}",
            unit="GeV",
            low=7000.0,
            high=14000.0,
            meaning="centre-of-mass energy of the proton-proton collision",
        )
        scale = Input(
            name="mu_over_m",
            symbol=rf"\mu/{self.mass.symbol}",
            unit="1",
            low=0.5,
            high=2.0,
            default=1.0,
            meaning=f"common renormalisation and factorisation scale over the {self.mass.meaning}",
        )
        return (self.mass, energy, scale)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(i.name for i in self.inputs)

    @property
    def terms(self) -> FeatureTerms:
        """Ratios of scales, with m^-2 taken out."""
        m = self.mass.name
        features: tuple[dict[str, float], ...] = (
            {m: 1.0, "sqrt_s": -1.0},
            {"mu_over_m": 1.0},
            {"sqrt_s": 1.0},
        )
        return log_powers(self.inputs, features=features, prefactor=({m: -2.0},))

    @property
    def module(self) -> str:
        """The recipe's module."""
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Known:
    """A published number: the point, the cross section in pb, and how near the network must
    come."""

    name: str
    point: tuple[float, float, float]
    value: float
    within: float
    reference: str


def dataset(pair: CrossSections) -> RecipeDataSet:
    """The labels."""
    nodes = pair.nodes
    return RecipeDataSet(
        name=f"{pair.name.removeprefix('cs-')}",
        title=f"Leading-order cross sections of {pair.particle} pairs in proton-proton collisions, "
        "7-14 TeV",
        description=(
            f"Total cross sections of {pair.particle} pairs by quadrature of the closed "
            "leading-order partonic formulas with the parton luminosities of NNPDF3.1 NLO "
            f"(LUXqed), over {pair.mass.meaning}, collider energy and scale. Scrambled Sobol "
            "design, even in the logarithms of the inputs and denser towards the edges."
        ),
        columns=(
            *_columns(pair),
            column("LO", "pb", "total cross section at leading order", "target"),
        ),
        generator=Generator(
            program="lhnets_training.labels.hadronic.partonic_lo",
            version=VERSION,
            settings={
                "pdf": f"{PDF}, central member, densities below zero set to zero",
                "alpha_s": "0.118 at 91.1876 GeV, two loops, five flavours",
                "quadrature": f"{nodes.tau} x {nodes.scale} luminosity nodes in tau x Q with "
                f"{nodes.rapidity} in rapidity, "
                "128 in tau",
            },
            recipe=pair.module,
            seed=SEED,
            tolerance=1e-9,
        ),
        references=bibtex.select(*pair.references, "NNPDF:2017mvq"),
    )


def pythia_check(pair: CrossSections) -> RecipeDataSet:
    """The points of the comparison with Pythia 8."""
    name = f"pythia-{dataset(pair).name}-check"
    return RecipeDataSet(
        name=name,
        title=f"Cross sections of {pair.particle} pairs from Pythia 8 at {PYTHIA_POINTS} points",
        description=f"Points drawn at random in the region of {pair.name}, same PDF set, strong "
        "coupling and scales.",
        columns=(
            *_columns(pair),
            column("pythia", "pb", "total cross section from Pythia 8", "target"),
            column("pythia_error", "pb", "its statistical error, one standard deviation", "error"),
        ),
        generator=Generator(
            program="Pythia",
            version="8.317.2",
            settings={"processes": pair.generator_settings, "events": str(PYTHIA_EVENTS)},
            recipe=pair.module,
            seed=SEED,
            tolerance=0.01,
        ),
        references=bibtex.select("Bierlich:2022pfr", "NNPDF:2017mvq"),
    )


def label(pair: CrossSections, run: Run) -> Rows:
    """A Sobol design and its cross sections (ten seconds on one core)."""
    points = sobol(
        pair.inputs,
        run.rows or ROWS,
        SEED,
        region=pair.region,
        log=pair.names,
        edges=EDGES,
        digits=7,
    )
    made = dataset(pair)
    settings = repr((PDF, pair.nodes, ALPHA_S_MZ, made.generator.version))
    values = parts.compute(run, _labels(pair, run), points, name=made.name, settings=settings)
    return {**dict(zip(pair.names, points.T, strict=True)), "LO": values}


def _labels(pair: CrossSections, run: Run) -> Pair:
    grid = luminosity.load(pythia_grid(PDF), pair.nodes, run.out, run.console)
    return Pair(pair.process, grid, AlphaS(ALPHA_S_MZ, FIVE_FLAVOURS))


def label_pythia(pair: CrossSections, run: Run) -> Rows:
    """The columns of the check (two minutes on one core)."""
    points = np.round(uniform(pair.inputs, PYTHIA_POINTS, SEED, pair.region), 3)
    numbered = track(
        list(enumerate(points)),
        "Pythia 8",
        console=run.console,
        disable=not run.console.is_terminal,
    )
    found = [
        pair.generate(*map(float, point), events=PYTHIA_EVENTS, seed=k + 1) for k, point in numbered
    ]
    return {
        **dict(zip(pair.names, points.T, strict=True)),
        "pythia": np.array([f.value for f in found]),
        "pythia_error": np.array([f.error for f in found]),
    }


def split_rows(rows: int, seed: int) -> Split:
    """A tenth to choose the best fit and to learn its error, 15 % to calibrate, 15 % to judge."""
    return split(rows, validation=0.1, calibration=0.15, test=0.15, seed=seed)


def physics_checks(
    pair: CrossSections, companion: Companion, predict: Callable[[Array], Array], run: Run
) -> Sequence[Check]:
    """Signs, slopes in all inputs, the scale dependence, Pythia 8 and published numbers."""

    def lo(points: Array) -> Array:
        return np.asarray(predict(points)[:, 0])

    mass = pair.mass
    low, high = float(mass.low or 0.0), float(mass.high or 0.0)
    check = read_companion(companion, run)
    points = np.stack([check[n] for n in pair.names], axis=1)
    grid = np.linspace(low, min(high, 0.25 * ENERGIES[0]), 60)
    energies, scales, masses = np.broadcast_arrays(
        ENERGIES[:, None, None], np.geomspace(0.5, 2.0, 5)[None, :, None], grid
    )
    in_mass = np.stack([masses, energies, scales], axis=-1).reshape(-1, len(grid), 3)
    ratios = np.linspace(0.5, 2.0, 40)
    in_scale = np.stack(
        np.broadcast_arrays(grid[::10, None, None], ENERGIES[:, None], ratios), axis=-1
    )
    energy = np.linspace(7000.0, 14000.0, 60)[::-1]
    in_energy = np.stack(
        np.broadcast_arrays(grid[::10, None, None], energy, np.array([[0.5], [1.0], [2.0]])),
        axis=-1,
    )
    large, small = (
        np.stack(np.broadcast_arrays(grid, 13000.0, factor), axis=-1) for factor in (2.0, 0.5)
    )
    smallest, largest = pair.scale_ratio
    return (
        checks.positive(lo, uniform(pair.inputs, 20_000, SEED + 3, pair.region)),
        checks.falls(lo, in_mass, mass.name),
        checks.falls(lo, in_scale.reshape(-1, len(ratios), 3), "mu_over_m"),
        checks.falls(lo, in_energy.reshape(-1, len(energy), 3), "falling sqrt_s"),
        checks.between(
            lo,
            large,
            small,
            smallest,
            largest,
            name="scale dependence",
            criterion=f"LO at mu = m/2 is {smallest:g} to {largest:g} times LO at mu = 2 m at 13 "
            "TeV, "
            "as two powers of alpha_s and the PDFs give",
        ),
        checks.agrees(
            lo, points, check["pythia"], name="Pythia 8", within=0.01, reference="Bierlich:2022pfr"
        ),
        *(
            checks.agrees(
                lo,
                np.array([known.point]),
                np.array([known.value]),
                name=known.name,
                within=known.within,
                reference=known.reference,
            )
            for known in pair.known
        ),
    )


def recipe(pair: CrossSections) -> Recipe:
    """The recipe of a pair."""
    made = dataset(pair)
    companion = Companion(pythia_check(pair), lambda run: label_pythia(pair, run))
    inputs, terms = pair.inputs, pair.terms

    def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
        return fit_network(
            x,
            y,
            parts_of,
            run,
            inputs=inputs,
            region=pair.region,
            terms=terms,
            link=Positive(),
            plan=PLAN,
        )

    keys = (
        *pair.references,
        "NNPDF:2017mvq",
        "Bierlich:2022pfr",
        *(k.reference for k in pair.known),
    )
    return Recipe(
        name=pair.name,
        version=pair.version,
        raises_uncertainty=True,
        kind="cross_section",
        title=pair.title,
        description=pair.description,
        subject=pair.subject,
        conditions=Conditions(
            order="LO",
            pdf=PDF,
            scheme="MSbar alpha_s(M_Z) = 0.118, two loops, five flavours as in the PDF set",
            scale=f"mu_R = mu_F = mu_over_m * {pair.mass.name}",
        ),
        inputs=inputs,
        assumptions=pair.assumptions,
        outputs=(
            Output(
                name="LO",
                unit="pb",
                meaning="total cross section at leading order in QCD",
                scale="log",
                order="LO",
            ),
        ),
        default_output="LO",
        region=pair.region,
        variations=(InputVariation(source="scale", input="mu_over_m", values=(0.5, 2.0)),),
        truth=Truth(
            program="lhnets_training.labels.hadronic.partonic_lo",
            version=VERSION,
            settings=made.generator.settings,
            references=(*pair.references, "NNPDF:2017mvq"),
            no_uncertainty=(
                "Missing in the component: PDFs, and most of the higher orders, which the scale "
                "variation at leading order does not show. For stops NNLO_approx+NNLL is 1.8 to "
                "2.2 times leading order in cs-stop-pair-nnll-13tev."
            ),
            relative_error=3e-7,
            seconds_per_label=1.1e-4,
        ),
        dataset=made,
        companions=(companion,),
        label=lambda run: label(pair, run),
        truth_at=lambda x, run: _labels(pair, run)(x)[:, None],
        split=split_rows,
        fit=fit,
        baseline=rbf_baseline(lambda x: np.asarray(np.log(x) @ terms.features)),
        checks=lambda predict, run: physics_checks(pair, companion, predict, run),
        seed=1,
        references=bibtex.select(*dict.fromkeys(keys)),
        created="2026-11-21",
        validation_note="Rows drawn from the design of the data set, which is denser towards the "
        "edges of the region.",
    )


def _columns(pair: CrossSections) -> tuple[Column, ...]:
    return tuple(column(i.name, i.unit, i.meaning, "input") for i in pair.inputs)
