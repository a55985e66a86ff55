"""What the recipes of sleptons, staus, sneutrinos, higgsinos and decoupled winos share: splines
through Resummino points over one mass.

Near the pole of the Z the cross section is steep, and what is not is its ratio to leading order:
that is what the spline goes through, with leading order by our own quadrature put back. For staus,
whose mixing the source does not state, the spline goes through the cross section itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
import numpy as np

from lhnets.format import Assumption, Check, Input, Output, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training.bibtex import select
from lhnets_training.data.label_errors import scattered
from lhnets_training.data.table import column
from lhnets_training.fit.baselines import fit_other_folds
from lhnets_training.fit.cross_validation import Fold, use_every_row
from lhnets_training.fit.links import Shifted
from lhnets_training.fit.spline import Lead, fit_spline, log_spline
from lhnets_training.judging import checks
from lhnets_training.labels.hadronic.drell_yan import ElectroweakCouplings
from lhnets_training.labels.hadronic.luminosity import Nodes, load
from lhnets_training.labels.hadronic.partonic_lo import PartonicProcess, folded
from lhnets_training.labels.hadronic.pdf_grid import pythia_grid
from lhnets_training.labels.supersymmetry import hepi_tables
from lhnets_training.labels.supersymmetry.nnllfast import LabelError
from lhnets_training.recipe import Array, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _wino as wino
from lhnets_training.recipes.cross_sections._table_checks import ratio, rises
from lhnets_training.split import Split

PDF = "NNPDF31_nlo_as_0118_luxqed"
NODES = Nodes(tau_min=4e-5, scale_min=40.0, scale_max=2000.0, tau=300, scale=24, rapidity=800)
KNOTS, POLE = 160, 44.0
"""The knots of leading order lie evenly in the logarithm of the mass less nearly half of the Z's,
in GeV."""
KINDS = ("nnll", "nnll_scale_up", "nnll_scale_down", "nnll_pdf")
REFERENCES = select("Fuks:2013vua", "Fiaschi:2023resummino", "PDF4LHC21", "HEPi")


Leading: TypeAlias = Callable[[Array, ElectroweakCouplings], PartonicProcess]
"""A process at leading order with masses (N,)."""


@dataclass(frozen=True)
class PublishedTable:
    """A table of hepi at NLO + NLL with other PDFs: the sum of channels by their ``weights``, from
    100 GeV to ``high``."""

    table: str
    weights: dict[str, float]
    high: float
    within: float


@dataclass(frozen=True, kw_only=True)
class Family:
    """Channels over one mass: hepi's tables are called `ENERGY_PREFIX_TABLE_NNLL`."""

    name: str
    title: str
    words: str
    prefix: str
    channels: tuple[wino.FinalState, ...]
    mass: Input
    leading: Mapping[str, Leading] | None = None
    """For each channel of a single table the process at leading order."""
    published: PublishedTable | None = None
    assumptions: tuple[Assumption, ...] = ()
    note: str = ""
    """A sentence for the descriptions, with a space before it."""
    version: int = 2
    created: str = "2026-11-21"

    @property
    def outputs(self) -> tuple[Output, ...]:
        """For each channel and energy: the cross section in pb, then positive shifts by scale and
        PDF."""
        return tuple(
            wino.output(channel, spoken, float(energy), kind)
            for channel in self.channels
            for spoken, energy in wino.ENERGIES.items()
            for kind in KINDS
        )

    @property
    def default(self) -> str:
        """The first channel at 13 TeV."""
        return self.outputs[0].name

    @property
    def by(self) -> str:
        """What the points are divided by, as the descriptions say it."""
        return " over leading order by quadrature" if self.leading else ""

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables of hepi without their energy, each once."""
        return tuple(dict.fromkeys(t for c in self.channels for t in c.tables))

    @property
    def heads(self) -> Shifted:
        """Scale shifts are differences to the central value."""
        return wino.heads(self.outputs)


def recipe(family: Family) -> Recipe:
    """The recipe of one family."""
    tables = [_table(family, t, e) for t in family.tables for e in wino.ENERGIES.values()]
    sums = any(len(c.tables) > 1 for c in family.channels)
    truth = Truth(
        program="Resummino",
        version="3.1.2-dev",
        settings={
            "tables": ", ".join(tables),
            "read_from": "hepi 0.3.7",
            "scale_shifts": (
                "envelope of the scale variations, as published; a shift of the other "
                "sign counts as none"
            ),
            "pdf_shifts": "symmetric, as published",
            **({"sums": "cross sections and their shifts are added"} if sums else {}),
        },
        references=tuple(REFERENCES),
    )
    name = family.mass.name
    return Recipe(
        name=family.name,
        version=family.version,
        kind="cross_section",
        title=f"{family.title} at 13 and 13.6 TeV at approximate NNLO + NNLL",
        description=(
            f"Total cross sections of {family.words} at 13 and 13.6 TeV at approximate NNLO + "
            "NNLL, with scale and PDF uncertainties: a cubic spline through published Resummino "
            f"points{family.by}, not a trained network. The uncertainty of a prediction is that of "
            f"the interpolation; those of the physics are outputs of their own.{family.note}"
        ),
        subject=family.channels[0].subject,
        assumptions=(*family.assumptions, *spectra.PAIR),
        conditions=msgspec.structs.replace(
            wino.CONDITIONS, scheme="threshold resummation, approximate NNLO"
        ),
        inputs=(family.mass,),
        outputs=family.outputs,
        default_output=family.default,
        physics_uncertainty=wino.physics_uncertainty(family.outputs),
        truth=truth,
        dataset=RecipeDataSet(
            name=family.name.removeprefix("cs-"),
            title=f"{family.title} at 13 and 13.6 TeV over their mass, from Resummino",
            description=(
                f"Approximate NNLO + NNLL cross sections of {family.words} at 13 and 13.6 TeV with "
                "PDF4LHC21, with shifts by scale and PDF: the points that hepi 0.3.7 "
                f"ships.{family.note}"
            ),
            columns=(
                column(name, "GeV", family.mass.meaning, "input"),
                *(
                    column(o.name, o.unit, o.meaning, "target" if o.order else "error")
                    for o in family.outputs
                ),
            ),
            generator=Generator(
                program=truth.program,
                version=truth.version,
                settings=truth.settings,
                recipe=family.name.replace("-", "_"),
                tolerance=0.0,
            ),
            licence=wino.LICENCE,
            references=REFERENCES,
        ),
        label=lambda run: label(family),
        split=use_every_row,
        fit=lambda x, y, split, run: fit(family, x, y, split, run),
        baseline=fit_other_folds(
            f"cubic spline of log y over log {name}, same folds", log_spline, family.heads, fold
        ),
        checks=lambda predict, run: check(family, predict),
        seed=20261121,
        created=family.created,
        references=REFERENCES
        | select("LHCSUSYCSWG", *(("NNPDF:2017mvq", "Dawson:1983fw") if family.leading else ())),
        validation_note=(
            "Each row is predicted by a spline through the others (twice the spacing there), and "
            "its interval is judged by the scores of the others, at the nearest rank: with n rows "
            "it holds round(0.95 n) at 95 %, by its construction. The published spline goes "
            "through all rows. The two end points are extrapolated, by up to half their mass, "
            "which the published spline never does: they make all of the largest error. The "
            "points have eight digits, but come from integrals by Monte Carlo: what is left "
            "alternates from point to point and differs between 13 and 13.6 TeV. Scale shifts are "
            "errors over their spread: they may vanish, so they are fitted as the shifted cross "
            "section."
        ),
        label_errors=scattered([name], [o.name if o.order else None for o in family.outputs]),
        corners=lambda x: {
            "all but the end points": (x[:, 0] > x[:, 0].min()) & (x[:, 0] < x[:, 0].max())
        },
    )


def label(family: Family) -> Rows:
    """The points of all channels and energies, which have the same masses."""
    found: Rows = {}
    for channel in family.channels:
        for spoken, energy in wino.ENERGIES.items():
            names = [_table(family, t, energy) for t in channel.tables]
            parts = [hepi_tables.one_mass(name) for name in names]
            for name, rows in zip(names, parts, strict=True):
                if not np.array_equal(found.setdefault(family.mass.name, rows["m"]), rows["m"]):
                    raise LabelError(
                        f"the table {name} does not have the masses of the first; expected "
                        f"{len(rows['m'])} equal ones"
                    )
            found |= {
                f"{channel.prefix}_{spoken}_{kind}": np.sum([p[kind] for p in parts], axis=0)
                for kind in KINDS
            }
    return found


def fold(rows: int) -> Fold:
    """Each row is a fold of its own."""
    return np.arange(rows)


def fit(family: Family, x: Array, y: Array, split: Split, run: Run) -> Fitted:
    """A cubic spline over the logarithm of the mass, of the ratio to leading order where that is
    known."""
    return fit_spline(
        x,
        y,
        run,
        inputs=(family.mass,),
        region=(),
        link=family.heads,
        power=None,
        fold=fold(len(x)),
        lead=lead(family, run),
        nearest=True,
    )


def lead(family: Family, run: Run) -> Lead | None:
    """Leading order for every output, at both energies, with mu_F the mass."""
    if family.leading is None:
        return None
    low, high = float(family.mass.low or 0.0), float(family.mass.high or 0.0)
    masses = POLE + np.geomspace(low - POLE, high - POLE, KNOTS)
    masses[[0, -1]] = low, high
    luminosity, couplings = (
        load(pythia_grid(PDF), NODES, run.out, run.console),
        ElectroweakCouplings.on_shell(),
    )
    of_table = {
        c.tables[0]: family.leading[c.prefix](masses, couplings)
        for c in family.channels
        if len(c.tables) == 1
    }
    logs = [
        np.log(
            sum(
                folded(of_table[t], luminosity, np.full(KNOTS, float(energy)), masses)
                for t in channel.tables
            )
        )
        for channel in family.channels
        for energy in wino.ENERGIES.values()
        for _ in KINDS
    ]
    return Lead("leading order by quadrature", masses, np.stack(logs, axis=1))


def check(family: Family, predict: Callable[[Array], Array]) -> Sequence[Check]:
    """Positive and falling for every channel, the ratio of the energies, and numbers of other
    authors."""
    low, high = np.array([family.mass.low, family.mass.high], dtype=np.float64)
    line = np.linspace(low, high, 1901)[:, None]
    names = [o.name for o in family.outputs]
    central = [k for k, o in enumerate(family.outputs) if o.order]
    found = predict(line)
    first, second = (
        found[:, names.index(f"{family.channels[0].prefix}_{spoken}_nnll")]
        for spoken in wino.ENERGIES
    )
    return (
        checks.positive(lambda x: predict(x)[:, central].min(axis=1), line),
        checks.falls(lambda x: predict(x)[:, 0], line[None], family.mass.name),
        ratio(second, first, 1.0, 1.5, name="13.6 TeV over 13 TeV", criterion="between 1 and 1.5"),
        rises(
            (second / first)[None, ::50],
            name=f"13.6 TeV over 13 TeV rises with {family.mass.name}", criterion="from step to "
                                                                                  "step",
        ),
        *_published(family, predict),
    )  # fmt: skip


def _published(family: Family, predict: Callable[[Array], Array]) -> Sequence[Check]:
    """The working group's numbers of the order below, where there are some."""
    found = family.published
    if found is None:
        return ()
    masses, sigma = hepi_tables.decoupled(found.table)
    chosen = (masses >= 100) & (masses <= found.high)
    weights = np.zeros(len(family.outputs))
    for k, output in enumerate(family.outputs):
        if output.order and output.energy == 13000.0:
            weights[k] = found.weights.get(output.name.split("_")[0], 0.0)
    return (
        checks.agrees(
            lambda x: np.asarray(predict(x) @ weights),
            masses[chosen, None],
            sigma[chosen],
            name=f"LHC SUSY XS WG at NLO + NLL with older PDFs ({found.table}), from 100 to "
            f"{found.high:g} GeV",
            within=found.within,
            reference="LHCSUSYCSWG",
        ),
    )


def _table(family: Family, table: str, energy: int) -> str:
    return f"{energy}_{family.prefix}_{table}_NNLL"
