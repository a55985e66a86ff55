"""What the networks of loop integrals share: design, data set, fit, baseline, and points of other
programs to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lhnets.format import Check, Conditions, HalfSpace, Input, Output, Truth
from lhnets_datasets.library.manifest import Generator
from lhnets_training import bibtex
from lhnets_training.data.sample import inside, sobol
from lhnets_training.data.table import column
from lhnets_training.fit import levenberg_marquardt as lm
from lhnets_training.fit.baselines import rbf_baseline
from lhnets_training.fit.features import FeatureTerms
from lhnets_training.fit.links import Invertible
from lhnets_training.fit.network import fit_network
from lhnets_training.judging import checks
from lhnets_training.labels.loops import looptools, pysecdec
from lhnets_training.onnx.export import PARAMETERS, NetworkGraph
from lhnets_training.pipeline.data_sets import read_companion
from lhnets_training.recipe import (
    Array,
    Checks,
    Companion,
    Fitted,
    Recipe,
    RecipeDataSet,
    Rows,
    Run,
    module_name,
)
from lhnets_training.split import Split, split

DIGITS = 9
SETTINGS = {"convention": "that of LoopTools"}
CLOSED = SETTINGS | {"arithmetic": "closed form in double precision"}
QUADRATURE = SETTINGS | {
    "quadrature": "64 Gauss-Legendre nodes, denser at the edges, over the logarithm that is left "
    "of the Feynman parameters; "
    "as many on either side of the point where the threshold opens",
}
REFERENCES = bibtex.select("tHooft:1978jhc", "Hahn:1998yk")
BOROWKA = bibtex.select("Borowka:2017idc")
DENNER = bibtex.select("Denner:1991kt")
BAUR = bibtex.select("Baur:1989cm")


@dataclass(frozen=True)
class Program:
    """Another program that knows the integral: its name and version, and values (N,) at points (N,
    n), complex above thresholds.

    ``values`` may write to the folder that it is given.
    """

    name: str
    version: str
    settings: dict[str, str]
    values: Callable[[Array, Path], NDArray[Any]]
    references: dict[str, str]
    points: int
    suffix: str


def by_pysecdec(values: Callable[[Array, Path], Array]) -> Program:
    """pySecDec at 12 points, below thresholds."""
    settings = SETTINGS | {"integrator": f"quasi-Monte Carlo, relative error {pysecdec.EPSREL:g}"}
    return Program("pySecDec", pysecdec.VERSION, settings, values, BOROWKA, 12, "check")


def by_looptools(values: Callable[[Array], NDArray[Any]], **settings: str) -> Program:
    """LoopTools at 120 points."""
    told = {"precision": "double", "versionkey": "0"} | settings
    hahn = {"Hahn:1998yk": REFERENCES["Hahn:1998yk"]}
    return Program(
        "LoopTools", looptools.VERSION, told, lambda x, _: values(x), hahn, 120, "looptools"
    )


@dataclass(frozen=True, kw_only=True)
class IntegralSide:
    """One integral on one side of its thresholds.

    ``design`` gives at least so many points (N, n) as asked for, of which those in the region are
    kept; ``values`` its values (N,) there: real, or complex for the outputs `re` and `im`.
    """

    name: str
    dataset: str
    title: str
    description: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    region: tuple[HalfSpace, ...]
    """Where the data set has points."""
    design: Callable[[int], Array]
    values: Callable[[Array], NDArray[Any]]
    settings: dict[str, str]
    rows: int
    seed: int
    relative_error: float = 1e-9
    seconds: float
    references: dict[str, str]
    programs: tuple[Program, ...]
    cuts: tuple[HalfSpace, ...] = ()
    """Further edges of the network: corners with few rows, where a search finds large errors."""
    absolute: bool = False
    """Differences from other programs are absolute, and not over the modulus of the integral."""

    def points(self, rows: int) -> Array:
        """Points (rows, n) of the region with few digits."""
        x = np.array([[float(f"{v:.{DIGITS}g}") for v in row] for row in self.design(rows)])
        return x[inside(x, self.inputs, self.region)][:rows]

    def outputs_of(self, found: NDArray[Any]) -> Array:
        """Values (N,) as outputs (N, k)."""
        return np.stack([found.real, found.imag][: len(self.outputs)], axis=1)

    def label(self, run: Run) -> Rows:
        """Columns of the inputs, then of the outputs."""
        x = self.points(run.rows or self.rows)
        return self._columns(x, self.values(x))

    @property
    def data(self) -> RecipeDataSet:
        """The data set that is trained on."""
        program = "lhnets_training.labels.loops.loop_integrals"
        generator = Generator(
            program=program,
            version="1",
            settings=self.settings,
            recipe=module_name(self.name),
            seed=self.seed,
            tolerance=1e-9,
        )
        return self._dataset(self.dataset, self.title, self.description, generator, self.references)

    @property
    def truth(self) -> Truth:
        """What the labels are."""
        return Truth(
            program="lhnets_training.labels.loops.loop_integrals",
            version="1",
            settings=self.settings,
            references=tuple(self.references),
            relative_error=self.relative_error,
            no_uncertainty=(
                f"{self.name} is a mathematical function: nothing physical is missing. The "
                f"labels are exact up to rounding, {self.relative_error:g} relative."
            ),
            seconds_per_label=self.seconds,
        )

    @property
    def companions(self) -> tuple[Companion, ...]:
        """The points of other programs."""
        return tuple(map(self._companion, self.programs))

    def agreements(
        self, predict: Callable[[Array], Array], run: Run, within: float
    ) -> tuple[Check, ...]:
        """Network and labels at the points of other programs."""
        return tuple(
            check
            for program, companion in zip(self.programs, self.companions, strict=True)
            for check in self._agreement(program, companion, predict, run, within)
        )

    def errors(self, predict: Callable[[Array], Array], points: Array) -> Array:
        """Differences (N,) of the network from the labels over the modulus of the integral, or
        absolute ones."""
        return self._off(predict(points), self.outputs_of(self.values(points)))

    def _agreement(
        self,
        program: Program,
        companion: Companion,
        predict: Callable[[Array], Array],
        run: Run,
        within: float,
    ) -> tuple[Check, Check]:
        rows = list(read_companion(companion, run).values())
        count = len(self.inputs)
        x, known = (np.stack(part, axis=1) for part in (rows[:count], rows[count:]))
        of = "absolute" if self.absolute else "of the modulus" if known.shape[1] > 1 else "relative"
        worst = [
            float(self._off(found, known).max())
            for found in (predict(x), self.outputs_of(self.values(x)))
        ]
        one, two = (
            checks.measured(
                f"{what}: {program.name}",
                figure,
                limit,
                criterion=f"largest difference at {len(x)} points at most {limit:g} ({of})",
                reference=next(iter(program.references)),
            )
            for what, figure, limit in zip(
                ("network", "labels"), worst, (within, 1e-6), strict=True
            )
        )
        return one, two

    def _off(self, found: Array, known: Array) -> Array:
        size = 1.0 if self.absolute else np.linalg.norm(known, axis=1)
        return np.asarray(np.linalg.norm(found - known, axis=1) / size)

    def _companion(self, program: Program) -> Companion:
        generator = Generator(
            program=program.name,
            version=program.version,
            settings=program.settings,
            recipe=module_name(self.name),
            seed=self.seed,
            tolerance=1e-8,
        )
        dataset = self._dataset(
            f"{self.name}-{program.suffix}",
            f"{self.title}, from {program.name} at {program.points} points",
            f"Values of {program.name} at {program.points} points of {self.dataset}, to check its "
            "labels with.",
            generator,
            program.references,
        )
        return Companion(dataset, lambda run: self._known(program, run))

    def _known(self, program: Program, run: Run) -> Rows:
        x = self.points(50 * program.points)[::50]
        return self._columns(x, program.values(x, run.out / program.name.lower()))

    def _columns(self, x: Array, found: NDArray[Any]) -> Rows:
        y = self.outputs_of(found)
        names = [*(i.name for i in self.inputs), *(o.name for o in self.outputs)]
        return dict(zip(names, (*x.T, *y.T), strict=True))

    def _dataset(
        self,
        name: str,
        title: str,
        description: str,
        generator: Generator,
        references: dict[str, str],
    ) -> RecipeDataSet:
        return RecipeDataSet(
            name=name,
            title=title,
            description=description,
            columns=(
                *(column(i.name, i.unit, i.meaning, "input") for i in self.inputs),
                *(column(o.name, o.unit, o.meaning, "target") for o in self.outputs),
            ),
            generator=generator,
            references=references,
        )


def logs_of(linear: Array, tiny: float, features: Array, prefactor: Array) -> FeatureTerms:
    """Terms over logarithms (N, r) of linear combinations (n, r) of the inputs.

    Beyond the region, where the reach is above 1, they stay finite: nothing is below ``tiny``.
    """

    def values(x: Array) -> Array:
        return np.asarray(np.log(np.maximum(x @ linear, tiny)))

    def build(graph: NetworkGraph) -> str:
        positive = graph.affine(PARAMETERS, linear, np.zeros(linear.shape[1]))
        return graph.node("Log", graph.node("Max", positive, graph.constant(np.array(tiny))))

    return FeatureTerms(values, build, features, prefactor)


def at_most(name: str, edge: float, of: str, meaning: str) -> HalfSpace:
    """``name`` <= ``edge`` times the input ``of``."""
    return HalfSpace(coefficients={name: 1.0, of: -edge}, bound=0.0, meaning=meaning)


def at_least(name: str, edge: float, of: str, meaning: str) -> HalfSpace:
    """``name`` >= ``edge`` times the input ``of``."""
    return HalfSpace(coefficients={name: -1.0, of: edge}, bound=0.0, meaning=meaning)


def shares(count: int, rows: int, seed: int, edges: float) -> Array:
    """A Sobol design (rows, count) of the unit cube, denser at its ``edges``."""
    unit = tuple(
        Input(name=f"u{k}", unit="1", meaning="share", low=0.0, high=1.0) for k in range(count)
    )
    return sobol(unit, rows, seed, edges=edges)


def split_rows(rows: int, seed: int) -> Split:
    """A tenth to choose the best fit and to learn its error, the rest mostly to calibrate and to
    judge: labels cost little."""
    return split(rows, validation=0.1, calibration=0.25, test=0.23, seed=seed)


def recipe(
    integral: IntegralSide,
    *,
    title: str,
    description: str,
    subject: str,
    terms: FeatureTerms,
    end: Invertible,
    plan: lm.FitPlan,
    baseline: Callable[[Array], Array],
    physics_checks: Checks,
    created: str,
    conditions: Conditions | None = None,
    corners: Callable[[Array], dict[str, NDArray[np.bool_]]] | None = None,
    split_rows: Callable[[int, int], Split] = split_rows,
    note: str,
    version: int = 3,
) -> Recipe:
    """The recipe of one integral: a small network over ``terms``; cubic functions over
    ``baseline(x)`` stand beside it."""
    region = (*integral.region, *integral.cuts)

    def fit(x: Array, y: Array, parts_of: Split, run: Run) -> Fitted:
        return fit_network(
            x,
            y,
            parts_of,
            run,
            inputs=integral.inputs,
            region=region,
            terms=terms,
            link=end,
            plan=plan,
        )

    return Recipe(
        name=integral.name,
        version=version,
        raises_uncertainty=True,
        kind="loop_integral",
        title=title,
        description=description,
        subject=subject,
        conditions=conditions or Conditions(),
        inputs=integral.inputs,
        outputs=integral.outputs,
        default_output=integral.outputs[0].name,
        region=region,
        truth=integral.truth,
        dataset=integral.data,
        label=integral.label,
        truth_at=lambda x, run: integral.outputs_of(integral.values(x)),
        split=split_rows,
        fit=fit,
        baseline=rbf_baseline(baseline, end),
        checks=physics_checks,
        corners=corners,
        companions=integral.companions,
        seed=1,
        references=integral.references
        | {k: v for p in integral.programs for k, v in p.references.items()},
        created=created,
        validation_note=note,
    )


def measured_on(
    integral: IntegralSide,
    predict: Callable[[Array], Array],
    points: Array,
    mean: float,
    most: float,
) -> Sequence[Check]:
    """The errors at fresh points: their mean and 99.7 % quantile."""
    off = integral.errors(predict, points)
    of = "over the modulus" if len(integral.outputs) > 1 else "relative"
    return (
        checks.measured(
            f"error at {len(points):,} uniform points, mean",
            float(off.mean()),
            mean,
            criterion=f"at most {mean:g}, {of}",
        ),
        checks.measured(
            "the same, 99.7 % of them",
            float(np.quantile(off, 0.997)),
            most,
            criterion=f"at most {most:g}, {of}",
        ),
    )
