"""What the recipes of coloured pairs over two masses share: Gaussian processes through grids of
NNLL-fast.

A cross section has a ridge or a step where a decay into the other particle opens, at equal masses
or a top mass beyond. One more coordinate, steep in the ratio of the masses, resolves it for
squarks; the stop grid is used where the stop is lighter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from lhnets.format import Assumption, Check, HalfSpace, Input, Output, PhysicsUncertainty, SlhaEntry
from lhnets_datasets.library.manifest import Generator
from lhnets_training.data.label_errors import scattered
from lhnets_training.data.table import column
from lhnets_training.fit.baselines import fit_other_folds, interpolate_cubic
from lhnets_training.fit.cross_validation import Fold, use_every_row
from lhnets_training.fit.features import TanhMap
from lhnets_training.fit.links import Direction, Shifted
from lhnets_training.fit.marginal_likelihood import fit_processes
from lhnets_training.judging import checks
from lhnets_training.labels.supersymmetry import nnllfast
from lhnets_training.recipe import Array, Fitted, Recipe, RecipeDataSet, Rows, Run
from lhnets_training.recipes import _spectra as spectra
from lhnets_training.recipes.cross_sections import _gluino as gluino
from lhnets_training.recipes.cross_sections._table_checks import ratio
from lhnets_training.split import Split, folds

FOLDS, FOLD_SEED = 13, 20
MIDDLE = 3000.0
M_ST = Input(
    name="m_t1",
    symbol=r"m_{\tilde t_1}",
    unit="GeV",
    low=100.0,
    high=3000.0,
    meaning="mass of the lighter stop",
    slha=SlhaEntry(block="MASS", entry=(1000006,), absolute=True),
)
SQUARKS = (
    "the ten light squarks, which have one mass; all chiralities and flavours but the stops "
    "are summed over"
)


@dataclass(frozen=True, kw_only=True)
class ColouredPair:
    """One process over two masses, the first of which is that of the squark or stop."""

    name: str
    grid: nnllfast.Grid
    subject: str
    title: str
    words: str
    scale: str
    inputs: tuple[Input, Input]
    ratios: tuple[float, ...]
    """Steepness of the coordinates in the ratio of the masses."""
    k_nlo: tuple[float, float]
    """Range of NLO / LO."""
    k_nnll: tuple[float, float]
    """Range of NNLO_approx+NNLL / NLO for a mean mass up to 2 TeV."""
    published: tuple[float, float, float]
    """The masses in TeV and the cross section in pb of one line of the grid."""
    note: str = ""
    """A sentence for the descriptions, with a space after it."""
    assumptions: tuple[Assumption, ...] = ()
    region: tuple[HalfSpace, ...] = ()
    keep: Callable[[Rows], NDArray[np.bool_]] = lambda rows: np.ones(len(rows["m_go"]), dtype=bool)
    """Rows of the grid that are used, of those in the region."""
    further_checks: Callable[[Callable[[Array], Array]], Sequence[Check]] = lambda predict: ()

    @property
    def linear(self) -> dict[str, tuple[str, Direction]]:
        """Outputs that may vanish: with the name of their central value and their direction."""
        shifts: dict[str, tuple[str, Direction]] = {
            "nnll_scale_up": ("nnll", "up"),
            "nnll_scale_down": ("nnll", "down"),
        }
        if self.grid == "st":
            shifts |= {f"{o}_param_up": (o, "up") for o in ("nlo", "nnll")}
            shifts |= {f"{o}_param_down": (o, "down") for o in ("nlo", "nnll")}
        return shifts

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Cross sections and shifts of NNLL-fast; for stops those by the other parameters as
        well."""
        param = [
            Output(
                name=n,
                unit="pb",
                meaning=f"shift of the cross section at {nnllfast.ORDERS[of]} by the other "
                "parameters",
            )
            for n, (of, _) in self.linear.items()
            if "param" in n
        ]
        made = [
            msgspec.structs.replace(o, scale="linear") if o.name in self.linear else o
            for o in gluino.outputs()
        ]
        return (*made, *param)

    @property
    def names(self) -> list[str]:
        """The names of the outputs."""
        return [o.name for o in self.outputs]

    @property
    def heads(self) -> Shifted:
        """Shifts that may vanish are differences to their central value."""
        return Shifted.of(self.names, self.linear)

    @property
    def coordinates(self) -> TanhMap:
        """A mass, nearly linear up to `MIDDLE`, and ratios of the masses."""
        weights = [[0.5, *self.ratios], [0.0, *(-r for r in self.ratios)]]
        return TanhMap(
            np.array(weights), np.array([-0.5 * np.log(MIDDLE), *(0.0 for _ in self.ratios)])
        )


