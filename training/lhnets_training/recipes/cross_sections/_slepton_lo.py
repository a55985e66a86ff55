"""What the recipes of sleptons at leading order share: labels by quadrature, a comparison with
Pythia 8, the fit.

Pythia 8's own slepton pairs are wrong (`lhnets_training.labels.hadronic.drell_yan`); its pairs of
Higgs bosons couple alike and serve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.progress import track

from lhnets.format import Check, Conditions, HalfSpace, Input, Output, SlhaEntry, Truth
from lhnets_datasets.library.manifest import Column, Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import sobol
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.fit.links import Sums
from lhnets_training.fit.network import fit_network
from lhnets_training.labels import parts
from lhnets_training.labels.generators import pythia
from lhnets_training.labels.hadronic import drell_yan, luminosity
from lhnets_training.labels.hadronic.luminosity import Luminosity
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import Array, Companion, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _lo_bands
from lhnets_training.split import Split, split

PDF = "NNPDF31_nlo_as_0118_luxqed"
ROWS, SEED, EDGES = 15_000, 20261122, 0.4
LOW, HIGH = 50.0, 1500.0
NODES = luminosity.Nodes(tau_min=4e-5, scale_min=48.0, scale_max=1600.0, scale=32)
EVENTS = 60_000
PLAN = lm.FitPlan(16, 16, (lm.Stage(6, 80, 4000), lm.Stage(2, 400)))
BOSONS = (
    f"23:m0 = {drell_yan.M_Z}", f"23:mWidth = {drell_yan.GAMMA_Z}", "23:doForceWidth = on",
    f"24:m0 = {drell_yan.M_W}", f"24:mWidth = {drell_yan.GAMMA_W}", "24:doForceWidth = on",
)  # fmt: skip
SQRT_S = Input(
    name="sqrt_s", symbol=r"\sqrt{s}", unit="GeV", low=7000.0, high=14000.0,
    meaning="centre-of-mass energy of the proton-proton collision",
)  # fmt: skip
SETTINGS = {
    "pdf": f"{PDF}, central member, densities below zero set to zero",
    "electroweak": f"alpha = {drell_yan.EFFECTIVE.alpha}, sin^2 theta = "
    f"{drell_yan.EFFECTIVE.sin2}; m_Z = {drell_yan.M_Z}, "
    f"m_W = {drell_yan.M_W}, widths {drell_yan.GAMMA_Z} and {drell_yan.GAMMA_W} GeV; |V_ij| as in "
    "Pythia 8",
    "quadrature": (
        f"{NODES.tau} x {NODES.scale} luminosity nodes in tau x Q with {NODES.rapidity} "
        "in rapidity, 128 in tau"
    ),
}
REFERENCES = bibtex.select(
    "Dawson:1983fw", "NNPDF:2017mvq", "Bierlich:2022pfr", "LHCSUSYCSWG", "Fuks:2013vua"
)


def mass(name: str, symbol: str, meaning: str, number: int, low: float = LOW) -> Input:
    """A mass of a slepton or sneutrino."""
    entry = SlhaEntry(block="MASS", entry=(number,), absolute=True)
    return Input(
        name=name, symbol=symbol, unit="GeV", low=low, high=HIGH, meaning=meaning, slha=entry
    )


@dataclass(frozen=True, kw_only=True)
class Sleptons:
    """What tells one network from the other."""

    name: str
    title: str
    description: str
    subject: str
    words: str
    inputs: tuple[Input, Input, Input]
    logs: tuple[str, ...]
    """Inputs that the design of the data set is even in the logarithms of."""
    outputs: tuple[Output, ...]
    end: Sums
    region: tuple[HalfSpace, ...]
    """Where the data set has points."""
    scale: str
    family: str
    """Of `_lo_bands`."""
    label: Callable[[Luminosity], Callable[[Array], Array]]
    terms: FeatureTerms
    higgs: str
    """The pair of Higgs bosons of `pythia.HIGGS_PAIRS` to compare with."""
    higgs_points: Array
    """The points (M, 3) of the comparison."""
    higgs_masses: Callable[[Array], tuple[float, ...]]
    checks: Callable[[Callable[[Array], Array], Rows], Sequence[Check]]
    """From the network and the rows of the comparison."""
    version: int = 2
    raises_uncertainty: bool = False
    cuts: tuple[HalfSpace, ...] = ()
    """Further edges of the network: corners with few rows, where a search finds large errors."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(i.name for i in self.inputs)


def label(kind: Sleptons, run: Run) -> Rows:
    """A Sobol design and its cross sections (a minute on one core)."""
    points = sobol(
        kind.inputs,
        run.rows or ROWS,
        SEED,
        region=kind.region,
        log=kind.logs,
        edges=EDGES,
        digits=7,
    )
    settings = repr((NODES, SETTINGS))
    found = parts.compute(
        run, _labels(kind, run), points, part=2000, name=kind.name, settings=settings
    )
    columns = found.reshape(len(points), -1).T
    return {**dict(zip(kind.names, points.T, strict=True)), **_named(kind.outputs, columns)}


def _labels(kind: Sleptons, run: Run) -> Callable[[Array], Array]:
    return kind.label(luminosity.load(pythia_grid(PDF), NODES, run.out, run.console))


