"""What a recipe is: the physics of one network and the functions that make it.
`lhnets_training.pipeline` goes through them.

A module under `lhnets_training.recipes` is named as its network (`cs-gluino-pair-lo` ->
`cs_gluino_pair_lo`) and has one module-level `RECIPE`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from lhnets.errors import Error
from lhnets.format import (
    AnyValidation,
    Assumption,
    Author,
    Check,
    Conditions,
    Constraint,
    EventRange,
    HalfSpace,
    Input,
    Kind,
    Output,
    PhysicsUncertainty,
    Truth,
    UnitVector,
    Variation,
)
from lhnets_datasets.library.manifest import Column, Generator
from lhnets_training.split import Split

Array: TypeAlias = NDArray[np.float64]
Rows: TypeAlias = dict[str, NDArray[Any]]
"""A table as one array of length N for each column."""


class RecipeError(Error, LookupError):
    """A recipe that does not exist or does not keep the contract."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training: where it writes, how it draws, and how much of the full size it does."""

    out: Path
    seed: int
    console: Console = field(default_factory=lambda: Console(stderr=True))
    rows: int | None = None
    """Rows to label instead of the recipe's own number."""
    effort: float = 1.0
    """Share of the recipe's own optimiser steps; below 1 for a quick look."""
    dask: str | None = None
    """Address of a Dask scheduler; in-process without one."""
    source: Path | None = None
    """A file that the labels are computed from, for recipes whose source does not ship with
    lhnets."""

    def steps(self, full: int) -> int:
        """``full`` optimiser steps, or the share of them that this run does."""
        return max(1, round(full * self.effort))


@dataclass(frozen=True, kw_only=True)
class RecipeDataSet:
    """The data set that a recipe labels; its manifest is made from this."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    """All columns in order. Those of role `input` and `target` are named as the inputs and outputs
    of the network."""
    generator: Generator
    licence: str = "CC-BY-4.0"
    references: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Predictions for rows by models that had not seen them, where a table is too small to give
    rows away."""

    rows: NDArray[np.int64]
    """Numbers of the rows, shape (M,)."""
    fold: NDArray[np.int64]
    """For each of them the fold that held it out, shape (M,)."""
    value: Array
    """Shape (M, k)."""
    spread: Array
    """Uncalibrated estimate of one standard deviation, shape (M, k), positive."""
    nearest: bool = False
    """Take the nearest rank for the quantiles, where rows are so few that the next one above covers
    far more than it should."""
    final: bool = False
    """Whether the spread is the uncertainty that the file gives, to be judged as it is."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A fitted and distilled model, before calibration.

    ``predict`` takes points (N, n) and gives value and spread, both (N, k), in the units of the
    outputs and in float64, by the framework that fitted them. ``export`` takes the scale of the
    spread (k,) that calibration found and gives the ONNX model: `parameters` -> `value`,
    `uncertainty` = scale * spread, `reach`.
    """

    predict: Callable[[Array], tuple[Array, Array]]
    export: Callable[[Array], bytes]
    method: str
    framework: str
    framework_version: str
    hyperparameters: dict[str, Any]
    held_out: HeldOut | None = None
    """Where given, calibration and validation use these rows and not those of the split."""
    seconds: float | None = None
    """Time of the fit where it went on from an earlier one; measured by the run otherwise."""
    reach: Callable[[Array], Array] | None = None
    """The reach (N,) at rows (N, n), if the graph's is more than that of the ranges and half-spaces
    of the recipe."""
    region: tuple[Constraint, ...] = ()
    """What the card says of that, besides the region of the recipe."""
    exact: bool = False
    """Whether the spread is the rounding of an exact evaluation, which calibration may not lower:
    most rows happen to have less."""


Label: TypeAlias = Callable[[Run], Rows]
Fit: TypeAlias = Callable[[Array, Array, Split, Run], Fitted]
Checks: TypeAlias = Callable[[Callable[[Any], Array], Run], Sequence[Check]]
Judge: TypeAlias = Callable[[AnyValidation, NDArray[np.int64], NDArray[np.bool_]], Sequence[Check]]
Measure: TypeAlias = Callable[["Examined"], AnyValidation]
BaselineFit: TypeAlias = Callable[[Array, Array, Array], tuple[str, Array]]
TruthAt: TypeAlias = Callable[[Array, Run], Array]
SplitRows: TypeAlias = Callable[[int, int], Split]


@dataclass(frozen=True, kw_only=True)
class Points:
    """Labels that belong to single points: design and labels apart, so that more can be chosen.

    design(rows, seed) -> points (rows, n) of the region, in the order of the inputs.
    label(points, run) -> all columns of the data set at these points, resumable.
    """

    design: Callable[[int, int], Array]
    label: Callable[[Array, Run], Rows]
    rows: int
    seed: int

    def plain(self, run: Run) -> Array:
        """The points of the data set, as many as the run asks for."""
        return self.design(run.rows or self.rows, self.seed)

    def table(self, run: Run) -> Rows:
        """The columns of the data set: the `label` of a recipe."""
        return self.label(self.plain(run), run)