def recipe(pair: ColouredPair) -> Recipe:
    """The recipe of one process."""
    first, second = (i.name for i in pair.inputs)
    truth = gluino.truth(pair.grid)
    shifts = (
        "larger and smaller of the shifts at half and twice the central scale; a shift of "
        "the "
        "other sign counts as none"
    )
    truth = msgspec.structs.replace(truth, settings=truth.settings | {"scale_shifts": shifts})
    return Recipe(
        name=pair.name,
        version=3,
        raises_uncertainty=True,
        kind="cross_section",
        title=f"{pair.title} at 13 TeV up to NNLO_approx+NNLL",
        description=(
            f"Total cross section of {pair.words} at 13 TeV at LO, NLO and NNLO_approx+NNLL, with "
            "its scale and PDF+alpha_s uncertainties: a Gaussian process through the published "
            f"grid of NNLL-fast 1.1. {pair.note}The uncertainty of a prediction is that of the "
            "interpolation; those of the physics are outputs of their own."
        ),
        subject=pair.subject,
        conditions=msgspec.structs.replace(gluino.CONDITIONS, scale=pair.scale),
        inputs=pair.inputs,
        outputs=pair.outputs,
        default_output=gluino.DEFAULT,
        region=pair.region,
        assumptions=(*pair.assumptions, *spectra.PAIR),
        physics_uncertainty=_physics_uncertainty(pair),
        truth=truth,
        dataset=RecipeDataSet(
            name=pair.name.removeprefix("cs-"),
            title=f"{pair.title} at 13 TeV: cross sections over two masses, from the NNLL-fast 1.1 "
            "grid",
            description=(
                f"LO, NLO and NNLO_approx+NNLL cross sections of {pair.words} at 13 TeV with "
                "PDF4LHC15 at the masses of the NNLL-fast 1.1 grid, every 100 GeV, with shifts by "
                f"the scale and by PDF and alpha_s. {pair.note}".rstrip()
            ),
            columns=(
                *(column(i.name, i.unit, i.meaning, "input") for i in pair.inputs),
                *(
                    column(o.name, o.unit, o.meaning, "target" if o.order else "error")
                    for o in pair.outputs
                ),
            ),
            generator=Generator(
                program=truth.program,
                version=truth.version,
                settings=truth.settings,
                recipe=pair.name.replace("-", "_"),
                tolerance=0.0,
            ),
            licence=gluino.LICENCE,
            references=gluino.REFERENCES,
        ),
        label=lambda run: label(pair, run),
        split=use_every_row,
        fit=lambda x, y, split, run: fit(pair, x, y, split, run),
        baseline=fit_other_folds(
            f"cubic log-spline (radial basis) in log {first}, log {second}, same folds",
            interpolate_cubic(np.log, degree=2),
            pair.heads,
            fold,
        ),
        checks=lambda predict, run: check(pair, predict),
        seed=20261121,
        created="2026-11-21",
        references=gluino.REFERENCES,
        validation_note=(
            f"Every row is predicted by a fit to the other folds ({FOLDS} folds), with kernels "
            "chosen on all rows; each fold's intervals are judged by the scores of the others. "
            "The published model is fitted to all rows with the same kernels. The errors at the "
            "edges of the grid are those of an extrapolation, which the published model does not "
            "do. Outputs on a linear scale are errors over their spread: they may vanish, so they "
            "are fitted as the shifted cross section."
        ),
        label_errors=scattered(
            [i.name for i in pair.inputs], [o.name if o.order else None for o in pair.outputs]
        ),
        corners=lambda x: {
            f"{first} = {second} within 100 GeV": np.abs(x[:, 0] - x[:, 1]) <= 100.0
        },
    )