def label_check(kind: Sleptons, run: Run) -> Rows:
    """The columns of the comparison with Pythia 8 (a minute on one core)."""
    numbered = track(
        list(enumerate(kind.higgs_points, 1)),
        "Pythia 8",
        console=run.console,
        disable=not run.console.is_terminal,
    )
    found = [
        pythia.higgs_pair(
            kind.higgs, kind.higgs_masses(p), float(p[-1]), bosons=BOSONS, events=EVENTS, seed=seed
        )
        for seed, p in numbered
    ]
    return {
        **dict(zip(kind.names, kind.higgs_points.T, strict=True)),
        "pythia": np.array([f.value for f in found]),
        "pythia_error": np.array([f.error for f in found]),
    }


def dataset(kind: Sleptons) -> RecipeDataSet:
    """The labels."""
    return RecipeDataSet(
        name=kind.name.removeprefix("cs-"),
        title=f"Leading-order cross sections of {kind.words} in proton-proton collisions, 7-14 TeV",
        description=(
            f"Total cross sections of {kind.words} by quadrature of the closed leading-order "
            f"formula with the parton luminosities of NNPDF3.1 NLO (LUXqed); mu_F is {kind.scale}. "
            f"Scrambled Sobol design, even in the logarithms of {' and '.join(kind.logs)} and "
            "denser towards the edges."
        ),
        columns=(
            *_columns(kind),
            *(column(o.name, "pb", o.meaning, "target") for o in kind.outputs),
        ),
        generator=Generator(
            program="lhnets_training.labels.hadronic.drell_yan",
            version="1",
            settings=SETTINGS,
            recipe=kind.name.replace("-", "_"),
            seed=SEED,
            tolerance=1e-9,
        ),
        references=bibtex.select("Dawson:1983fw", "NNPDF:2017mvq"),
    )


def comparison(kind: Sleptons) -> RecipeDataSet:
    """The points from Pythia 8."""
    process = pythia.HIGGS_PAIRS[kind.higgs][0]
    return RecipeDataSet(
        name=f"pythia-{kind.name.removeprefix('cs-')}-check",
        title="Cross sections of pairs of Higgs bosons from Pythia 8, which couple as "
        f"{kind.words} do",
        description="Same PDF set, electroweak couplings and scales; masses are those of the Higgs "
        "bosons.",
        columns=(
            *_columns(kind),
            column("pythia", "pb", "total cross section from Pythia 8", "target"),
            column("pythia_error", "pb", "its statistical error, one standard deviation", "error"),
        ),
        generator=Generator(
            program="Pythia",
            version="8.317.2",
            settings={"process": process.removesuffix(" = on"), "events": str(EVENTS)},
            recipe=kind.name.replace("-", "_"),
            seed=1,
            tolerance=0.01,
        ),
        references=bibtex.select("Bierlich:2022pfr", "NNPDF:2017mvq"),
    )


def split_rows(rows: int, seed: int) -> Split:
    """A tenth to choose the best fit and to learn its error, 15 % to calibrate, 15 % to judge."""
    return split(rows, validation=0.1, calibration=0.15, test=0.15, seed=seed)


def recipe(kind: Sleptons) -> Recipe:
    """The recipe of one network."""
    companion = Companion(comparison(kind), lambda run: label_check(kind, run))

    def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
        return fit_network(
            x,
            y,
            parts_of,
            run,
            inputs=kind.inputs,
            region=(*kind.region, *kind.cuts),
            terms=kind.terms,
            link=kind.end,
            plan=PLAN,
        )

    def checked(predict: Callable[[Array], Array], run: Run) -> Sequence[Check]:
        return kind.checks(predict, read_companion(companion, run))

    return Recipe(
        name=kind.name,
        version=kind.version,
        raises_uncertainty=kind.raises_uncertainty,
        kind="cross_section",
        title=kind.title,
        description=kind.description,
        subject=kind.subject,
        conditions=Conditions(
            order="LO", pdf=PDF, scheme="electroweak couplings at m_Z", scale=f"mu_F = {kind.scale}"
        ),
        inputs=kind.inputs,
        assumptions=spectra.PAIR,
        outputs=kind.outputs,
        default_output=kind.outputs[-1].name,
        region=(*kind.region, *kind.cuts),
        physics_uncertainty=_lo_bands.uncertainty(kind.family, [o.name for o in kind.outputs]),
        truth=Truth(
            program="lhnets_training.labels.hadronic.drell_yan",
            version="1",
            settings=SETTINGS,
            references=("Dawson:1983fw", "NNPDF:2017mvq"),
            relative_error=3e-7,
            seconds_per_label=2e-4,
        ),
        dataset=dataset(kind),
        companions=(companion,),
        label=lambda run: label(kind, run),
        truth_at=lambda x, run: _labels(kind, run)(x),
        split=split_rows,
        fit=fit,
        baseline=rbf_baseline(kind.terms.values, kind.end),
        checks=checked,
        seed=1,
        references=REFERENCES,
        created="2026-11-22",
        validation_note="Rows drawn from the design of the data set, which is denser towards the "
        "edges of the region.",
    )


def _columns(kind: Sleptons) -> tuple[Column, ...]:
    return tuple(column(i.name, i.unit, i.meaning, "input") for i in kind.inputs)


def _named(outputs: tuple[Output, ...], columns: Array) -> Rows:
    return {o.name: values for o, values in zip(outputs, columns, strict=True)}
