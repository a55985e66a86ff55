"""Adaptive refinement: more labels where a network is least sure, in rounds of fit, choice and
labels.

A recipe whose labels belong to single points says so (`Recipe.points`). Its plain design is split
as always. Of the rows to train on, the first part begins; each round fits them, predicts a pool of
fresh points of the same design, and labels some of them, drawn with a probability in proportion to
the predicted uncertainty: where it is largest most, but spread out. Refined and plain networks cost
the same number of labels, and are judged by the same rows.

Coverage rests on rows that are exchangeable with those that users ask for, and chosen rows are not.
So the rows that choose the fit, calibrate its intervals and give the figures of the card are rows
of the plain design; those of calibration and figures have no say in what is labelled next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from lhnets_training.data import table
from lhnets_training.fit.cross_validation import judge_by_folds
from lhnets_training.judging.report import errors
from lhnets_training.pipeline.data_sets import label_data
from lhnets_training.pipeline.parameters import read_columns
from lhnets_training.recipe import Array, Fitted, Points, Recipe, RecipeError, Rows, Run
from lhnets_training.split import Split, split

BEGIN = 0.5
"""Of the training rows: what the plain design gives, before the first choice."""
POOL = 20
"""Candidates for each point that is chosen."""
HELD = 0.2
"""Rows that stay unseen where the recipe has none, because it predicts every row without itself."""
JUDGED = 2000
"""Fresh rows of the plain design that a comparison is made on."""
ROUND = "round"


@dataclass(frozen=True)
class Refined:
    """Rows and their use: those of the plain design first, then what each round has chosen."""

    rows: Rows
    x: Array
    y: Array
    split: Split
    number: NDArray[np.int64]
    """Of the round that chose a row, 0 for the plain design, shape (N,)."""

    def more(self, rows: Rows, x: Array, y: Array) -> Refined:
        """With the rows of another round to train on."""
        fresh = len(self.x) + np.arange(len(x))
        number = np.full(len(x), self.number.max() + 1)
        return Refined(
            {name: np.concatenate([column, rows[name]]) for name, column in self.rows.items()},
            np.concatenate([self.x, x]),
            np.concatenate([self.y, y]),
            replace(self.split, train=np.concatenate([self.split.train, fresh])),
            np.concatenate([self.number, number]),
        )


@dataclass(frozen=True)
class FreshErrors:
    """Errors of the default output at fresh points of the plain design."""

    mean: float
    median: float
    q997: float
    max: float


def refine(recipe: Recipe, run: Run, rounds: int) -> tuple[Recipe, Path]:
    """The recipe on refined rows, ready for `lhnets_training.pipeline.train`, and the Parquet file
    of these rows.

    Raises
    ------
    RecipeError
        If the recipe does not say how single points are labelled.
    """
    points = _points(recipe)
    data = _begin(recipe, points, run)
    total = len(_parts(recipe, len(points.plain(run)), run).train)
    pool = _unlike(points.design(POOL * total, points.seed + 1), data.x)
    rng = np.random.default_rng(points.seed)
    for number in range(1, rounds + 1):
        count = (total - len(data.split.train)) // (rounds + 1 - number)
        fitted = fit(recipe, data.x, data.y, data.split, run)
        weight = doubt(recipe, fitted, pool, data.y)
        chosen = np.sort(rng.choice(len(pool), count, replace=False, p=weight / weight.sum()))
        run.console.print(
            f"round {number} of {rounds}: {count} labels where the uncertainty is largest"
        )
        rows = points.label(pool[chosen], run)
        data, pool = data.more(rows, *read_columns(recipe, rows)), np.delete(pool, chosen, axis=0)
    refined = _recipe(recipe, data, rounds)
    path = run.out / f"{refined.dataset.name}.parquet"
    table.write(path, refined.dataset, {**data.rows, ROUND: data.number})
    return refined, path


def doubt(recipe: Recipe, fitted: Fitted, x: Array, y: Array) -> Array:
    """Predicted error at points (N, n), root mean square over the outputs, before calibration;
    shape (N,).

    Relative for a logarithmic output, else over the spread of its labels y (M, k), as in the card.
    """
    value, spread = fitted.predict(x)
    log = np.array([o.scale == "log" for o in recipe.outputs])
    unit = np.where(log, np.abs(value), y.std(axis=0))
    return np.asarray(np.sqrt(((spread / unit) ** 2).mean(axis=1)))


def fit(recipe: Recipe, x: Array, y: Array, parts: Split, run: Run) -> Fitted:
    """The recipe's fit; one that would take every row is given those to train on, and judged by the
    others in tenths."""
    if recipe.split(len(x), run.seed).test.size:
        return recipe.fit(x, y, parts, run)
    train = parts.train
    fitted = recipe.fit(x[train], y[train], recipe.split(len(train), run.seed), run)
    return judge_by_folds(fitted, x, parts, run.seed)


def compare(
    recipe: Recipe, refined: Recipe, data: Path, run: Run
) -> tuple[int, dict[str, FreshErrors]]:
    """Errors of the plain and the refined network, which have the same number of labels, at fresh
    points of the plain design.

    Gives the number of those points; the plain labels and theirs are made where they are not there
    yet.
    """
    points = _points(recipe)
    rows = table.read(label_data(recipe, run, relabel=run.rows is not None), recipe.dataset)
    plain = read_columns(recipe, rows)
    chosen = read_columns(refined, table.read(data, refined.dataset))
    known = np.concatenate([plain[0], chosen[0]])
    x, y = read_columns(
        recipe, points.label(_unlike(points.design(JUDGED, points.seed + 2), known), run)
    )
    found = {}
    for name, made, (z, t) in (("plain", recipe, plain), ("refined", refined, chosen)):
        fitted = made.fit(z, t, made.split(len(z), run.seed), run)
        found[name] = _errors(recipe, fitted.predict(x)[0], y)
    return len(x), found


def figures(recipe: Recipe, rows: int, found: Mapping[str, FreshErrors]) -> Table:
    """A comparison as a table for the terminal."""
    made = Table(
        title=f"{recipe.default_output} with the same number of labels, {rows} fresh points of the "
        "plain design"
    )
    for heading in ("design", "mean", "median", "99.7 %", "max"):
        made.add_column(heading, justify="left" if heading == "design" else "right")
    for name, e in found.items():
        made.add_row(name, *(f"{number:.2e}" for number in (e.mean, e.median, e.q997, e.max)))
    return made


def _points(recipe: Recipe) -> Points:
    if recipe.points is None:
        raise RecipeError(
            f"the recipe of {recipe.name} does not say how single points are labelled, which a "
            "refinement needs: give it `points=Points(...)`"
        )
    return recipe.points


def _begin(recipe: Recipe, points: Points, run: Run) -> Refined:
    """The plain rows without the later part of those to train on, which are not labelled."""
    x = points.plain(run)
    parts = _parts(recipe, len(x), run)
    train = parts.train[: round(BEGIN * len(parts.train))]
    used = np.sort(np.concatenate([train, parts.validation, parts.calibration, parts.test]))
    place = np.full(len(x), -1)
    place[used] = np.arange(len(used))
    rows = points.label(x[used], run)
    kept = Split(*(place[p] for p in (train, parts.validation, parts.calibration, parts.test)))
    return Refined(rows, *read_columns(recipe, rows), kept, np.zeros(len(used), dtype=np.int64))


def _parts(recipe: Recipe, rows: int, run: Run) -> Split:
    """The recipe's split, with rows that stay unseen where it has none."""
    own = recipe.split(rows, run.seed)
    return (
        own if own.test.size else split(rows, validation=0, calibration=0, test=HELD, seed=run.seed)
    )