@dataclass(frozen=True, kw_only=True)
class Examined:
    """An exported file, and the rows of the data set that it was made from."""

    predict: Callable[[Any], Array]
    """Values (N, k) for rows (N, n), or for named arrays."""
    x: Array
    y: Array
    split: Split
    run: Run


@dataclass(frozen=True)
class Companion:
    """A further data set that a recipe makes, such as the points that a check compares with."""

    dataset: RecipeDataSet
    label: Label


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One network: its physics as the card says it, and the functions that make it.

    label(run) -> all columns of the data set; long work is resumable through files under
    ``run.out``. split(rows, seed) -> Split. fit(x, y, split, run) -> Fitted, for inputs x (N, n)
    and outputs y (N, k) of all rows. baseline(x, y, x_new) -> name of the simple method and its
    y_new (M, k). checks(predict, run) -> graded checks of the exported file, where predict gives
    values (N, k) at points (N, n).
    """

    name: str
    version: int
    kind: Kind
    title: str
    description: str
    subject: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    default_output: str
    truth: Truth
    dataset: RecipeDataSet
    label: Label
    split: SplitRows
    fit: Fit
    baseline: BaselineFit
    checks: Checks
    seed: int
    created: str
    conditions: Conditions = field(default_factory=Conditions)
    region: tuple[HalfSpace | UnitVector | EventRange, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    physics_uncertainty: tuple[PhysicsUncertainty, ...] = ()
    variations: tuple[Variation, ...] = ()
    references: dict[str, str] = field(default_factory=dict)
    licence: str = "CC-BY-4.0"
    authors: tuple[Author, ...] = (Author(name="The lhnets developers"),)
    validation_note: str = ""
    points: Points | None = None
    """Where labels belong to single points; `label` is then `points.table`, and `lhnets train NAME
    --refine` works."""
    truth_at: TruthAt | None = None
    """The outputs (N, k) by the program behind the labels, at points (N, n): for the search for the
    worst point and whoever doubts a number. None if it cannot be run at single points."""
    judge: Judge = field(default=lambda validation, rows, held: ())
    """Further checks, of the figures on unseen rows: validation, their numbers (M,), and whether
    the truth lies in their 68 % intervals (M, k)."""
    companions: tuple[Companion, ...] = ()
    """Further data sets, which the checks read through
    `lhnets_training.pipeline.data_sets.read_companion`."""
    events: Callable[[Array], dict[str, NDArray[Any]]] | None = None
    """Of a network that takes tensors: from rows (N, n) of the data set's columns of role `input`
    to the named arrays that the graph takes. `fit` and `baseline` then get these rows, and the
    columns of role `target`; `checks` gets a predict that takes named arrays."""
    replace_reach: Callable[[bytes], bytes] | None = None
    """Of a network that takes tensors: from a graph of an earlier version to the same values with
    the reach of this one."""
    raises_uncertainty: bool = False
    """Whether the uncertainty is raised in the parts of the region where held-out rows and searches
    find it too small; needs rows enough for parts."""
    rows_fill_region: bool = False
    """Whether rows of the data set stand for the region, because its box is nearly all outside."""
    corners: Callable[[Array], dict[str, NDArray[np.bool_]]] | None = None
    """Named parts of the region, besides its edges, whose errors the card shows."""
    sculpted: Callable[[Array], dict[str, Array]] | None = None
    """Of a classifier: from rows (N, n) of the columns of role `input` to quantities (N,) by name
    that a cut on the score shall leave alone, such as the mass of a jet."""
    label_errors: Callable[[Rows], Array] | None = None
    """Where labels have errors that matter: from rows of the data set to the standard deviations
    (N, k) of their outputs, in the units of the outputs (`lhnets_training.data.label_errors`). The
    card then says what is left beyond them."""
    better_labels: Companion | None = None
    """One of the companions with the columns of the data set: points that are not trained on, whose
    labels err less. What is left beyond the errors of labels is measured there, which takes fewer
    rows."""

    measure: Measure | None = None
    """Of a generator, an anomaly score, an event variable or an unfolding: its figures on rows
    never seen. It is then neither calibrated nor compared row by row, and `baseline` is not
    called."""

    @property
    def half_spaces(self) -> tuple[HalfSpace, ...]:
        """The linear inequalities of the region."""
        return tuple(c for c in self.region if isinstance(c, HalfSpace))

    @property
    def surfaces(self) -> tuple[HalfSpace | UnitVector, ...]:
        """The constraints of the region on the columns of `parameters`."""
        return tuple(c for c in self.region if not isinstance(c, EventRange))

    @property
    def module(self) -> str:
        """The recipe's module under lhnets_training.recipes."""
        return module_name(self.name)


def module_name(network: str) -> str:
    """The module of a network: its name with underscores."""
    return network.replace("-", "_")