def label(pair: ColouredPair, run: Run) -> Rows:
    """The points of the grid that are used and lie in the region."""
    rows = nnllfast.parse(nnllfast.text(nnllfast.wheel(run.out), pair.grid), pair.grid)
    inside = pair.keep(rows)
    for half in pair.region:
        inside &= np.sum([c * rows[n] for n, c in half.coefficients.items()], axis=0) <= half.bound
    return {name: rows[name][inside] for name in (*(i.name for i in pair.inputs), *pair.names)}


def fold(rows: int) -> Fold:
    """The fold that holds each row out."""
    return folds(rows, FOLDS, FOLD_SEED)


def fit(pair: ColouredPair, x: Array, y: Array, split: Split, run: Run) -> Fitted:
    """Gaussian processes of scikit-learn."""
    return fit_processes(
        x,
        y,
        run,
        inputs=pair.inputs,
        region=pair.region,
        link=pair.heads,
        coordinates=pair.coordinates,
        lead=pair.names.index(gluino.DEFAULT),
        fold=fold(len(x)),
    )


def lines(pair: ColouredPair, steps: int = 101) -> Array:
    """Points (lines, steps, 2) with rising first mass inside the region, for masses of the gluino
    over its range."""
    (low, high), gluinos = np.array([(i.low, i.high) for i in pair.inputs], dtype=np.float64)
    m_go = np.linspace(gluinos[0], gluinos[1], 51)
    highest = np.minimum(high, m_go) if pair.region else np.full(len(m_go), high)
    m = low + (highest - low)[:, None] * np.linspace(0, 1, steps)
    return np.stack([m, np.broadcast_to(m_go[:, None], m.shape)], axis=-1)


def check(pair: ColouredPair, predict: Callable[[Array], Array]) -> Sequence[Check]:
    """Positive, falling with the first mass, K factors, a published point, and what the process
    adds."""
    grid = lines(pair)
    points = grid.reshape(-1, 2)
    found = dict(zip(pair.names, predict(points).T, strict=True))
    light = points.mean(axis=1) <= 2000
    central = [pair.names.index(o) for o in nnllfast.ORDERS]
    m, m_go, sigma = pair.published
    return (
        checks.positive(lambda x: predict(x)[:, central].min(axis=1), points),
        checks.falls(
            lambda x: predict(x)[:, pair.names.index(gluino.DEFAULT)], grid, pair.inputs[0].name
        ),
        ratio(
            found["nlo"],
            found["lo"],
            *pair.k_nlo,
            name="K factor NLO / LO",
            criterion=f"between {pair.k_nlo[0]:g} and {pair.k_nlo[1]:g}",
        ),
        ratio(
            found["nnll"][light],
            found["nlo"][light],
            *pair.k_nnll,
            name="K factor NNLO_approx+NNLL / NLO",
            criterion=f"between {pair.k_nnll[0]:g} and {pair.k_nnll[1]:g} for a mean mass up to 2 "
            "TeV",
        ),
        checks.agrees(
            lambda x: predict(x)[:, pair.names.index("nnll")],
            np.array([[1000 * m, 1000 * m_go]]),
            np.array([sigma]),
            name=f"NNLL-fast at {pair.inputs[0].name} = {m:g} TeV, m_go = {m_go:g} TeV: "
            f"{sigma:.7g} pb",
            within=0.005,
            reference="Beenakker:2016lwe",
        ),
        *pair.further_checks(predict),
    )


def _physics_uncertainty(pair: ColouredPair) -> tuple[PhysicsUncertainty, ...]:
    param = [
        PhysicsUncertainty(
            of=o, source="squark masses and mixing", up=f"{o}_param_up", down=f"{o}_param_down"
        )
        for o in ("nlo", "nnll")
        if f"{o}_param_up" in pair.names
    ]
    return (*gluino.physics_uncertainty(), *param)