def _recipe(recipe: Recipe, data: Refined, rounds: int) -> Recipe:
    """The recipe for the refined rows; whoever trains it on them has the same rows for the same
    uses."""
    chosen = int((data.number > 0).sum())
    origin = table.column(ROUND, "1", "round that chose the row, 0 for the plain design", "other")
    told = (
        f"{chosen} of the {len(data.x)} rows were chosen in {rounds} rounds where the uncertainty "
        "was largest; they train the network and do nothing else."
    )
    return replace(
        recipe,
        dataset=replace(
            recipe.dataset,
            name=f"{recipe.dataset.name}-refined",
            description=f"{recipe.dataset.description} {told}",
            columns=(*recipe.dataset.columns, origin),
        ),
        split=lambda rows, seed: data.split,
        fit=lambda x, y, parts, run: fit(recipe, x, y, parts, run),
        validation_note=f"{recipe.validation_note} {told} The figures are those of rows of the "
        "plain design.".strip(),
    )


def _errors(recipe: Recipe, value: Array, truth: Array) -> FreshErrors:
    k = [o.name for o in recipe.outputs].index(recipe.default_output)
    log, spread = recipe.outputs[k].scale == "log", float(truth[:, k].std()) or 1.0
    found = errors(truth[:, k], value[:, k], log=log, spread=spread)
    return FreshErrors(
        float(found.mean()),
        float(np.median(found)),
        float(np.quantile(found, 0.997)),
        float(found.max()),
    )


def _unlike(x: Array, known: Array) -> Array:
    """Those points (N, n) that are none of the ``known`` (M, n), each once, in their order."""
    both = np.concatenate([known, x])
    _, first = np.unique(both, axis=0, return_index=True)
    return both[np.sort(first[first >= len(known)])]
